"""MRT files: every route of every real one as bgpdump reads it, damaged ones, and tables of them."""
import collections
import ipaddress
import json
import os
import shutil
import subprocess
import sys
import unittest

import lull

MRT = lull.SHARED / "mrt"

# Larger ones have so many routes that it takes Python long to compare them.
LARGE_BYTES = 1_000_000

# What bgpdump 1.6.2 cannot read, and what is compared instead.
EXPLAINED = {
    "bgpdump-updates.nlri_mask_trailing_bits.gz":
        "bgpdump leaves bits set beyond a prefix's length; lull drops them (RFC 4271 4.3)",
    "bgpkit-rrc00-updates.19990903.1041.gz":
        "of the old BGP type, bgpdump prints the peer's address in place of a withdrawn prefix's",
    "bgpkit-rrc00-updates.19991214.1621.gz": "as above",
    "bgpkit-rrc00-updates.20000102.2014.gz": "as above",
    "bgpkit-rrc00-updates.20000325.0345.gz":
        "the collector died inside a record; bgpdump takes what follows for 2,042 withdrawals",
    "mrtparse-bird_bgp.mrt":
        "BIRD wrote ADD-PATH as plain messages; bgpdump takes path identifiers for prefixes",
    "mrtparse-bird6_bgp.mrt": "as above",
    "mrtparse-openbgpd_rib_table-mp.mrt": "bgpdump does not read BGP4MP_ENTRY; the same table is in "
                                          "mrtparse-openbgpd_rib_table-v2.mrt",
}


def cut(line):
    """The fields that both print."""
    fields = line.split("|", 8)
    return "|".join(fields[:6 + fields[0].endswith("_AP") + (fields[2] != "W")])


def normal(line):
    """Addresses in one spelling and prefixes without host bits."""
    fields = line.split("|")
    fields[3] = str(ipaddress.ip_address(fields[3]))
    fields[5] = str(ipaddress.ip_network(fields[5], strict=False))
    return "|".join(fields)


def counted(text):
    return collections.Counter(cut(line) for line in text.splitlines() if "|STATE|" not in line)


def differences(ours, theirs):
    """What one has and the other has not; only where spellings differ are addresses parsed."""
    ours, theirs = (collections.Counter(map(normal, (a - b).elements()))
                    for a, b in ((ours, theirs), (theirs, ours)))
    return sorted((ours - theirs).elements()), sorted((theirs - ours).elements())


def bgpdump(path):
    done = subprocess.run(["bgpdump", "-m", str(path)], capture_output=True, text=True,
                          errors="replace", check=False)
    return done.stdout


def prefixes(routes):
    return {route.split("|")[5] for route in routes}


class RoutesCase(lull.Case):
    def setUp(self):
        super().setUp()
        if not MRT.is_dir():
            lull.skip_loudly(self, f"{MRT} is not there")

    def listed(self, path):
        return lull.run("table", "routes", "--list", path).stdout

    def need_bgpdump(self):
        if not shutil.which("bgpdump"):
            lull.skip_loudly(self, "bgpdump is not installed")


class Equality(RoutesCase):
    """bgpdump -m, field by field: format, time, peer, its AS, prefix, path identifier, AS path."""

    def check_equal(self, ours, theirs):
        self.assertEqual(differences(ours, theirs), ([], []))

    def compare(self, name):
        ours, theirs = self.listed(MRT / name), bgpdump(MRT / name)
        if name.startswith("bgpkit-rrc00-updates.20000325"):
            # The four routes before the cut; of the first two bgpdump has the lengths.
            self.assertEqual(ours.splitlines(), [
                "BGP|953955943|W|203.37.255.126|4608|24.216.16.0/24",
                "BGP|953955943|W|203.37.255.126|4608|203.18.151.0/24",
                *["|".join(line.split("|")[:7]) for line in theirs.splitlines() if "|A|" in line]])
        elif name.startswith("bgpkit-rrc00-updates."):
            def without_address(text):
                rows = (line.split("|") for line in text.splitlines())
                return "\n".join(
                    "|".join([*row[:5], f"{row[3]}/{row[5].split('/')[1]}"]) if row[2] == "W"
                    else "|".join(row) for row in rows)
            self.check_equal(counted(without_address(ours)), counted(without_address(theirs)))
        elif name in ("mrtparse-bird_bgp.mrt", "mrtparse-bird6_bgp.mrt"):
            # What the same router wrote rightly in another format, and its link's own network.
            twin = name.replace("_bgp", "-mrtdump_bgp")
            link = {"192.168.16.0/24", "fd02:17::/64"}
            self.assertEqual(prefixes(counted(ours)) - link, prefixes(counted(bgpdump(MRT / twin))))
        elif name == "mrtparse-openbgpd_rib_table-mp.mrt":
            twin = counted(bgpdump(MRT / "mrtparse-openbgpd_rib_table-v2.mrt"))
            self.assertEqual(
                sorted((r.split("|")[5], r.split("|")[6]) for r in counted(ours).elements()),
                sorted((r.split("|")[5], r.split("|")[6]) for r in twin.elements()))
        else:
            self.check_equal(counted(ours), counted(theirs))
        return ours.count("\n")

    def test_every_real_file_reads_as_bgpdump_reads_it(self):
        self.need_bgpdump()
        names = sorted(p.name for p in MRT.iterdir() if p.is_file() and p.name != "EXPECTED.txt")
        self.assertGreater(len(names), 35)
        for name in names:
            if lull.SANITIZED and (MRT / name).stat().st_size > LARGE_BYTES:
                routes = self.listed(MRT / name).count("\n")
                self.assertGreater(routes, 0)
                print(f"{routes:>9} {name}: read; SKIPPED: compared by the release build", flush=True)
                continue
            with self.subTest(file=name):
                routes = self.compare(name)
                print(f"{routes:>9} {name}: {EXPLAINED.get(name, 'equal')}", flush=True)
        self.assertLessEqual(set(EXPLAINED), set(names))


