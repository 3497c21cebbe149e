"""What scenario tests share: the real binary, tables, captures, a running monitor."""
import gzip
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ["LULL_BINARY"]
SENDER = os.environ.get("LULL_SENDER", "")
FULL_TABLE = pathlib.Path(os.environ.get("LULL_TABLE", SOURCE / "build/data/origins.lut"))
# The same with some networks given to other countries.
OTHER_TABLE = FULL_TABLE.with_name("origins-other.lut")
SHARED = pathlib.Path(os.environ.get("LULL_SHARED_DATA", SOURCE / "../shared/data"))
# Everything at its full length, as before a release; otherwise what every commit has time for.
FULL = os.environ.get("LULL_FULL", "") == "1"
SANITIZED = os.environ.get("LULL_SANITIZED", "") != ""
# For a monitor: ticks of a second, thirty of the clock. A port settles for half a minute of that.
QUICK = {"tick": "30s",
         "clock": "clock: {scale: 30, epoch: 2026-03-02T00:00:00Z, at: 2026-03-02T00:00:00Z}"}


def skip_loudly(case, reason):
    print(f"SKIPPED: {reason}", flush=True)
    case.skipTest(reason)


def run(*words, code=0, timeout=900):
    """Runs lull; its exit code must be `code`. Returns the finished process."""
    done = subprocess.run([BINARY, *map(str, words)], capture_output=True, text=True,
                          timeout=timeout, check=False)
    if done.returncode != code:
        raise AssertionError(f"lull {' '.join(map(str, words))}: exit {done.returncode}, not {code}\n"
                             f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return done


def dump_text(rows):
    """rows of (prefix, asn or None, country or None) as `location dump` prints them."""
    text = "# Location Database Export\n\n"
    for prefix, asn, country in rows:
        text += f"net:                     {prefix}\n"
        if country:
            text += f"country:                 {country}\n"
        if asn:
            text += f"aut-num:                 {asn}\n"
        text += "\n"
    return text


def build_table(folder, rows):
    """A small table of `rows`; returns its path."""
    dump = pathlib.Path(folder) / "dump.txt"
    dump.write_text(dump_text(rows), encoding="utf-8")
    table = pathlib.Path(folder) / "small.lut"
    run("table", "build", "--out", table, "--location-dump", dump)
    return table


def world_rows():
    """A made-up world: sixty countries of a few networks, and the four of North Korea."""
    codes = ("US DE FR GB NL JP CN KR BR IN RU CA AU IT ES SE NO FI DK PL CZ AT CH BE PT GR TR UA RO "
             "HU BG IL EG ZA NG KE MA TN DZ AR CL CO PE MX TH VN MY SG ID PH PK BD LK NZ IE IS HR RS "
             "SK SI").split()
    rows = [(f"{20 + i}.{j}.0.0/16", 64500 + 10 * i + j, code)
            for i, code in enumerate(codes) for j in range(4)]
    rows += [(f"2a0{i % 10:x}:{i:x}::/32", 64500 + 10 * i, code) for i, code in enumerate(codes)]
    rows += [(f"175.45.{n}.0/24", 131279, "KP") for n in range(176, 180)]
    return rows


def write_pcap(path, frames, link_type=1):
    """frames: (nanoseconds, bytes)."""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, link_type))
        for ns, frame in frames:
            file.write(struct.pack("<IIII", ns // 10**9, ns % 10**9, len(frame), len(frame)))
            file.write(frame)


def read_tsv_gz(path):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        header = file.readline().rstrip("\n").split("\t")
        return [dict(zip(header, line.rstrip("\n").split("\t"))) for line in file]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, what, timeout_s=60):
    """Polls until `condition` holds; the limit is for hangs, far above what it takes."""
    deadline = time.monotonic() + timeout_s * (5 if SANITIZED else 1)
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"waited {timeout_s} s in vain for {what}")


def metrics_of(text):
    """{(name, frozenset of label pairs): value}."""
    found = {}
    for line in text.splitlines():
        match = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
        if match:
            labels = frozenset(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', match[2] or ""))
            found[match[1], labels] = float(match[3])
    return found


def total(metrics, name, **labels):
    wanted = set(labels.items())
    return sum(value for (found, pairs), value in metrics.items()
               if found == name and wanted <= pairs)


class Monitor:
    """`lull run` with a config of its own: over memif as client, or on `device`. `prefix` is what
    stands before the command (another user, a namespace), `more_ports` further ones of the config,
    `extra` more of it, `ring` the power of two of memif's places, `arguments` more of the command,
    `port` where it listens if that is to be known before, `http` more of that section."""

    def __init__(self, folder, table, tick="1s", clock="", budget=12, device=None, cores=None,
                 prefix=(), dpdk="", extra="", ring=10, binary=BINARY, group="tap0",
                 more_ports="", store="lull.db", arguments=(), port=None, web_config=None, http=""):
        self.folder = pathlib.Path(folder)
        self.socket = self.folder / "memif.sock"
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.config = self.folder / "lull.yaml"
        device = device or (f"net_memif0,role=client,id=0,socket={self.socket},socket-abstract=no,"
                            f"bsize=2048,rsize={ring}")
        cores = cores or [min(1, (os.cpu_count() or 1) - 1)]
        web = f', web_config: "{web_config}"' if web_config else ""
        self.prefix = list(prefix)
        self.arguments = arguments
        self.config.write_text(f"""
site: test
dpdk: {{main_core: 0{dpdk}}}
ports:
  - {{name: tap0, group: {group}, cores: {cores}, device: "{device}"}}
{more_ports}origins: {{table: "{table}"}}
store: {{path: "{self.folder}/{store}"}}
detect: {{tick: {tick}, false_alarms_per_year: {budget}}}
http: {{listen: ["127.0.0.1:{self.port}"], enable_lifecycle: true{web}{http}}}
{clock}
{extra}
""", encoding="utf-8")
        self.log_path = self.folder / "monitor.log"
        self.log = open(self.log_path, "w", encoding="utf-8")
        self.process = subprocess.Popen([*self.prefix, str(binary), "run", "--config",
                                         str(self.config), *map(str, self.arguments)],
                                        stdout=subprocess.DEVNULL, stderr=self.log)

    @property
    def device_of_drill(self):
        return (f"net_memif0,role=server,id=0,socket={self.socket},socket-abstract=no,"
                "bsize=2048,rsize=10")

    def get(self, path, method="GET"):
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url + path, method=method),
                                        timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except (urllib.error.URLError, ConnectionError):
            if self.process.poll() is not None:
                raise AssertionError("the monitor ended:\n" + self.text()) from None
            return 0, ""

    def metrics(self):
        return metrics_of(self.get("/metrics")[1])

    def wait_ready(self):
        wait_for(lambda: self.get("/-/ready")[0] == 200, "the monitor to be ready")

    def text(self):
        return self.log_path.read_text(encoding="utf-8")

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(timeout=120)
        self.log.close()
        return code


