"""A collector that is dead for long, at a high rate: on demand, by `scripts/soak.sh collector`.
No packet is lost for it, what is dropped is counted, and memory does not grow."""
import os
import time
import unittest

import flows_test
import frames
import lull

# Packets a second; 0: as fast as they are taken. Then a flood is shed, and few conversations are
# followed, each with a record; at half a million every SYN is one.
RATE = int(os.environ.get("LULL_RATE", "500000"))
SECONDS = int(os.environ.get("LULL_SOAK_SECONDS", "600"))


class DeadCollector(flows_test.Flows):
    def test_costs_neither_packets_nor_memory(self):
        # Few places: conversations give way to others all the time, each with a record.
        monitor = self.monitor(self.table, extra=self.ipfix(
            lull.free_port(), "tcp", queue=10_000).replace("idle: 2s", "idle: 2s, per_worker: 2000"))
        monitor.wait_ready()
        # Half of the packets are of conversations, half SYNs that nobody answers.
        capture = [frame for pair in zip(flows_test.scan(), flows_test.two_way() * 3) for frame in pair]
        sender = self.sender(monitor.device_of_drill,
                             frames.capture(self.folder / "traffic.pcap", capture))
        sender.go(rate=RATE)
        begun, resident = time.monotonic(), []
        while time.monotonic() - begun < SECONDS:
            time.sleep(min(15, SECONDS / 10))
            metrics = monitor.metrics()
            resident.append(lull.total(metrics, "process_resident_memory_bytes") / 1e6)
        report = sender.stop()
        lull.wait_for(lambda: self.received(monitor) >= report["sent"], "the last packet")
        metrics = self.all_ended(monitor)
        for name in ("lull_port_dropped_packets_total", "lull_port_nombuf_total"):
            self.assertEqual(lull.total(metrics, name), 0, name)
        flows = lull.total(metrics, "lull_ipfix_flows_total")
        dropped = lull.total(metrics, "lull_ipfix_dropped_flows_total")
        if RATE:
            self.assertGreater(dropped, 0)
        self.assertEqual(flows, dropped + lull.total(metrics, "lull_ipfix_waiting_records"))
        print(f"{SECONDS} s, {report['sent'] / SECONDS / 1e6:.2f} Mpps: {report['sent']:,} packets sent, "
              f"received and counted, none missed; {flows:,.0f} conversations ended, {dropped:,.0f} "
              f"dropped and counted; resident {resident[0]:.0f} MB at first, {resident[-1]:.0f} at "
              f"last, {max(resident):.0f} at most", flush=True)
        self.assertLess(max(resident) - resident[0], 30)


if __name__ == "__main__":
    unittest.main()
