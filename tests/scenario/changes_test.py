"""Tables and configuration change under the highest rate that this machine's ports carry: received =
counted + rejected in every scrape, and all that was sent is there in the end."""
import os
import time
import unittest

import frames
import lull
from scraper import MB, Scraper

# 1,000 on demand: scripts/soak.sh reloads.
RELOADS = int(os.environ.get("LULL_RELOADS", "10" if lull.FULL else "6"))
MEASURED = lull.FULL or "LULL_RELOADS" in os.environ


def turns_between(before, after, longest_s):
    """How long the worker did not look at its queues, and how much of that the machine made."""
    long_turns, taken_s = (lull.total(after, name) - lull.total(before, name) for name in
                           ("lull_worker_long_turns_total", "lull_worker_taken_seconds_total"))
    return (f"turns over 1 ms: {long_turns:.0f}, longest {longest_s * 1e3:.2f} ms; the machine ran "
            f"something else on the worker's core for {taken_s * 1e3:.1f} ms")


class Changes(lull.Case):
    def setUp(self):
        super().setUp()
        for table in (lull.FULL_TABLE, lull.OTHER_TABLE):
            if not table.exists():
                lull.skip_loudly(self, f"{table} is not there (scripts/test.sh builds it)")
        self.capture = frames.capture(self.folder / "traffic.pcap", frames.conversations(2000))

    def reload(self, monitor, text, round_number):
        """Another table, and other values of everything that may change under traffic."""
        odd = round_number % 2 == 1
        monitor.config.write_text(
            text.replace(str(lull.FULL_TABLE), str(lull.OTHER_TABLE if odd else lull.FULL_TABLE))
            .replace("false_alarms_per_year: 12", f"false_alarms_per_year: {12 + round_number % 7}")
            + f"export: {{top_origins: {100 + round_number % 5}}}\n"
            + f"log: {{level: {'debug' if odd else 'info'}}}\n", encoding="utf-8")
        status, reply = monitor.get("/-/reload", "POST")
        self.assertEqual(status, 200, reply)
        for key in ("origins.table", "detect.false_alarms_per_year", "export.top_origins",
                    "log.level"):
            self.assertIn(key, reply)

    def change_all_the_time(self, monitor):
        """The reloads, with scrapes beside them; prints what was measured."""
        text = monitor.config.read_text(encoding="utf-8")
        scraper = Scraper(self, monitor)
        self.addCleanup(scraper.over.set)
        begun, before = time.monotonic(), monitor.metrics()
        resident = []
        for number in range(1, RELOADS + 1):
            self.reload(monitor, text, number)
            resident.append(lull.total(monitor.metrics(), "process_resident_memory_bytes"))
        seconds, after = time.monotonic() - begun, monitor.metrics()
        scraper.stop()
        self.assertEqual(lull.total(after, "lull_origin_table_loads_total", result="ok"),
                         RELOADS + 1)
        self.assertEqual(lull.total(after, "lull_origin_table_loads_total", result="failed"), 0)

        def grown(name):
            return lull.total(after, name) - lull.total(before, name)

        tenth = max(1, RELOADS // 10)
        print(f"{RELOADS} reloads in {seconds:.0f} s at "
              f"{grown('lull_port_receive_packets_total') / seconds / 1e6:.1f} Mpps, "
              f"{scraper.scrapes} scrapes, each exact; "
              f"{turns_between(before, after, scraper.longest_turn_s)}; resident, a tenth's mean at "
              f"the start and the end: {sum(resident[:tenth]) / tenth / MB:.0f} and "
              f"{sum(resident[-tenth:]) / tenth / MB:.0f} MB", flush=True)

    def load_elsewhere(self, monitor):
        """The same tables as often, by another process: what the machine makes of it is no stall
        of the monitor's. Prints what was measured, to be held against the reloads."""
        lull.write_pcap(self.folder / "one.pcap", [(10**18, bytes(60))])
        before, longest_s, begun = monitor.metrics(), 0, time.monotonic()
        for number in range(RELOADS):
            lull.run("replay", "--table", (lull.FULL_TABLE, lull.OTHER_TABLE)[number % 2],
                     self.folder / "one.pcap")
            longest_s = max(longest_s, lull.total(monitor.metrics(),
                                                  "lull_worker_longest_turn_seconds"))
        print(f"{RELOADS} loads by another process in {time.monotonic() - begun:.0f} s; "
              f"{turns_between(before, monitor.metrics(), longest_s)}", flush=True)

    def test_nothing_is_lost_over_memif(self):
        monitor = self.monitor(lull.FULL_TABLE)
        sender = self.sender(monitor.device_of_drill, self.capture)
        lull.wait_for(lambda: lull.total(monitor.metrics(), "lull_port_link_up") == 1, "the peer")
        sender.go(patience=60)
        lull.wait_for(lambda: lull.total(monitor.metrics(), "lull_port_receive_packets_total") > 0,
                      "traffic")
        self.change_all_the_time(monitor)
        sent = sender.stop()["sent"]
        lull.wait_for(lambda: lull.total(monitor.metrics(), "lull_port_receive_packets_total") >=
                      sent, "the last packets")
        metrics = monitor.metrics()
        self.assertEqual(self.check_identities(metrics), {"tap0": sent})
        self.assertEqual(lull.total(metrics, "lull_port_dropped_packets_total"), 0)
        sender.close()
        self.assertEqual(monitor.stop(), 0, monitor.text())
        self.assertRegex(monitor.text(), r"(\d+) of \1 mbufs free")

    def test_nothing_is_lost_with_a_port_that_always_has_packets(self):
        # The fastest there is: the capture lies in the port's own memory and never ends.
        monitor = self.monitor(lull.FULL_TABLE,
                               device=f"net_pcap0,rx_pcap={self.capture},infinite_rx=1")
        monitor.wait_ready()
        if MEASURED:
            self.load_elsewhere(monitor)
        self.change_all_the_time(monitor)
        self.assertEqual(monitor.stop(), 0, monitor.text())
        self.assertRegex(monitor.text(), r"received (\d+) = counted (\d+) \+ rejected (\d+)")


if __name__ == "__main__":
    unittest.main()
