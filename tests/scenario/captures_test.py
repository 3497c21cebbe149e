"""lull replay over captures: totals against independently computed truth, and bad files."""
import collections
import csv
import json
import pathlib
import signal
import subprocess
import time
import unittest

import yaml

import lull


SIGNATURES = lull.SOURCE / "configs" / "signatures.yaml"
NAMES = (("tls", "tls.handshake.extensions_server_name"), ("http", "http.host"),
         ("dns", "dns.qry.name"))
# The outermost IP header decides: what a tunnel carries is looked into on `decap` ports alone.
TUNNELS = ("ip-in-ip", "vxlan-geneve", "gre-erspan", "gtp-l2tp")
# Names that lull does not read: of name services beside DNS, of SSDP, quoted in errors.
NOT_READ = {"llmnr", "nbns", "ssdp", "icmp", "icmpv6"}


def hostile_labels():
    with open(SIGNATURES, encoding="utf-8") as file:
        signatures = yaml.safe_load(file)["signatures"]
    return {each["name"] for each in signatures if each["class"] != "service"}


HOSTILE_LABELS = hostile_labels()
# The captures with hostile traffic, by what tshark and their sources say of them, and all that lull
# finds; every other capture has none.
HOSTILE = {
    "ddos-amp__ndpi__ssdp-m-search.pcap": {"plex-reflection"},
    "ddos-amp__tcpdump__ntp-mode7.pcap": {"ntp-private"},
    "synflood-scan__ndpi__synscan.pcap": {"syn-scan"},
    # On a LAN: searches for everything, that no border sees.
    "mixed-internet__ndpi__gnutella.pcap": {"ssdp-search-all", "ws-discovery-reflection"},
    # Bytes at random: a SYN whose sequence is its destination.
    "malformed-fuzz__ndpi__fuzz-2006-06-26-2594.pcap": {"mirai-scan"},
}


