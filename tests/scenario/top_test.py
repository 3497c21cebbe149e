"""lull top on a real terminal, against a monitor that says what it is told to."""
import copy
import datetime
import http.server
import json
import subprocess
import threading
import unittest

import lull
import terminal


def entry(name, state, observed, expected, **more):
    return {"name": name, "state": state, "state_since": "2014-12-22T16:15:00Z",
            "sent_packets": 1000, "received_packets": 900, "observed_flows_per_second": observed,
            "expected_flows_per_second": expected, "ratio": observed / expected, "dispersion": 30,
            "detectable_seconds": 30, "coverage": 1, "two_way_share": 0.98, "active_sources": 4,
            "routing": None, "members": None, **more}


STATUS = {"site": "ix-example", "summary": "KP (Korea (North)) went quiet at 16:15 UTC.",
          "time": "2014-12-22T17:00:00Z", "tick_seconds": 10, "clock_scale": 720, "blind": False,
          "incidents_open": 1, "ports": [{"name": "tap0", "healthy": True,
                                          "capture_loss_ratio": 0.001, "missed_packets": 0}],
          "table": {"built_at": "2026-11-28T09:00:00Z"}}
COUNTRIES = {"KP": entry("Korea (North)", "outage", 0, 0.33),
             "CI": entry("Côte d’Ivoire", "normal", 12, 20.4),
             "FR": entry("France", "normal", 220, 226),
             "AQ": {"name": "Antarctica", "state": "learning"}}
INCIDENTS = [{"id": 1, "country": "KP", "kind": "outage", "scope": "lost", "end": None,
              "start": "2014-12-22T16:15:00Z", "detected": "2014-12-22T16:15:20Z",
              "lowest_ratio": 0, "edges": 1, "evidence": ["all of its networks are silent"]}]


class Monitor(http.server.ThreadingHTTPServer):
    """Answers as lull's API; `bodies` may hold other answers by path: (status, bytes)."""
    daemon_threads = True

    def __init__(self, port=0):
        super().__init__(("127.0.0.1", port), Answers)
        self.countries = copy.deepcopy(COUNTRIES)
        self.bodies = {}
        self.looks = 0
        self.hang = None  # an Event: answers wait for it
        self.waiting = 0
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02},
                         daemon=True).start()

    def body(self, path):
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        if path == "/api/v1/status":
            self.looks += 1
            document = {**STATUS, "published": now}
        elif path == "/api/v1/countries":
            document = {"countries": self.countries}
        elif path == "/api/v1/incidents":
            document = {"incidents": INCIDENTS}
        else:
            document = {**self.countries[path[-2:]], "country": path[-2:], "incidents": INCIDENTS,
                        "explain": {"verdict": "It is in an outage.", "would_change": "a return"}}
        return 200, json.dumps(document).encode()

    def end(self):
        self.shutdown()
        self.server_close()


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):  # noqa: N802
        if self.server.hang:
            self.server.waiting += 1
            self.server.hang.wait(60)
        status, body = self.server.bodies.get(self.path) or self.server.body(self.path)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except BrokenPipeError:  # it has been waiting no longer
            pass

    def log_message(self, *_):
        pass


