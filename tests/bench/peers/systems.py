"""The systems that are compared: each is run over a capture and says what it counted and what CPU
time all of its processes took together, from start to end."""
import collections
import contextlib
import csv
import json
import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import sys
import time

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
# pmacctd's core reads a file faster than its plugin aggregates, and the pipe between them then
# loses laps. It is fed at a pace the plugin keeps up with; waiting costs it no CPU time.
PMACCT_PACE_PPS = 400_000
NFCAPD_BUFFER_BYTES = 64_000_000
RECEIVE_BUFFER_LIMIT = pathlib.Path("/proc/sys/net/core/rmem_max")


class Failed(Exception):
    pass


class LostData(Failed):
    """pmacctd said so: measured at too high a pace, or the machine had other things to do."""


def run_measured(start):
    """CPU seconds of `start()` in all processes that it starts and waits for. It is run in a child
    of its own, so that nothing else is in the sum; what it returns comes back by a pipe."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        answer = {}
        try:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            answer = start()
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            answer["cpu_user_s"] = used.ru_utime - before.ru_utime
            answer["cpu_sys_s"] = used.ru_stime - before.ru_stime
        except (Failed, OSError, subprocess.SubprocessError) as error:
            answer = {"error": str(error), "lost": isinstance(error, LostData)}
        with os.fdopen(writing, "w") as out:
            json.dump(answer, out)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer_text:
        text = answer_text.read()
    os.waitpid(child, 0)
    answer = json.loads(text or '{"error": "the measuring process died"}')
    if "error" in answer:
        raise (LostData if answer.get("lost") else Failed)(answer["error"])
    return answer


def checked(process, what):
    out = process.communicate()[0] or ""
    if process.returncode != 0:
        raise Failed(f"{what}: exit {process.returncode}\n{out[-2000:]}")
    return out


def first_line(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return ((done.stdout or done.stderr).strip().splitlines() or ["unknown"])[0]


def free_udp_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Lull:
    name = "lull replay"

    def __init__(self, binary, table):
        self.binary, self.table = binary, table

    def version(self):
        return first_line(self.binary, "version")

    def settings(self):
        return "defaults: the whole pipeline on one worker (flows, origins, sources, detector)"

    def run(self, capture, packets, folder):
        def start():
            report = folder / "lull.json"
            with open(report, "wb") as out:
                process = subprocess.Popen([self.binary, "replay", "--json", "--table", self.table,
                                            capture], stdout=out, stderr=subprocess.PIPE)
                _, errors = process.communicate()
            if process.returncode != 0:
                raise Failed(f"lull replay: exit {process.returncode}: {errors.decode()[-2000:]}")
            return {}
        result = run_measured(start)
        with open(folder / "lull.json", encoding="utf-8") as file:
            report = json.load(file)
        sent, received = collections.Counter(), collections.Counter()
        for origin in [*report["origins"], report["unmatched"], report["private"]]:
            asn = origin.get("asn") or 0
            sent[asn] += origin["sent_packets"]
            received[asn] += origin["received_packets"]
        total = [*report["countries"].values(), report["unmatched"], report["private"]]
        result.update(packets=report["ip_packets"], bytes=sum(t["sent_bytes"] for t in total),
                      sent={str(k): v for k, v in sent.items() if v},
                      received={str(k): v for k, v in received.items() if v})
        return result


class Pmacct:
    CONFIG = """daemonize: false
