"""The flow records' whole way with the files of configs/collectors as they are shipped but for ports
and paths: on demand, by `scripts/soak.sh pipeline`. nfacctd's files, and Kafka and ClickHouse behind it,
have of each AS what lull counted, though the traffic goes over the ends of minutes."""
import collections
import json
import os
import signal
import subprocess
import time
import unittest

import chain
import flows_test
import lull

SHIPPED = lull.SOURCE / "configs/collectors"
MINUTES = int(os.environ.get("LULL_MINUTES", "3"))  # whose ends are gone over
PACKETS, RATE = 400_000, 20_000  # each time: twenty seconds

# librdkafka's mock cluster (Debian has no Apache Kafka): the protocol over TCP, for any process.
BROKER = """
import sys
from confluent_kafka import Producer
producer = Producer({"bootstrap.servers": "none", "test.mock.num.brokers": 1})
print(next(iter(producer.list_topics(timeout=60).brokers.values())).port, flush=True)
sys.stdin.read()
"""

CLICKHOUSE = """<yandex>
  <logger><level>warning</level><log>{folder}/log</log><errorlog>{folder}/errors</errorlog></logger>
  <listen_host>127.0.0.1</listen_host><tcp_port>{port}</tcp_port>
  <path>{folder}/data/</path><tmp_path>{folder}/tmp/</tmp_path>
  <users_config>{folder}/users.xml</users_config><default_profile>default</default_profile>
  <default_database>default</default_database><mark_cache_size>5000000</mark_cache_size>
</yandex>
"""
USERS = """<yandex>
  <profiles><default/></profiles><quotas><default/></quotas>
  <users><default>
    <password/><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
  </default></users>
</yandex>
"""


def changed(name, **changes):
    """A shipped file with each of `changes` made, which it must have."""
    text = (SHIPPED / name).read_text(encoding="utf-8")
    for old, new in changes.items():
        if old not in text:
            raise AssertionError(f"{name} has no {old}")
        text = text.replace(old, str(new))
    return text


def sum_rows(rows, key):
    """{AS: (packets, bytes)}"""
    sums = collections.defaultdict(lambda: (0, 0))
    for row in rows:
        packets, octets = sums[row[key]]
        sums[row[key]] = (packets + row["packets"], octets + row["bytes"])
    return dict(sums)


class Nfacctd:
    def __init__(self, case, config):
        self.port = flows_test.udp_port()
        path = case.folder / "nfacctd.conf"
        path.write_text(config.replace("nfacctd_port: 4739", f"nfacctd_port: {self.port}"),
                        encoding="utf-8")
        self.log_path = case.folder / "nfacctd.log"
        self.log = open(self.log_path, "w", encoding="utf-8")
        self.process = subprocess.Popen(["nfacctd", "-f", str(path)], stdout=self.log,
                                        stderr=self.log, start_new_session=True)
        case.addCleanup(self.kill)
        lull.wait_for(lambda: "waiting for" in self.text(), "nfacctd to listen")

    def text(self):
        return self.log_path.read_text(encoding="utf-8")

    def close(self):
        self.process.send_signal(signal.SIGINT)  # its plugin writes what it has
        self.process.wait(timeout=60)

    def kill(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)  # with its plugin and that one's writers
        except ProcessLookupError:
            pass
        self.process.wait()
        self.log.close()


