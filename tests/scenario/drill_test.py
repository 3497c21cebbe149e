"""The drills, judged by replay: the same bytes twice, and what lull must say of them."""
import json
import subprocess
import sys
import unittest

import lull

DRILLS = lull.SOURCE / "configs/drills"
# Of the large countries' traffic; small ones live at the floor, which stays. LULL_FULL=1: all.
THIN = ("{flows_per_second: 40,", "{flows_per_second: 4,")


class Drills(lull.Case):
    def full_table(self):
        if not lull.FULL_TABLE.exists():
            lull.skip_loudly(self, f"{lull.FULL_TABLE} is not there (scripts/test.sh builds it)")
        return lull.FULL_TABLE

    def replay(self, name, *words, table=None):
        scenario = self.thin(name) if isinstance(name, str) else name
        return lull.run("replay", "--table", table or self.full_table(), "--scenario", scenario,
                        "--budget", "0.1", "--json", *words).stdout

    def thin(self, name):
        scenario = DRILLS / f"{name}.yaml"
        if lull.FULL:
            return scenario
        thin = self.folder / scenario.name
        thin.write_text(scenario.read_text(encoding="utf-8").replace(*THIN), encoding="utf-8")
        return thin

    def expect(self, name, report):
        path = self.folder / "report.json"
        path.write_text(report, encoding="utf-8")
        done = subprocess.run([sys.executable, lull.SOURCE / "scripts/check_expectation.py",
                               DRILLS / f"{name}.expect.yaml", path],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    @unittest.skipIf(lull.SANITIZED, "whole drills are the release build's")
    def test_the_same_seed_gives_the_same_report_and_another_seed_another(self):
        # Five packets a second of 60 hours; enough to go through every event.
        first = self.replay("nk-2014", "--rate", "5", "--tick", "300s")
        self.assertEqual(first, self.replay("nk-2014", "--rate", "5", "--tick", "300s"))
        other = self.replay("nk-2014", "--rate", "5", "--tick", "300s", "--seed", "7")
        self.assertNotEqual(json.loads(first)["packets"], json.loads(other)["packets"])
        for incident in json.loads(first)["incidents"]:
            self.assertEqual(incident["country"], "KP")

    @unittest.skipIf(lull.SANITIZED, "whole drills are the release build's")
    def test_north_korea_is_unstable_dark_and_back_and_nobody_else_is(self):
        # Sixty countries beside it: every one lives at the floor, which is four fifths of the
        # packets of the whole table. That nobody of all of them is in an outage in those hours the
        # test above says, and the quiet day. LULL_FULL=1: the whole table here too.
        table = self.full_table() if lull.FULL else lull.build_table(self.folder, lull.world_rows())
        routes = self.folder / "routes"
        routes.mkdir()
        report = self.replay("nk-2014", "--tick", "60s", "--routes", routes, table=table)
        self.expect("nk-2014", report)
        # Its networks leave routing as it falls, and the incident says which was first.
        incident = json.loads(report)["incidents"][0]
        self.assertEqual((incident["country"], incident["scope"]), ("KP", "lost"))
        evidence = "\n".join(incident["evidence"])
        # Two of four are gone when the ramp of ten minutes has come to three eighths.
        self.assertRegex(evidence, r"routing: [2-4] of 4 networks withdrawn, first seen "
                                   r"2014-12-22T16:(19|20):00Z: both, (volume|routing) first by \d+ s")
        self.assertRegex(evidence, r"routing: 4 of 4 networks announced again, first seen "
                                   r"2014-12-23T01:4[67]:00Z")
        self.assertRegex(evidence, r"upstreams: AS4837 gone since \S+, 0 left of 1")
        self.assertLess(len(incident["evidence"]), 48, "flapping has filled the record")
        refused = lull.run("replay", "--table", table, "--scenario",
                           DRILLS / "nk-2014.yaml", "--routes", routes, code=3)
        self.assertIn("is not empty", refused.stderr)

    @unittest.skipIf(lull.SANITIZED, "whole drills are the release build's")
    def test_a_member_that_falls_is_one_event_and_no_countrys(self):
        config = self.folder / "lull.yaml"
        config.write_text(f"origins: {{members: {DRILLS / 'members.json'}}}\n"
                          "ports: [{name: tap, device: net_ring0, cores: [0]}]\n",
                          encoding="utf-8")
        report = json.loads(self.replay("member-falls", "--config", config))
        self.assertEqual([(i["kind"], i["country"], i["start"], i["end"])
                          for i in report["incidents"]],
                         [("member", None, "2026-03-04T09:15:00Z", "2026-03-04T09:25:00Z")])
        incident = report["incidents"][0]
        self.assertIn("KP", incident["countries"])
        self.assertEqual((incident["member"]["member"], incident["member"]["asn"]),
                         ("AS64559", 64559))
        self.assertIn("AS64559's port fell", incident["evidence"][0])

    @unittest.skipIf(lull.SANITIZED, "whole drills are the release build's")
    def test_a_quiet_day_is_quiet(self):
        # A day of it, with its night; LULL_FULL=1: all.
        day = self.thin("quiet-day")
        if not lull.FULL:
            day.write_text(day.read_text(encoding="utf-8").replace(
                "until: 2014-12-12T00", "until: 2014-12-10T12"), encoding="utf-8")
        report = self.replay(day)
        self.expect("quiet-day", report)
        normal = [c for c, state in json.loads(report)["states"].items() if state == "normal"]
        self.assertGreater(len(normal), 200)


class Learned(lull.Case):
    SCENARIO = """
name: half
from: 2026-03-02T{begin:02}:00:00Z
until: 2026-03-02T{end:02}:00:00Z
seed: 1
traffic: {{flows_per_second: 5, floor_flows_per_second: 0.1, day_rhythm: false}}
"""

    def test_a_store_carries_what_one_replay_learned_into_the_next(self):
        table = lull.build_table(self.folder, lull.world_rows())
        scenario = self.folder / "half.yaml"

        def states_after(begin, end):
            scenario.write_text(self.SCENARIO.format(begin=begin, end=end), encoding="utf-8")
            done = lull.run("replay", "--table", table, "--scenario", scenario, "--store",
                            self.folder / "lull.db", "--json")
            return set(json.loads(done.stdout)["states"].values()), done.stderr
        states, text = states_after(0, 3)
        self.assertIn("normal", states)
        self.assertNotIn("restored", text)
        states, text = states_after(3, 4)  # too short for a country to be learned anew
        self.assertIn("normal", states)
        self.assertIn("restored what", text)


class Sites(lull.Case):
    """A drill's TLS asks for www.drill.XX of the country it goes to."""

    SCENARIO = """
name: sites
from: 2026-03-02T00:00:00Z
until: 2026-03-03T06:00:00Z
seed: 1
traffic: {flows_per_second: 2, floor_flows_per_second: 0.05, day_rhythm: false}
events: [{kind: outage, at: 2026-03-03T04:00:00Z, for: 4h, target: {country: KP}, demand: stays}]
"""

    def test_the_site_of_a_country_that_falls_is_silent_and_no_other(self):
        table = lull.build_table(self.folder, lull.world_rows())
        scenario, sites = self.folder / "s.yaml", self.folder / "sites.yaml"
        scenario.write_text(self.SCENARIO, encoding="utf-8")
        sites.write_text("sites: [{name: .drill.kp, country: KP}, {name: www.drill.us}, "
                         "{name: www.drill.example}]", encoding="utf-8")
        report = json.loads(lull.run("replay", "--table", table, "--scenario", scenario, "--sites",
                                     sites, "--tick", "60s", "--names", "all", "--json").stdout)
        told = {site["site"]: site for site in report["sites"]}
        self.assertEqual({name: site["state"] for name, site in told.items()},
                         {"drill.kp": "silent", "www.drill.us": "answering",
                          "www.drill.example": "learning"})
        self.assertTrue(told["drill.kp"]["last_answered"].startswith("2026-03-03T0"), told)
        self.assertGreater(report["names"]["tls"]["www.drill.us"], 100)
        self.assertEqual([i["country"] for i in report["incidents"]], ["KP"])


class SensorFaults(lull.Case):
    """Nothing comes, and it is lull's own fault: no country may be said to be silent."""

    SCENARIO = """
name: fault
from: 2026-03-02T00:00:00Z
until: 2026-03-02T06:00:00Z
seed: 1
traffic: {{flows_per_second: 5, floor_flows_per_second: 0.1, day_rhythm: false}}
events:
  - {{kind: {kind}, at: 2026-03-02T04:00:00Z, for: 1h, target: {{port: drill}}}}
"""

    def test_a_dark_port_and_a_leaking_pool_blind_lull_and_open_no_incident(self):
        table = lull.build_table(self.folder, lull.world_rows())
        for kind in ("port_dark", "pool_leak"):
            with self.subTest(kind=kind):
                scenario = self.folder / f"{kind}.yaml"
                scenario.write_text(self.SCENARIO.format(kind=kind), encoding="utf-8")
                done = lull.run("replay", "--table", table, "--scenario", scenario, "--json")
                self.assertEqual(json.loads(done.stdout)["incidents"], [])
                self.assertIn("sensor: drill:", done.stderr)
                self.assertIn("sees again", done.stderr)


class Captures(lull.Case):
    def test_a_drill_to_a_capture_is_replayed_with_the_drills_own_totals(self):
        table = lull.build_table(self.folder, lull.world_rows())
        scenario = self.folder / "s.yaml"
        scenario.write_text(SensorFaults.SCENARIO.format(kind="one_way").replace(
            "target: {port: drill}", "target: {country: KP}"), encoding="utf-8")
        pcap = self.folder / "d.pcap"
        drill = json.loads(lull.run("drill", "--scenario", scenario, "--table", table, "--pcap",
                                    pcap, "--rate", "20", "--json").stdout)
        self.assertEqual(drill["offered"], drill["sent"] + drill["refused"])
        report = json.loads(lull.run("replay", "--table", table, "--json", pcap).stdout)
        self.assertEqual(report["packets"], drill["sent"])
        for country, traffic in drill["countries"].items():
            for key, value in traffic.items():
                self.assertEqual(report["countries"][country][key], value, (country, key))

    def split(self, pcap, pieces):
        """The frames of a capture in as many files, one after the other."""
        content = pcap.read_bytes()
        cuts, at = [], 24
        while at < len(content):
            cuts.append(at)
            at += 16 + int.from_bytes(content[at + 8:at + 12], "little")
        cuts = [cuts[len(cuts) * i // pieces] for i in range(pieces)] + [len(content)]
        paths = []
        for i, (begin, end) in enumerate(zip(cuts, cuts[1:])):
            paths.append(self.folder / f"piece-{pieces}-{i}.pcap")
            paths[-1].write_bytes(content[:24] + content[begin:end])
        return paths

    def test_a_capture_is_judged_in_its_own_time_as_the_same_packets_on_a_port_are(self):
        """Also where it comes in files that follow each other, as dumpcap's ring does."""
        table = lull.build_table(self.folder, lull.world_rows())
        scenario = self.folder / "s.yaml"
        scenario.write_text("""
name: fall
from: 2026-03-02T00:00:00Z
until: 2026-03-02T02:20:00Z
seed: 1
traffic: {flows_per_second: 10, floor_flows_per_second: 0.1, day_rhythm: false}
events: [{kind: outage, at: 2026-03-02T01:20:00Z, for: 30m, target: {country: US}}]
""", encoding="utf-8")
        pcap = self.folder / "d.pcap"
        lull.run("drill", "--scenario", scenario, "--table", table, "--pcap", pcap)
        sources = {"port": ["--scenario", scenario], "whole": [pcap],
                   "halves": self.split(pcap, 2), "ring": self.split(pcap, 40)}
        reports, told = {}, {}
        for name, source in sources.items():
            report = json.loads(lull.run("replay", "--table", table, "--json", *source).stdout)
            told[name] = [(i["country"], i["kind"], i["start"], i["end"])
                          for i in report["incidents"]]
            report["wire"][0].pop("port")  # named by its files
            reports[name] = report
        for name in sources:
            self.assertEqual(told[name], told["port"], name)
        for name in ("halves", "ring"):
            self.assertEqual(reports[name], reports["whole"], name)
        self.assertEqual([i[0] for i in told["port"]], ["US"])
        self.assertTrue(told["port"][0][2].startswith("2026-03-02T01:2"), told["port"])


if __name__ == "__main__":
    unittest.main()