pcap_savefile: {feed}
pcap_savefile_delay: 8
pcap_savefile_wait: true
plugins: print[as]
aggregate[as]: src_as,dst_as
networks_file: {networks}
pmacctd_as: file
print_refresh_time[as]: 3600
print_output[as]: csv
print_output_file[as]: {output}
print_cache_entries: 400009
plugin_buffer_size: 1024000
{pipe}
"""
    PIPES = {"ring": "plugin_pipe_size: 1024000000",
             "zmq": "plugin_pipe_zmq: true\nplugin_pipe_zmq_profile: large"}
    QUIET_S = 4  # no CPU time of any process for so long: all is aggregated

    def __init__(self, pipe, networks):
        self.pipe, self.networks = pipe, networks
        self.name = f"pmacctd, pipe by {pipe}"

    def version(self):
        return first_line("pmacctd", "-V")

    def settings(self):
        text = self.CONFIG.format(feed="…", networks="…", output="…", pipe=self.PIPES[self.pipe])
        return ", ".join(line for line in text.splitlines() if "…" not in line) + \
            f"; networks_file from lull's table; fed at {PMACCT_PACE_PPS:,} packets a second (less, and again, when its pipe lost some)"

    def run(self, capture, packets, folder):
        for pace in (PMACCT_PACE_PPS, PMACCT_PACE_PPS / 2):
            with contextlib.suppress(LostData):
                return self.run_at(pace, capture, packets, folder)
        return self.run_at(PMACCT_PACE_PPS / 4, capture, packets, folder)

    def run_at(self, pace_pps, capture, packets, folder):
        feed, output, config = folder / "feed", folder / "as.csv", folder / "pmacctd.conf"
        for old in (feed, output):
            old.unlink(missing_ok=True)
        os.mkfifo(feed)
        config.write_text(self.CONFIG.format(feed=feed, networks=self.networks, output=output,
                                             pipe=self.PIPES[self.pipe]), encoding="utf-8")
        rate = capture.stat().st_size * pace_pps / packets
        feeder = subprocess.Popen([sys.executable, __file__, capture, feed, str(rate)])
        try:
            result = run_measured(lambda: self.aggregate(config, folder / "pmacctd.log"))
        finally:
            feeder.kill()
            feeder.wait()
        sent, received, total_bytes = collections.Counter(), collections.Counter(), 0
        with open(output, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                sent[row["SRC_AS"]] += int(row["PACKETS"])
                received[row["DST_AS"]] += int(row["PACKETS"])
                total_bytes += int(row["BYTES"])
        result.update(packets=sum(sent.values()), bytes=total_bytes, sent=sent, received=received)
        return result

    def aggregate(self, config, log_path):
        with open(log_path, "w+", encoding="utf-8") as log:
            core = subprocess.Popen(["pmacctd", "-f", config], stdout=log, stderr=log)
            used, quiet_since = {}, time.monotonic()
            read_all = False
            while not (read_all and time.monotonic() - quiet_since > self.QUIET_S):
                time.sleep(0.25)
                if core.poll() is not None:
                    raise Failed(f"pmacctd ended early:\n{log_path.read_text()[-2000:]}")
                read_all = read_all or "finished reading" in log_path.read_text(errors="replace")
                now = cpu_of_family(core.pid)
                if now != used:
                    used, quiet_since = now, time.monotonic()
            # The plugin, not the core: that would hand its last buffer over a second time.
            for pid in used:
                if pid != core.pid:
                    os.kill(pid, signal.SIGINT)
            core.wait(timeout=120)
        if "Missing data" in log_path.read_text(errors="replace"):
            raise LostData("pmacctd's pipe lost data at every pace tried")
        return {}


def cpu_of_family(parent):
    """{pid: clock ticks} of a process and its children."""
    ticks = {}
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        fields = text[text.rindex(")") + 2:].split()
        pid = int(path.parent.name)
        if parent in (pid, int(fields[1])):
            ticks[pid] = int(fields[11]) + int(fields[12])
    return ticks


@contextlib.contextmanager
def receive_buffers_of(size):
    """Root may let sockets have such buffers; who is not gets what the host allows, and softflowd's
    last burst of flows may then overrun nfcapd: the totals tell."""
    before = RECEIVE_BUFFER_LIMIT.read_text(encoding="utf-8")
    if int(before) >= size or not os.access(RECEIVE_BUFFER_LIMIT, os.W_OK):
        yield
        return
    RECEIVE_BUFFER_LIMIT.write_text(str(size), encoding="utf-8")
    try:
        yield
    finally:
        RECEIVE_BUFFER_LIMIT.write_text(before, encoding="utf-8")


class Softflowd:
    name = "softflowd + nfcapd"

    def version(self):
        done = subprocess.run(["softflowd", "-h"], capture_output=True, text=True, check=False)
        found = re.search(r"\d+\.\d+\.\d+", done.stdout + done.stderr)
        return f"{found[0] if found else '?'}, {first_line('nfcapd', '-V').replace('Version: ', '')}"

    def settings(self):
        return (f"softflowd -v 9 -m 200000; nfcapd -B {NFCAPD_BUFFER_BYTES} "
                "(flows and their totals; no AS)")

    def run(self, capture, packets, folder):
        flows = folder / "flows"
        flows.mkdir(exist_ok=True)
        for old in flows.iterdir():
            old.unlink()

        def start():
            port = free_udp_port()
            collector = subprocess.Popen(
                ["nfcapd", "-p", str(port), "-b", "127.0.0.1", "-w", flows, "-t", "3600",
                 "-B", str(NFCAPD_BUFFER_BYTES)], stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True)
            time.sleep(1)  # until its socket is open; a datagram before would be lost
            try:
                exporter = subprocess.Popen(
                    ["softflowd", "-r", capture, "-n", f"127.0.0.1:{port}", "-v", "9", "-d",
                     "-m", "200000", "-p", folder / "softflowd.pid"],
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                checked(exporter, "softflowd")
                time.sleep(2)  # what is in the socket's buffer
            finally:
                collector.terminate()
            checked(collector, "nfcapd")
            return {}
        with receive_buffers_of(NFCAPD_BUFFER_BYTES):
            result = run_measured(start)
        totals = subprocess.run(["nfdump", "-R", flows, "-I"], capture_output=True, text=True,
                                check=True).stdout
        for key in ("Packets", "Bytes", "Flows"):
            result[key.lower()] = int(re.search(rf"^{key}: (\d+)", totals, re.M)[1])
        return result


def feed_paced(source, fifo, bytes_a_second):
    """Writes a file into a FIFO at a pace that starts when the reader does."""
    with open(source, "rb", buffering=0) as data, open(fifo, "wb", buffering=0) as out:
        start, sent = time.monotonic(), 0
        while chunk := data.read(1 << 16):
            out.write(chunk)
            sent += len(chunk)
            if sent <= 4 << 16:  # the FIFO held it until the reader came
                start = time.monotonic() - sent / bytes_a_second
            time.sleep(max(0.0, start + sent / bytes_a_second - time.monotonic()))


if __name__ == "__main__":
    feed_paced(sys.argv[1], sys.argv[2], float(sys.argv[3]))
