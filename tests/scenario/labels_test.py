"""Inspection over captures: names equal tshark's, labels are those that the packets deserve."""
import collections
import csv
import json
import unittest

import lull

SIGNATURES = lull.SOURCE / "configs" / "signatures.yaml"
NAMES = (("tls", "tls.handshake.extensions_server_name"), ("http", "http.host"),
         ("dns", "dns.qry.name"))
# The outermost IP header decides: what a tunnel carries is looked into on `decap` ports alone.
TUNNELS = ("ip-in-ip", "vxlan-geneve", "gre-erspan", "gtp-l2tp")
# Names that lull reads and tshark tells otherwise, or the other way round, each with its reason.
EXPLAINED = {}
# Captures that hold what their category says, and the labels that they must get.
HOSTILE = {
    # A search at a media server's port; a question to a domain controller, which is everyday's;
    # peers and counters asked for in mode 7, the monitor's list not.
    "ddos-amp__ndpi__ssdp-m-search.pcap": {"plex-reflection"},
    "ddos-amp__suricata-verify__ldap-udp__cldap.pcap": {"cldap"},
    "ddos-amp__tcpdump__ntp-mode7.pcap": {"ntp-private"},
}


class Captures(lull.Case):
    @classmethod
    def setUpClass(cls):
        cls.pcaps = lull.SHARED / "pcap"
        cls.manifest = []
        if cls.pcaps.is_dir():
            with open(cls.pcaps / "MANIFEST.tsv", encoding="utf-8") as file:
                cls.manifest = [row for row in csv.DictReader(file, delimiter="\t")
                                if row["category"] != "not-ethernet"]

    def reports(self):
        """(row of the manifest, report) of every capture."""
        if not self.manifest:
            lull.skip_loudly(self, f"{self.pcaps} is not there")
        table = lull.build_table(self.folder, [("5.0.0.0/16", 64500, "DE")])
        for row in self.manifest:
            done = lull.run("replay", "--json", "--table", table, "--names", "all",
                            "--signatures", SIGNATURES, self.pcaps / row["file"])
            yield row, json.loads(done.stdout)

    def names_by_tshark(self, name):
        """{kind: {name: flows}}: of each conversation the first name that was asked for."""
        first = {}
        for row in lull.read_tsv_gz(self.pcaps / "truth" / f"{name}.tsv.gz"):
            protocols = row["frame.protocols"].split(":")
            if any(other in protocols for other in ("llmnr", "nbns", "icmp", "icmpv6")):
                continue
            ends = []
            for way in ("src", "dst"):
                address = (row[f"ip.{way}"] or row[f"ipv6.{way}"]).split(",")[0]
                port = (row[f"udp.{way}port"] or row[f"tcp.{way}port"]).split(",")[0]
                ends.append((address, port))
            for kind, field in NAMES:
                if row[field]:
                    told = row[field].split(",")[0].lower().rstrip(".")
                    told = told.split(":")[0] if kind == "http" else told
                    first.setdefault((kind, frozenset(ends)), told)
        names = {kind: collections.Counter() for kind, _ in NAMES}
        for (kind, _), told in first.items():
            names[kind][told] += 1
        return names

    def test_names_and_labels_of_every_capture(self):
        hostile, compared = {}, 0
        for row, report in self.reports():
            name, category = row["file"], row["category"]
            with self.subTest(file=name):
                hostile[name] = set(report["labels"])
                if category in TUNNELS or category.startswith("malformed"):
                    continue
                expected = self.names_by_tshark(name)
                for kind, _ in NAMES:
                    found = collections.Counter(report["names"][kind])
                    extra = EXPLAINED.get((name, kind), ({}, {}))
                    expected[kind].update(extra[0])
                    expected[kind].subtract(extra[1])
                    self.assertEqual(found, +expected[kind], kind)
                    compared += sum(found.values())
        print(json.dumps({name: sorted(labels) for name, labels in hostile.items() if labels},
                         indent=1))
        for name, labels in HOSTILE.items():
            self.assertLessEqual(labels, hostile[name], name)
        self.assertGreater(compared, 150)


if __name__ == "__main__":
    unittest.main()
