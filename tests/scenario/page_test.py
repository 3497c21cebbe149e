"""The status page in a real browser, against the real monitor, while a drill takes North Korea down."""
import os
import pathlib
import shutil
import subprocess
import threading
import time
import unittest

import lull

WEB = lull.SOURCE / "tests/web"
CHROMIUM = "/usr/bin/chromium"

SCENARIO = """
name: page
from: 2026-03-02T{begin:02}:00:00Z
until: 2026-03-02T{end:02}:00:00Z
seed: 1
traffic: {{flows_per_second: 20, floor_flows_per_second: 0.3, day_rhythm: false}}
events: {events}
"""
OUTAGE = ("[{kind: outage, at: 2026-03-02T06:20:00Z, for: 16h, target: {country: KP}, "
          "demand: stays}]")
SCALE = 60  # slow enough for a browser beside monitor and drill on two cores


class Page(lull.Traffic):
    """Six hours of calm by replay, twenty minutes more of it live, and then the outage."""

    def needs(self, *tools):
        for tool in tools:
            if shutil.which(tool) is None:
                lull.skip_loudly(self, f"{tool} is not there (scripts/test.sh installs it)")

    def packages(self):
        """What the browser test needs of npm, once."""
        self.needs(CHROMIUM, "node", "npm")
        if not (WEB / "node_modules/axe-core").exists():
            done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=WEB, text=True,
                                  capture_output=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_browser_sees_north_korea_go_out_and_then_the_monitor_go_away(self):
        self.packages()
        self.scenario.write_text(SCENARIO.format(begin=0, end=6, events="[]"), encoding="utf-8")
        lull.run("replay", "--table", self.table, "--scenario", self.scenario, "--tick", "60s",
                 "--store", self.folder / "lull.db", "--json")
        self.scenario.write_text(SCENARIO.format(begin=6, end=23, events=OUTAGE), encoding="utf-8")
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 4))
        monitor = self.monitor(self.table, tick="60s", group="drill", dpdk=", power: sleep", clock=(
            f'clock: {{scale: {SCALE}, epoch: "2026-03-02T06:00:00Z", at: "{at}"}}'))
        drill = self.drill(monitor.device_of_drill, "--config", monitor.config)
        monitor.wait_ready()
        quit_file = self.folder / "quit"
        over = threading.Event()

        def end_when_asked():
            while not quit_file.exists() and not over.wait(0.1):
                pass
            monitor.stop()
        ender = threading.Thread(target=end_when_asked)
        ender.start()
        try:
            done = subprocess.run(
                ["node", "--test", WEB / "page.test.mjs"], text=True, capture_output=True,
                timeout=600, check=False,
                env={**os.environ, "LULL_URL": monitor.url, "LULL_QUIT": str(quit_file)})
        finally:
            over.set()
            ender.join()
            drill.kill()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"# pass 9\b")
        if pathlib.Path(os.environ.get("LULL_SHOTS", "/nowhere")).exists():
            print(done.stdout)


if __name__ == "__main__":
    unittest.main()