class RealCaptures(lull.Case):
    """Every capture of the shared data against tshark's word on it."""

    # tshark lost one whole address of this file (5678::, eight frames): it takes the last four
    # bytes of 70-byte frames for a checksum that the capture does not have.
    LOST_BY_TSHARK = {"non-ip-l2__zeek__cisco-fabric-path.pcap": "5678::"}

    @classmethod
    def setUpClass(cls):
        cls.pcaps = lull.SHARED / "pcap"
        cls.manifest = []
        if cls.pcaps.is_dir():
            with open(cls.pcaps / "MANIFEST.tsv", encoding="utf-8") as file:
                cls.manifest = list(csv.DictReader(file, delimiter="\t"))

    def truth(self):
        """{file: {address: (sent, received)}} of the outermost header."""
        truth = collections.defaultdict(dict)
        for row in lull.read_tsv_gz(self.pcaps / "per-ip.tsv.gz"):
            if row["layer"] != "outermost":
                continue
            address = row["ip"] or self.LOST_BY_TSHARK.get(row["file"])
            if address is None:
                continue  # malformed files have headers without an address
            sent, received = truth[row["file"]].get(address, (0, 0))
            truth[row["file"]][address] = (sent + int(row["src_frames"]),
                                           received + int(row["dst_frames"]))
        return truth

    def table_of(self, truth):
        """A small table of what the full one says of every address, and that for each address."""
        addresses = sorted({a for file in truth.values() for a in file})
        source = lull.FULL_TABLE
        if not source.exists():
            lull.skip_loudly(self, f"{source} is not there (scripts/test.sh builds it)")
        answers = []
        for start in range(0, len(addresses), 500):
            answers += json.loads(lull.run("table", "lookup", source, "--json",
                                           *addresses[start:start + 500]).stdout)
        rows = {a["prefix"]: (a["prefix"], a["asn"], a["country"] if a["country"] != "ZZ" else None)
                for a in answers if a["prefix"]}
        return lull.build_table(self.folder, rows.values()), dict(zip(addresses, answers))

    def test_totals_equal_the_truth_of_every_file(self):
        if not self.manifest:
            lull.skip_loudly(self, f"{self.pcaps} is not there")
        truth = self.truth()
        table, answers = self.table_of(truth)
        seen = named = 0
        hostile = {}
        for row in self.manifest:
            name, category = row["file"], row["category"]
            with self.subTest(file=name):
                if category == "not-ethernet":
                    done = lull.run("replay", "--table", table, self.pcaps / name, code=3)
                    self.assertIn("not Ethernet", done.stderr)
                    continue
                report = json.loads(lull.run("replay", "--json", "--table", table, "--names", "all",
                                             "--signatures", SIGNATURES, self.pcaps / name).stdout)
                self.check_sums(report, int(row["frames"]))
                hostile[name] = set(report["labels"]) & HOSTILE_LABELS
                named += self.check_names(name, category, report["names"])
                seen += 1
                if not category.startswith("malformed"):
                    self.check_totals(report, truth[name], answers)
        self.assertGreater(seen, 60)
        self.assertGreater(named, 150)
        self.assertEqual({name: labels for name, labels in hostile.items() if labels}, HOSTILE)

    # ---- what inspection reads ----

    def names_by_tshark(self, name):
        """{kind: {name: flows}}: of each conversation the first name that was asked for. Multicast
        DNS apart, as a set: what asks again after a minute's silence is another conversation."""
        first, multicast = {}, set()
        for row in lull.read_tsv_gz(self.pcaps / "truth" / f"{name}.tsv.gz"):
            if NOT_READ & set(row["frame.protocols"].split(":")):
                continue
            ends = []
            for way in ("src", "dst"):
                address = (row[f"ip.{way}"] or row[f"ipv6.{way}"]).split(",")[0]
                port = (row[f"udp.{way}port"] or row[f"tcp.{way}port"]).split(",")[0]
                ends.append((address, port))
            for kind, field in NAMES:
                if row[field] and "mdns" in row["frame.protocols"].split(":"):
                    multicast.add(row[field].split(",")[0].lower().rstrip("."))
                elif row[field]:
                    told = row[field].split(",")[0].lower().rstrip(".")
                    told = told.split(":")[0] if kind == "http" else told
                    first.setdefault((kind, frozenset(ends)), told)
        names = {kind: collections.Counter() for kind, _ in NAMES}
        for (kind, _), told in first.items():
            names[kind][told] += 1
        return names, multicast

    def check_names(self, name, category, found):
        """How many names were compared."""
        if category in TUNNELS or category.startswith("malformed"):
            return 0
        names, multicast = self.names_by_tshark(name)
        for kind, expected in names.items():
            self.assertEqual({each: flows for each, flows in found[kind].items()
                              if each not in multicast}, dict(expected), kind)
        return sum(sum(names.values()) for names in found.values())

    def check_sums(self, report, frames):
        self.assertEqual(report["packets"], frames)
        self.assertEqual(report["packets"], report["ip_packets"] + sum(report["rejected"].values()))
        parts = [*report["countries"].values(), report["unmatched"], report["private"]]
        for direction in ("sent_packets", "received_packets"):
            self.assertEqual(sum(part[direction] for part in parts), report["ip_packets"])

    def check_totals(self, report, addresses, answers):
        countries = collections.defaultdict(lambda: [0, 0])
        origins = collections.defaultdict(lambda: [0, 0])
        for address, (sent, received) in addresses.items():
            answer = answers[address]
            where = answer["country"] or ("private" if answer.get("special") else "unmatched")
            for sums, key in ((countries, where), (origins, (answer["asn"], answer["country"]))):
                sums[key][0] += sent
                sums[key][1] += received
        found = {**report["countries"], "unmatched": report["unmatched"],
                 "private": report["private"]}
        for key, (sent, received) in countries.items():
            part = found.get(key, {"sent_packets": 0, "received_packets": 0})
            self.assertEqual((part["sent_packets"], part["received_packets"]), (sent, received), key)
        for origin in report["origins"]:
            key = (origin["asn"] or None, origin["country"])
            self.assertEqual((origin["sent_packets"], origin["received_packets"]),
                             tuple(origins[key]), key)


