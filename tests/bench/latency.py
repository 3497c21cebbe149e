#!/usr/bin/env python3
"""How soon a step outage is on /metrics: twenty countries, at every phase of a tick, over a real DPDK
port at clock scale 1. On demand; some seven minutes and two cores.

    tests/bench/latency.py [--json FILE] [--warm HOURS] [--per-country FLOWS_PER_SECOND]

`lull replay --store` plays a drill of some hours and leaves what it learned; `lull run` goes on from
there, with `lull drill` on the other end of a memif, where the countries go dark one after the
other. /metrics is read every half second. $LULL_BINARY is the binary; without it, the release
build's."""
import argparse
import datetime
import json
import os
import pathlib
import signal
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
os.environ.setdefault("LULL_BINARY", str(ROOT / "build/release/lull"))
sys.path.insert(0, str(ROOT / "tests/scenario"))

import lull  # noqa: E402  (it needs the two lines above)

EPOCH = datetime.datetime(2026, 3, 2, tzinfo=datetime.timezone.utc)
COUNTRIES = 20
TICK_S = 10
SETTLE_S = 60     # of live traffic before the first outage
APART_S = 11.3    # so that onsets fall on every phase of a tick
LASTS_S = 200
SCRAPE_S = 0.5
DOWN = ("outage", "partial_outage", "regional")  # so many at once are parts of one event


def stamp(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def scenario(path, begin, length_s, per_country, events=()):
    lines = [f"name: {path.stem}", f"from: {stamp(begin)}",
             f"until: {stamp(begin + datetime.timedelta(seconds=length_s))}", "seed: 1",
             f"traffic: {{flows_per_second: {per_country}, floor_flows_per_second: {per_country}, "
             "scan_share: 0, day_rhythm: false}"]
    lines += ["events:"] if events else []
    lines += [f"  - {{kind: outage, at: {stamp(at)}, for: {LASTS_S}s, target: {{country: {code}}}, "
              "demand: stays}" for code, at in events]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Trial:
    def __init__(self, folder, options):
        self.folder = pathlib.Path(folder)
        self.options = options
        self.table = lull.build_table(folder, lull.world_rows())
        codes = list(dict.fromkeys(row[2] for row in lull.world_rows()))
        self.begin = EPOCH + datetime.timedelta(hours=options.warm)
        self.events = [(code, self.begin + datetime.timedelta(seconds=SETTLE_S + i * APART_S))
                       for i, code in enumerate(codes[1::3][:COUNTRIES])]
        self.length_s = SETTLE_S + COUNTRIES * APART_S + LASTS_S
        self.found = {}  # code -> (delay, promised, expected a second, k)

    def warm(self):
        drill = scenario(self.folder / "warm.yaml", EPOCH, 3600 * self.options.warm,
                         self.options.per_country)
        config = self.folder / "warm-config.yaml"
        config.write_text("ports:\n  - {name: tap0, group: tap0, cores: [1], device: net_null0}\n"
                          f"detect: {{tick: {TICK_S}s}}\n", encoding="utf-8")
        began = time.monotonic()
        done = lull.run("replay", "--table", self.table, "--scenario", drill, "--config", config,
                        "--store", self.folder / "lull.db", "--json", timeout=3000)
        print(f"warmed by {self.options.warm:g} h of the drill in {time.monotonic() - began:.0f} s",
              flush=True)
        incidents = json.loads(done.stdout)["incidents"]
        if incidents:
            raise AssertionError(f"incidents while nothing happened: {incidents}")

    def live(self):
        drill_file = scenario(self.folder / "live.yaml", self.begin, self.length_s,
                              self.options.per_country, self.events)
        at = time.time() + 8  # both are up by then
        clock = (f'clock: {{scale: 1, epoch: "{stamp(self.begin)}", '
                 f'at: "{stamp(datetime.datetime.fromtimestamp(at, datetime.timezone.utc))}"}}')
        monitor = lull.Monitor(self.folder, self.table, tick=f"{TICK_S}s", clock=clock)
        with open(self.folder / "drill.log", "w", encoding="utf-8") as log:
            drill = lull.subprocess.Popen(
                [lull.BINARY, "drill", "--scenario", str(drill_file), "--table", str(self.table),
                 "--to", monitor.device_of_drill, "--config", str(monitor.config), "--json"],
                stdout=lull.subprocess.DEVNULL, stderr=log)
        try:
            onsets = {code: at + (moment - self.begin).total_seconds()
                      for code, moment in self.events}
            self.watch(monitor, onsets, at + self.length_s)
        finally:
            drill.send_signal(signal.SIGTERM)
            drill.wait(timeout=60)
            monitor.stop()
        for line in monitor.text().splitlines():
            if "store:" in line:
                print(line, flush=True)

    def watch(self, monitor, onsets, until):
        before = {}
        while time.time() < until and len(self.found) < len(onsets):
            now = time.time()
            metrics = monitor.metrics()
            for code, onset in onsets.items():
                if now < onset:
                    before[code] = tuple(lull.total(metrics, name, country=code) for name in (
                        "lull_country_detectable_seconds", "lull_country_expected_flows_per_second"))
                elif code not in self.found and any(lull.total(
                        metrics, "lull_incidents_open", country=code, kind=kind) for kind in DOWN):
                    self.found[code] = (now - onset, *before.get(code, (0, 0)))
            time.sleep(max(0, SCRAPE_S - (time.time() - now)))

    def report(self):
        delays = [delay for delay, *_ in self.found.values()]
        bounds = [delay / promised for delay, promised, _ in self.found.values() if promised]
        return {"date": datetime.date.today().isoformat(), "countries": len(self.events),
                "found": len(self.found), "tick_s": TICK_S, "scrape_s": SCRAPE_S,
                "delay_p50_s": quantile(delays, 0.5) if delays else None,
                "delay_p90_s": quantile(delays, 0.9) if delays else None,
                "delay_most_s": max(delays, default=None),
                "bounds_p50": quantile(bounds, 0.5) if bounds else None,
                "bounds_p90": quantile(bounds, 0.9) if bounds else None,
                "each": {code: {"delay_s": delay, "detectable_s": promised,
                                "expected_life_per_s": expected}
                         for code, (delay, promised, expected) in self.found.items()}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--warm", type=float, default=3)
    parser.add_argument("--per-country", type=float, default=14)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lull-latency.") as folder:
        trial = Trial(folder, options)
        trial.warm()
        trial.live()
        report = trial.report()
    print("country  onset to metric  promised  expected a second")
    for code, each in report["each"].items():
        print(f"{code:7}  {each['delay_s']:13.1f} s  {each['detectable_s']:6.0f} s  "
              f"{each['expected_life_per_s']:17.1f}")
    for name in ("found", "delay_p50_s", "delay_p90_s", "delay_most_s", "bounds_p50", "bounds_p90"):
        value = report[name]
        print(f"{name:13} {value:.2f}" if isinstance(value, float) else f"{name:13} {value}")
    if options.json:
        options.json.write_text(json.dumps(report, indent=1), encoding="utf-8")
    return 0 if report["found"] == report["countries"] else 1


if __name__ == "__main__":
    sys.exit(main())
