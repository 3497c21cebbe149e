"""What outlives the process: the monitor is killed while a country is dark, and goes on as if it had
only looked away."""
import json
import os
import random
import shutil
import signal
import sqlite3
import time
import unittest

import chain
import lull

# More on demand: LULL_STORE_KILLS=20.
KILLS = int(os.environ.get("LULL_STORE_KILLS", "2"))


def states_of(metrics):
    return {dict(labels)["country"]: dict(labels)["state"] for (name, labels), value in
            metrics.items() if name == "lull_country_state" and value == 1}


class Dark(chain.Lab):
    """North Korea falls silent, and stays so."""

    COUNTRIES = {"KP", *sorted({row[2] for row in lull.world_rows()})[:24]}
    SCALE, TICK = 480, "120s"  # an hour in seven seconds and a half, a tick in a quarter of one
    END = "06T00:00"

    def setUp(self):
        super().setUp()
        begun = time.monotonic()
        self.learn(self.folder, [("05:40", 90 * 60)])
        self.live_clock, _ = self.clock(3 + time.monotonic() - begun)
        self.random = random.Random()

    def start(self, **more):
        # A ring for as long as a busy machine leaves the worker out: what it has no room for is
        # refused, and a tenth of a second of that is a fall of all countries.
        return self.monitor(self.table, tick=self.TICK, clock=self.live_clock, budget=1,
                            group="drill", ring=14, **more)

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
        """From the first answer to countries being normal again after forty minutes of traffic. At
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
                self.assertEqual(lull.total(metrics, "lull_incidents_open"), 1,
                                 monitor.get("/api/v1/incidents")[1])
                self.assertEqual(lull.total(metrics, "lull_incidents_total"), 0)
                self.assertEqual([c for c in normal if states[c] == "learning"], [])
            if ready == 200 and ready_s is None:
                ready_s = time.monotonic() - begun
                now = self.incident(monitor)
                self.assertEqual((now["id"], now["start"], now["end"]),
                                 (incident["id"], incident["start"], None))
            seen = lull.total(metrics, "lull_detector_ticks_total", result="ok")
            return seen >= 20 and sum(states[c] == "normal" for c in normal) >= 0.9 * len(normal)

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
                          >= 20, "countries that are normal")
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
        drill.terminate()  # obeyed though nobody takes what it has to offer
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
        until = lull.total(monitor.metrics(), "lull_detector_ticks_total", result="ok") + 30
        lull.wait_for(lambda: lull.total(monitor.metrics(), "lull_detector_ticks_total",
                                         result="ok") >= until, "an hour")
        # Announced maintenance makes the ticks missing, opens nothing, and ends.
        self.tell(monitor, "maintenance", "add", "--group", "drill", "--for", "20m")
        for result in ("missing", "ok"):
            before = lull.total(monitor.metrics(), "lull_detector_ticks_total", result=result)
            lull.wait_for(lambda: lull.total(monitor.metrics(), "lull_detector_ticks_total",
                                             result=result) >= before + 10, f"ten ticks {result}")
        self.assertEqual([(i["id"], i["end"]) for i in self.shown(monitor, "--since", "7d")],
                         [(incident["id"], closed["end"])])
        self.assertEqual(monitor.stop(), 0, monitor.text())


if __name__ == "__main__":
    unittest.main()
