"""lull bench: its document, and that what it measures counts right."""
import json
import unittest

import lull


class Bench(lull.Case):
    def text(self, *words):
        table = lull.build_table(self.folder, lull.world_rows())
        return lull.run("bench", "--table", table, "--rounds", "5", "--flows", "2000",
                        *words).stdout

    def bench(self, *words):
        return json.loads(self.text("--json", *words))

    def test_every_case_is_measured_and_the_whole_agrees_with_the_floor(self):
        report = self.bench()
        self.assertEqual([case["name"] for case in report["cases"]],
                         ["header", "floor", "parse", "origins", "counters", "sources", "flows",
                          "full", "records"])
        for case in report["cases"]:
            self.assertGreater(case["ns_per_packet_min"], 0, case)
            self.assertGreaterEqual(case["ns_per_packet_median"], case["ns_per_packet_min"])
        self.assertGreater(report["machine"]["clock_probe_ghz"], 0)
        self.assertEqual([(run["totals_agree"], run["shed_share"]) for run in report["runs"]],
                         [(True, 0)])

    def test_the_document_has_the_promised_fields(self):
        report = self.bench("--cases", "full")
        self.assertEqual({"cpu", "simd", "clock_probe_ghz", "hugepages"}, {*report["machine"]})
        self.assertEqual({"prefixes_v4", "prefixes_v6"}, {*report["table"]})
        for case in report["cases"]:
            self.assertLessEqual({"name", "flows", "frame_bytes", "v6_share", "workers",
                                  "ns_per_packet_min", "ns_per_packet_median",
                                  "tsc_cycles_per_packet_min", "mpps_max", "ratio_to_floor"},
                                 {*case})
        self.assertEqual(report["cases"][0]["ratio_to_floor"], 1)

    def test_the_table_says_the_bottleneck_and_what_the_machine_would_carry(self):
        text = self.text("--cases", "parse,flows", "--frame", "imix")
        self.assertRegex(text, r"the bottleneck is (parse|flows)\n")
        self.assertRegex(text, r"would carry \d+ Mpps, or \d+ Gbit/s of IMIX, with 1 worker ")
        self.assertRegex(text, r"clock \d\.\d\d GHz by probe.* 362 bytes on average, 10 % IPv6")

    def test_a_mix_of_frame_sizes_is_counted_whole(self):
        report = self.bench("--cases", "full", "--frame", "imix")
        self.assertEqual({case["frame_bytes"] for case in report["cases"]}, {362})
        self.assertTrue(report["runs"][0]["totals_agree"])

    def test_a_flood_of_new_conversations_is_counted_whole(self):
        report = self.bench("--new-share", "1", "--cases", "full")
        self.assertEqual([case["name"] for case in report["cases"]], ["floor", "full"])
        self.assertTrue(report["runs"][0]["totals_agree"])
        self.assertGreater(report["runs"][0]["shed_share"], 0)

    def test_inspection_is_measured_where_there_is_something_to_look_for(self):
        report = self.bench("--cases", "inspect", "--new-share", "0.05", "--signatures",
                            lull.SOURCE / "configs" / "signatures.yaml", "--sites",
                            lull.SOURCE / "configs" / "sites.yaml")
        self.assertEqual([case["name"] for case in report["cases"]], ["floor", "full", "inspect"])
        self.assertTrue(report["runs"][0]["totals_agree"])
        looks = {look["context"]: look for look in report["runs"][0]["looks"]}
        self.assertEqual({*looks}, {"dns", "http", "ntp", "quic", "tcp", "tls", "udp"})
        for look in looks.values():
            self.assertGreater(look["gbps"], 0, look)

    def test_what_makes_no_sense_is_refused(self):
        self.assertIn("not.lut", lull.run("bench", "--table", "not.lut", code=3).stderr)
        lull.run("bench", "--table", "not.lut", "--flows", "0", code=2)
        lull.run("bench", "--table", "not.lut", "--frame", "63", code=2)
        lull.run("bench", "--table", "not.lut", "--frame", "some", code=2)


if __name__ == "__main__":
    unittest.main()
