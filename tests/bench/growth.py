#!/usr/bin/env python3
"""How lull's cost and memory grow: `lull bench` and `lull run` over a grid, one thing varied at a time.

    tests/bench/growth.py            prints the table (some 10 minutes)
    tests/bench/growth.py --write    and puts it into dataplane/README.md, between its marks

Each figure is the best of interleaved repeats of the whole pipeline: ns a packet and, in brackets, its
ratio to the floor of the same run. Everything else is as in the base: 100,000 conversations, 64-byte
frames, the full table, 10 % IPv6, no new conversations, one worker. Tables smaller or larger than the
full one are synthetic: networks of 13 prefixes on average, a sixth of them IPv6.
"""
import argparse
import collections
import datetime
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
LULL = TOP / "build/release/lull"
TABLE = TOP / "build/data/origins.lut"
README = TOP / "dataplane/README.md"
MARKS = ("<!-- growth: by tests/bench/growth.py -->", "<!-- growth ends -->")
BASE = {"flows": "100000", "frame": "64", "v6-share": "0.1", "new-share": "0", "cores": "0"}
GRID = {
    "flows": [("10 k", "10000"), ("100 k", "100000"), ("1 M", "1000000"), ("4 M", "4000000")],
    "prefixes": [("10 k", 10_000), ("100 k", 100_000), ("1.29 M", None), ("4 M", 4_000_000)],
    "workers": [("1", "0"), ("2", "0,1")],
    "frame": [("64", "64"), ("256", "256"), ("594", "594"), ("1,500", "1500"), ("IMIX", "imix")],
    "v6-share": [("0", "0"), ("0.1", "0.1"), ("0.5", "0.5"), ("1", "1")],
    "new-share": [("0", "0"), ("0.01", "0.01"), ("0.1", "0.1"), ("0.5", "0.5"), ("1", "1")],
}
TITLES = {"flows": "flows", "prefixes": "prefixes", "workers": "workers, ns of each",
          "frame": "frame, bytes", "v6-share": "share of IPv6", "new-share": "share of new flows"}


