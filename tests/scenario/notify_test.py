"""Incidents are told to others: a webhook whose server is down, in trouble, silent and well again is
told of everything in its order, signed, and nothing else of the monitor waits for it; and the feed is
an Atom feed that readers take."""
import hashlib
import hmac
import http.server
import json
import os
import socket
import threading
import time
import unittest
import xml.etree.ElementTree as ElementTree

import chain
import lull

START_S = 30 if lull.SANITIZED else 3  # until both ends run
ATOM = "{http://www.w3.org/2005/Atom}"
SECRET = "0123456789abcdef"

class Hook:
    """A server of webhooks. It answers as `answers` says, one after another, then 204; "hang" holds
    an answer back until the test is over."""

    def __init__(self, port, answers=()):
        self.answers, self.requests, self.over = list(answers), [], threading.Event()
        self.lock = threading.Lock()
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with hook.lock:
                    answer = hook.answers.pop(0) if hook.answers else 204
                    hook.requests.append((answer, dict(self.headers), body))
                if answer == "hang":
                    hook.over.wait()
                    return
                self.send_response(answer)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def delivered(self):
        with self.lock:
            return [json.loads(body) for answer, _, body in self.requests if answer == 204]

    def close(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


class Nobody:
    """A hook whose host has no address, and a name server that never answers, which is the worst there
    is; until the hosts file knows it."""

    def __init__(self, case):
        if os.geteuid() != 0:
            lull.skip_loudly(case, "a hosts file of its own needs root")
        self.case, self.port = case, lull.free_port()
        self.host = f"nobody.example:{self.port}"
        self.section = (f"    - {{url: 'http://{self.host}/', "
                        "events: [opened, changed, closed]}\n")
        silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        case.addCleanup(silent.close)
        silent.bind(("127.5.3.53", 53))
        self.hosts = case.folder / "hosts"
        self.hosts.write_text("127.0.0.1 localhost\n", encoding="utf-8")
        (case.folder / "resolv.conf").write_text("nameserver 127.5.3.53\n", encoding="utf-8")
        binds = "".join(f"mount --bind {case.folder}/{name} /etc/{name} && "
                        for name in ("hosts", "resolv.conf"))
        self.prefix = ["unshare", "-m", "sh", "-c", binds + 'exec "$@"', "sh"]

    def total(self, monitor, name, **labels):
        return lull.total(monitor.metrics(), name, webhook=self.host, **labels)

    def check(self, monitor, told):
        """It has been told nothing, and is told all that another hook was `told`, in its order."""
        lull.wait_for(lambda: self.total(monitor, "lull_webhook_failed_attempts_total") >= 2,
                      "two attempts")
        self.case.assertGreaterEqual(self.total(monitor, "lull_webhook_queued"), len(told))
        self.case.assertEqual(self.total(monitor, "lull_webhook_deliveries_total"), 0)
        late = Hook(self.port)
        self.case.addCleanup(late.close)
        with open(self.hosts, "a", encoding="utf-8") as hosts:
            hosts.write("127.0.0.1 nobody.example\n")
        lull.wait_for(lambda: len(late.delivered()) >= len(told), "all of it to be told there",
                      timeout_s=120)
        ids = [message["id"] for message in late.delivered()]
        self.case.assertEqual(ids[:len(told)], [message["id"] for message in told])
        lull.wait_for(lambda: self.total(monitor, "lull_webhook_deliveries_total", result="ok") ==
                      len(late.delivered()), "each to be counted")


class Notify(chain.Lab):
    SCALE, TICK = 60 if lull.SANITIZED else 480, "120s"  # an hour in seven and a half seconds

    def setUp(self):
        super().setUp()
        self.secret = self.folder / "webhook.key"
        self.secret.write_text(SECRET + "\n", encoding="utf-8")
        self.secret.chmod(0o600)
        self.port = lull.free_port()

    def section(self, events="[opened, changed, closed]", path="/t0ken"):
        return ("notify:\n  webhooks:\n"
                f"    - {{url: 'http://kimberley:pa55word@127.0.0.1:{self.port}{path}', "
                f"secret_file: '{self.secret}', events: {events}}}\n")

    def start(self, section=None, **more):
        begun = time.monotonic()
        self.learn(self.folder, [("05:30", 30)])
        clock, _ = self.clock(START_S + time.monotonic() - begun)  # slow at one, slow at the other
        monitor = self.monitor(self.table, tick=self.TICK, clock=clock, budget=1, group="drill",
                               extra=section or self.section(), **more)
        drill = self.drill(monitor.device_of_drill, "--config", str(monitor.config))
        return monitor, drill

    def hook(self, answers=()):
        hook = Hook(self.port, answers)
        self.addCleanup(hook.close)
        return hook

    def failed_attempts(self, monitor):
        return lull.total(monitor.metrics(), "lull_webhook_failed_attempts_total",
                          webhook=f"127.0.0.1:{self.port}")

    def of_korea(self, hook):
        return [m for m in hook.delivered() if m["incident"]["country"] == "KP"]

    def check_requests(self, hook):
        for _, headers, body in hook.requests:
            signed = hmac.new(SECRET.encode(), headers["X-Lull-Timestamp"].encode() + b"." + body,
                              hashlib.sha256).hexdigest()
            self.assertEqual(headers["X-Lull-Signature"], "sha256=" + signed)
            self.assertLess(abs(int(headers["X-Lull-Timestamp"]) - time.time()), 300)
            self.assertEqual(headers["Content-Type"], "application/json")
            self.assertEqual(headers["X-Lull-Event-Id"], json.loads(body)["id"])

    def test_a_server_that_is_down_in_trouble_and_silent_is_told_once_it_is_well(self):
        nobody = Nobody(self)
        monitor, drill = self.start(self.section() + nobody.section, prefix=nobody.prefix)
        lull.wait_for(lambda: self.failed_attempts(monitor) >= 1, "nobody to be there")
        hook = self.hook([500, "hang"])
        lull.wait_for(lambda: any(m["event"] == "closed" for m in self.of_korea(hook)),
                      "the end to be told", timeout_s=120)
        self.check_requests(hook)
        self.assertEqual([answer for answer, _, _ in hook.requests[:2]], [500, "hang"])
        told = hook.delivered()
        self.assertEqual(len({message["id"] for message in told}), len(told))
        korea = self.of_korea(hook)
        events = [message["event"] for message in korea]
        self.assertEqual((events[0], events[-1]), ("opened", "closed"))
        self.assertEqual(set(events[1:-1]) - {"changed"}, set())
        self.assertEqual(len({message["incident"]["id"] for message in korea}), 1)
        self.assertIsNone(korea[0]["incident"]["end"])
        incident, = (i for i in json.loads(monitor.get("/api/v1/incidents")[1])["incidents"]
                     if i["country"] == "KP")
        for name in ("start", "detected", "end", "kind"):
            self.assertEqual(korea[-1]["incident"][name], incident[name])
        # The first one was sent three times at least: refused, in trouble, silent; the same body.
        self.assertEqual(len({body for _, _, body in hook.requests[:3]}), 1)
        metrics = monitor.metrics()
        host = f"127.0.0.1:{self.port}"
        self.assertEqual(lull.total(metrics, "lull_webhook_deliveries_total", webhook=host,
                                    result="ok"), len(told))
        self.assertEqual(lull.total(metrics, "lull_webhook_queued", webhook=host), 0)
        self.check_identities(metrics)
        self.check_feed(monitor, incident)
        nobody.check(monitor, told)
        drill.kill()
        drill.communicate()
        self.assertEqual(monitor.stop(), 0, monitor.text())
        log = monitor.text()
        for hook in (host, nobody.host):
            said = [line for line in log.splitlines() if f"webhook {hook}: " in line]
            self.assertEqual(len(said), 2, log)
            self.assertIn("tried again until it works", said[0])
            self.assertIn("well again after", said[1])
        self.assertRegex(log, r"(\d+) of \1 mbufs free")
        for secret in (SECRET, "kimberley", "pa55word", "t0ken"):
            self.assertNotIn(secret, log)

    def check_feed(self, monitor, incident):
        status, text = monitor.get("/feed.atom")
        self.assertEqual(status, 200)
        feed = ElementTree.fromstring(text)
        self.assertEqual(feed.tag, ATOM + "feed")
        entry, = (e for e in feed.iter(ATOM + "entry")
                  if e.find(ATOM + "title").text.startswith("Korea (North): "))
        self.assertRegex(entry.find(ATOM + "title").text, ", over after .*(min|h)")
        self.assertTrue(entry.find(ATOM + "id").text.startswith("urn:uuid:"))
        self.assertGreaterEqual(entry.find(ATOM + "updated").text, incident["end"])
        self.assertIn(incident["evidence"][0], entry.find(ATOM + "summary").text)
        self.assertEqual([link.get("rel") for link in feed.findall(ATOM + "link")],
                         ["self", "alternate"])
        # What people say is text.
        said = "<b>&amp; ]]> \u00fc"
        lull.run("incident", "note", str(incident["id"]), said, "--by", said,
                 "--config", monitor.config)
        lull.wait_for(lambda: "Noted" in monitor.get("/feed.atom")[1], "the word")
        summary, = (e.find(ATOM + "summary").text for e in
                    ElementTree.fromstring(monitor.get("/feed.atom")[1]).iter(ATOM + "entry")
                    if e.find(ATOM + "title").text.startswith("Korea (North): "))
        self.assertTrue(summary.endswith(f" by {said}: {said}"), summary)

    def test_what_is_not_delivered_is_said_at_the_stop_and_a_reload_changes_hooks(self):
        hook = self.hook(["hang"])
        monitor, drill = self.start()
        lull.wait_for(lambda: hook.requests, "a message", timeout_s=120)
        shown = lull.run("show", "config", "--config", monitor.config, "--json").stdout
        self.assertEqual(json.loads(shown)["notify"]["webhooks"][0]["url"],
                         f"http://127.0.0.1:{self.port}/***")
        text = monitor.config.read_text(encoding="utf-8")
        monitor.config.write_text(text.replace(self.section(), self.section(path="/other")),
                                  encoding="utf-8")
        status, reply = monitor.get("/-/reload", "POST")
        self.assertEqual((status, json.loads(reply)["applied"]), (200, ["notify.webhooks"]))
        self.assertRegex(monitor.text(), r"webhook 127\.0\.0\.1:\d+: taken away, [1-9]\d* messages "
                                         "were not delivered")
        hook.answers = ["hang"] * 1000
        asked = len(hook.requests)
        lull.wait_for(lambda: len(hook.requests) > asked, "the other hook", timeout_s=120)
        self.assertEqual(monitor.stop(), 0, monitor.text())  # and does not wait for the hook
        self.assertRegex(monitor.text(), r"webhook 127\.0\.0\.1:\d+: [1-9]\d* messages were not "
                                         "delivered")
        drill.kill()
        drill.communicate()

    def test_check_says_what_is_wrong_with_a_webhook(self):
        config = self.folder / "lull.yaml"
        config.write_text(f'origins: {{table: "{self.table}"}}\n' + self.section(), encoding="utf-8")
        self.assertNotIn("notify", lull.run("check", "--config", config, code=3).stdout)
        self.secret.chmod(0o644)
        self.assertIn(f"chmod o= {self.secret}",
                      lull.run("check", "--config", config, code=3).stdout)
        self.secret.unlink()
        self.assertIn(f"{self.secret} cannot be read",
                      lull.run("check", "--config", config, code=3).stdout)
        for secret in ("kimberley", "pa55word", "t0ken"):
            self.assertNotIn(secret, lull.run("check", "--config", config, "--dump-config").stdout)


if __name__ == "__main__":
    unittest.main()
