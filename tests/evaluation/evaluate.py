#!/usr/bin/env python3
"""How good the detector is: detection.md §3 as far as a history of counts can say it.

    tests/evaluation/evaluate.py [--quick] [--only NAME…] [--json FILE] [--data FOLDER]

Prints a table, and all figures as JSON with --json. --quick takes a smaller made-up world for every
part and no real series. $LULL_BINARY is the binary; without it, the release build's."""
import argparse
import datetime
import json
import os
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
os.environ.setdefault("LULL_BINARY", str(HERE.parents[1] / "build/release/lull"))

import parts  # noqa: E402  (they need the two lines above)
import stories  # noqa: E402

PARTS = {**parts.PARTS, **stories.STORIES}


def text(value):
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1 else f"{value:.1f}"
    if isinstance(value, (list, tuple)):
        return "..".join(text(each) for each in value)
    return str(value)


def print_table(rows):
    """Rows of dicts with the same keys, aligned."""
    if not rows:
        return
    names = list(rows[0])
    cells = [names] + [[text(row.get(name)) for name in names] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(names))]
    for row in cells:
        print("  " + "  ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                               for i, (cell, width) in enumerate(zip(row, widths))).rstrip())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", nargs="*", choices=list(PARTS))
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--data", type=pathlib.Path,
                        default=HERE.parents[1] / "../shared/data/series")
    options = parser.parse_args()
    report = {"date": datetime.date.today().isoformat(), "quick": options.quick, "parts": {}}
    bars = []
    for name, part in PARTS.items():
        if options.only and name not in options.only:
            continue
        began = time.monotonic()
        result = part(parts.Setting(options.quick, options.data))
        if result is None:
            print(f"\n{name}: SKIPPED, no series in {options.data}")
            continue
        print(f"\n{name}: {part.__doc__.splitlines()[0]}  [{time.monotonic() - began:.0f} s]")
        print_table(result["rows"])
        for bar in result.get("bars", []):
            bars.append({"part": name, **bar})
        report["parts"][name] = result
    print("\nbars")
    print_table(bars)
    report["bars"] = bars
    if options.json:
        options.json.write_text(json.dumps(report, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
