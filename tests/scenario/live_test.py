"""The monitor over memif with a drill on the other end: nothing lost, whatever happens to it."""
import json
import os
import shutil
import signal
import subprocess
import threading
import unittest
import urllib.error
import urllib.request

import lull
import openapi
import terminal

# More of both on demand (scripts/tsan.sh, a hundred kills).
RELOADS = int(os.environ.get("LULL_RELOADS", "15"))
KILLS = int(os.environ.get("LULL_KILLS", "4"))
DURATION = f"{max(8, RELOADS // 2)}s"


class Listener:
    """A client of the stream, to its end."""

    def __init__(self, monitor):
        self.ticks = 0
        self.stream = urllib.request.urlopen(monitor.url + "/api/v1/stream", timeout=120)
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self):
        with self.stream:
            for line in self.stream:
                self.ticks += line == b"event: tick\n"


class Live(lull.Traffic):
    def test_all_that_is_sent_is_counted_through_many_reloads(self):
        monitor = self.monitor(self.table)
        drill = self.drill(monitor.device_of_drill, "--duration", DURATION)
        lull.wait_for(lambda: self.received(monitor) > 0, "traffic")
        listener = Listener(monitor)
        for _ in range(RELOADS):
            status, reply = monitor.get("/-/reload", "POST")
            self.assertEqual(status, 200, reply)
            self.received(monitor)
        sent = self.report_of(drill)
        lull.wait_for(lambda: self.received(monitor) >= sent["sent"], "the last packets")
        metrics = monitor.metrics()
        self.assertEqual(self.received(monitor), sent["sent"] - lull.total(
            metrics, "lull_port_dropped_packets_total"))
        self.assertEqual(lull.total(metrics, "lull_origin_table_loads_total", result="ok"), RELOADS + 1)
        countries = {dict(labels)["country"]: value for (name, labels), value in metrics.items()
                     if name == "lull_country_sent_packets_total"}
        # The drill's countries are of what it offered: on a busy machine some of it is refused.
        missing = [traffic["sent_packets"] - countries.get(country, 0)
                   for country, traffic in sent["countries"].items()]
        self.assertGreaterEqual(min(missing), 0)
        self.assertLessEqual(sum(missing), sent["refused"])
        self.lint(monitor.get("/metrics")[1])
        self.check_api(monitor)
        self.assertEqual(monitor.stop(), 0)
        self.assertRegex(monitor.text(), r"(\d+) of \1 mbufs free")
        listener.thread.join()
        self.assertGreater(listener.ticks, 5)  # one a second at least

    def check_api(self, monitor):
        self.assertGreater(len(openapi.paths()), 10)
        for path, schema in openapi.paths().items():
            with self.subTest(path=path):
                self.assertEqual(openapi.problems(json.loads(monitor.get(path)[1]), schema), [])
        for path, methods in openapi.methods().items():
            with self.subTest(path=path), self.assertRaises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(urllib.request.Request(monitor.url + path, method="PUT"))
            self.assertEqual({*refused.exception.headers["Allow"].split(", ")} - {"HEAD"}, methods)
            refused.exception.close()
        self.check_past(monitor)
        self.check_maintenance(monitor)

    def answers(self, monitor, path, status=200, method="GET", body=None, of=None):
        """The document that comes back with that status, as the documented path `of` has it."""
        request = urllib.request.Request(monitor.url + path, method=method,
                                         data=body and json.dumps(body).encode())
        try:
            answer = urllib.request.urlopen(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            document = json.loads(answer.read())
            self.assertEqual(answer.status, status, document)
        schema = openapi.schema_of(of, method.lower(), str(status))
        self.assertEqual(openapi.problems(document, schema), [], path)
        return document

    def check_past(self, monitor):
        country = "/api/v1/countries/{country}"
        past = self.answers(monitor, "/api/v1/countries/KP?at=13d", of=country)
        self.assertEqual((past["recorded"], "state" in past), (None, False))
        self.answers(monitor, "/api/v1/countries/KP?at=0s", of=country)
        self.answers(monitor, "/api/v1/countries/KP?at=soon", 400, of=country)

    def check_maintenance(self, monitor):
        path = "/api/v1/maintenance"
        added = self.answers(monitor, path, method="POST", body={"country": "KP", "for": "1h"}, of=path)
        self.answers(monitor, path, 400, "POST", {"country": "KP"}, path)
        below, number = path + "/{id}", added["maintenance"]["id"]
        self.answers(monitor, f"{path}/{number}", 200, "DELETE", of=below)
        self.answers(monitor, f"{path}/{number}", 404, "DELETE", of=below)

    def lint(self, text):
        if shutil.which("promtool") is None:
            print("SKIPPED: promtool is not there", flush=True)
            return
        done = subprocess.run(["promtool", "check", "metrics"], input=text, text=True,
                              capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def test_a_bad_table_or_config_is_refused_and_the_old_state_stays(self):
        monitor = self.monitor(self.table)
        monitor.wait_ready()
        whole = self.table.read_bytes()
        self.table.write_bytes(whole[:-100])
        status, reply = monitor.get("/-/reload", "POST")
        self.assertEqual(status, 400)
        self.assertIn("small.lut", json.loads(reply)["errors"][0])
        self.assertEqual(lull.total(monitor.metrics(), "lull_config_last_reload_successful"), 0)
        self.table.write_bytes(whole)
        config = monitor.config.read_text(encoding="utf-8")
        monitor.config.write_text(config + "\nnonsense: 1\n", encoding="utf-8")
        status, reply = monitor.get("/-/reload", "POST")
        self.assertEqual(status, 400)
        self.assertRegex(json.loads(reply)["errors"][0], r"lull\.yaml:\d+:\d+: .*nonsense")
        self.assertEqual(lull.total(monitor.metrics(), "lull_origin_table_loads_total",
                                    result="failed"), 1)  # the table's own, above
        monitor.config.write_text(config, encoding="utf-8")
        monitor.process.send_signal(signal.SIGHUP)
        lull.wait_for(lambda: lull.total(monitor.metrics(),
                                         "lull_config_last_reload_successful") == 1, "SIGHUP")
        self.assertEqual(monitor.stop(), 0)

    def test_a_table_that_no_longer_knows_who_is_seen_is_refused(self):
        monitor = self.monitor(self.table)
        drill = self.drill(monitor.device_of_drill, "--duration", "60s")
        lull.wait_for(lambda: self.received(monitor) > 2000, "traffic")
        monitor.wait_ready()
        used = self.table_of(monitor)

        def elsewhere(prefix):
            octet, rest = prefix.split(".", 1) if ":" not in prefix else (None, prefix)
            return f"{(int(octet) + 100) % 256}.{rest}" if octet else rest.replace("2a0", "2c0")

        moved = [(elsewhere(prefix), *rest) for prefix, *rest in lull.world_rows()]
        lull.build_table(self.folder, moved)
        status, reply = monitor.get("/-/reload", "POST")
        self.assertEqual(status, 400, reply)
        self.assertRegex(json.loads(reply)["errors"][0],
                         r"small\.lut: of \d+ addresses seen lately it has no prefix for \d+, the "
                         r"loaded table for \d+: .*mend:.*restart")
        self.assertEqual(self.table_of(monitor), used)
        metrics = monitor.metrics()
        self.assertEqual(lull.total(metrics, "lull_config_last_reload_successful"), 0)
        self.assertGreaterEqual(
            lull.total(metrics, "lull_origin_table_loads_total", result="failed"), 1)
        lull.build_table(self.folder, lull.world_rows() + [("190.0.0.0/16", 64499, "CO")])
        status, reply = monitor.get("/-/reload", "POST")
        self.assertEqual(status, 200, reply)
        self.assertNotEqual(self.table_of(monitor)["sha256"], used["sha256"])
        drill.terminate()
        drill.communicate()
        self.assertEqual(monitor.stop(), 0)

    def test_a_table_that_moves_a_country_waits_for_a_word(self):
        monitor = self.monitor(self.table, **lull.QUICK)
        old = shutil.copy(self.table, self.folder / "old.lut")
        drill = self.drill(monitor.device_of_drill, "--duration", "60s")
        monitor.wait_ready()
        moved = [(prefix, asn, "FR" if country == "US" else country)
                 for prefix, asn, country in lull.world_rows()]
        # Beside the one in use, which is taken when its file changes.
        aside = self.folder / "aside"
        aside.mkdir()
        new = lull.build_table(aside, moved)
        weighted = ("table", "diff", old, new, "--weighted", "--url", monitor.url)

        def us():
            """What the new table does to it; nothing while too little of it was seen."""
            done = subprocess.run([lull.BINARY, *map(str, weighted), "--json"], text=True,
                                  capture_output=True, check=False)
            if done.returncode != 0:
                self.assertIn("nothing to weigh with", done.stderr)
                return None
            found = json.loads(done.stdout)
            moved = [row for row in found["countries"] if row["country"] == "US"]
            return found["waits"] and moved and moved[0]

        found = lull.wait_for(us, "a day of US to weigh the table with")
        self.assertEqual((found["waits"], round(found["ratio"], 2)), (True, 0))
        self.assertRegex(lull.run(*weighted).stdout, r"US .* 0\.00  waits for accept_shift\n")
        lull.build_table(self.folder, moved)
        status, reply = monitor.get("/-/reload", "POST")
        self.assertEqual(status, 400, reply)
        why = json.loads(reply)["errors"][0]
        self.assertIn("US x 0.00", why)
        self.assertRegex(why, r"small\.lut: by the networks seen in the last day .*mend:")
        status, reply = monitor.get("/-/reload?accept_shift=yes", "POST")
        self.assertEqual(status, 200, reply)
        self.assertRegex(reply, r"expectation moves with the table: .*US x 0\.00")
        drill.terminate()
        drill.communicate()
        self.assertEqual(monitor.stop(), 0)
        self.assertIn("is lull running there?", lull.run(*weighted, code=1).stderr)

    def table_of(self, monitor):
        table = json.loads(monitor.get("/api/v1/status")[1])["table"]
        return {key: table[key] for key in ("sha256", "prefixes_v4", "prefixes_v6")}

    def test_killed_peers_do_not_harm_the_monitor(self):
        monitor = self.monitor(self.table)
        for _ in range(KILLS):
            before = self.received(monitor)
            drill = self.drill(monitor.device_of_drill)
            lull.wait_for(lambda b=before: self.received(monitor) > b, "traffic after a kill")
            drill.kill()
            drill.communicate()
        self.assertIsNone(monitor.process.poll())
        self.assertEqual(monitor.stop(), 0)
        print(f"{KILLS} peers killed, 0 crashes", flush=True)

    def test_a_port_that_is_taken_is_named_with_the_mend(self):
        monitor = self.monitor(self.table)
        monitor.wait_ready()
        config = self.folder / "second.yaml"
        config.write_text(monitor.config.read_text(encoding="utf-8").replace("memif.sock", "m2.sock")
                          .replace("lull.db", "second.db"), encoding="utf-8")
        done = subprocess.run([lull.BINARY, "run", "--config", str(config)], capture_output=True,
                              text=True, timeout=60, check=False)
        self.assertIn(done.returncode, (1, 3))
        self.assertIn(str(monitor.port), done.stderr)
        self.assertEqual(monitor.stop(), 0)

    def test_members_are_told_apart_by_a_list_learned_or_not_at_all(self):
        monitor = self.monitor(self.table)
        members = lull.SOURCE / "configs/drills/members.json"
        config = monitor.config.read_text(encoding="utf-8")

        def handed_in():
            """By member; over all of them what the ports received, in this scrape."""
            metrics = monitor.metrics()
            by = {dict(labels)["member"]: value for (name, labels), value in metrics.items()
                  if name == "lull_member_receive_packets_total"}
            return by, self.received(monitor, metrics)

        def tell(how):
            line = f"origins: {{members: {how}, table:"
            monitor.config.write_text(config.replace("origins: {table:", line), encoding="utf-8")
            return monitor.get("/-/reload", "POST")

        monitor.wait_ready()
        self.assertEqual(handed_in()[0], {})
        self.assertIn("not told apart", lull.run("show", "members", "--url", monitor.url).stdout)
        self.assertEqual(tell(self.folder / "none.json")[0], 400)
        status, reply = tell(members)
        self.assertEqual(status, 200, reply)
        sent = self.report_of(self.drill(monitor.device_of_drill, "--duration", "2s"))
        lull.wait_for(lambda: handed_in()[1] >= sent["sent"], "the last packets")
        by, received = handed_in()
        self.assertEqual(sum(by.values()), received)
        self.assertLess(by.get("unknown", 0), 100, by)  # what a switch says of itself
        self.assertGreater(sum(value > 0 for value in by.values()), 20)
        shown = json.loads(lull.run("show", "members", "--url", monitor.url, "--json").stdout)
        self.assertEqual({m["member"]: m["receive_packets"] for m in shown["members"]},
                         {label: value for label, value in by.items() if label != "unknown"})
        self.lint(monitor.get("/metrics")[1])
        # And on a terminal, for as long as the monitor is there and after.
        top = terminal.Terminal(self, "top", "--config", monitor.config, "--sort", "observed",
                                "--interval", "200ms", width=200)
        top.shows("by observed", "of 1 ports", "SEEN/S")
        top.keys("Enter")
        top.shows("SIGNAL, LAST TICK")
        top.keys("q")
        self.assertEqual(tell("learned")[0], 200)
        sent = self.report_of(self.drill(monitor.device_of_drill, "--duration", "2s"))
        lull.wait_for(lambda: any(":" in label for label in handed_in()[0]), "a learned address")
        by, received = handed_in()
        self.assertEqual(sum(by.values()), received)
        self.assertEqual(monitor.stop(), 0)
        top.shows("NO ANSWER", "is lull running there", "SEEN/S")
        top.keys("q")
        top.shows("before", "ended 0")

    def test_a_drill_begins_when_somebody_is_there(self):
        socket = self.folder / "memif.sock"
        drill = self.drill(f"net_memif0,role=server,id=0,socket={socket},socket-abstract=no,"
                           "bsize=2048,rsize=10", "--duration", "5s")  # polling begins later
        lull.wait_for(lambda: "waiting for somebody to connect" in
                      (self.folder / "drill.log").read_text(encoding="utf-8"), "the drill to wait")
        monitor = self.monitor(self.table)
        sent = self.report_of(drill)
        lull.wait_for(lambda: self.received(monitor) >= sent["sent"], "all that was sent")
        self.assertNotIn("nobody has connected",
                         (self.folder / "drill.log").read_text(encoding="utf-8"))

    def test_the_outside_answers(self):
        monitor = self.monitor(self.table)
        monitor.wait_ready()
        self.assertEqual(monitor.get("/-/healthy")[0], 200)
        self.check_api(monitor)  # nothing was seen yet
        self.assertEqual(monitor.get("/api/v1/countries/QQ")[0], 404)
        self.assertIn("<html", monitor.get("/")[1])
        shown = lull.run("show", "countries", "--url", monitor.url, "--json").stdout
        self.assertIn("countries", json.loads(shown))
        lull.run("show", "health", "--config", monitor.config)
        lull.run("check", "--config", monitor.config, code=3)  # its address is taken: by itself
        self.assertEqual(monitor.stop(), 0)
        lull.run("show", "countries", "--url", monitor.url, code=1)


if __name__ == "__main__":
    unittest.main()
