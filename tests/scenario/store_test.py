"""What outlives the process: the monitor is killed while a country is dark, and goes on as if it had
only looked away. And a store that is corrupt, newer or not to be had."""
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import time
import unittest

import lull

# More on demand: LULL_STORE_KILLS=20.
KILLS = int(os.environ.get("LULL_STORE_KILLS", "2"))
SCALE = 720  # scenario seconds a second: an hour in five

SCENARIO = """
name: store
from: 2026-03-02T00:00:00Z
until: 2026-03-06T00:00:00Z
seed: 1
traffic: {flows_per_second: 20, floor_flows_per_second: 0.2, day_rhythm: true}
events:
  - {kind: outage, at: 2026-03-02T03:00:00Z, for: 90h, target: {country: KP}, demand: stays}
"""


def states_of(metrics):
    return {dict(labels)["country"]: dict(labels)["state"] for (name, labels), value in
            metrics.items() if name == "lull_country_state" and value == 1}


class Dark(lull.Traffic):
    """North Korea falls silent, and stays so."""

    def setUp(self):
        super().setUp()
        self.scenario.write_text(SCENARIO, encoding="utf-8")
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3))
        self.clock = (f'clock: {{scale: {SCALE}, epoch: "2026-03-02T00:00:00Z", at: "{at}"}}')
        self.random = random.Random()

    def start(self, **more):
        return self.monitor(self.table, tick="60s", clock=self.clock, budget=1, **more)

    def start_drill(self, monitor):
        return self.drill(monitor.device_of_drill, "--config", str(monitor.config))

    def incident(self, monitor, query=""):
        """The one of North Korea; None while the API does not answer."""
        status, body = monitor.get("/api/v1/incidents" + query)
        if status != 200:
            return None
        found = [i for i in json.loads(body)["incidents"] if i["country"] == "KP"]
        self.assertLessEqual(len(found), 1, found)
        return found[0] if found else None


class Kills(Dark):
    def check_file(self):
        """What a kill leaves is sound, and opens with its incident."""
        copy = self.folder / "copy"
        copy.mkdir()
        for part in self.folder.glob("lull.db*"):
            shutil.copy(part, copy)
        with sqlite3.connect(copy / "lull.db") as database:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            self.assertEqual(database.execute(
                "SELECT count(*) FROM incidents WHERE country = 'KP' AND end_ns IS NULL"
            ).fetchone(), (1,))
        database.close()
        shutil.rmtree(copy)

    def watch_return(self, monitor, incident, normal):
        """From the first answer to countries being normal again for forty ticks that saw traffic. At
        no time may a scrape show countries without the open incident, one of `normal` as learning,
        or an incident that was not there. Returns how long until ready, until normal, and how often
        it was not ready."""
        begun, ready_s, unready = time.monotonic(), None, 0

        def back():
            nonlocal ready_s, unready
            ready = monitor.get("/-/ready")[0]
            metrics = monitor.metrics()
            states = states_of(metrics)
            unready += ready == 503
            if states:
                self.assertEqual(lull.total(metrics, "lull_incidents_open", country="KP"), 1)
                self.assertEqual(lull.total(metrics, "lull_incidents_open"), 1)
                self.assertEqual(lull.total(metrics, "lull_incidents_total"), 0)
                self.assertEqual([c for c in normal if states[c] == "learning"], [])
            if ready == 200 and ready_s is None:
                ready_s = time.monotonic() - begun
                now = self.incident(monitor)
                self.assertEqual((now["id"], now["start"], now["end"]),
                                 (incident["id"], incident["start"], None))
            seen = lull.total(metrics, "lull_detector_ticks_total", result="ok")
            return seen >= 40 and sum(states[c] == "normal" for c in normal) >= 0.9 * len(normal)

        lull.wait_for(back, "the countries to be normal again")
        return ready_s, time.monotonic() - begun, unready

    def test_kills_lose_no_incident_and_nothing_that_was_learned(self):
        monitor = self.start()
        drill = self.start_drill(monitor)
        lull.wait_for(lambda: self.incident(monitor), "the outage")
        incident = self.incident(monitor)
        self.assertTrue(incident["start"].startswith("2026-03-02T0"), incident)
        readies = []
        for kill in range(KILLS):
            lull.wait_for(lambda: sum(s == "normal" for s in states_of(monitor.metrics()).values())
                          >= 40, "countries that are normal")
            time.sleep(self.random.uniform(0, 2))
            normal = [c for c, s in states_of(monitor.metrics()).items() if s == "normal"]
            monitor.stop(signal.SIGKILL)
            self.check_file()
            if drill.poll() is not None:  # memif's server may die with its peer
                drill = self.start_drill(monitor)
            monitor = self.start()
            ready_s, normal_s, unready = self.watch_return(monitor, incident, normal)
            readies.append(ready_s)
            self.assertIn("restored what", monitor.text())
            self.assertNotIn("learning begins anew", monitor.text())
            print(f"kill {kill + 1}: ready after {ready_s:.2f} s ({unready} times not yet), "
                  f"{len(normal)} countries normal again after {normal_s:.2f} s", flush=True)
        self.assertLess(max(readies), 10)
        shown = json.loads(lull.run("show", "incidents", "--since", "7d", "--config",
                                    monitor.config, "--json").stdout)["incidents"]
        self.assertEqual([(i["id"], i["end"]) for i in shown if i["country"] == "KP"],
                         [(incident["id"], None)])
        self.assertEqual(lull.total(monitor.metrics(), "lull_store_errors_total"), 0)
        # A stop writes what a kill may lose.
        last = self.incident(monitor)["last_verified"]
        self.assertEqual(monitor.stop(), 0, monitor.text())
        drill.terminate()
        drill.communicate()
        monitor = self.start()
        monitor.wait_ready()
        self.assertGreaterEqual(self.incident(monitor)["last_verified"], last)
        self.assertEqual(monitor.stop(), 0, monitor.text())


