"""The monitor on each kind of device there is without a NIC: what is sent is received or counted as
lost, on one worker or two, as root or as an ordinary user."""
import os
import shutil
import struct
import subprocess
import unittest

import lull

PACKET_RING = "framesz=2048,blocksz=4096,framecnt=8192"
DURATION = ("--duration", "2s")


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

    def arrived_at(self, inside, end):
        """What the kernel handed over on one end of the pair: what went on the wire."""
        return int(inside.run("cat", f"/sys/class/net/{end}/statistics/rx_packets"))

    def test_af_packet_over_veth(self):
        inside, monitor, report = self.over_veth(
            f"net_af_packet0,iface=vb,{PACKET_RING}", f"net_af_packet0,iface=va,{PACKET_RING}")
        lull.wait_for(lambda: self.arrived_at(inside, "vb") >= report["sent"], "the wire")
        self.check_uncounted("af_packet", monitor, report["sent"])

    def check_uncounted(self, driver, monitor, sent):
        """Neither driver counts what its ring had no room for: more than was sent cannot come, and
        what is missing is said."""
        received = self.last_received(monitor, sent)
        self.assertLessEqual(received, sent)
        self.assertGreater(received, sent / 2)
        print(f"{driver}: {sent:.0f} sent, {sent - received:.0f} lost uncounted", flush=True)
        self.close(monitor)

    def last_received(self, monitor, sent):
        """What is received in the end: everything, or no more through three ticks."""
        seen = []

        def at_rest():
            ticks = lull.total(monitor.metrics(), "lull_detector_ticks_total")
            if not seen or seen[-1][0] != ticks:
                seen.append((ticks, self.received(monitor)))
            return seen[-1][1] >= sent or (len(seen) > 3 and seen[-4][1] == seen[-1][1])

        lull.wait_for(at_rest, "the port to be at rest")
        return seen[-1][1]

    def test_af_xdp_over_veth(self):
        queues = "start_queue=0,queue_count=1"
        try:
            _, monitor, report = self.over_veth(f"net_af_xdp0,iface=vb,{queues}",
                                                f"net_af_packet0,iface=va,{PACKET_RING}")
        except AssertionError as error:
            if "cannot be opened" in str(error) or "cannot be set up" in str(error):
                lull.skip_loudly(self, f"no AF_XDP here: {error}")
            raise
        self.check_uncounted("af_xdp", monitor, report["sent"])

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
        self.assertIn("memory: normal pages", monitor.text())

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
