#!/usr/bin/env python3
"""Compares what lull said of a drill with what it must say.

  check_expectation.py EXPECT.yaml REPORT.json [--live]

EXPECT.yaml stands beside the scenario. REPORT.json is what `lull replay --json` printed, or what
`lull show incidents --json` did. Prints each expectation with what was seen; exits 1 on a miss.
"""
import argparse
import datetime
import json
import re
import sys

import yaml

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(text):
    return sum(float(n) * UNITS[u] for n, u in re.findall(r"([\d.]+)([smhd])", str(text)))


def instant(value):
    if isinstance(value, str):
        value = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
    if value.tzinfo is None:
        value = value.replace(tzinfo=datetime.timezone.utc)
    return value


class Check:
    def __init__(self, mode):
        self.mode = mode
        self.misses = 0

    def say(self, good, expected, seen):
        self.misses += not good
        print(f"{'ok  ' if good else 'MISS'} {expected}: {seen}")

    def latest(self, rule):
        within = rule["within"]
        return instant(rule["at"]) + datetime.timedelta(
            seconds=seconds(within[self.mode] if isinstance(within, dict) else within))

    def incident(self, expected, seen):
        name = expected["country"]
        self.say(seen.get("country") == name, f"an incident of {name}", seen.get("country"))
        if "scope" in expected:
            self.say(seen["scope"] == expected["scope"], f"{name} scope {expected['scope']}",
                     seen["scope"])
        if "start" in expected:
            start, rule = instant(seen["start"]), expected["start"]
            good = instant(rule["at"]) <= start <= self.latest(rule)
            self.say(good, f"{name} began from {instant(rule['at'])} to {self.latest(rule)}", start)
        transitions = [(t["state"], instant(t["time"])) for t in seen["transitions"]]
        place = 0
        for rule in expected.get("states", []):
            found = next((i for i in range(place, len(transitions))
                          if transitions[i][0] == rule["state"]
                          and instant(rule["at"]) <= transitions[i][1] <= self.latest(rule)), None)
            self.say(found is not None,
                     f"{name} {rule['state']} from {instant(rule['at'])} to {self.latest(rule)}",
                     transitions[found][1] if found is not None else
                     " ".join(f"{s}@{t:%dT%H:%M}" for s, t in transitions[place:place + 12]))
            if found is not None:
                place = found + 1


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("expect")
    parser.add_argument("report")
    parser.add_argument("--live", action="store_true")
    args = parser.parse_args()
    with open(args.expect, encoding="utf-8") as file:
        expected = yaml.safe_load(file)["incidents"]
    with open(args.report, encoding="utf-8") as file:
        report = json.load(file)
    seen = report["incidents"] if isinstance(report, dict) else report
    check = Check("live" if args.live else "replay")
    check.say(len(seen) == len(expected), f"{len(expected)} incident(s)",
              ", ".join(f"{i.get('country') or 'site'} {i['kind']}" for i in seen) or "none")
    for rule, incident in zip(expected, seen):
        check.incident(rule, incident)
    print(f"{check.misses} expectation(s) missed" if check.misses else "all as expected")
    return 1 if check.misses else 0


if __name__ == "__main__":
    sys.exit(main())