class Operator(Dark):
    """Words on an incident, over HTTP as an operator says them."""

    def tell(self, monitor, *words, code=0):
        done = lull.run(*words, "--config", monitor.config, code=code)
        return done.stdout + done.stderr

    def shown(self, monitor, *words):
        return json.loads(lull.run("show", "incidents", "--config", monitor.config, "--json",
                                   *words).stdout)["incidents"]

    def test_an_acknowledgement_survives_a_kill_and_closing_ends_the_incident_for_good(self):
        monitor = self.start()
        drill = self.start_drill(monitor)
        lull.wait_for(lambda: self.incident(monitor), "the outage")
        incident = self.incident(monitor)
        one = str(incident["id"])
        self.assertIn("acknowledged.\n", self.tell(monitor, "incident", "ack", one, "--by", "kim",
                                                   "--note", "calling the carrier"))
        self.tell(monitor, "incident", "note", one, "a cable, they say", "--by", "lee")
        monitor.stop(signal.SIGKILL)  # as soon as it is answered
        if drill.poll() is not None:
            drill = self.start_drill(monitor)
        monitor = self.start()
        monitor.wait_ready()
        now = self.incident(monitor)
        self.assertEqual((now["id"], now["end"]), (incident["id"], None))
        self.assertEqual((now["acknowledged"]["by"], now["acknowledged"]["note"]),
                         ("kim", "calling the carrier"))
        self.assertEqual([(n["by"], n["text"]) for n in now["notes"]],
                         [("lee", "a cable, they say")])
        self.assertIn("kim: calling the carrier",
                      lull.run("show", "incidents", "--config", monitor.config).stdout)
        self.assertRegex(monitor.get("/")[1], "Acknowledged at .* by kim: calling the carrier")

        # All about it as a file, from the store of a running lull that was killed meanwhile.
        pack = self.folder / "incident.pack"
        self.tell(monitor, "incident", "pack", one, "--out", str(pack))
        packed = json.loads(lull.run("backtest", pack, "--json").stdout)
        self.assertTrue(packed["same"], packed["differences"])
        self.assertEqual(packed["incident"]["notes"], now["notes"])

        self.assertIn("closed", self.tell(monitor, "incident", "close", one, "--why", "they left"))
        closed = self.incident(monitor)
        self.assertIsNotNone(closed["end"])
        self.assertRegex(" ".join(closed["evidence"]), "closed by hand.*: they left")
        self.assertEqual(lull.total(monitor.metrics(), "lull_incidents_open"), 0)
        self.assertIn("is over", self.tell(monitor, "incident", "close", one, "--why", "x", code=3))
        self.assertIn("no incident 999", self.tell(monitor, "incident", "ack", "999", code=3))
        monitor.stop(signal.SIGKILL)
        if drill.poll() is not None:
            drill = self.start_drill(monitor)
        monitor = self.start()
        monitor.wait_ready()
        # What was known when it was found is told from the records of two runs ago.
        past = lull.run("show", "country", "KP", "--explain", "--at", incident["detected"],
                        "--config", monitor.config).stdout
        self.assertIn("KP is in an outage", past)
        self.assertIn(f"incident {one} is open since {incident['start']}", past)
        # It goes on being dark, and that is normal now.
        until = lull.total(monitor.metrics(), "lull_detector_ticks_total", result="ok") + 60
        lull.wait_for(lambda: lull.total(monitor.metrics(), "lull_detector_ticks_total",
                                         result="ok") >= until, "an hour")
        # Announced maintenance makes the ticks missing, opens nothing, and ends.
        self.tell(monitor, "maintenance", "add", "--group", "tap0", "--for", "20m")
        for result in ("missing", "ok"):
            before = lull.total(monitor.metrics(), "lull_detector_ticks_total", result=result)
            lull.wait_for(lambda: lull.total(monitor.metrics(), "lull_detector_ticks_total",
                                             result=result) >= before + 10, f"ten ticks {result}")
        self.assertEqual([(i["id"], i["end"]) for i in self.shown(monitor, "--since", "7d")],
                         [(incident["id"], closed["end"])])
        self.assertEqual(monitor.stop(), 0, monitor.text())


