"""Flow records out, judged by readers that others wrote: nfcapd, nfacctd, tshark, ipfixDump."""
import collections
import csv
import io
import json
import re
import signal
import socket
import ssl
import struct
import subprocess
import threading
import time
import unittest

import frames
import lull
import web_test

SCANNED, ONE_IN = 20_000, 100


def udp_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def tagged(frame, vlan):
    return frame[:12] + struct.pack("!HH", 0x8100, vlan) + frame[12:]


def two_way():
    """Conversations both ways, IPv4 and IPv6, half of the frames with a tag."""
    return [tagged(frame, 100 + i % 3) if i % 2 else frame
            for i, frame in enumerate(frames.conversations(4000, arp_share=0))]


def scan():
    """As many conversations of one packet that nobody answers."""
    return [frames.ipv4(bytes((20, 0, 0, 1)), bytes((21 + i % 50, i % 4, i // 256 % 256, i % 256)),
                        frames.tcp(1024 + i % 60_000, 23, 0), frames.TCP) for i in range(SCANNED)]


class Nfcapd:
    """nfcapd of Debian, and what nfdump reads from its files."""

    def __init__(self, folder, port):
        self.folder = folder / "nfcapd"
        self.folder.mkdir()
        self.log = open(folder / "nfcapd.log", "w", encoding="utf-8")
        self.process = subprocess.Popen(
            ["nfcapd", "-w", str(self.folder), "-p", str(port), "-b", "127.0.0.1",
             "-B", "64000000", "-t", "3600"], stdout=self.log, stderr=self.log)

    def close(self):
        """Ends it, so that what it has is in its file."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)
        self.log.close()

    def dump(self, *words):
        done = subprocess.run(["nfdump", "-R", str(self.folder), "-N", *words],
                              capture_output=True, text=True, timeout=120, check=True)
        return done.stdout

    def summary(self):
        return {key: int(value) for key, value in
                re.findall(r"^(Flows|Packets|Bytes|Sequence failures): (\d+)$", self.dump("-I"), re.M)}

    def by_as(self, which):
        """{AS: (flows, packets, bytes)}"""
        table = self.dump("-s", f"{which}/bytes", "-n", "0", "-o", "csv").split("\n\n")[0]
        return {int(row["val"]): (int(row["fl"]), int(row["pkt"]), int(row["byt"]))
                for row in csv.DictReader(io.StringIO(table.strip()))}


class Nfacctd:
    """nfacctd of pmacct, adding up by both ASes."""

    def __init__(self, folder, port):
        self.output = folder / "nfacctd.json"
        config = folder / "nfacctd.conf"
        config.write_text(f"""
nfacctd_ip: 127.0.0.1
nfacctd_port: {port}
nfacctd_as: netflow
nfacctd_pipe_size: 64000000
plugins: print
plugin_pipe_size: 64000000
plugin_buffer_size: 65536
aggregate: src_as, dst_as
print_output: json
print_output_file: {self.output}
print_refresh_time: 3600
print_cache_entries: 65521
""", encoding="utf-8")
        self.log = open(folder / "nfacctd.log", "w", encoding="utf-8")
        self.process = subprocess.Popen(["nfacctd", "-f", str(config)], stdout=self.log,
                                        stderr=self.log, start_new_session=True)

    def close(self):
        self.process.send_signal(signal.SIGINT)  # its plugin writes what it has
        self.process.wait(timeout=60)
        self.log.close()

    def rows(self):
        return [json.loads(line) for line in self.output.read_text().splitlines()]


class Stream:
    """A collector by TCP or TLS that keeps what comes, a file a connection; it can be told to refuse
    for now, to read nothing, and to break what it has."""

    def __init__(self, folder, context=None):
        self.folder, self.context = folder, context
        self.port = lull.free_port()
        self.reads = threading.Event()
        self.reads.set()
        self.files, self.open = [], []
        self.listener = None

    def listen(self):
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer = self.listener.accept()[0]
            except OSError:
                return
            path = self.folder / f"stream{len(self.files)}.ipfix"
            path.touch()
            self.files.append(path)
            threading.Thread(target=self.keep, args=(peer, path), daemon=True).start()

    def keep(self, peer, path):
        self.open.append(peer)
        try:
            if self.context:
                peer = self.context.wrap_socket(peer, server_side=True)
            with open(path, "ab", buffering=0) as file:
                while self.reads.wait():
                    data = peer.recv(65536)
                    if not data:
                        return
                    file.write(data)
        except OSError:
            pass

    def hang_up(self):
        for peer in self.open:
            try:
                peer.shutdown(socket.SHUT_RDWR)  # also for the thread that reads
                peer.close()
            except OSError:
                pass
        self.open = []

    def close(self):
        if self.listener:
            self.listener.close()
        self.reads.set()

    def sums(self):
        """(records, packets) of whole messages, as ipfixDump reads them."""
        records = packets = 0
        for path in self.files:
            whole = self.folder / "whole.ipfix"
            whole.write_bytes(whole_messages(path.read_bytes()))
            text = subprocess.run(["ipfixDump", "--rfc5610", "--data", "--in", str(whole)],
                                  capture_output=True, text=True, timeout=120, check=True).stdout
            for name, value in re.findall(r"\b(packetDeltaCount|reversePacketDeltaCount)\W.*?: *(\d+)",
                                          text):
                packets += int(value)
                records += name == "packetDeltaCount"
        return records, packets


def whole_messages(data):
    """Without a last message that was cut off."""
    at = 0
    while at + 4 <= len(data):
        length = struct.unpack_from("!HH", data, at)[1]
        if at + length > len(data):
            break
        at += length
    return data[:at]


class Flows(lull.Traffic):
    openssl, authority, certificate = (web_test.Web.openssl, web_test.Web.authority,
                                       web_test.Web.certificate)

    def ipfix(self, port, scheme="udp", **more):
        words = "".join(f", {key}: {value}" for key, value in more.items())
        idle = "20s" if lull.SANITIZED else "2s"  # what is sent slowly is one conversation still
        return (f"flows: {{idle: {idle}, ended: 1s}}\nexport: {{ipfix: {{collector: '{scheme}://127.0.0.1:{port}'{words}}}}}\n")

    def all_ended(self, monitor):
        """Waits until every packet is of a conversation that is over, or of none (a flood is not
        followed); then its metrics."""
        def law():
            metrics = monitor.metrics()
            return metrics if (lull.total(metrics, "lull_port_counted_packets_total") ==
                               lull.total(metrics, "lull_ipfix_packets_total") +
                               lull.total(metrics, "lull_ipfix_unfollowed_packets_total")) else None
        return lull.wait_for(law, "all to end")

    def play(self, monitor, capture, packets):
        """Sends it, until all of it is counted."""
        sender = self.sender(monitor.device_of_drill,
                             frames.capture(self.folder / "traffic.pcap", capture))
        report = sender.play(packets=packets, rate=20_000, patience=10)
        self.assertEqual(report["sent"], packets)
        self.sent = getattr(self, "sent", 0) + packets
        lull.wait_for(lambda: self.received(monitor) >= self.sent, "the last packet")
        sender.close()
        metrics = monitor.metrics()
        self.assertEqual(lull.total(metrics, "lull_port_dropped_packets_total"), 0)
        return metrics

    def end(self, monitor):
        """Ends it; how many records it says that it has sent, and conversations dropped."""
        self.assertEqual(monitor.stop(), 0, monitor.text())
        found = re.search(r"ipfix: (\d+) records in \d+ messages sent; (\d+) conversations dropped "
                          r"for want of room, (\d+) still waiting", monitor.text())
        return tuple(int(number) for number in found.groups())

    def sent_by_as(self, metrics, what="sent"):
        by_as = collections.defaultdict(lambda: [0, 0])
        for (name, labels), value in metrics.items():
            for i, unit in enumerate(("packets", "bytes")):
                if name == f"lull_origin_{what}_{unit}_total" and value:
                    by_as[int(dict(labels)["asn"])][i] += int(value)
        return {asn: tuple(sums) for asn, sums in by_as.items()}

    def test_nfcapd_adds_up_to_what_was_counted(self):
        for flows, records in (("one_way", 8000), ("bidirectional", 4000)):
            with self.subTest(flows=flows):
                folder = self.folder / flows
                folder.mkdir()
                port = udp_port()
                collector = Nfcapd(folder, port)
                self.addCleanup(collector.process.kill)
                monitor = self.monitor(self.table, extra=self.ipfix(port, flows=flows))
                monitor.wait_ready()
                self.sent = 0
                metrics = self.play(monitor, two_way(), 200_000)
                self.assertEqual(self.end(monitor), (records, 0, 0))
                collector.close()
                counted = self.sent_by_as(metrics)
                total = {"Flows": records, "Packets": 200_000, "Sequence failures": 0,
                         "Bytes": sum(octets for _, octets in counted.values())}
                self.assertEqual(collector.summary(), total)
                if flows == "one_way":
                    for which, what in (("srcas", "sent"), ("dstas", "received")):
                        told = {asn: row[1:] for asn, row in collector.by_as(which).items()}
                        self.assertEqual(told, self.sent_by_as(metrics, what))
                print(f"nfcapd, {flows}: {total}, {len(counted)} ASes", flush=True)

    def test_nfacctd_adds_up_to_what_was_counted_by_as(self):
        port = udp_port()
        collector = Nfacctd(self.folder, port)
        self.addCleanup(collector.process.kill)
        lull.wait_for(lambda: "waiting for" in (self.folder / "nfacctd.log").read_text(),
                      "nfacctd to listen")
        monitor = self.monitor(self.table, extra=self.ipfix(port, flows="one_way"))
        monitor.wait_ready()
        metrics = self.play(monitor, two_way(), 200_000)
        self.assertEqual(self.end(monitor), (8000, 0, 0))
        collector.close()
        for key, what in (("as_src", "sent"), ("as_dst", "received")):
            told = collections.defaultdict(lambda: (0, 0))
            for row in collector.rows():
                packets, octets = told[row[key]]
                told[row[key]] = (packets + row["packets"], octets + row["bytes"])
            counted = self.sent_by_as(metrics, what)
            self.assertEqual({asn: (told.get(asn), sums) for asn, sums in counted.items()
                              if told.get(asn) != sums}, {})
            self.assertEqual(len(told), len(counted))
        print(f"nfacctd: {len(told)} ASes, packets and bytes equal both ways", flush=True)

    def test_a_scan_is_sampled_and_tshark_finds_nothing_wrong(self):
        port = udp_port()
        capture = self.folder / "ipfix.pcap"
        dump = subprocess.Popen(["dumpcap", "-q", "-P", "-i", "lo", "-f", f"udp port {port}", "-w",
                                 str(capture)], stderr=subprocess.PIPE, text=True)
        self.addCleanup(dump.stderr.close)
        self.addCleanup(dump.kill)
        lull.wait_for(lambda: "File:" in dump.stderr.readline(), "dumpcap to capture")
        listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)  # so that nothing is refused
        self.addCleanup(listener.close)
        listener.bind(("127.0.0.1", port))
        monitor = self.monitor(self.table, extra=self.ipfix(
            port, unanswered_one_in=ONE_IN, ipv4_bits=24, templates="1s"))
        monitor.wait_ready()
        self.play(monitor, scan(), SCANNED)
        metrics = self.all_ended(monitor)
        ended = int(lull.total(metrics, "lull_ipfix_flows_total"))
        offered = int(lull.total(metrics, "lull_ipfix_flows_total", result="offered"))
        # Seven standard deviations of a binomial: once in a hundred thousand million times.
        self.assertAlmostEqual(offered, ended / ONE_IN, delta=7 * (ended / ONE_IN) ** 0.5)
        self.assertEqual(self.end(monitor), (offered, 0, 0))

        def read(filter_, *fields, check=True):
            wanted = [word for field in fields for word in ("-e", field)]
            return subprocess.run(
                ["tshark", "-r", str(capture), "-d", f"udp.port=={port},cflow", "-Y", filter_,
                 "-T", "fields", *wanted], capture_output=True, text=True, timeout=120,
                check=check).stdout.splitlines()

        def told():
            """By the last options: of each class, how many were observed and how many chosen."""
            rows = read("cflow.selectorid_total_flows_observed",
                        "cflow.selectorid_total_flows_observed",
                        "cflow.selectorid_total_flows_selected", check=False)  # it is written to
            return [cell.split(",") for cell in rows[-1].split("\t")] if rows else None
        wanted = [["0", str(ended), "0"], ["0", str(offered), "0"]]
        # dumpcap writes when it likes, and not the rest when it is ended.
        lull.wait_for(lambda: told() == wanted, f"options that say {wanted}")
        dump.terminate()
        dump.wait(timeout=60)
        self.assertEqual(read("_ws.expert.severity >= 0x600000 || _ws.malformed", "frame.number"), [])
        addresses = [text for row in read("cflow.srcaddr", "cflow.dstaddr") for text in row.split(",")]
        self.assertEqual(len(addresses), offered)
        self.assertTrue(all(text.endswith(".0") for text in addresses), addresses[:9])

    def test_a_collector_that_refuses_stalls_and_hangs_up_costs_no_packet(self):
        collector = Stream(self.folder)
        self.addCleanup(collector.close)
        monitor = self.monitor(self.table, extra=self.ipfix(collector.port, "tcp", queue=1000))
        monitor.wait_ready()

        def metric(name, **labels):
            return int(lull.total(monitor.metrics(), name, **labels))
        lull.wait_for(lambda: "flow records wait" in monitor.text(), "the refusal to be told")
        # Nobody listens: what the queue holds waits, the rest is dropped and said to be.
        self.play(monitor, two_way(), 80_000)
        self.all_ended(monitor)
        self.assertEqual(metric("lull_ipfix_waiting_records"), 1023)
        self.assertEqual(metric("lull_ipfix_dropped_flows_total"), 4000 - 1023)
        collector.listen()
        lull.wait_for(lambda: metric("lull_ipfix_records_total") == 1023, "what waited to be sent")
        lull.wait_for(lambda: "sending again; 2977 conversations were dropped" in monitor.text(),
                      "the log to say so")
        lull.wait_for(lambda: collector.sums()[0] == 1023, "the collector to have it")
        # It breaks the connection: the next one begins with templates, and no record is lost that
        # was not on its way.
        collector.hang_up()
        lull.wait_for(lambda: len(collector.files) > 1, "a second connection")
        lull.wait_for(lambda: metric("lull_ipfix_up") == 1, "it to be known as well")
        self.assertEqual(monitor.text().count("flow records wait"), 2, monitor.text())
        dropped = metric("lull_ipfix_dropped_flows_total")
        # It reads nothing more: the worker does not wait for it, whatever comes.
        collector.reads.clear()
        metrics = self.play(monitor, scan(), SCANNED)
        self.assertEqual(lull.total(metrics, "lull_port_counted_packets_total"), 100_000)
        ended = int(lull.total(self.all_ended(monitor), "lull_ipfix_flows_total"))
        self.assertGreater(metric("lull_ipfix_dropped_flows_total"), dropped)
        collector.reads.set()
        lull.wait_for(lambda: metric("lull_ipfix_waiting_records") == 0, "what waited to be sent")
        sent, dropped, waiting = self.end(monitor)
        self.assertEqual((sent + dropped, waiting), (ended, 0))
        lull.wait_for(lambda: collector.sums()[0] >= sent, "the collector to have it all")

    def test_tls_wants_a_collector_that_it_knows_and_shows_who_it_is(self):
        for name in ("ca", "other"):
            self.authority(name)
        self.certificate("collector", "ca")
        self.certificate("lull", "ca")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=self.folder / "ca.crt")
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_cert_chain(self.folder / "collector.crt", self.folder / "collector.key")
        collector = Stream(self.folder, context)
        self.addCleanup(collector.close)
        collector.listen()
        own = {"cert": self.folder / "lull.crt", "key": self.folder / "lull.key"}
        monitor = self.monitor(self.table, extra=self.ipfix(collector.port, "tls",
                                                            cacert=self.folder / "other.crt", **own))
        lull.wait_for(lambda: re.search("ipfix: .*certificate", monitor.text()), "the refusal")
        self.assertEqual(self.end(monitor), (0, 0, 0))
        monitor = self.monitor(self.table, extra=self.ipfix(collector.port, "tls",
                                                            cacert=self.folder / "ca.crt", **own))
        monitor.wait_ready()
        self.sent = 0
        self.play(monitor, two_way(), 80_000)
        self.assertEqual(self.end(monitor), (4000, 0, 0))
        lull.wait_for(lambda: collector.sums() == (4000, 80_000), "the collector to have it all")

    def test_a_name_that_nobody_knows_holds_up_neither_packets_nor_the_end(self):
        monitor = self.monitor(self.table, extra=self.ipfix(4739).replace(
            "127.0.0.1", "collector.invalid"))
        monitor.wait_ready()
        self.play(monitor, two_way(), 80_000)
        lull.wait_for(lambda: "collector.invalid: " in monitor.text(), "the log to say so")
        begun = time.monotonic()
        self.assertEqual(self.end(monitor)[0], 0)
        print(f"ended in {time.monotonic() - begun:.1f} s", flush=True)


if __name__ == "__main__":
    unittest.main()
