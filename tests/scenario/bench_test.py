"""lull bench: its document, and that what it measures counts right."""
import json
import unittest

import lull


class Bench(lull.Case):
    def bench(self, *words):
        table = lull.build_table(self.folder, lull.world_rows())
        return json.loads(lull.run("bench", "--table", table, "--rounds", "5", "--flows", "2000",
                                   "--json", *words).stdout)

    def test_every_case_is_measured_and_the_whole_agrees_with_the_floor(self):
        report = self.bench()
        self.assertEqual([case["name"] for case in report["cases"]],
                         ["header", "floor", "parse", "origins", "counters", "sources", "flows",
                          "full"])
        for case in report["cases"]:
            self.assertGreater(case["ns_per_packet_min"], 0, case)
            self.assertGreaterEqual(case["ns_per_packet_median"], case["ns_per_packet_min"])
        self.assertGreater(report["machine"]["clock_probe_ghz"], 0)
        self.assertEqual([(run["totals_agree"], run["shed_share"]) for run in report["runs"]],
                         [(True, 0)])

    def test_a_flood_of_new_conversations_is_counted_whole(self):
        report = self.bench("--new-share", "1", "--cases", "full")
        self.assertEqual([case["name"] for case in report["cases"]], ["floor", "full"])
        self.assertTrue(report["runs"][0]["totals_agree"])
        self.assertGreater(report["runs"][0]["shed_share"], 0)

    def test_what_makes_no_sense_is_refused(self):
        self.assertIn("not.lut", lull.run("bench", "--table", "not.lut", code=3).stderr)
        lull.run("bench", "--table", "not.lut", "--flows", "0", code=2)


if __name__ == "__main__":
    unittest.main()
