"""offered = sent + refused, sent = received + missed, received = counted + rejected: over every kind
of link, at every rate, and for input that is meant to break the counting."""
import json
import random
import signal
import time
import unittest

import frames
import lull

FLOOD = "a flood of new conversations"
# packets, rate and patience of each round; the last offers far more than a ring has room for.
# The others at LULL_FULL=1; devices_test sees to it that they work at all.
LINKS = ("memif", "vhost", "virtio-user") if lull.FULL else ("memif",)
RATES = {
    "a trickle": {"packets": 400, "rate": 400},
    "a steady stream": {"packets": 60_000, "rate": 60_000},
    "all that is taken": {"packets": 300_000, "patience": 60},
    "more than is taken": {"packets": 300_000},
}


class Link:
    """A monitor and a sender, opened in the order that the two drivers need."""

    def __init__(self, case, kind, *captures, table=None, **settings):
        self.case = case
        path = case.folder / "vhost.sock"
        table = table or case.table
        if kind == "memif":
            self.monitor = case.monitor(table, **settings)
            self.sender = case.sender(self.monitor.device_of_drill, *captures)
        elif kind == "vhost":
            self.monitor = case.monitor(table, device=f"net_vhost0,iface={path}", **settings)
            self.monitor.wait_ready()
            self.sender = case.sender(f"net_virtio_user0,path={path}", *captures)
        else:
            self.sender = case.sender(f"net_vhost0,iface={path}", *captures)
            lull.wait_for(path.exists, "the vhost's socket")
            self.monitor = case.monitor(table, device=f"net_virtio_user0,path={path}", **settings)
        # Not before: DPDK's virtio driver throws away, uncounted, what came to its ring while the
        # port was being started.
        self.monitor.wait_ready()
        lull.wait_for(lambda: self.total("lull_port_link_up") == 1, "the link")
        self.sent = 0

    def total(self, name, **labels):
        return lull.total(self.monitor.metrics(), name, **labels)

    def play(self, **round_of):
        """A round, until the last packet of it has arrived; returns report and metrics."""
        report = self.sender.play(**round_of)
        return report, self.arrived(report)

    def arrived(self, report):
        self.sent += report["sent"]
        found = {}

        def all_there():
            metrics = found["metrics"] = self.monitor.metrics()
            received = self.case.check_identities(metrics)["tap0"]
            return received + lull.total(metrics, "lull_port_dropped_packets_total") >= self.sent

        try:
            lull.wait_for(all_there, "the last packet", timeout_s=20)
        except AssertionError:
            pass  # said with its numbers below
        metrics = found["metrics"]
        self.case.assertEqual(self.sent, lull.total(metrics, "lull_port_receive_packets_total") +
                              lull.total(metrics, "lull_port_dropped_packets_total"))
        return metrics

    def close(self):
        self.sender.close()
        self.case.assertEqual(self.monitor.stop(), 0, self.monitor.text())


class Drained(lull.Traffic):
    def test_every_link_is_exact_at_every_rate(self):
        capture = frames.capture(self.folder / "traffic.pcap", frames.conversations(500))
        for kind in LINKS:
            link = Link(self, kind, capture, **lull.QUICK)
            for name, round_of in RATES.items():
                with self.subTest(kind=kind, rate=name):
                    report, metrics = link.play(**round_of)
                    print(f"{kind}, {name}: {report}", flush=True)
                    self.assertEqual(report["offered"], round_of["packets"])
                    self.assertEqual(lull.total(metrics, "lull_port_dropped_packets_total"), 0)
            with self.subTest(kind=kind, rate="a monitor that sleeps"):
                self.sleep_through(link)
            link.close()

    def sleep_through(self, link):
        """Nobody polls: the ring fills, the rest is refused; what was taken comes when it wakes."""
        def healthy():
            return link.total("lull_sensor_healthy", port="tap0") == 1

        link.sender.go(rate=20_000)
        lull.wait_for(healthy, "a port that is believed")
        link.monitor.process.send_signal(signal.SIGSTOP)
        time.sleep(2.5)  # two ticks and a half that nobody attends
        link.monitor.process.send_signal(signal.SIGCONT)
        lull.wait_for(lambda: "slept through half of the tick" in link.monitor.text(),
                      "health to say why")
        lull.wait_for(healthy, "the port to be believed again", timeout_s=30)
        report = link.sender.stop()
        self.assertGreater(report["refused"], 0)
        link.arrived(report)
        self.assertEqual(link.total("lull_incidents_total"), 0)

    def test_captures_written_and_read_are_exact(self):
        capture = frames.capture(self.folder / "traffic.pcap", frames.conversations(500))
        written = self.folder / "written.pcap"
        sender = self.sender(f"net_pcap0,tx_pcap={written}", capture)
        report = sender.play(packets=100_000)
        sender.close()
        self.assertEqual(report["refused"], 0)
        monitor = self.monitor(self.table, device=f"net_pcap0,rx_pcap={written}")
        lull.wait_for(lambda: lull.total(monitor.metrics(), "lull_port_receive_packets_total") >=
                      100_000, "the capture's end")
        metrics = monitor.metrics()
        self.assertEqual(self.check_identities(metrics), {"tap0": 100_000})
        self.assertEqual(lull.total(metrics, "lull_port_receive_bytes_total"), report["bytes"])
        self.assertEqual(monitor.stop(), 0)
        replayed = json.loads(lull.run("replay", "--table", self.table, "--json", written).stdout)
        self.assertEqual(replayed["packets"], 100_000)

    def test_a_ring_carries_all_that_the_drill_made(self):
        self.scenario.write_text(self.scenario.read_text(encoding="utf-8").replace(
            "until: 2026-03-02T01", "until: 2026-03-02T00:00:20Z #"), encoding="utf-8")
        drill = json.loads(lull.run("drill", "--scenario", self.scenario, "--table", self.table,
                                    "--pcap", self.folder / "d.pcap", "--json").stdout)
        report = json.loads(lull.run("replay", "--table", self.table, "--scenario", self.scenario,
                                     "--json").stdout)
        self.assertEqual(drill["refused"], 0)
        self.assertEqual(report["packets"], drill["offered"])
        for country, traffic in drill["countries"].items():
            for key, value in traffic.items():
                self.assertEqual(report["countries"][country][key], value, (country, key))