class Sender:
    """lull_sender: plays captures onto a device, in rounds. go() begins one, report() waits for its
    end, stop() ends one that has none. The device stays open until close()."""

    def __init__(self, device, *captures):
        self.process = subprocess.Popen([SENDER, device, *map(str, captures)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)

    def go(self, which=0, packets=0, rate=0, patience=0):
        """The capture of that number, `packets` in all (0: until stop()), `rate` a second (0: as
        fast as they are taken); what finds no room is offered again for `patience` seconds."""
        self.process.stdin.write(f"{which} {packets} {rate} {patience}\n")
        self.process.stdin.flush()

    def play(self, **round_of):
        self.go(**round_of)
        return self.report()

    def report(self):
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError("the sender: " + self.process.stderr.read())
        report = json.loads(line)
        if report["offered"] != report["sent"] + report["refused"]:
            raise AssertionError(f"not offered = sent + refused: {report}")
        return report

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.report()

    def close(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


class Case(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lull-test."))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def monitor(self, table, **settings):
        monitor = Monitor(self.folder, table, **settings)
        self.addCleanup(lambda: monitor.process.poll() is None and monitor.stop(signal.SIGKILL))
        return monitor

    def sender(self, device, *captures):
        sender = Sender(device, *captures)
        self.addCleanup(sender.close)
        return sender

    def check_identities(self, metrics):
        """What holds in every scrape: received = counted + rejected, port by port, and what is
        counted has a sender and a receiver. Returns what each port received."""
        received = {dict(labels)["port"]: value for (name, labels), value in metrics.items()
                    if name == "lull_port_receive_packets_total"}
        for port, value in received.items():
            self.assertEqual(value, total(metrics, "lull_port_counted_packets_total", port=port) +
                             total(metrics, "lull_packets_rejected_total", port=port), port)
        counted = total(metrics, "lull_port_counted_packets_total")
        for direction in ("sent", "received"):
            self.assertEqual(
                counted, total(metrics, f"lull_country_{direction}_packets_total") +
                total(metrics, "lull_packets_unmatched_total", direction=direction) +
                total(metrics, "lull_packets_private_total", direction=direction), direction)
        return received


SCENARIO = """
name: live
from: 2026-03-02T00:00:00Z
until: 2026-03-02T01:00:00Z
seed: 1
traffic: {flows_per_second: 3000, floor_flows_per_second: 1, day_rhythm: false}
"""


class Traffic(Case):
    """A test with a table, a drill's scenario and what holds whenever frames were sent."""

    def setUp(self):
        super().setUp()
        self.table = build_table(self.folder, world_rows())
        self.scenario = self.folder / "live.yaml"
        self.scenario.write_text(SCENARIO, encoding="utf-8")

    def drill(self, device, *words, prefix=(), binary=BINARY):
        """A drill onto `device`; its report is on stdout, its log beside the monitor's."""
        with open(self.folder / "drill.log", "w", encoding="utf-8") as log:
            drill = subprocess.Popen([*prefix, str(binary), "drill", "--scenario",
                                      str(self.scenario), "--table", str(self.table), "--to",
                                      device, "--json", *words],
                                     stdout=subprocess.PIPE, stderr=log, text=True)
        self.addCleanup(lambda: (drill.kill(), drill.wait(), drill.stdout.close()))
        return drill

    def report_of(self, drill):
        """Waits for its end; every frame it offered was sent or refused."""
        output = drill.communicate(timeout=120)[0]
        if drill.returncode != 0:
            raise AssertionError("the drill: " + (self.folder / "drill.log").read_text())
        report = json.loads(output)
        self.assertEqual(report["offered"], report["sent"] + report["refused"])
        self.assertGreater(report["sent"], 0)
        return report

    def received(self, monitor, metrics=None):
        """What the ports received; it is all counted or rejected, in every scrape."""
        metrics = metrics or monitor.metrics()
        received = total(metrics, "lull_port_receive_packets_total")
        self.assertEqual(received, total(metrics, "lull_port_counted_packets_total") +
                         total(metrics, "lull_packets_rejected_total"))
        return received
