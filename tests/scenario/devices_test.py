"""The monitor on each kind of device there is without a NIC: what is sent is received or counted as
lost, on one worker or two, as root or as an ordinary user."""
import json
import os
import shutil
import struct
import subprocess
import unittest

import lull

PACKET_RING = "framesz=2048,blocksz=4096,framecnt=8192"
DURATION = ("--duration", "1s")


def conversations(path):
    """The unordered address pairs of a capture, and its frames; only IP over Ethernet counts."""
    data = path.read_bytes()
    pairs, frames, at = set(), 0, 24
    while at < len(data):
        caught = struct.unpack_from("<I", data, at + 8)[0]
        frame = data[at + 16:at + 16 + caught]
        at += 16 + caught
        frames += 1
        if frame[12:14] == b"\x08\x00":
            pairs.add(frozenset((frame[26:30], frame[30:34])))
        elif frame[12:14] == b"\x86\xdd":
            pairs.add(frozenset((frame[22:38], frame[38:54])))
    return pairs, frames


class Namespace:
    """A network namespace with a veth pair, va and vb, on which nobody speaks by himself."""

    def __init__(self, case):
        self.name = f"lull-test-{os.getpid()}"
        if os.geteuid() != 0 or shutil.which("ip") is None:
            lull.skip_loudly(case, "a network namespace needs root and iproute2")
        done = subprocess.run(["ip", "netns", "add", self.name], capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            lull.skip_loudly(case, f"no network namespace (CAP_NET_ADMIN): {done.stderr.strip()}")
        case.addCleanup(subprocess.run, ["ip", "netns", "del", self.name], check=False)
        self.run("ip", "link", "set", "lo", "up")
        self.run("ip", "link", "add", "va", "type", "veth", "peer", "name", "vb")
        for end in ("va", "vb"):
            # Before it is up: neighbour discovery would be frames that no drill sent.
            self.run("sh", "-c", f"echo 1 >/proc/sys/net/ipv6/conf/{end}/disable_ipv6")
            self.run("ip", "link", "set", end, "up")

    @property
    def prefix(self):
        return ["ip", "netns", "exec", self.name]

    def run(self, *words):
        return subprocess.run([*self.prefix, *words], check=True, capture_output=True,
                              text=True).stdout


class MonitorInside(lull.Monitor):
    """A monitor in a namespace, whose loopback is another than ours."""

    def wait_ready(self):
        # Not asked before it listens: until af_packet's socket is bound to its interface it hears
        # all of them, and so each question on the loopback.
        lull.wait_for(lambda: "listening on" in self.text(), "the monitor to listen")
        super().wait_ready()

    def get(self, path, method="GET"):
        done = subprocess.run([*self.prefix, "curl", "-s", "-X", method, "-w", "\n%{http_code}",
                               self.url + path], capture_output=True, text=True, check=False)
        if self.process.poll() is not None:
            raise AssertionError("the monitor ended:\n" + self.text())
        text, _, status = done.stdout.rpartition("\n")
        return int(status or 0), text


class Devices(lull.Traffic):
    def settle(self, monitor, sent):
        """The metrics once everything sent has been received or counted as dropped."""
        found = {}

        def arrived():
            metrics = found["metrics"] = monitor.metrics()
            found["received"] = self.received(monitor, metrics)
            found["dropped"] = lull.total(metrics, "lull_port_dropped_packets_total")
            return found["received"] + found["dropped"] >= sent

        lull.wait_for(arrived, f"the last of {sent} packets", timeout_s=20)
        self.assertEqual(sent, found["received"] + found["dropped"])
        return found["metrics"]

    def close(self, monitor):
        self.assertEqual(monitor.stop(), 0, monitor.text())

    def test_a_conversation_stays_on_one_of_a_devices_queues(self):
        # net_pcap with two files is a device of two send queues that keeps what each got.
        files = [self.folder / name for name in ("queue0.pcap", "queue1.pcap")]
        report = self.report_of(self.drill(
            "net_pcap0," + ",".join(f"tx_pcap={file}" for file in files), *DURATION))
        (pairs0, frames0), (pairs1, frames1) = map(conversations, files)
        self.assertEqual(report["sent"], frames0 + frames1)
        self.assertEqual(pairs0 & pairs1, set())
        # Thousands of conversations over two queues: far from a half means a bad hash.
        self.assertAlmostEqual(len(pairs0) / (len(pairs0) + len(pairs1)), 0.5, delta=0.05)

    def test_vhost_with_two_queues_feeds_two_workers(self):
        if len(os.sched_getaffinity(0)) < 2:
            lull.skip_loudly(self, "two workers need two cores")
        path = self.folder / "vhost.sock"
        monitor = self.monitor(self.table, device=f"net_vhost0,iface={path},queues=2",
                               cores=sorted(os.sched_getaffinity(0))[:2])
        monitor.wait_ready()
        report = self.report_of(self.drill(f"net_virtio_user0,path={path},queues=2", *DURATION))
        metrics = self.settle(monitor, report["sent"])
        shares = [value for (name, _), value in metrics.items()
                  if name == "lull_worker_receive_packets_total"]
        self.assertEqual(len(shares), 2)
        self.assertEqual(sum(shares), self.received(monitor, metrics))
        self.assertGreater(min(shares), 0.25 * sum(shares))
        self.close(monitor)

    def over_veth(self, device, drill_device):
        inside = Namespace(self)
        monitor = MonitorInside(self.folder, self.table, device=device, prefix=inside.prefix)
        self.addCleanup(lambda: monitor.process.poll() is None and monitor.stop(9))
        monitor.wait_ready()
        report = self.report_of(self.drill(drill_device, *DURATION, prefix=inside.prefix))
        return inside, monitor, report

    def on_the_wire(self, inside):
        """What the drill's end of the pair sent."""
        return int(inside.run("cat", "/sys/class/net/va/statistics/tx_packets"))

    def test_af_packet_over_veth(self):
        inside, monitor, report = self.over_veth(
            f"net_af_packet0,iface=vb,{PACKET_RING}", f"net_af_packet0,iface=va,{PACKET_RING}")
        self.check_uncounted("af_packet", inside, monitor, report)

    def check_uncounted(self, driver, inside, monitor, report):
        """Neither driver counts what its ring had no room for: more than was sent cannot come, and
        what is missing is said. When the kernel is out of buffers the sending driver refuses what
        it has queued, and what the kernel sends all the same, be it after the drill's end: the wire
        may have had more than the drill says, and is read last."""
        def sent_so_far():
            return self.on_the_wire(inside)

        lull.wait_for(lambda: sent_so_far() >= report["sent"], "the wire")
        received = self.last_received(monitor, sent_so_far)
        sent = sent_so_far()
        self.assertLessEqual(received, sent, inside.run("ip", "-s", "link"))
        self.assertGreater(received, 0)
        print(f"{driver}: {sent:.0f} sent, {sent - received:.0f} lost uncounted", flush=True)
        self.close(monitor)

    def last_received(self, monitor, sent_so_far):
        """What is received in the end: everything, or no more through three ticks."""
        seen = []

        def at_rest():
            ticks = lull.total(monitor.metrics(), "lull_detector_ticks_total")
            if not seen or seen[-1][0] != ticks:
                seen.append((ticks, self.received(monitor)))
            return seen[-1][1] >= sent_so_far() or (len(seen) > 3 and seen[-4][1] == seen[-1][1])

        lull.wait_for(at_rest, "the port to be at rest")
        return seen[-1][1]

    def reason(self, monitor, port="tap0"):
        """Why a port is not believed; "" when it is."""
        ports = json.loads(monitor.get("/api/v1/status")[1])["ports"]
        return next(entry["reason"] for entry in ports if entry["name"] == port)

    def events(self, monitor, event, port="tap0"):
        return lull.total(monitor.metrics(), "lull_port_events_total", event=event, port=port)

    def test_a_kernel_interface_that_loses_its_carrier_is_blind_and_settles(self):
        inside = Namespace(self)
        # Sixty scenario seconds a second: the half minute to settle takes half a second.
        monitor = self.monitor_inside(
            inside, f"net_af_packet0,iface=vb,{PACKET_RING}", tick="10s",
            clock="clock: {scale: 60, epoch: 2026-03-02T00:00:00Z, at: 2026-03-02T00:00:00Z}")
        monitor.wait_ready()
        drill = self.drill(f"net_af_packet0,iface=va,{PACKET_RING}", prefix=inside.prefix)
        lull.wait_for(lambda: self.reason(monitor) == "", "a believed port")
        inside.run("ip", "link", "set", "va", "down")  # the peer's end: no carrier on vb
        lull.wait_for(lambda: "the link is down" in self.reason(monitor), "the link to be down")
        self.assertEqual(lull.total(monitor.metrics(), "lull_port_link_up"), 0)
        self.assertEqual(lull.total(monitor.metrics(), "lull_incidents_open"), 0)
        drill.kill()
        drill.communicate()
        inside.run("ip", "link", "set", "va", "up")
        again = self.drill(f"net_af_packet0,iface=va,{PACKET_RING}", prefix=inside.prefix)
        before = self.received(monitor)
        lull.wait_for(lambda: self.reason(monitor) == "" and self.received(monitor) > before,
                      "the port to be believed again")
        self.assertEqual(lull.total(monitor.metrics(), "lull_port_link_up"), 1)
        self.assertEqual(self.events(monitor, "link"), 2)
        self.assertIn("device: tap0: the link went down", monitor.text())
        self.assertIn("device: tap0: the link is back", monitor.text())
        again.kill()
        again.communicate()
        self.close(monitor)

    def monitor_inside(self, inside, device, **settings):
        monitor = MonitorInside(self.folder, self.table, device=device, prefix=inside.prefix,
                                **settings)
        self.addCleanup(lambda: monitor.process.poll() is None and monitor.stop(9))
        return monitor

    def test_a_device_that_goes_is_let_go_of_and_the_other_port_goes_on(self):
        inside = Namespace(self)
        inside.run("ip", "link", "add", "wa", "type", "veth", "peer", "name", "wb")
        for end in ("wa", "wb"):
            inside.run("ip", "link", "set", end, "up")
        core = min(1, (os.cpu_count() or 1) - 1)
        monitor = self.monitor_inside(
            inside, f"net_af_packet0,iface=vb,{PACKET_RING}",
            more_ports=f"  - {{name: tap1, group: tap0, cores: [{core}], "
                       f'device: "net_af_packet1,iface=wb,{PACKET_RING}"}}\n', group="tap0")
        monitor.wait_ready()
        inside.run("ip", "link", "del", "wa")
        lull.wait_for(lambda: self.events(monitor, "removed", "tap1") == 1, "the removal")
        lull.wait_for(lambda: "the device is gone" in self.reason(monitor, "tap1"), "the reason")
        self.assertIn("device: tap1: the device is gone", monitor.text())
        self.report_of(self.drill(f"net_af_packet0,iface=va,{PACKET_RING}", *DURATION,
                                  prefix=inside.prefix))
        self.assertGreater(self.received(monitor), 0)
        self.assertEqual(self.events(monitor, "removed", "tap0"), 0)
        self.close(monitor)

    def test_a_vhost_peer_that_leaves_and_returns_is_told_by_its_driver(self):
        path = self.folder / "vhost.sock"
        monitor = self.monitor(self.table, device=f"net_vhost0,iface={path}")
        monitor.wait_ready()
        self.report_of(self.drill(f"net_virtio_user0,path={path}", *DURATION))
        lull.wait_for(lambda: self.events(monitor, "link") >= 1, "the link to go down")
        lull.wait_for(lambda: "the link is down" in self.reason(monitor), "the reason")
        told = self.events(monitor, "link")
        before = self.received(monitor)
        self.report_of(self.drill(f"net_virtio_user0,path={path}", *DURATION))
        lull.wait_for(lambda: self.events(monitor, "link") > told, "the link to come back")
        self.assertGreater(self.received(monitor), before)
        self.close(monitor)

    def test_a_device_of_one_queue_is_spread_over_two_workers_and_adds_up(self):
        if len(os.sched_getaffinity(0)) < 2:
            lull.skip_loudly(self, "two workers need two cores")
        path = self.folder / "vhost.sock"
        monitor = self.monitor(self.table, device=f"net_vhost0,iface={path}",
                               cores=sorted(os.sched_getaffinity(0))[:2])
        monitor.wait_ready()
        report = self.report_of(self.drill(f"net_virtio_user0,path={path}", *DURATION))
        metrics = self.settle(monitor, report["sent"])
        shares = [value for (name, _), value in metrics.items()
                  if name == "lull_queue_receive_packets_total"]
        self.assertEqual(len(shares), 2)
        self.assertEqual(sum(shares), self.received(monitor, metrics))
        self.assertGreater(min(shares), 0.25 * sum(shares))
        self.assertIn("takes all packets and hands over", monitor.text())
        self.assertIn("FULL BURSTS", lull.run("show", "health", "--url", monitor.url).stdout)
        self.close(monitor)

    def test_workers_that_sleep_when_idle_add_up(self):
        monitor = self.monitor(self.table, dpdk=", power: sleep")
        monitor.wait_ready()
        report = self.report_of(self.drill(monitor.device_of_drill, *DURATION))
        self.settle(monitor, report["sent"])
        self.close(monitor)

    def test_af_xdp_over_veth(self):
        queues = "start_queue=0,queue_count=1"
        try:
            inside, monitor, report = self.over_veth(f"net_af_xdp0,iface=vb,{queues}",
                                                     f"net_af_packet0,iface=va,{PACKET_RING}")
        except AssertionError as error:
            if "cannot be opened" in str(error) or "cannot be set up" in str(error):
                lull.skip_loudly(self, f"no AF_XDP here: {error}")
            raise
        self.check_uncounted("af_xdp", inside, monitor, report)

    def test_an_ordinary_user_without_a_capability_runs_both_ends(self):
        if os.geteuid() != 0 or shutil.which("setpriv") is None:
            lull.skip_loudly(self, "becoming another user needs root and setpriv")
        # A copy, because the build may lie where only root may look.
        binary = shutil.copy(lull.BINARY, self.folder / "lull")
        user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all",
                "--bounding-set=-all"]
        self.folder.chmod(0o777)
        monitor = self.monitor(self.table, prefix=user, binary=binary)
        monitor.wait_ready()
        report = self.report_of(self.drill(monitor.device_of_drill, *DURATION, prefix=user,
                                           binary=binary))
        self.settle(monitor, report["sent"])
        self.close(monitor)
        # Hugepages where enough are free: in memory they take no rights.
        self.assertRegex(monitor.text(),
                         "memory: (hugepages|normal pages, .* MB of hugepages are free)")

    def test_the_end_of_a_capture_is_blindness_not_silence(self):
        capture = self.folder / "past.pcap"
        lull.run("drill", "--scenario", self.scenario, "--table", self.table, "--duration", "2s",
                 "--pcap", capture)
        frames = conversations(capture)[1]
        monitor = self.monitor(self.table, device=f"net_pcap0,rx_pcap={capture}")
        lull.wait_for(lambda: self.received(monitor) == frames, "the whole capture")
        lull.wait_for(lambda: lull.total(monitor.metrics(), "lull_sensor_blind") == 1, "blindness")
        before = lull.total(monitor.metrics(), "lull_detector_ticks_total")
        lull.wait_for(lambda: lull.total(monitor.metrics(), "lull_detector_ticks_total") >=
                      before + 2, "two more ticks")
        metrics = monitor.metrics()
        self.assertEqual(lull.total(metrics, "lull_sensor_blind"), 1)
        self.assertEqual(lull.total(metrics, "lull_incidents_open"), 0)
        self.assertEqual(lull.total(metrics, "lull_country_state", state="outage"), 0)
        self.close(monitor)


if __name__ == "__main__":
    unittest.main()
