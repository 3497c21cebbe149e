"""Abuse of the HTTP port of a monitor that counts packets, on demand: scripts/soak.sh http. It may not
grow, lose a packet or die of it; what an honest scraper waits meanwhile is printed."""
import collections
import functools
import http.client
import multiprocessing
import os
import threading
import time
import unittest

import abuse
import frames
import lull

REQUESTS = int(os.environ.get("LULL_HTTP_REQUESTS", "100000"))
GROWTH_MB, P99_MS = 5, 100  # the second is shown only: it is this machine's too
PACKETS_PER_SECOND = 20_000
WARM_UP_S = 75
PHASES = (("nothing", None), ("path tricks, huge queries", abuse.tricks), ("odd requests, framing", abuse.oddities),
          ("300 MB headers", abuse.huge_header), ("300 MB bodies", abuse.huge_body),
          ("half requests and RST", abuse.resets), ("200 slow clients", abuse.slow),
          (f"{REQUESTS:,} requests", functools.partial(abuse.flood, count=REQUESTS)))


class Scrapes:
    """An honest client: one connection that stays open, five scrapes a second, from an address of
    its own."""

    def __init__(self, port):
        self.port, self.over, self.error = port, threading.Event(), None
        self.waited_ms = []
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30,
                                                source_address=("127.0.0.250", 0))
        try:
            while not self.over.is_set():
                begun = time.monotonic()
                connection.request("GET", "/metrics")
                answer = connection.getresponse()
                if answer.status != 200 or not answer.read().endswith(b"\n"):
                    raise AssertionError(f"a scrape was answered {answer.status}")
                self.waited_ms.append(1000 * (time.monotonic() - begun))
                time.sleep(0.2)
        except BaseException as error:
            self.error = error
        finally:
            connection.close()

    def take(self):
        """What it waited since the last call: p50, p99, the longest."""
        waited, self.waited_ms = sorted(self.waited_ms), []
        return [waited[int(share * (len(waited) - 1))] for share in (0.5, 0.99, 1)] if waited else [0] * 3


class Resident:
    """The most memory that a process has had since the last look."""

    def __init__(self, pid):
        self.path, self.most, self.over = f"/proc/{pid}/status", 0, threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def now(self):
        with open(self.path, encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024

    def run(self):
        while not self.over.wait(0.02):
            try:
                self.most = max(self.most, self.now())
            except (OSError, StopIteration):
                return


class HttpAbuse(lull.Traffic):
    def play(self, what, port, source):
        """In a process of its own, so that it does not hold up the scrapes."""
        if what is None:
            time.sleep(20)
            return collections.Counter()
        with multiprocessing.get_context("fork").Pool(1) as pool:
            return pool.apply(what, (port, source))

    def packets(self, monitor):
        metrics = monitor.metrics()
        lost = sum(lull.total(metrics, name) for name in
                   ("lull_port_dropped_packets_total", "lull_port_nombuf_total"))
        return self.check_identities(metrics)["tap0"], lost

    def test_abuse_costs_neither_memory_nor_packets(self):
        monitor = self.monitor(self.table, dpdk=", power: sleep", tick="10s")
        sender = self.sender(monitor.device_of_drill,
                             frames.capture(self.folder / "a.pcap", frames.conversations(2000)))
        lull.wait_for(lambda: lull.total(monitor.metrics(), "lull_port_link_up") == 1, "the peer")
        sender.go(rate=PACKETS_PER_SECOND, patience=30)
        # All that it does anyway it has done once, what a minute brings too.
        monitor.wait_ready()
        abuse.flood(monitor.port, "127.0.0.240", 2_000)
        time.sleep(WARM_UP_S)
        resident, scrapes = Resident(monitor.process.pid), Scrapes(monitor.port)
        for thread in (resident, scrapes):
            self.addCleanup(thread.over.set)
        begin, drift, failed = resident.now(), 0, []  # drift: MB a second that it grows by its work
        print(f"\n{'':26}{'s':>5}{'peak MB':>9}{'after':>7}{'p50 ms':>8}{'p99':>6}{'most':>6}  answers",
              flush=True)
        for turn, (name, what) in enumerate(PHASES):
            before = resident.most = resident.now()
            begun = time.monotonic()
            words = self.play(what, monitor.port, f"127.0.{turn + 1}.1")
            seconds, p = time.monotonic() - begun, scrapes.take()
            time.sleep(1)
            own = drift * (time.monotonic() - begun)
            peak, after = resident.most - before - own, resident.now() - before - own
            drift = drift or max(after, 0) / (time.monotonic() - begun)
            print(f"{name:26}{seconds:5.0f}{peak:+9.1f}{after:+7.1f}{p[0]:8.0f}{p[1]:6.0f}{p[2]:6.0f}  "
                  f"{', '.join(f'{n} {word}' for word, n in sorted(words.items()))}", flush=True)
            if peak >= GROWTH_MB:
                failed.append(f"{name}: {peak:.1f} MB")
            self.assertEqual(words["leaks"] + words["500"], 0, name)
            self.assertIsNone(monitor.process.poll(), monitor.text())
        for thread in (scrapes, resident):
            thread.over.set()
            thread.thread.join()
        sent = sender.stop()["sent"]
        lull.wait_for(lambda: self.packets(monitor)[0] >= sent, "the last packets")
        received, lost = self.packets(monitor)
        print(f"the monitor has grown {resident.now() - begin:+.1f} MB in all; without abuse it grew "
              f"{drift:.2f} MB a second, taken off above", flush=True)
        print(f"{sent / 1e6:.1f} million packets sent, {received - sent:+.0f} received, {lost:.0f} missed (bar: "
              f"0, 0); growth below {GROWTH_MB} MB; p99 below {P99_MS} ms is wanted", flush=True)
        sender.close()
        self.assertEqual((received, lost), (sent, 0))
        if scrapes.error is not None:
            raise scrapes.error
        self.assertEqual(failed, [], "it grew")
        self.assertEqual(monitor.stop(), 0, monitor.text())


if __name__ == "__main__":
    unittest.main()
