"""The alert chain as an operator runs it: Debian's Prometheus and Alertmanager on loopback, with
the files of configs/prometheus, and a webhook that keeps what it is sent."""
import contextlib
import http.server
import json
import pathlib
import re
import shutil
import subprocess
import threading
import time
import urllib.parse
import urllib.request

import yaml

import lull

SHIPPED = lull.SOURCE / "configs/prometheus"
RULES = sorted(SHIPPED.glob("*.rules.yml"))
FAST_S = 1  # between two scrapes and evaluations, in place of the shipped ten

SCALE = 360  # scenario seconds a second: an hour in ten
TICK = "180s"  # half a second, which a busy machine does not oversleep

SCENARIO = """
name: chain
from: 2026-03-02T{begin}:00Z
until: 2026-03-{end}:00Z
seed: 1
traffic: {{flows_per_second: {flows}, floor_flows_per_second: {floor}, day_rhythm: false}}
events: [{events}]
"""
OUTAGE = ('{{kind: outage, at: "2026-03-02T{}:00Z", for: {}m, '
          "target: {{country: KP}}, demand: {}, depth: {}}}")
# What a Prometheus above asks of one below.
FEDERATED = ['{__name__=~"lull_.*"}', '{job=~"lull.*",__name__="up"}']


def outage(at, minutes, demand="stays", depth=1):
    """Of KP, at "HH:MM"."""
    return OUTAGE.format(at, minutes, demand, depth)


def need(case, *tools):
    for tool in tools:
        if shutil.which(tool) is None:
            lull.skip_loudly(case, f"{tool} is not there (scripts/test.sh installs it)")


def fast_rules(folder):
    """The shipped rules, their `for` and `keep_firing_for` at a hundredth: nobody has minutes."""
    paths = []
    for path in RULES:
        groups = yaml.safe_load(path.read_text(encoding="utf-8"))
        for group in groups["groups"]:
            group["interval"] = f"{FAST_S}s"
            for rule in group["rules"]:
                for key in ("for", "keep_firing_for"):
                    if key in rule:
                        number, unit = re.fullmatch(r"(\d+)([sm])", rule[key]).groups()
                        rule[key] = f"{int(number) * {'s': 10, 'm': 600}[unit]}ms"
        paths.append(pathlib.Path(folder) / path.name)
        paths[-1].write_text(yaml.safe_dump(groups), encoding="utf-8")
    return paths


