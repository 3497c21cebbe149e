#!/usr/bin/env python3
"""Side by side: the same captures through lull, pmacctd (both its pipes) and softflowd with nfcapd.

    tests/bench/peers/run.py                      all of it, some 25 minutes
    tests/bench/peers/run.py --frames 64 --repeats 1 --keep
    tests/bench/peers/run.py --report             the table of what was measured with --keep

Each system reads 10 and 20 million packets of 100,000 conversations; what the second ten million
took is the cost without start-up. CPU time is user and system time of all processes of a system.
Totals must be equal: packets and IP bytes of every run, and packets per AS of a run over IPv4 alone
(Debian's pmacctd 1.7.7 gives every IPv6 packet to the AS of the first one it looked up in the list;
so over IPv6 it has less to do, and what it counts under another AS is told). Repeats are interleaved.
 Needs the release build, its origin table, and (Debian) pmacct, softflowd, nfdump.

FastNetMon is left out: it reads no file, only an interface, and over veth the kernel's share of each
packet is charged to the sender; it counts hosts of listed networks, no AS; and its af_packet ring does
not count what it drops, so that equal totals could not be asked for.
"""
import argparse
import datetime
import json
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys

from systems import Failed, Lull, Pmacct, Softflowd

TOP = pathlib.Path(__file__).resolve().parents[3]
BUILD = TOP / "build/release"
TABLE = TOP / "build/data/origins.lut"
FOLDER = TOP / "build/peers"
CONVERSATIONS = 100_000


