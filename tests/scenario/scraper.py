"""Scrapes all the time beside a test, each of them checked."""
import threading
import time

import lull

MB = 1024 * 1024


class Scraper:
    """Asks for the metrics all the time; whatever it finds wrong is kept for the test to raise."""

    def __init__(self, case, monitor):
        self.case, self.monitor = case, monitor
        self.scrapes, self.longest_turn_s, self.error = 0, 0, None
        self.last = {}
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        try:
            while not self.over.is_set():
                self.look(self.monitor.metrics())
                time.sleep(0.05)
        except BaseException as error:
            self.error = error

    def look(self, metrics):
        received = self.case.check_identities(metrics)
        for port, value in self.last.items():
            self.case.assertGreaterEqual(received[port], value)
        self.last = received
        self.scrapes += 1
        self.longest_turn_s = max(self.longest_turn_s, lull.total(
            metrics, "lull_worker_longest_turn_seconds"))

    def stop(self):
        self.over.set()
        self.thread.join()
        if self.error is not None:
            raise self.error
