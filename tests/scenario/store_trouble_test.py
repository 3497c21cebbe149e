"""A store that is corrupt, newer or not to be had, and what is announced and kept in it."""
import json
import re
import signal
import sqlite3
import subprocess
import unittest

import lull


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
