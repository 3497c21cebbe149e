"""A stretch of traffic that changes its conversations: every count exact, memory that stays."""
import os
import time
import unittest

import frames
import lull
from scraper import MB, Scraper

# An hour on demand: scripts/soak.sh hour.
SECONDS = int(os.environ.get("LULL_SOAK_SECONDS", "5"))
ROOM_MB = 16  # what allocators and logs may take after the first tenth


class Soak(lull.Traffic):
    def test_memory_stays_and_every_count_is_exact(self):
        captures = [frames.capture(self.folder / f"{seed}.pcap", frames.conversations(2000, seed))
                    for seed in range(4)]
        monitor = self.monitor(self.table, extra="flows: {per_worker: 5000}")
        sender = self.sender(monitor.device_of_drill, *captures)
        lull.wait_for(lambda: lull.total(monitor.metrics(), "lull_port_link_up") == 1, "the peer")
        scraper = Scraper(self, monitor)
        self.addCleanup(scraper.over.set)
        sent, resident, begun = 0, [], time.monotonic()
        while time.monotonic() < begun + SECONDS:
            sent += sender.play(which=len(resident) % 4, packets=500_000, patience=60)["sent"]
            resident.append(lull.total(monitor.metrics(), "process_resident_memory_bytes") / MB)
        seconds = time.monotonic() - begun
        lull.wait_for(lambda: lull.total(monitor.metrics(), "lull_port_receive_packets_total") >=
                      sent, "the last packets")
        scraper.stop()
        self.assertEqual(self.check_identities(monitor.metrics()), {"tap0": sent})
        early = resident[len(resident) // 10]
        print(f"{sent / 1e6:.0f} million packets in {seconds:.0f} s ({sent / seconds / 1e6:.1f} Mpps), "
              f"{scraper.scrapes} scrapes, each exact; resident {early:.0f} MB after a tenth, "
              f"{resident[-1]:.0f} MB at the end", flush=True)
        if SECONDS >= 600:  # below that the tables are still being filled
            self.assertLess(resident[-1], early + ROOM_MB)
        sender.close()
        self.assertEqual(monitor.stop(), 0, monitor.text())
        self.assertRegex(monitor.text(), r"(\d+) of \1 mbufs free")


if __name__ == "__main__":
    unittest.main()