def all_sizes():
    """Frames of 60 to 9,600 bytes: around every boundary that a buffer or a header has, and
    between."""
    sizes = sorted({*range(60, 9601, 53), 60, 64, 127, 128, 1514, 1518, 1522, 2047, 2048, 2049,
                    2175, 2176, 2177, 4095, 4096, 4097, 8999, 9000, 9014, 9599, 9600})
    one, other = frames.address("20.0.0.1"), frames.address("21.0.0.1")
    return [frames.ipv4(one, other, frames.udp(40000, 53, size - 42)) for size in sizes]


def fragments():
    """Non-first and first fragments of both families, each with its own pair of addresses."""
    rng, found = random.Random(3), []
    for _ in range(300):
        one, other = frames.hosts4(rng, 2)
        for offset in (0, 185, 370):
            more = 0x2000 if offset < 370 else 0
            found.append(frames.ipv4(one, other, frames.udp(53, 4000, 1472)[:1480],
                                     fragment=more | offset))
        one, other = frames.hosts6(rng, 2)
        for offset in (0, 181, 362):
            found.append(frames.ipv6(one, other, frames.fragment6(
                offset, int(offset < 362), bytes(1448)), frames.FRAGMENT))
    return found


def new_flows(count):
    """As many flows as frames, of addresses and ports drawn at random."""
    rng = random.Random(4)
    return [frames.ipv4(*frames.hosts4(rng, 2), frames.udp(
        rng.randrange(1024, 65536), rng.randrange(1024, 65536), 18)) for _ in range(count)]


def ip_bytes(frame):
    return len(frame) - 14


