"""What a store holds is taken elsewhere: what was learned goes to another host and goes on there as
if nothing had happened."""
import csv
import io
import json
import os
import shutil
import sqlite3
import subprocess
import unittest

import lull

SCENARIO = """
name: records
from: 2026-03-02T{from_hour:02}:00:00Z
until: 2026-03-02T{until_hour:02}:00:00Z
seed: 1
traffic: {{flows_per_second: 20, floor_flows_per_second: 0.2, day_rhythm: true}}
events:
  - {{kind: outage, at: 2026-03-02T{at}:00Z, for: {duration}, target: {{country: KP}}, demand: stays}}
"""


class Records(lull.Case):
    def setUp(self):
        super().setUp()
        self.table = lull.build_table(self.folder, lull.world_rows())

    def replay(self, store, from_hour, until_hour, at, duration):
        scenario = self.folder / "scenario.yaml"
        scenario.write_text(SCENARIO.format(from_hour=from_hour, until_hour=until_hour, at=at,
                                            duration=duration), encoding="utf-8")
        return json.loads(lull.run("replay", "--table", self.table, "--scenario", scenario,
                                   "--tick", "60s", "--budget", "1", "--store", store,
                                   "--json").stdout)

    def baseline(self, *words, code=0):
        return lull.run("baseline", *words, code=code)