def synthetic_dump(path, prefixes):
    """As `location dump` prints them: /24s drawn from all of IPv4, and runs of /48 in /32s of the
    blocks that the registries give out."""
    draw = random.Random(prefixes)
    six = prefixes // 6
    networks = [f"{n >> 16}.{n >> 8 & 255}.{n & 255}.0/24"
                for n in sorted(draw.sample(range(1 << 16, 224 << 16), prefixes - six))]
    blocks = sorted(draw.sample(range(0x400 << 12, 0xa10 << 12), six // 40 + 1))
    networks += [f"2{block >> 12:03x}:{block & 0xfff:x}:{i:x}::/48" for block in blocks
                 for i in range(40)][:six]
    origins = min(94_000, len(networks) // 13)
    with open(path, "w", encoding="utf-8") as out:
        out.write("# Location Database Export\n\n")
        for i, network in enumerate(networks):
            asn = 1 + i * origins // len(networks)
            out.write(f"net: {network}\ncountry: {('US', 'DE', 'JP', 'BR')[asn % 4]}\n"
                      f"aut-num: {asn}\n\n")


def table_of(prefixes, folder):
    if prefixes is None:
        return TABLE
    table = folder / f"{prefixes}.lut"
    if not table.exists():
        print(f"building a table of {prefixes:,} prefixes", file=sys.stderr)
        synthetic_dump(folder / "dump.txt", prefixes)
        subprocess.run([LULL, "table", "build", "--out", table, "--location-dump",
                        folder / "dump.txt"], check=True, stdout=subprocess.DEVNULL)
        (folder / "dump.txt").unlink()
    return table


def bench(table, rounds, **changed):
    words = {**BASE, **{key.replace("_", "-"): value for key, value in changed.items()}}
    done = subprocess.run([LULL, "bench", "--json", "--table", table, "--rounds", str(rounds),
                           "--cases", "full", *(f"--{k}={v}" for k, v in words.items())],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"lull bench: {done.stderr[-1000:]}")
    return json.loads(done.stdout)


def measure(options, folder):
    """{(dimension, label): [case of each repeat]} and the machine's word."""
    found, machines = collections.defaultdict(list), []
    for repeat in range(options.repeats):
        for dimension, points in GRID.items():
            for label, value in points:
                table = table_of(value if dimension == "prefixes" else None, folder)
                changed = {"prefixes": {}, "workers": {"cores": value}}.get(
                    dimension, {dimension.replace("-", "_"): value})
                report = bench(table, options.rounds, **changed)
                if not all(run["totals_agree"] for run in report["runs"]):
                    raise RuntimeError(f"{dimension} {label}: totals differ from the floor's")
                case = report["cases"][-1]
                floor = next(c for c in report["cases"] if c["name"] == "floor")
                found[dimension, label].append((case, floor))
                machines.append(report["machine"])
                print(f"{repeat + 1}/{options.repeats} {dimension} {label}: "
                      f"{case['ns_per_packet_min']:.1f} ns", file=sys.stderr, flush=True)
    return found, machines


def resident_mb(flows, cores, table):
    """What `lull run` has in memory with so many flows a worker, before its first packet."""
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "lull.yaml"
        config.write_text(f"dpdk: {{main_core: 0, hugepages: off}}\n"
                          f"ports: [{{name: tap, device: 'net_null0,no-rx=1', cores: {cores}}}]\n"
                          f"origins: {{table: '{table}'}}\nflows: {{per_worker: {flows}}}\n"
                          "http: {listen: ['127.0.0.1:0']}\n", encoding="utf-8")
        with open(pathlib.Path(folder) / "log", "w+", encoding="utf-8") as log:
            monitor = subprocess.Popen([LULL, "run", "--config", config], stderr=log)
            seen, steady_since = 0, time.monotonic()
            while time.monotonic() - steady_since < 2:
                time.sleep(0.1)
                if monitor.poll() is not None:
                    log.seek(0)
                    raise RuntimeError(f"lull run ended: {log.read()[-1000:]}")
                status = pathlib.Path(f"/proc/{monitor.pid}/status").read_text(encoding="utf-8")
                now = next((int(line.split()[1]) for line in status.splitlines()
                            if line.startswith("VmRSS")), 0)
                if abs(now - seen) > 256:
                    seen, steady_since = now, time.monotonic()
            monitor.terminate()
            monitor.wait()
        return seen / 1024


def memory_words(folder):
    one, four = (resident_mb(flows, [1], TABLE) for flows in (1_000_000, 4_000_000))
    two_workers = resident_mb(1_000_000, [0, 1], TABLE)
    small = resident_mb(1_000_000, [1], table_of(10_000, folder))
    return (f"Memory, resident, `lull run`: {one:.0f} MB with one worker of 1 M flows and the full "
            f"table; {two_workers - one:.0f} MB a worker more (1 M flows and its banks and buffers), "
            f"{(four - one) / 3:.0f} MB a million flows more, {one - small:.0f} MB less with 10 k "
            "prefixes.")


def text_of(found, machines, memory):
    clocks = sorted(m["clock_probe_ghz"] for m in machines)
    lines = [f"{machines[0]['cpu']}, {clocks[0]:.2f}-{clocks[-1]:.2f} GHz by probe, "
             f"{'hugepages' if machines[0]['hugepages'] else 'no hugepages'}, "
             f"{datetime.date.today()}; ns a packet (x floor); base: 100 k flows, 64 bytes, 10 % IPv6.",
             "", "| | |", "|---|---|"]
    for dimension, points in GRID.items():
        cells = []
        for label, _ in points:
            case, floor = min(found[dimension, label], key=lambda cf: cf[0]["ns_per_packet_min"])
            floor_ns = min(f["ns_per_packet_min"] for _, f in found[dimension, label])
            ns = case["ns_per_packet_min"]
            more = (f"{case['mpps_max']:.0f} Mpps" if dimension == "workers"
                    else f"{ns / floor_ns:.2f}")
            cells.append(f"{label}: {ns:.0f} ({more})")
        lines.append(f"| {TITLES[dimension]} | {' · '.join(cells)} |")
    return "\n".join(lines + ["", memory]) + "\n"


def write(text):
    readme = README.read_text(encoding="utf-8")
    before, rest = readme.split(MARKS[0])
    README.write_text(f"{before}{MARKS[0]}\n{text}{MARKS[1]}{rest.split(MARKS[1])[1]}",
                      encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=300, help="of 16,384 packets, each run")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if not LULL.exists() or not TABLE.exists():
        print(f"missing: {LULL} or {TABLE}; mend: scripts/test.sh -R lint makes both",
              file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        try:
            memory = memory_words(pathlib.Path(folder))
            text = text_of(*measure(options, pathlib.Path(folder)), memory)
        except RuntimeError as error:
            print(f"growth: {error}", file=sys.stderr)
            return 1
    print(text)
    if options.write:
        write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