class BadInput(lull.Traffic):
    def world_totals(self, metrics, name):
        return lull.total(metrics, f"lull_country_{name}_total")

    def test_frames_of_every_size_arrive_whole_over_every_link(self):
        sizes = all_sizes()
        capture = frames.capture(self.folder / "sizes.pcap", sizes)
        for kind in LINKS:
            with self.subTest(kind=kind):
                link = Link(self, kind, capture, **lull.QUICK)
                _, metrics = link.play(packets=len(sizes), patience=60)
                self.assertEqual(lull.total(metrics, "lull_port_receive_packets_total"), len(sizes))
                self.assertEqual(lull.total(metrics, "lull_port_receive_bytes_total"),
                                 sum(map(len, sizes)))
                self.assertEqual(lull.total(metrics, "lull_packets_rejected_total"), 0)
                self.assertEqual(self.world_totals(metrics, "sent_bytes"),
                                 sum(map(ip_bytes, sizes)))
                link.close()

    def test_frames_of_every_size_are_replayed_whole(self):
        sizes = all_sizes()
        capture = frames.capture(self.folder / "sizes.pcap", sizes)
        report = json.loads(lull.run("replay", "--table", self.table, "--json", capture).stdout)
        self.assertEqual(report["packets"], len(sizes))
        self.assertEqual(report["ip_packets"], len(sizes))
        self.assertEqual(sum(country["sent_bytes"] for country in report["countries"].values()),
                         sum(map(ip_bytes, sizes)))

    def test_traffic_of_nothing_but_fragments_is_counted_to_its_countries(self):
        parts = fragments()
        link = Link(self, "memif", frames.capture(self.folder / "fragments.pcap", parts))
        _, metrics = link.play(packets=100 * len(parts), patience=60)
        self.assertEqual(lull.total(metrics, "lull_packets_rejected_total"), 0)
        self.assertEqual(self.world_totals(metrics, "sent_packets"), 100 * len(parts))
        self.assertEqual(self.world_totals(metrics, "received_bytes"),
                         100 * sum(map(ip_bytes, parts)))
        # The first fragments of IPv4 have ports, and those of IPv6; the later ones are no flows.
        self.assertLessEqual(link.total("lull_worker_flow_events_total", event="created"), 600)
        link.close()

    def test_an_elephant_flow_is_counted_whole_and_nothing_is_shed(self):
        one, other = frames.address("20.0.0.1"), frames.address("21.0.0.1")
        flow = [frames.ipv4(one, other, frames.tcp(40000, 443, 10), frames.TCP)] * 31 + [
            frames.ipv4(other, one, frames.tcp(443, 40000, 0), frames.TCP)]
        link = Link(self, "memif", frames.capture(self.folder / "elephant.pcap", flow))
        _, metrics = link.play(packets=640_000, patience=60)
        self.assertEqual(lull.total(metrics, "lull_country_sent_packets_total", country="US"),
                         620_000)
        self.assertEqual(lull.total(metrics, "lull_country_sent_packets_total", country="DE"),
                         20_000)
        self.assertEqual(lull.total(metrics, "lull_worker_flow_events_total", event="created"), 1)
        self.assertEqual(lull.total(metrics, "lull_worker_shed_packets_total"), 0)
        self.assertEqual(link.total("lull_country_answered_flows_total"), 2)
        link.close()

    def test_a_flood_of_new_flows_is_shed_to_the_last_stage_and_counted_whole(self):
        # A port that always has packets, and four times as many flows as the table takes. (That
        # driver keeps the capture in the port's pool, which is what health names first.)
        capture = frames.capture(self.folder / "flood.pcap", new_flows(4000))
        monitor = self.monitor(self.table, extra="flows: {per_worker: 1000}",
                               device=f"net_pcap0,rx_pcap={capture},infinite_rx=1")
        lull.wait_for(lambda: lull.total(monitor.metrics(), "lull_worker_shed_stage") == 3,
                      "the last stage of shedding")
        for _ in range(20):
            metrics = monitor.metrics()
            self.check_identities(metrics)
        for stage in ("flows", "sources"):
            self.assertGreater(
                lull.total(metrics, "lull_worker_shed_packets_total", stage=stage), 0)
        self.assertEqual(lull.total(metrics, "lull_packets_rejected_total"), 0)
        lull.wait_for(lambda: lull.total(monitor.metrics(), "lull_sensor_healthy") == 0, "health")
        self.assertEqual(monitor.stop(), 0)

    def test_a_flood_blinds_the_port_while_it_lasts_and_opens_no_incident(self):
        link = Link(self, "memif", frames.capture(self.folder / "usual.pcap",
                                                  frames.conversations(500)),
                    frames.capture(self.folder / "flood.pcap", new_flows(16_000)),
                    extra="flows: {per_worker: 1000}", ring=14, **lull.QUICK)

        def healthy():
            return link.total("lull_sensor_healthy", port="tap0") == 1

        def flooded():
            """A burst that the worker finds whole: 16,000 packets lie in the ring when it wakes, so
            that every receive is a full one, as in a flood that never lets up."""
            link.monitor.process.send_signal(signal.SIGSTOP)
            sent.append(link.sender.play(which=1, packets=16_000)["sent"])
            link.monitor.process.send_signal(signal.SIGCONT)
            port = json.loads(link.monitor.get("/api/v1/status")[1])["ports"][0]
            return FLOOD in port["reason"]

        def usual(condition, what, **limits):
            link.sender.go(which=0, rate=20_000)
            lull.wait_for(condition, what, **limits)
            sent.append(link.sender.stop()["sent"])

        sent = []
        usual(healthy, "a port that is believed")
        lull.wait_for(flooded, "health to say why")
        metrics = link.monitor.metrics()
        self.check_identities(metrics)
        self.assertEqual(lull.total(metrics, "lull_sensor_healthy", port="tap0"), 0)
        self.assertGreater(
            lull.total(metrics, "lull_worker_shed_packets_total", stage="flows"), 0)
        missing = lull.total(metrics, "lull_detector_ticks_total", result="missing")
        # As long as the flood lasts the port's ticks are missing.
        lull.wait_for(lambda: flooded() and link.total(
            "lull_detector_ticks_total", result="missing") >= missing + 3, "more of the flood")
        usual(healthy, "the port to be believed again", timeout_s=30)
        metrics = link.arrived({"sent": sum(sent)})
        self.assertEqual(lull.total(metrics, "lull_incidents_total"), 0)
        self.assertEqual(lull.total(metrics, "lull_incidents_open"), 0)
        self.assertIn("sees again", link.monitor.text())
        link.close()


if __name__ == "__main__":
    unittest.main()