class Trouble(lull.Case):
    def setUp(self):
        super().setUp()
        self.table = lull.build_table(self.folder, lull.world_rows())

    def test_announced_maintenance_makes_ticks_missing_until_it_is_removed(self):
        monitor = self.monitor(self.table, tick="1s")
        monitor.wait_ready()

        def tell(*words, code=0):
            done = lull.run("maintenance", *words, "--config", monitor.config, code=code)
            return done.stdout + done.stderr

        self.assertIn("there are tap0", tell("add", "--group", "tap9", "--for", "2h", code=3))
        self.assertIn("maintenance 1: group tap0",
                      tell("add", "--group", "tap0", "--for", "2h", "--note", "new optics"))
        self.assertIn("for: write a duration", tell("add", "--for", "soon", code=3))
        listed = json.loads(tell("list", "--json"))["maintenance"]
        self.assertEqual([(m["id"], m["group"], m["when"]) for m in listed], [(1, "tap0", "now")])
        monitor.stop(signal.SIGKILL)  # as soon as it is answered
        monitor = self.monitor(self.table, tick="1s")
        monitor.wait_ready()
        lull.wait_for(lambda: "calendar: tap0: maintenance until" in monitor.text(), "the window")
        self.assertIn("new optics", monitor.get("/")[1])
        tell("remove", "1")
        lull.wait_for(lambda: re.search("calendar: tap0: .* is over", monitor.text()), "its end")
        self.assertIn("No maintenance is announced", tell("list"))
        self.assertIn("no maintenance 1", tell("end", "1", code=3))
        self.assertEqual(monitor.stop(), 0, monitor.text())

    def errors(self, monitor):
        return lull.total(monitor.metrics(), "lull_store_errors_total")

    def test_a_corrupt_store_is_moved_aside_and_lull_starts_cold(self):
        (self.folder / "lull.db").write_bytes(b"x" * 9000)
        monitor = self.monitor(self.table)
        monitor.wait_ready()
        self.assertEqual(self.errors(monitor), 1)
        self.assertRegex(monitor.text(), r"lull\.db is corrupt: moved aside to .*\.corrupt-\d+T\d+Z")
        self.assertEqual(len(list(self.folder.glob("lull.db.corrupt-*Z"))), 1)
        lull.wait_for(lambda: lull.total(monitor.metrics(),
                                         "lull_store_last_success_timestamp_seconds") > 0, "a write")
        self.assertEqual(monitor.stop(), 0, monitor.text())

    def test_a_store_of_a_newer_lull_and_one_of_something_else_are_refused(self):
        for sql, words in (("PRAGMA application_id = 1280658508; PRAGMA user_version = 1000",
                            "a newer lull has written it"),
                           ("CREATE TABLE bookmarks (url TEXT)", "a database of something else")):
            with sqlite3.connect(self.folder / "lull.db") as database:
                database.executescript(sql)
            database.close()
            before = (self.folder / "lull.db").read_bytes()
            monitor = self.monitor(self.table)
            monitor.process.wait(timeout=60)
            self.assertEqual(monitor.stop(), 3)
            self.assertRegex(monitor.text(), rf"store\.path: .*lull\.db: {words}.*mend:")
            self.assertEqual((self.folder / "lull.db").read_bytes(), before)
            (self.folder / "lull.db").unlink()

    def test_a_store_that_cannot_be_had_stops_nothing_and_is_taken_when_it_can(self):
        monitor = self.monitor(self.table, store="away/lull.db")
        monitor.wait_ready()
        lull.wait_for(lambda: self.errors(monitor) >= 2, "the second attempt")
        self.assertIn("The store fails", json.loads(monitor.get("/api/v1/status")[1])["summary"])
        (self.folder / "away").mkdir()
        lull.wait_for(lambda: lull.total(monitor.metrics(),
                                         "lull_store_last_success_timestamp_seconds") > 0, "a write")
        self.assertNotIn("The store fails", json.loads(monitor.get("/api/v1/status")[1])["summary"])
        checked = subprocess.run([lull.BINARY, "check", "--config", monitor.config],
                                 capture_output=True, text=True, check=False)
        self.assertNotIn("store.path", checked.stdout + checked.stderr)
        self.assertEqual(monitor.stop(), 0, monitor.text())
        self.assertTrue((self.folder / "away/lull.db").exists())


if __name__ == "__main__":
    unittest.main()