class BadCaptures(lull.Case):
    FRAME = bytes.fromhex("020000000001020000000002080045000028000000004006000014000001"
                          "af2db001") + bytes(20)

    def setUp(self):
        super().setUp()
        self.table = lull.build_table(self.folder, lull.world_rows())

    def refused(self, path, *words):
        done = lull.run("replay", "--table", self.table, path, code=3)
        for word in (str(path), *words):
            self.assertIn(word, done.stderr)
        self.assertEqual(done.stdout, "")

    def test_each_bad_file_is_refused_by_name(self):
        self.refused(self.folder / "none.pcap", "No such file")
        self.refused(self.folder, "folder")
        empty = self.folder / "empty.pcap"
        empty.write_bytes(b"")
        self.refused(empty, "empty")
        text = self.folder / "text.pcap"
        text.write_text("this is no capture\n" * 10, encoding="utf-8")
        self.refused(text, "no capture")
        whole = self.folder / "whole.pcap"
        lull.write_pcap(whole, [(10**18 + i, self.FRAME) for i in range(5)])
        cut = self.folder / "cut.pcap"
        cut.write_bytes(whole.read_bytes()[:-7])
        self.refused(cut, "behind frame 4")

    def test_several_files_are_merged_by_time_and_odd_names_work(self):
        paths = [self.folder / "a,b=1.pcap", self.folder / "zwei.pcap"]
        for i, path in enumerate(paths):
            lull.write_pcap(path, [(10**18 + i + 2 * n, self.FRAME) for n in range(100)])
        report = json.loads(lull.run("replay", "--json", "--table", self.table, *paths).stdout)
        self.assertEqual(report["packets"], 200)
        self.assertEqual(report["countries"]["KP"]["received_packets"], 200)
        self.assertEqual(report["countries"]["US"]["sent_bytes"], 200 * 40)
        self.assertEqual(round(report["countries"]["US"]["active_sources"]), 1)

    def test_a_paced_replay_stops_also_where_the_capture_has_a_gap(self):
        path = self.folder / "gap.pcap"
        lull.write_pcap(path, [(10**18 + n * 7200 * 10**9, self.FRAME) for n in range(3)])
        process = subprocess.Popen([lull.BINARY, "replay", "--json", "--pace", "1x", "--table",
                                    self.table, path], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        for line in process.stderr:
            if "memory:" in line:
                break
        time.sleep(1)  # by then it waits for the second frame, two hours away
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 0)
        self.assertLess(json.loads(out)["packets"], 3)

    def test_a_cut_table_is_refused(self):
        bad = self.folder / "bad.lut"
        bad.write_bytes(pathlib.Path(self.table).read_bytes()[:-1])
        whole = self.folder / "whole.pcap"
        lull.write_pcap(whole, [(10**18, self.FRAME)])
        done = lull.run("replay", "--table", bad, whole, code=3)
        self.assertIn(str(bad), done.stderr)

    def test_wrong_usage_is_told_apart(self):
        lull.run("replay", "--table", self.table, code=2)
        whole = self.folder / "whole.pcap"
        lull.write_pcap(whole, [(10**18, self.FRAME)])
        for option, value in (("--tick", "0"), ("--tick", "-10s"), ("--tick", "1h"), ("--rate", "0"),
                              ("--rate", "-1"), ("--budget", "0"), ("--budget", "-2")):
            with self.subTest(option=option, value=value):
                done = lull.run("replay", "--table", self.table, f"{option}={value}", whole, code=2)
                self.assertIn(option, done.stderr)
        lull.run("no-such-command", code=2)
        lull.run("replay", "--help")


if __name__ == "__main__":
    unittest.main()