class Broker:
    def __init__(self, case):
        # Debian's Python: its module is built for that one.
        self.process = subprocess.Popen(["/usr/bin/python3", "-c", BROKER], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        case.addCleanup(self.close)
        self.port = int(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()


class ClickHouse:
    def __init__(self, case):
        self.folder, self.port = case.folder / "clickhouse", lull.free_port()
        for name in ("data", "tmp"):
            (self.folder / name).mkdir(parents=True)
        config = self.folder / "config.xml"
        config.write_text(CLICKHOUSE.format(folder=self.folder, port=self.port), encoding="utf-8")
        (self.folder / "users.xml").write_text(USERS, encoding="utf-8")
        self.process = subprocess.Popen(
            ["clickhouse-server", f"--config-file={config}"], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        case.addCleanup(self.close)
        lull.wait_for(lambda: self.ask("SELECT 1", check=False) == "1\n", "ClickHouse")

    def ask(self, text, check=True):
        return subprocess.run(["clickhouse-client", "--port", str(self.port), "--multiquery"],
                              input=text, capture_output=True, text=True, timeout=60,
                              check=check).stdout

    def sums(self, key):
        """{AS: (packets, bytes)}"""
        text = self.ask(f"SELECT {key}, sum(packets), sum(bytes) FROM flows GROUP BY {key}")
        rows = [tuple(map(int, line.split("\t"))) for line in text.splitlines()]
        return {asn: (packets, octets) for asn, packets, octets in rows}

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=60)


class Pipeline(lull.Traffic):
    ipfix, all_ended, sent_by_as = (flows_test.Flows.ipfix, flows_test.Flows.all_ended,
                                    flows_test.Flows.sent_by_as)

    def monitor_to(self, collector):
        monitor = self.monitor(self.table, extra=self.ipfix(collector.port, flows="one_way"))
        monitor.wait_ready()
        return monitor

    def over_ends_of_minutes(self, monitor):
        """Plays over MINUTES of them; the metrics once all conversations are told of."""
        sender = self.sender(monitor.device_of_drill, flows_test.frames.capture(
            self.folder / "traffic.pcap", flows_test.two_way()))
        for count in range(1, MINUTES + 1):
            time.sleep((50 - time.time()) % 60)
            self.assertEqual(sender.play(packets=PACKETS, rate=RATE, patience=10)["sent"], PACKETS)
            lull.wait_for(lambda: self.received(monitor) == count * PACKETS, "the last packet")
        metrics = self.all_ended(monitor)
        lull.wait_for(lambda: lull.total(monitor.metrics(), "lull_ipfix_waiting_records") == 0,
                      "the last record to be sent")
        for name in ("lull_port_dropped_packets_total", "lull_ipfix_dropped_flows_total"):
            self.assertEqual(lull.total(metrics, name), 0, name)
        return metrics

    def check(self, sums, metrics):
        """`sums` of a key: {AS: (packets, bytes)}."""
        for key, what in (("as_src", "sent"), ("as_dst", "received")):
            self.assertEqual(sums(key), self.sent_by_as(metrics, what), key)

    def test_the_files_of_nfacctd_have_it_all(self):
        output = self.folder / "spool"  # which nfacctd makes
        collector = Nfacctd(self, changed("nfacctd.conf", **{"/var/spool/pmacct": output}))
        monitor = self.monitor_to(collector)
        metrics = self.over_ends_of_minutes(monitor)
        self.assertEqual(monitor.stop(), 0, monitor.text())
        collector.close()
        files = {path.name: [json.loads(line) for line in path.read_text().splitlines()]
                 for path in sorted(output.iterdir())}
        for name, rows in files.items():
            print(f"{name}: {len(rows)} rows, {len({(r['as_src'], r['as_dst']) for r in rows})} pairs, "
                  f"{sum(row['packets'] for row in rows):,} packets", flush=True)
        self.check(lambda key: sum_rows((row for rows in files.values() for row in rows), key),
                   metrics)

    def test_kafka_and_clickhouse_have_it_all(self):
        chain.need(self, "clickhouse-server", "clickhouse-client")
        broker = Broker(self)
        clickhouse = ClickHouse(self)
        clickhouse.ask(changed("clickhouse.sql", **{"broker:9092": f"127.0.0.1:{broker.port}"}))
        collector = Nfacctd(self, changed("nfacctd-kafka.conf", **{
            "kafka_broker_host: broker": "kafka_broker_host: 127.0.0.1",
            "kafka_broker_port: 9092": f"kafka_broker_port: {broker.port}"}))
        monitor = self.monitor_to(collector)
        metrics = self.over_ends_of_minutes(monitor)
        self.assertEqual(monitor.stop(), 0, monitor.text())
        collector.close()
        counted = int(lull.total(metrics, "lull_port_counted_packets_total"))
        lull.wait_for(lambda: sum(packets for packets, _ in clickhouse.sums("as_src").values()) >=
                      counted, "ClickHouse to have it all")
        self.check(clickhouse.sums, metrics)
        minutes = clickhouse.ask("SELECT toString(stamp_inserted), count(), sum(packets) FROM flows "
                                 "GROUP BY stamp_inserted ORDER BY stamp_inserted")
        print(f"minute, rows, packets:\n{minutes}{counted:,} packets counted, "
              f"{len(clickhouse.sums('as_src'))} ASes", flush=True)


if __name__ == "__main__":
    unittest.main()