def make(*words):
    done = subprocess.run([BUILD / "tests/make_capture", TABLE, *map(str, words)],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(done.stderr.strip())
    return json.loads(done.stdout)


def capture_of(frames, packets, ipv6_share=0.1):
    """The capture and its truth, made when it is not there."""
    name = f"{frames}-{packets}-{ipv6_share}"
    path, truth = FOLDER / f"{name}.pcap", FOLDER / f"{name}.json"
    if not truth.exists():
        print(f"making {path.name}", file=sys.stderr)
        made = make("--pcap", path, packets, CONVERSATIONS, frames, ipv6_share)
        truth.write_text(json.dumps(made), encoding="utf-8")
    return path, json.loads(truth.read_text(encoding="utf-8"))


def clock_ghz():
    done = subprocess.run([BUILD / "lull", "bench", "--table", TABLE, "--flows", "1000", "--rounds",
                           "3", "--cases", "floor", "--json"], capture_output=True, text=True,
                          check=True)
    return json.loads(done.stdout)["machine"]


def differences(result, truth):
    """What a system counted otherwise than the capture's maker."""
    return [f"{key}: {result[key]:,} of {truth[wanted]:,}"
            for key, wanted in (("packets", "packets"), ("bytes", "ip_bytes"))
            if result[key] != truth[wanted]]


def misplaced(result, lull):
    """The share of packets sent that a system has under another AS than lull; None: it has no AS."""
    if "sent" not in result:
        return None
    more = sum(max(0, count - lull["sent"].get(asn, 0)) for asn, count in result["sent"].items())
    return more / max(1, result["packets"])


def check_by_as(systems):
    capture, truth = capture_of("64", 1_000_000, 0.0)
    lull, pmacct = (system.run(capture, truth["packets"], FOLDER) for system in systems[:2])
    for way in ("sent", "received"):
        if dict(lull[way]) != dict(pmacct[way]):
            raise Failed(f"packets {way} per AS differ between lull and pmacctd over IPv4")
    print(f"IPv4 alone: lull and pmacctd agree on {len(lull['sent']):,} sending and "
          f"{len(lull['received']):,} receiving AS, each to the packet", file=sys.stderr)


def measure(systems, options, results):
    for repeat in range(options.repeats):
        for frames in options.frames:
            machine = clock_ghz()
            for packets in (options.packets, 2 * options.packets):
                capture, truth = capture_of(frames, packets)
                lull = {}
                for system in systems:
                    result = system.run(capture, packets, FOLDER)
                    differing = differences(result, truth)
                    lull = lull or result
                    seconds = result["cpu_user_s"] + result["cpu_sys_s"]
                    results.append({"system": system.name, "frames": frames, "packets": packets,
                                    "cpu_s": seconds, "cpu_sys_s": result["cpu_sys_s"],
                                    "misplaced": misplaced(result, lull), "differences": differing,
                                    "clock_ghz": machine["clock_probe_ghz"],
                                    "cpu": machine["cpu"]})
                    print(f"{repeat + 1}/{options.repeats} {frames:>5} {packets:>11,} "
                          f"{system.name:<22} {seconds:7.2f} CPU s"
                          f" ({result['cpu_sys_s']:.2f} in the kernel)"
                          f"  {'; '.join(differing) or 'totals equal'}",
                          file=sys.stderr, flush=True)


def report(systems, results):
    frames_seen = sorted({r["frames"] for r in results})
    sizes = sorted({r["packets"] for r in results})
    clocks = sorted(r["clock_ghz"] for r in results)
    print(f"{results[0]['cpu']}, {platform.release()}, clock {clocks[0]:.2f}-{clocks[-1]:.2f} GHz by "
          f"probe; {datetime.date.today()}; {CONVERSATIONS:,} conversations, 10 % IPv6.\n")
    for system in systems:
        print(f"- {system.name}: {system.version()}; {system.settings()}")
    print("\nMarginal CPU seconds a million packets, best (median), of "
          f"{sizes[0]:,} to {sizes[-1]:,} packets; times lull.\n")
    print("| | " + " | ".join("64 bytes" if f == "64" else f.upper() for f in frames_seen) +
          " | start-up, CPU s | totals | under another AS |")
    print("|---|" + "---|" * (len(frames_seen) + 3))
    best_of_lull = {}
    for system in systems:
        cells, starts, differing = [], [], set()
        shares = [r["misplaced"] for r in results
                  if r["system"] == system.name and r["misplaced"] is not None]
        for frames in frames_seen:
            runs = {size: [r["cpu_s"] for r in results if (r["system"], r["frames"], r["packets"]) ==
                           (system.name, frames, size)] for size in sizes}
            for r in results:
                if r["system"] == system.name:
                    differing.update(r["differences"])
            if len(sizes) < 2 or not all(runs.values()):
                cells.append("-")
                continue
            millions = (sizes[-1] - sizes[0]) / 1e6
            best = (min(runs[sizes[-1]]) - min(runs[sizes[0]])) / millions
            median = (statistics.median(runs[sizes[-1]]) - statistics.median(runs[sizes[0]])) / millions
            best_of_lull.setdefault(frames, best)
            times = best / best_of_lull[frames]
            cells.append(f"{best:.3f} ({median:.3f})" + (f", {times:.1f} x" if times != 1 else ""))
            starts.append(min(runs[sizes[0]]) - best * sizes[0] / 1e6)
        start = f"{min(starts):.1f}" if starts else "-"
        print(f"| {system.name} | " + " | ".join(cells) + f" | {start} | "
              + ("; ".join(sorted(differing)) or "equal") + " |" +
              (f" {100 * max(shares):.1f} % |" if shares else " no AS |"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--packets", type=int, default=10_000_000, help="of the smaller capture")
    parser.add_argument("--frames", nargs="+", choices=("64", "imix"), default=["64", "imix"])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--keep", action="store_true",
                        help="keep the captures, and add to what was measured before")
    parser.add_argument("--report", action="store_true", help="measure nothing")
    options = parser.parse_args()

    missing = [tool for tool in ("pmacctd", "softflowd", "nfcapd", "nfdump")
               if shutil.which(tool) is None]
    missing += [str(path) for path in (BUILD / "lull", BUILD / "tests/make_capture", TABLE)
                if not path.exists()]
    if missing:
        print(f"missing: {', '.join(missing)}; mend: scripts/test.sh -R lint builds, apt-get install "
              "pmacct softflowd nfdump", file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    kept = FOLDER / "results.json"
    results = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else []
    if not options.keep and not options.report:
        results = []
    networks = FOLDER / "networks.lst"
    systems = [Lull(BUILD / "lull", TABLE), Pmacct("ring", networks), Pmacct("zmq", networks),
               Softflowd()]
    try:
        if not options.report:
            make("--networks", networks)
            check_by_as(systems)
            measure(systems, options, results)
        if not results:
            raise Failed("nothing was measured with --keep yet")
        report(systems, results)
    except Failed as error:
        print(f"peers: {error}", file=sys.stderr)
        return 1
    finally:
        if options.keep:
            kept.write_text(json.dumps(results), encoding="utf-8")
        elif not options.report:
            shutil.rmtree(FOLDER)
    return 0


if __name__ == "__main__":
    sys.exit(main())