class Top(lull.Case):
    def setUp(self):
        super().setUp()
        self.server = Monitor()
        self.addCleanup(lambda: self.server.end())

    def top(self, *words, **settings):
        return terminal.Terminal(self, "top", "--url", self.server.url, "--interval", "200ms",
                                 *words, **settings)

    def rows(self, text):
        return [line[1:3] for line in text.splitlines() if line[1:3] in self.server.countries]

    def next_look(self):
        looks = self.server.looks
        lull.wait_for(lambda: self.server.looks >= looks + 2, "two more looks")

    def test_a_journey_with_keys(self):
        top = self.top()
        text = top.shows("ix-example", "went quiet", "data 0s, 1 of 1 ports")
        self.assertEqual(self.rows(text), ["KP", "CI", "FR"])
        self.assertRegex(text, r"KP Korea \(North\) +outage +16:15 +lost +0 +0.33 +0% +30s")
        self.assertIn("Côte d’Ivoire", text)
        top.keys("n")
        top.wait(lambda text: self.rows(text) == ["CI", "FR", "KP"], "the order of names")
        top.keys("i")
        top.wait(lambda text: self.rows(text) == ["KP", "FR", "CI"], "the order turned round")
        top.keys("/", *"cote")
        top.wait(lambda text: self.rows(text) == ["CI"], "a filter")
        top.keys("Escape")
        top.wait(lambda text: len(self.rows(text)) == 3, "no filter")
        top.keys("s")
        top.wait(lambda text: self.rows(text)[0] == "KP", "the order of scores")
        top.keys("Enter")
        top.shows("KP (Korea (North)): outage", "It is in an outage.")
        top.keys("End")
        top.shows("all of its networks are silent")
        top.keys("q")
        top.shows("COUNTRY")
        top.keys("?")
        top.shows("likeliest lost first")
        top.keys("End")
        top.shows("likelihood ratio")
        top.keys("Escape")
        top.shows("COUNTRY")
        # Frozen: what changes waits.
        top.keys("p")
        top.shows("FROZEN")
        self.server.countries["KP"] = entry("Korea (North)", "probation", 0.33, 0.33)
        self.next_look()
        self.assertIn("outage", top.text())
        top.keys("p")
        text = top.shows("probation")
        self.assertNotIn("FROZEN", text)
        self.assertRegex(text, r"\*KP Korea")
        for width, height in ((120, 40), (200, 60), (40, 8), (9, 3), (120, 40)):
            top.resize(width, height)
            top.wait(lambda text, width=width: ("SCORE" in text) == (width >= 120), "a new size")
        # Gone and back.
        port = self.server.server_address[1]
        self.server.end()
        text = top.shows("NO ANSWER", "is lull running there")
        self.assertEqual(len(self.rows(text)), 3)
        self.server = Monitor(port)
        top.wait(lambda text: "NO ANSWER" not in text, "the monitor to be back")
        top.keys("C-c")
        text = top.shows("before", "ended 0", "typing is seen")
        self.assertNotIn("ix-example", text)

    def test_q_does_not_wait_for_a_monitor_that_hangs(self):
        top = self.top()
        top.shows("Korea")
        self.server.hang = threading.Event()
        self.addCleanup(self.server.hang.set)
        lull.wait_for(lambda: self.server.waiting, "a request that waits")
        top.keys("q")
        top.shows("before", "ended 0", "typing is seen")

    def test_what_cannot_be_watched_is_one_plain_table(self):
        done = lull.run("top", "--url", self.server.url)
        self.assertNotIn("\x1b", done.stdout)
        self.assertRegex(done.stdout, r"\nKP +Korea \(North\) +outage +22 Dec 16:15 +lost")
        lines = lull.run("top", "--url", self.server.url, "--ascii", "--sort", "name",
                         "--filter", "normal").stdout.splitlines()
        self.assertEqual([line[:2] for line in lines[-2:]], ["CI", "FR"])
        self.assertIn("Cote d'Ivoire", lines[-2])
        document = json.loads(lull.run("top", "--url", self.server.url, "--json").stdout)
        self.assertEqual([row["country"] for row in document["countries"]], ["KP", "CI", "FR"])
        self.assertEqual(document["countries"][0]["scope"], "lost")
        dumb = self.top(environment={"TERM": "dumb"}, width=200)
        dumb.shows("before", "ended 0", "Korea")
        self.assertIn("by score", self.top(environment={"TERM": "nonsense"}, width=200)
                      .shows("ended 0"))
        lull.run("top", "--url", self.server.url, "--sort", "luck", code=2)
        lull.run("top", "--url", self.server.url, "--interval", "1ms", code=2)

    def test_colour_and_other_signs_are_left_out_where_they_are_not_wanted(self):
        coloured = self.top()
        coloured.shows("outage")
        self.assertRegex(coloured.text(colours=True), "\x1b\\[[0-9;]*31m")
        plain = self.top("--ascii", environment={"NO_COLOR": "1", "LC_ALL": "C"})
        text = plain.shows("Cote d'Ivoire")
        self.assertTrue(text.isascii())
        self.assertNotRegex(plain.text(colours=True), "\x1b\\[[0-9;]*3[1-7]m")

    def test_garbage_is_an_error_and_never_drives_the_terminal(self):
        status = "/api/v1/status"
        for body, words in (((401, b'{"error":"who are you"}'), "HTTP 401: who are you; give --user"),
                            ((500, b"<html>oops"), "HTTP 500"),
                            ((200, b"<html>a router's page"), "not a JSON document: is this lull"),
                            ((200, b"[" * 100_000), "not a JSON document"),
                            ((200, b'{"summary": "\xff"}'), "not a JSON document"),
                            ((200, b'{"summary": 7}'), "is this lull, and of this version"),
                            ((401, b'{"error":"\\u001b]0;owned\\u0007"}'), "?]0;owned?")):
            self.server.bodies = {status: body}
            done = lull.run("top", "--url", self.server.url, code=1)
            self.assertEqual(done.stdout, "")
            self.assertIn(words, done.stderr)
            self.assertNotIn("\x1b", done.stderr)
        self.server.bodies = {}
        evil = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202eKorea"
        self.server.countries = {"KP": entry(evil, "normal", 1, 1, members=[
            {"member": "AS1", "name": evil, "share": 1}])}
        done = lull.run("top", "--url", self.server.url)
        self.assertNotRegex(done.stdout, "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]")
        top = self.top(width=160)
        top.shows("?]0;owned??[2J?31m?Korea")
        self.assertNotIn("owned", top.tmux("display-message", "-p", "#{pane_title}"))
        top.keys("Enter")
        top.shows("owned", "It is in an outage.")
        self.assertNotIn("owned", top.tmux("display-message", "-p", "#{pane_title}"))
        # Once it is watched, garbage is a monitor that does not answer.
        top.keys("q")
        self.server.bodies = {status: (200, b"<html>")}
        top.shows("NO ANSWER", "not a JSON document", "Korea")
        top.keys("q")
        top.shows("ended 0")

    def test_it_ends_when_its_terminal_goes_away(self):
        top = self.top()
        top.shows("Korea")
        tree = subprocess.run(["pgrep", "-f", f"{lull.BINARY} top --url {self.server.url}"],
                              capture_output=True, text=True, check=False).stdout.split()
        top.tmux("kill-server")
        self.assertTrue(tree)
        lull.wait_for(lambda: not any(alive(pid) for pid in tree), "its end")


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    unittest.main()