class Export(Records):
    """History as files that other programs read."""

    COLUMNS = ["id", "country", "kind", "scope", "start", "detected", "end", "last_verified",
               "lowest_ratio", "area", "edges", "countries", "member", "member_name", "evidence",
               "acknowledged", "acknowledged_by", "acknowledged_note", "notes", "transitions"]

    def export(self, *words, code=0):
        return lull.run("export", *words, code=code)

    def rows(self, *words):
        return list(csv.DictReader(io.StringIO(self.export(*words).stdout)))

    replayed = None  # the store and the report, of the first test that needs them

    def setUp(self):
        super().setUp()
        self.store = self.folder / "here.db"
        if self.replayed is None:
            report = self.replay(self.store, 0, 8, "04:00", "1h")
            type(self).replayed = self.store.read_bytes(), report
        content, self.report = self.replayed
        self.store.write_bytes(content)

    def test_incidents_come_as_the_replay_found_them(self):
        where = ("--store", self.store)
        rows = self.rows("incidents", *where)
        self.assertEqual(list(rows[0]), self.COLUMNS)
        found = self.report["incidents"]
        self.assertEqual(len(rows), len(found))
        for row, incident in zip(rows, found):
            for name in ("country", "kind", "scope", "start", "detected", "end"):
                self.assertEqual(row[name], incident[name] or "", name)
            self.assertAlmostEqual(float(row["lowest_ratio"]), incident["lowest_ratio"])
            self.assertEqual(row["evidence"], " | ".join(incident["evidence"]))
        lines = self.export("incidents", *where, "--format", "jsonl").stdout.splitlines()
        self.assertEqual([json.loads(line)["id"] for line in lines], [int(r["id"]) for r in rows])
        self.assertEqual([json.loads(line)["evidence"] for line in lines],
                         [incident["evidence"] for incident in found])
        self.assertEqual(len(self.rows("incidents", *where, "--country", "kp")),
                         sum(incident["country"] == "KP" for incident in found))
        # Open at some time of the span; a duration is before the last tick on record.
        self.assertEqual(self.rows("incidents", *where, "--to", "2026-03-02T03:00:00Z"), [])
        self.assertEqual(len(self.rows("incidents", *where, "--from", "4h", "--to", "3h")), len(rows))

    def test_series_have_each_state_in_order_of_time(self):
        rows = self.rows("series", "--store", self.store, "--country", "KP",
                         "--from", "2026-03-02T03:30:00Z")
        times = [row["time"] for row in rows]
        self.assertEqual(times, sorted(times))
        self.assertGreaterEqual(times[0], "2026-03-02T03:30:00Z")
        states = [row["state"] for row in rows]
        self.assertIn("outage", states)
        self.assertEqual({row["country"] for row in rows}, {"KP"})
        dark = rows[states.index("outage")]
        self.assertLess(float(dark["observed_flows_per_second"]),
                        float(dark["expected_flows_per_second"]))
        everybody = self.rows("series", "--store", self.store)
        self.assertGreater(len({row["country"] for row in everybody}), 1)
        lines = self.export("series", "--store", self.store, "--format", "jsonl").stdout.splitlines()
        self.assertEqual(len(lines), len(everybody))
        self.assertEqual(list(json.loads(lines[0])), list(everybody[0]))

    def test_a_file_is_whole_and_mistakes_are_told_with_their_mend(self):
        out = self.folder / "out.csv"
        where = ("--store", self.store)
        self.assertEqual(self.export("incidents", *where, "--output", out).stdout, "")
        self.assertEqual(out.read_text(encoding="utf-8"), self.export("incidents", *where).stdout)
        for words, code, message in (
                (("--store", self.folder / "none.db"), 3, "no such store; mend: name it with"),
                ((*where, "--country", "QQ"), 2, "no such country"),
                ((*where, "--from", "soon"), 2, "--from: write a time such as"),
                ((*where, "--from", "1h", "--to", "2h"), 2, "is not before --to"),
                ((*where, "--format", "xml"), 2, "--format"),
                ((*where, "--output", self.folder / "none/out.csv"), 1, "in a folder that exists")):
            self.assertIn(message, self.export("incidents", *words, code=code).stderr)
        self.assertEqual(sorted(path.name for path in self.folder.glob("out*")), ["out.csv"])
        self.assertFalse((self.folder / "none.db").exists())
        with sqlite3.connect(self.store) as database:
            database.execute("PRAGMA user_version = 1000")
        database.close()
        self.assertIn("a newer lull has written it; mend:",
                      self.export("series", *where, code=3).stderr)

    def test_a_full_disk_leaves_what_was_there_and_nothing_else(self):
        rows = self.export("series", "--store", self.store).stdout
        for what in ("incidents", "series"):
            for output in ("/dev/full", "/dev/stdout"):
                with open("/dev/full", "w", encoding="utf-8") as full:
                    done = subprocess.run(
                        [lull.BINARY, "export", what, "--store", self.store, "--output", output],
                        stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn(f"{output}: cannot be written: No space left on device", done.stderr)
        if os.geteuid() != 0:
            lull.skip_loudly(self, "a small disk needs root")
        disk = self.folder / "disk"
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", disk], check=True)
        self.addCleanup(subprocess.run, ["umount", disk], check=False)
        self.assertGreater(len(rows), 2 * 65536)
        out = disk / "out.csv"
        for before in (None, "before"):
            if before:
                out.write_text(before, encoding="utf-8")
            said = self.export("series", "--store", self.store, "--output", out, code=1).stderr
            self.assertIn(f"{out}: cannot be written: No space left on device", said)
            self.assertEqual([path.read_text(encoding="utf-8") for path in disk.iterdir()],
                             [before] if before else [])

    def test_a_store_that_a_monitor_writes_is_read_and_nobody_is_disturbed(self):
        monitor = self.monitor(self.table, tick="1s", device="net_null0,no-rx=1")
        monitor.wait_ready()
        lull.wait_for(lambda: lull.total(monitor.metrics(),
                                         "lull_store_last_success_timestamp_seconds") > 0, "a write")
        self.assertEqual(self.rows("incidents", "--config", monitor.config), [])
        self.assertEqual(lull.total(monitor.metrics(), "lull_store_errors_total"), 0)
        self.assertEqual(monitor.stop(), 0, monitor.text())


class Baseline(Records):
    def test_what_was_learned_goes_to_another_host_and_on_with_its_incident(self):
        here, there, file = (self.folder / name for name in ("here.db", "there.db", "ix.baseline"))
        self.replay(here, 0, 6, "04:00", "2h")
        told = json.loads(self.baseline("export", "--store", here, "--out", file, "--json").stdout)
        self.assertEqual((told["learned_until"], told["groups"], told["open_incidents"]),
                         ("2026-03-02T06:00:00Z", ["replay"], 1))
        self.assertEqual(told["bytes"], file.stat().st_size)
        self.assertIn("1 of them open", self.baseline("import", file, "--store", there).stdout)
        # The dark country comes back at seven; both go on alike, the old and the new.
        gone_on = [self.replay(store, 6, 9, "06:00", "1h") for store in (here, there)]
        self.assertEqual(gone_on[0], gone_on[1])
        incident, = (i for i in gone_on[1]["incidents"] if i["country"] == "KP")
        self.assertTrue(incident["start"].startswith("2026-03-02T04:0"), incident)
        self.assertTrue(incident["end"].startswith("2026-03-02T07:0"), incident)

    def test_a_store_in_use_and_a_file_that_is_none_are_refused_and_nothing_changes(self):
        store, file = self.folder / "other.db", self.folder / "ix.baseline"
        self.replay(store, 0, 1, "00:30", "20m")
        self.assertIn("--out", self.baseline("export", code=2).stderr)
        self.assertIn("unable to open", self.baseline("export", "--store", self.folder / "none.db",
                                                      "--out", file, code=1).stderr)
        self.baseline("export", "--store", store, "--out", file)
        monitor = self.monitor(self.table, tick="1s")
        monitor.wait_ready()
        where = ("--config", monitor.config)
        lull.wait_for(lambda: lull.total(monitor.metrics(),
                                         "lull_store_last_success_timestamp_seconds") > 0, "a write")
        self.assertIn(f"a running lull (process {monitor.process.pid}) keeps its learning in it; "
                      "mend: stop", self.baseline("import", file, *where, code=3).stderr)
        lull.wait_for(lambda: "tap0" in lull.run(
            "baseline", "export", *where, "--out", self.folder / "live.baseline").stdout, "export")
        self.assertEqual(monitor.stop(), 0, monitor.text())
        refused = self.baseline("import", file, *where, code=3)
        self.assertRegex(refused.stderr, "it has learned until .*; mend: --force")
        done = self.baseline("import", file, *where, "--force")
        self.assertIn("what it held before is in", done.stdout)
        self.assertIn("nothing of port group tap0: its levels are learned anew", done.stderr)
        self.assertEqual(len(list(self.folder.glob("lull.db.before-*Z"))), 1)
        self.assertTrue(self.sound(self.folder / "lull.db"))
        shutil.copy(file, self.folder / "newer")
        with sqlite3.connect(self.folder / "newer") as database:
            database.execute("PRAGMA user_version = 1000")
        database.close()
        self.assertIn("a newer lull has written it",
                      self.baseline("import", self.folder / "newer", "--store",
                                    self.folder / "cold.db", code=3).stderr)
        self.assertFalse((self.folder / "cold.db").exists())

    @staticmethod
    def sound(path):
        with sqlite3.connect(path) as database:
            found = database.execute("PRAGMA integrity_check").fetchall()
        database.close()
        return found == [("ok",)]


class Packs(Records):
    def pack(self, store, incident, code=0):
        out = self.folder / "incident.pack"
        told = lull.run("incident", "pack", incident, "--store", store, "--out", out, "--json",
                        code=code)
        return out, json.loads(told.stdout) if code == 0 else told.stderr

    def backtest(self, *words):
        return json.loads(lull.run("backtest", *words, "--json").stdout)

    def incident(self, report):
        incident, = (i for i in report["incidents"] if i["country"] == "KP")
        return incident

    def test_a_packed_incident_is_replayed_to_the_same_verdict(self):
        store = self.folder / "lull.db"
        # Two runs: a restart lies within the incident, and the last sees its end.
        self.replay(store, 0, 6, "04:00", "2h")
        found = self.incident(self.replay(store, 6, 10, "06:00", "1h"))
        out, told = self.pack(store, found["id"])
        self.assertEqual(told["incident"], found)
        self.assertEqual((told["from"], told["bytes"]),
                         ("2026-03-02T03:01:00Z", out.stat().st_size))
        self.assertGreaterEqual(len(told["decisions"]), 6)
        store.unlink()  # the pack stands alone
        for words in (("--pack", out), (out,)):
            report = self.backtest(*words)
            self.assertEqual((report["same"], report["differences"], report["limits"]),
                             (True, [], []))
            self.assertEqual(report["incident"], found)
            for key in ("id", "country", "kind", "scope", "start", "detected", "end"):
                self.assertEqual(report["replayed"][key], found[key], key)
            self.assertIn(report["replayed"], report["incidents"])
            self.assertEqual(report["states"]["KP"], "normal")
            self.assertEqual(report["replayed_ticks"], told["ticks"])
        runs = self.backtest("--pack", out, "--budget", "0.01,1")["runs"]
        self.assertEqual([run["budget"] for run in runs], [0.01, 1])
        self.assertTrue(runs[1]["same"])
        self.assertGreater(runs[0]["threshold"], runs[1]["threshold"])
        text = lull.run("backtest", out).stdout
        for words in ("KP outage, lost, since", "the same verdict as then", found["evidence"][0]):
            self.assertIn(words, text)

    def test_an_open_incident_is_packed_and_what_is_not_there_is_refused(self):
        store = self.folder / "lull.db"
        found = self.incident(self.replay(store, 0, 6, "04:00", "2h"))
        self.assertIsNone(found["end"])
        out, _ = self.pack(store, found["id"])
        report = self.backtest(out)
        self.assertTrue(report["same"], report["differences"])
        self.assertIsNone(report["replayed"]["end"])
        self.assertIn("holds no incident 99", self.pack(store, 99, code=3)[1])
        self.assertIn("a store and no pack",
                      lull.run("backtest", "--pack", store, code=3).stderr)
        lull.run("backtest", out, "--split", "2026-03-02T04:00:00Z", code=2)
        lull.run("incident", "pack", "1", "--store", store, code=2)
        out.write_bytes(out.read_bytes()[:20000])
        lull.run("backtest", "--pack", out, code=3)
        # Without recorded ticks there is still something to look at.
        with sqlite3.connect(store) as database:
            database.executescript("DELETE FROM ticks; DELETE FROM checkpoints")
        database.close()
        out, told = self.pack(store, found["id"])
        self.assertIsNone(told["from"])
        done = lull.run("backtest", out, code=3)
        self.assertIn("the ticks before its incident are not kept", done.stderr)
        self.assertIn(found["evidence"][0], done.stdout)


if __name__ == "__main__":
    unittest.main()
