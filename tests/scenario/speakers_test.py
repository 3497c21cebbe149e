"""Routes from real speakers: BIRD's exchange by BMP from GoBGP and FRR, and by MRT from BIRD and FRR;
withdrawals, dead and restarted speakers, and what the witness and the table say of each."""
import os
import socket
import time
import unittest

import frames
import lull
import speakers
from collector import Collector

COUNTRIES = [("175.45.176.0/22", None, "KP"), ("20.0.0.0/8", None, "US"), ("2a00::/16", None, "DE")]


def setUpModule():
    absent = speakers.missing()
    if absent or os.geteuid() != 0:
        print(f"SKIPPED: {', '.join(absent)} not installed" if absent else
              "SKIPPED: a network namespace wants root", flush=True)
        raise unittest.SkipTest("no speakers")
    speakers.enter_namespace()


class Exchange(lull.Case):
    def setUp(self):
        super().setUp()
        self.collector = Collector(self.folder, COUNTRIES)
        self.addCleanup(self.collector.stop)
        self.bird = speakers.Bird(self.folder)
        self.gobgp = speakers.gobgp(self.folder, self.collector.bmp)
        self.frr = speakers.frr(self.folder, self.collector.bmp)
        self.routes = speakers.exchange()
        self.bird.announce(self.routes)
        for speaker in (self.gobgp, self.frr, self.bird):
            speaker.start()
            self.addCleanup(speaker.stop)

    def wait(self, condition, what, timeout_s=90):
        begun = time.monotonic()
        try:
            lull.wait_for(condition, what, timeout_s)
        except AssertionError as error:
            raise AssertionError("\n".join([str(error), self.collector.text()[-3000:],
                                            self.bird.tail(), self.gobgp.tail(), self.frr.tail(),
                                            str(self.collector.witness())])) from error
        return time.monotonic() - begun

    def wait_for_kp(self, what, timeout_s=90, **wanted):
        def holds():
            witness = self.collector.witness()
            return all(witness.get(key) == value for key, value in wanted.items())
        return self.wait(holds, what, timeout_s)

    def test_a_full_exchange_arrives_goes_and_heals(self):
        took = self.wait(lambda: self.collector.metric("lull_routes_rib_routes") ==
                         2 * len(self.routes), "both speakers' routes")
        print(f"{len(self.routes)} routes of each of two speakers by BMP in {took:.1f} s")
        self.assertEqual(self.collector.metric("lull_routes_rib_prefixes"), len(self.routes))
        self.wait_for_kp("North Korea is seen by both", networks_v4=4, heard=2, upstreams=1)
        witness = self.collector.witness()
        self.assertEqual(witness["origins"], 1)
        self.assertEqual(witness["largest_upstreams"],
                         [{"asn": 4837, "networks": 4, "share": 1.0, "only_share": 1.0}])
        self.assertEqual(self.collector.witness("DE")["networks_v6"], 5_000)
        found = self.collector.lookup("175.45.177.1")
        self.assertEqual((found["asn"], found["country"], found["prefix"]),
                         (131279, "KP", "175.45.177.0/24"))

        monitor = self.watch_kp()
        self.bird.announce([route for route in self.routes if route[0] not in speakers.KP])
        begun = time.monotonic()
        took = self.wait_for_kp("North Korea is withdrawn", networks_v4=0, withdrawn=4)
        print(f"from the withdrawal to the witness: {took:.1f} s")
        self.assertEqual(self.collector.witness()["changes"], 4)
        self.wait(lambda: self.networks_of_kp(monitor) == 0, "the monitor hears of it")
        print(f"from the withdrawal to lull_country_networks: {time.monotonic() - begun:.1f} s")
        self.wait(lambda: self.collector.lookup("175.45.177.1").get("withdrawn_since"),
                  "the table marks it")
        found = self.collector.lookup("175.45.177.1")
        self.assertEqual((found["asn"], found["country"]), (131279, "KP"))
        self.check_attribution(monitor)

        self.bird.announce(self.routes)
        self.wait_for_kp("North Korea is back", networks_v4=4, withdrawn=0, changes=8)

        self.gobgp.kill()
        self.wait_for_kp("one speaker is gone", heard=1, networks_v4=4, withdrawn=0, unknown=0)
        self.frr.kill()
        self.wait_for_kp("nobody can say", heard=0, networks_v4=0, withdrawn=0, unknown=4)
        self.gobgp.start()
        self.frr.start()
        self.wait_for_kp("both are back", heard=2, networks_v4=4, withdrawn=0, unknown=0, changes=8)
        self.assertEqual(self.collector.metric("lull_routes_bmp_problems_total"), 0)
        self.check_liar()
        self.check_mrt()

    def check_mrt(self):
        """The same routes from the files that BIRD and FRR write."""
        def prefixes_in(files):
            listed = lull.run("table", "routes", "--list", *files).stdout.splitlines()
            return {line.split("|")[5] for line in listed}

        wanted = {prefix for prefix, _ in self.routes}
        latest = [max(self.folder.glob(f"bird{family}-*.mrt")) for family in "46"]
        for name, files in (("BIRD", latest), ("FRR", [self.folder / "frr/frr.mrt"])):
            self.wait(lambda files=files: prefixes_in(files) == wanted, f"{name}'s MRT", 60)
            print(f"{name}'s MRT: all of {len(wanted)} prefixes")

    def watch_kp(self):
        """A monitor of the collector's table whose every packet is North Korea's."""
        inside, outside = frames.address("175.45.176.9"), frames.address("20.0.0.9")
        talk = frames.udp(53, 4000, 100)
        capture = frames.capture(self.folder / "kp.pcap", [
            frames.ipv4(inside, outside, talk), frames.ipv4(outside, inside, talk)])
        monitor = self.monitor(self.collector.table,
                               device=f"net_pcap0,rx_pcap={capture},infinite_rx=1")
        monitor.wait_ready()
        self.wait(lambda: self.networks_of_kp(monitor) == 4, "the monitor reads the witness")
        self.check_traffic(monitor)
        return monitor

    def check_traffic(self, monitor):
        """All that it sees of North Korea is of the one origin behind the one upstream."""
        self.wait(lambda: lull.total(monitor.metrics(), "lull_country_largest_upstream_traffic_share",
                                     country="KP") == 1, "the traffic behind the upstream")
        shown = lull.run("show", "country", "KP", "--url", monitor.url).stdout
        self.assertRegex(shown, r"its traffic of the last day is behind AS4837 \(100 % of its bytes; "
                                r"all would be lost with it\)\n")

    def networks_of_kp(self, monitor):
        """None while the series is not there."""
        metrics = monitor.metrics()
        return None if not any(name == "lull_country_networks" for name, _ in metrics) else \
            lull.total(metrics, "lull_country_networks", country="KP")

    def check_attribution(self, monitor):
        """The monitor takes the new table by itself, and not one packet changes its country."""
        self.wait(lambda: lull.total(monitor.metrics(), "lull_origin_table_loads_total",
                                     result="ok") >= 2, "the monitor takes the new table")
        metrics = monitor.metrics()
        counted = lull.total(metrics, "lull_port_counted_packets_total")
        self.assertGreater(counted, 0)
        for direction in ("sent", "received"):
            both = lull.total(metrics, f"lull_country_{direction}_packets_total")
            self.assertEqual(both, counted)
        self.assertEqual(counted, sum(
            lull.total(metrics, f"lull_country_{direction}_packets_total", country="KP")
            for direction in ("sent", "received")))
        self.assertEqual(lull.total(metrics, "lull_incidents_open"), 0)
        monitor.stop()

    def check_liar(self):
        """Who does not speak BMP is sent away and counted; nothing changes."""
        with socket.create_connection(("127.0.0.1", self.collector.bmp)) as liar:
            liar.sendall(b"GET / HTTP/1.1\r\n\r\n" * 100)
            liar.settimeout(30)
            self.assertEqual(liar.recv(1), b"")
        self.wait(lambda: self.collector.metric("lull_routes_bmp_disconnects_total",
                                                reason="stream_lost") == 1, "the liar is counted")
        self.assertEqual(self.collector.metric("lull_routes_rib_routes"), 2 * len(self.routes))


if __name__ == "__main__":
    unittest.main()