class Webhook:
    """What Alertmanager sends: .got is [(monotonic, path, message)]."""

    def __init__(self, case):
        self.got = got = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                got.append((time.monotonic(), self.path, json.loads(body)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        case.addCleanup(self.server.server_close)
        case.addCleanup(self.server.shutdown)

    def alerts(self, path):
        """[(monotonic, alert)] of what came to that path."""
        return [(at, alert) for at, where, message in list(self.got) if where == path
                for alert in message["alerts"]]


class Chain:
    """Starts all three; `targets`: {site: [address]} that this Prometheus scrapes, `federated` those
    of another one below, which it asks, `written` those of one that writes to it."""

    def __init__(self, case, folder, targets, federated=None, written=None):
        need(case, "prometheus", "promtool", "prometheus-alertmanager", "amtool")
        self.case, self.folder = case, pathlib.Path(folder)
        self.webhook = Webhook(case)
        manager = yaml.safe_load((SHIPPED / "alertmanager.yml").read_text(encoding="utf-8"))
        for receiver in manager["receivers"]:
            for hook in receiver.get("webhook_configs", []):
                hook["url"] = self.webhook.url + urllib.parse.urlparse(hook["url"]).path
        manager["route"].update(group_wait="100ms", group_interval="500ms")
        manager_address = f"127.0.0.1:{lull.free_port()}"
        self.write("alertmanager.yml", manager)
        self.start("prometheus-alertmanager", f"--storage.path={self.folder}/alertmanager",
                   f"--config.file={self.folder}/alertmanager.yml", "--cluster.listen-address=",
                   f"--web.listen-address={manager_address}")
        address = f"127.0.0.1:{lull.free_port()}"
        self.url = f"http://{address}"
        config = self.scraping(targets)
        if federated:
            below = f"127.0.0.1:{lull.free_port()}"
            self.prometheus("below", below, self.scraping(federated))
            config["scrape_configs"].append({
                "job_name": "federate", "honor_labels": True, "metrics_path": "/federate",
                "params": {"match[]": FEDERATED}, "static_configs": [{"targets": [below]}]})
        if written:
            far = self.scraping(written)
            far["remote_write"] = [{"url": f"{self.url}/api/v1/write",
                                    "queue_config": {"batch_send_deadline": "200ms"}}]
            self.prometheus("far", f"127.0.0.1:{lull.free_port()}", far)
        config["rule_files"] = [str(path) for path in fast_rules(self.folder)]
        config["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] = [manager_address]
        self.prometheus("prometheus", address, config)
        for url in (self.url, f"http://{manager_address}"):
            lull.wait_for(lambda url=url: self.ready(url), f"{url} to be ready")

    def scraping(self, targets):
        """The shipped configuration, for these monitors, without rules."""
        config = yaml.safe_load((SHIPPED / "prometheus.yml").read_text(encoding="utf-8"))
        config["global"] = {"scrape_interval": f"{FAST_S}s", "evaluation_interval": f"{FAST_S}s"}
        config["rule_files"] = []
        config["scrape_configs"] = [each for each in config["scrape_configs"]
                                    if each["job_name"] == "lull"]
        config["scrape_configs"][0]["static_configs"] = [
            {"targets": addresses, "labels": {"site": site}} for site, addresses in targets.items()]
        return config

    def prometheus(self, name, address, config):
        self.write(f"{name}.yml", config)
        # What it said before it knew its Alertmanager is said again in a minute, or so.
        self.start("prometheus", "--rules.alert.resend-delay=1s",
                   f"--config.file={self.folder}/{name}.yml",
                   f"--storage.tsdb.path={self.folder}/{name}", "--web.enable-remote-write-receiver",
                   f"--web.listen-address={address}", name=name)

    def write(self, name, document):
        (self.folder / name).write_text(yaml.safe_dump(document), encoding="utf-8")

    def start(self, *command, name=None):
        log = open(self.folder / f"{name or command[0]}.log", "w", encoding="utf-8")
        process = subprocess.Popen(command, stdout=log, stderr=log)

        def stop():
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:  # what it would write to may be gone already
                process.kill()
                process.wait()
            log.close()
        self.case.addCleanup(stop)

    @staticmethod
    def ready(url):
        with contextlib.suppress(OSError):
            with urllib.request.urlopen(f"{url}/-/ready", timeout=5) as reply:
                return reply.status == 200
        return False

    def ask(self, path, **words):
        query = urllib.parse.urlencode(words)
        with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{query}", timeout=20) as reply:
            return json.load(reply)["data"]

    def query(self, expression):
        return [(each["metric"], float(each["value"][1]))
                for each in self.ask("query", query=expression)["result"]]

    def firing(self):
        """{(alert, country or "")} that fires now, without what always does."""
        return {(alert["labels"]["alertname"], alert["labels"].get("country", ""))
                for alert in self.ask("alerts")["alerts"] if alert["state"] == "firing"
                and alert["labels"]["alertname"] != "LullWatchdog"}


class Lab(lull.Traffic):
    """A small world that a monitor knows already, and a clock that hurries."""

    COUNTRIES = {"US", "DE", "FR", "GB", "NL", "JP", "BR", "IN", "CA", "AU", "KP"}
    SCALE, TICK = SCALE, TICK
    FLOWS = 6  # a second of all, besides each one's floor
    END = "02T14:00"

    def setUp(self):
        super().setUp()
        self.table = lull.build_table(self.folder, [row for row in lull.world_rows()
                                                    if row[2] in self.COUNTRIES])

    def learn(self, folder, outages, floor=0.4, before=()):
        """Three quiet hours until five, by replay, into the monitor's store in `folder`. Then
        self.scenario is what follows; `outages`: arguments of outage(), `before`: those of the
        hours that are learned; `floor`: flows a second of each country."""
        scenario = folder / "chain.yaml"
        scenario.write_text(SCENARIO.format(begin="02:00", end="02T05:00", floor=floor,
                                            flows=self.FLOWS,
                                            events=", ".join(outage(*each) for each in before)),
                            encoding="utf-8")
        lull.run("replay", "--table", self.table, "--scenario", scenario, "--tick", self.TICK,
                 "--store", folder / "lull.db", "--budget", "1", "--json")
        scenario.write_text(SCENARIO.format(
            begin="05:00", end=self.END, floor=floor, flows=self.FLOWS,
            events=", ".join(outage(*each) for each in outages)), encoding="utf-8")
        self.scenario = scenario

    def clock(self, patience_s):
        """Scenario time five o'clock is when both ends of the memif have found each other."""
        at = int(time.time() + patience_s)
        text = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
        return f'clock: {{scale: {self.SCALE}, epoch: "2026-03-02T05:00:00Z", at: "{text}"}}', at

    @staticmethod
    def scenario_s(text):
        """Seconds since five o'clock of "HH:MM" or an RFC 3339 time."""
        hours, minutes, seconds = re.search(r"(\d\d):(\d\d)(?::(\d\d))?", text).groups()
        return (int(hours) - 5) * 3600 + int(minutes) * 60 + int(seconds or 0)