class Damaged(RoutesCase):
    # bgpdump stops where framing is lost, as lull does.
    EQUAL = ["00-intact", "01-truncated-mid-record", "02-truncated-mid-header",
             "03-length-ffffffff", "04-length-zero", "05-unknown-type"]

    def test_damaged_files_are_survived_counted_and_the_rest_is_kept(self):
        folder = MRT / "corrupt-derived"
        for path in sorted(folder.iterdir()):
            with self.subTest(file=path.name):
                done = subprocess.run([lull.BINARY, "table", "routes", "--json", str(path)],
                                      capture_output=True, text=True, check=False)
                self.assertIn(done.returncode, (0, 3), done.stderr)
                if done.returncode == 3:
                    self.assertIn("holds no record", done.stderr)
                    continue
                file = json.loads(done.stdout)["files"][0]
                self.assertEqual(file["rejected"], sum(file["problems"].values()))
                self.assertEqual(len(file["first_problems"]), min(20, file["rejected"]))

    def test_what_is_whole_reads_as_bgpdump_reads_it(self):
        self.need_bgpdump()
        for kind in ("rib", "upd"):
            for name in self.EQUAL:
                path = MRT / "corrupt-derived" / f"{kind}-{name}.mrt"
                with self.subTest(file=path.name):
                    found = differences(counted(self.listed(path)), counted(bgpdump(path)))
                    self.assertEqual(found, ([], []))

    def test_a_prefix_length_that_cannot_be_costs_one_record(self):
        intact = counted(self.listed(MRT / "corrupt-derived/rib-00-intact.mrt"))
        for name in ("rib-12-prefixlen-33.mrt", "rib-13-prefixlen-255.mrt"):
            with self.subTest(file=name):
                path = MRT / "corrupt-derived" / name
                lost = intact - counted(self.listed(path))
                self.assertEqual(len(prefixes(lost)), 1)
                report = json.loads(lull.run("table", "routes", "--json", path).stdout)
                self.assertEqual(report["files"][0]["problems"], {"prefix_length": 1})


class Tables(RoutesCase):
    def build(self, *words):
        table = self.folder / "routes.lut"
        return table, json.loads(lull.run("table", "build", "--json", "--out", table,
                                          *words).stdout)

    def lookup(self, table, address):
        answer = json.loads(lull.run("table", "lookup", "--json", table, address).stdout)[0]
        return answer["prefix"], answer["asn"], answer["country"]

    def test_a_full_table_of_two_families_within_its_memory(self):
        # A process of its own asks: a child counts what its parent had in memory as its own peak.
        ask = ("import resource, subprocess, sys, time; start = time.monotonic(); "
               "subprocess.run(sys.argv[1:], check=True); "
               "used = resource.getrusage(resource.RUSAGE_CHILDREN); "
               "print(time.monotonic() - start, used.ru_utime + used.ru_stime, used.ru_maxrss,"
               "      file=sys.stderr)")
        dump = MRT / "derived-rib.20221029.libloc-full-v4v6.td2.gz"
        done = subprocess.run([sys.executable, "-c", ask, lull.BINARY, "table", "build", "--json",
                               "--out", str(self.folder / "full.lut"), "--mrt", str(dump)],
                              capture_output=True, text=True, check=True)
        report = json.loads(done.stdout)
        elapsed_s, busy_s, peak_kib = map(float, done.stderr.splitlines()[-1].split())
        begun = os.times().children_user
        subprocess.run(["gzip", "-dc", str(dump)], stdout=subprocess.DEVNULL, check=True)
        unpack_s = os.times().children_user - begun
        print(f"{report['routes']['prefixes']} prefixes: {elapsed_s:.1f} s, {busy_s:.1f} s of CPU "
              f"({busy_s / unpack_s:.1f} times what gzip needs to unpack it), {peak_kib / 1024:.0f} "
              "MiB", flush=True)
        self.assertEqual(report["routes"]["routes"], 1146274)
        self.assertEqual(report["prefixes_v4"] + report["prefixes_v6"] +
                         sum(report["routes"]["left_out"].values()), 1146274)
        if not lull.SANITIZED:
            self.assertLessEqual(peak_kib, 1536 * 1024)

    def test_updates_alone_make_a_table_and_north_korea_has_its_four_networks(self):
        dump = self.folder / "dump.txt"
        dump.write_text(lull.dump_text([("175.45.176.0/22", None, "KP")]), encoding="utf-8")
        table, report = self.build("--location-dump", dump, "--updates",
                                   MRT / "bgpdump-updates.et-header.2015.gz")
        self.assertGreater(report["asns"], 51000)
        for network in range(176, 180):
            self.assertEqual(self.lookup(table, f"175.45.{network}.1"),
                             (f"175.45.{network}.0/24", 131279, "KP"))

    def test_withdrawn_networks_keep_their_origin(self):
        table, report = self.build("--mrt", MRT / "derived-updates.kp-outage-timeline.mrt")
        self.assertEqual(self.lookup(table, "175.45.176.1")[1], 131279)
        self.assertGreater(report["routes"]["withdrawals"], 0)


if __name__ == "__main__":
    unittest.main()
