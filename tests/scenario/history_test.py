"""What Prometheus remembers of lull is a history as good as a file: `lull backtest --prometheus`,
against a real server whose blocks promtool made, and against what answers otherwise."""
import contextlib
import http.server
import json
import random
import shutil
import subprocess
import threading
import time
import unittest
import urllib.request

import lull

FROM = 1419163200  # 2014-12-21T12:00:00Z
DAYS = 5
SCRAPE_S = 60
STEP_S = 300
UNTIL = FROM + DAYS * 86400
RATES = {"KP": 2, "DE": 40, "FR": 30}  # answered flows a minute
OUTAGE = (FROM + 4 * 86400, FROM + 4 * 86400 + 9 * 3600)  # of KP
UNSCRAPED = (FROM + 3 * 86400, FROM + 3 * 86400 + 2 * 3600)
BLIND = (FROM + 3 * 86400 + 6 * 3600, FROM + 3 * 86400 + 8 * 3600)
UNCOVERED = (FROM + 2 * 86400, FROM + 2 * 86400 + 3600)  # DE alone
RESTART = FROM + 2 * 86400 + 12 * 3600
INSTANCE = "ix:9464"


def inside(span, at):
    return span[0] <= at < span[1]


class World:
    """Counts a minute, and how the monitor would have exported them."""

    def __init__(self):
        draw = random.Random(20141222)
        self.times = range(FROM, UNTIL + 1, SCRAPE_S)
        self.flows = {country: [0 if self.dark(country, at) else
                                sum(draw.random() < 0.5 for _ in range(2 * rate))
                                for at in self.times] for country, rate in RATES.items()}

    @staticmethod
    def dark(country, at):
        return (country == "KP" and inside(OUTAGE, at)) or inside(BLIND, at)

    def csv(self):
        """The same as a file: bins with a hole, with blindness or without cover have no row."""
        lines = ["time,country,flows"]
        per_bin = STEP_S // SCRAPE_S
        for start in range(FROM, UNTIL, STEP_S):
            bins = (start, start + STEP_S - 1)
            if any(inside(span, at) for span in (UNSCRAPED, BLIND) for at in bins):
                continue
            for country in RATES:
                if country == "DE" and inside(UNCOVERED, start):
                    continue
                first = (start - FROM) // SCRAPE_S + 1  # what came until the scrape after it
                lines.append(f"{start},{country},"
                             f"{sum(self.flows[country][first:first + per_bin])}")
        return "\n".join(lines) + "\n"

    def openmetrics(self):
        families = {name: [] for name in ("lull_build_info", "lull_sensor_blind",
                                          "lull_country_answered_flows",
                                          "lull_country_observed_sources",
                                          "lull_country_coverage_ratio")}
        totals = dict.fromkeys(RATES, 0)
        for number, at in enumerate(self.times):
            if at == RESTART:
                totals = dict.fromkeys(RATES, 0)
            for country in RATES:
                totals[country] += self.flows[country][number]
            if inside((UNSCRAPED[0] + 1, UNSCRAPED[1]), at):
                continue
            blind = inside((BLIND[0] + 1, BLIND[1]), at)
            label = f'instance="{INSTANCE}"'
            families["lull_build_info"].append(f"lull_build_info{{{label}}} 1 {at}")
            families["lull_sensor_blind"].append(
                f"lull_sensor_blind{{{label}}} {int(blind)} {at}")
            for country in RATES:
                both = f'{label},country="{country}"'
                covered = 0.4 if country == "DE" and inside((UNCOVERED[0] + 1, UNCOVERED[1]), at) \
                    else 1
                families["lull_country_answered_flows"].append(
                    f"lull_country_answered_flows_total{{{both}}} {totals[country]} {at}")
                families["lull_country_observed_sources"].append(
                    f"lull_country_observed_sources{{{both}}} 4 {at}")
                families["lull_country_coverage_ratio"].append(
                    f"lull_country_coverage_ratio{{{both}}} {covered} {at}")
        kinds = {"lull_country_answered_flows": "counter"}
        text = "".join(f"# TYPE {name} {kinds.get(name, 'gauge')}\n" + "\n".join(lines) + "\n"
                       for name, lines in families.items())
        return text + "# EOF\n"


class Answers(http.server.BaseHTTPRequestHandler):
    """A server that is none: what it says is set by the test."""
    status, body, patience_s = 200, b"", 0.0

    def do_GET(self):
        time.sleep(type(self).patience_s)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.send_response(type(self).status)
            self.end_headers()
            self.wfile.write(type(self).body)

    def log_message(self, *words):
        pass


class History(lull.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.world = World()

    def prometheus(self, remembered=None):
        """A real one that remembers that text, or the world; its address."""
        for tool in ("prometheus", "promtool"):
            if shutil.which(tool) is None:
                lull.skip_loudly(self, f"{tool} is not there (apt-get install prometheus)")
        text, data = self.folder / "lull.om", self.folder / "data"
        text.write_text(remembered or self.world.openmetrics(), encoding="utf-8")
        subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics",
                        "--max-block-duration=240h", text, data], check=True, capture_output=True)
        config = self.folder / "prometheus.yml"
        config.write_text("global: {}\n", encoding="utf-8")
        address = f"127.0.0.1:{lull.free_port()}"
        server = subprocess.Popen(
            ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={data}",
             "--storage.tsdb.retention.time=100y", f"--web.listen-address={address}"],
            stderr=subprocess.DEVNULL)

        def stop():
            server.terminate()
            server.wait(timeout=60)
        self.addCleanup(stop)

        def ready():
            with contextlib.suppress(OSError):
                with urllib.request.urlopen(f"http://{address}/-/ready", timeout=5) as reply:
                    return reply.status == 200
            return False
        lull.wait_for(ready, "Prometheus")
        return f"http://{address}"

    def backtest(self, *words, code=0):
        return lull.run("backtest", *words, code=code)

    def test_prometheus_and_a_file_of_the_same_counts_give_the_same_verdicts(self):
        url = self.prometheus()
        file = self.folder / "series.csv"
        file.write_text(self.world.csv(), encoding="utf-8")
        expected = json.loads(self.backtest(file, "--budget", "12", "--json").stdout)
        span = ("--from", str(FROM), "--to", "2014-12-26T12:00:00Z")
        done = self.backtest("--prometheus", url, *span, "--step", "5m", "--budget", "12", "--json")
        found = json.loads(done.stdout)
        self.assertEqual([i["country"] for i in expected["incidents"]], ["KP"])
        for report in (expected, found):
            for incident in report["incidents"]:
                incident.pop("evidence")  # networks are in one of them only
                incident.pop("id", None)
        self.assertEqual(found, expected)
        # Budgets, for a person.
        text = self.backtest("--prometheus", url, *span, "--budget", "2,12,50").stdout
        self.assertIn("budget 2 a year", text)
        self.assertIn("budget 50 a year", text)
        # What cannot be asked.
        for words, message in (
                (("--from", "2015-01-10T00:00:00Z", "--to", "2015-01-11T00:00:00Z"), "knows no lull"),
                ((*span, "--instance", "other:1"), f'knows no lull "other:1".*{INSTANCE}'),
                ((*span, "--step", "30s"), "less than two scrapes"),
                (("--from", "2014-12-22T00:00:00Z", "--to", "2014-12-22T00:00:10Z"),
                 "no whole step")):
            done = self.backtest("--prometheus", url, *words, code=3)
            self.assertRegex(done.stderr, message)
            self.assertEqual(done.stdout, "")

    def test_a_cold_monitor_learns_from_prometheus(self):
        if lull.SANITIZED:
            lull.skip_loudly(self, "a port of the release build is wanted")
        now = int(time.time()) // SCRAPE_S * SCRAPE_S
        times = range(now - 3 * 86400, now + 1, SCRAPE_S)
        lines = {"lull_build_info": [], "lull_sensor_blind": [], "lull_country_answered_flows": []}
        for number, at in enumerate(times):
            label = f'instance="{INSTANCE}"'
            lines["lull_build_info"].append(f"lull_build_info{{{label}}} 1 {at}")
            lines["lull_sensor_blind"].append(f"lull_sensor_blind{{{label}}} 0 {at}")
            lines["lull_country_answered_flows"] += [
                f'lull_country_answered_flows_total{{{label},country="{country}"}} '
                f"{rate * number} {at}" for country, rate in RATES.items()]
        text = "".join(f"# TYPE {name} {'counter' if name.endswith('flows') else 'gauge'}\n" +
                       "\n".join(rows) + "\n" for name, rows in lines.items()) + "# EOF\n"
        url = self.prometheus(text)
        table = lull.build_table(self.folder, lull.world_rows())
        words = ("--learn-from", url)
        monitor = self.monitor(table, device="net_null0,no-rx=1", arguments=words)
        monitor.wait_ready()
        self.assertIn("learned from Prometheus: 3 countries", monitor.text())
        for country, rate in RATES.items():
            verdict = json.loads(monitor.get(f"/api/v1/countries/{country}")[1])
            self.assertGreater(verdict["expected_flows_per_second"], 0.3 * rate / 60)
            self.assertLess(verdict["expected_flows_per_second"], 3 * rate / 60)
        self.assertEqual(monitor.stop(), 0, monitor.text())
        # It comes back from the store then, and Prometheus is not asked; nor is one that is down fatal.
        again = self.monitor(table, device="net_null0,no-rx=1", arguments=words)
        again.wait_ready()
        self.assertNotIn("learned from Prometheus", again.text())
        self.assertEqual(again.stop(), 0, again.text())
        # As the configuration says it; with several port groups their days are learned.
        more = '  - {name: tap1, group: tap1, cores: [1], device: "net_null1,no-rx=1"}\n'
        for store, ports in (("one.db", ""), ("two.db", more)):
            warm = self.monitor(table, device="net_null0,no-rx=1", store=store, more_ports=ports,
                                cores=[0], extra=f'learn_from: {{url: "{url}", user: "kim:secret", '
                                                 'span: 2d}')
            warm.wait_ready()
            self.assertIn("learned from Prometheus: 3 countries", warm.text())
            self.assertEqual("it does not tell 2 port groups apart" in warm.text(), bool(ports))
            shown = json.loads(lull.run("show", "config", "--config", warm.config,
                                        "--json").stdout)["learn_from"]
            self.assertEqual((shown["span"], shown["user"]), ("2d", "***"))
            verdict = json.loads(warm.get("/api/v1/countries/KP")[1])
            self.assertEqual(verdict.get("expected_flows_per_second") is None, bool(ports), verdict)
            self.assertEqual(warm.stop(), 0, warm.text())
        cold = self.monitor(table, device="net_null0,no-rx=1", store="other.db",
                            arguments=("--learn-from", "http://127.0.0.1:9"))
        cold.wait_ready()
        self.assertRegex(cold.text(), "--learn-from: .*is Prometheus running there.*learning begins "
                                      "anew")
        self.assertEqual(cold.stop(), 0, cold.text())

    def test_what_is_no_prometheus_or_is_in_trouble_is_told(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        words = ("--prometheus", f"http://127.0.0.1:{server.server_address[1]}",
                 "--from", str(FROM), "--to", str(UNTIL))
        for status, body, message in (
                (200, b"<html>hello</html>", "not as Prometheus does"),
                (503, b"<html>gone</html>", "HTTP status 503"),
                (200, b'{"status": "success", "data": {"result', "not as Prometheus does"),
                (422, b'{"status": "error", "errorType": "execution", "error": "query timed out"}',
                 "Prometheus answers: query timed out"),
                (200, b'{"status": "success", "data": []}', "knows no lull"),
                (200, b'{"status": "success", "data": [{"instance": "a"}, {"instance": "b"}]}',
                 "several monitors: a, b")):
            Answers.status, Answers.body = status, body
            done = subprocess.run([lull.BINARY, "backtest", *words], capture_output=True, text=True,
                                  timeout=60, check=False)
            self.assertIn(done.returncode, (1, 3), done.stderr)
            self.assertIn(message, done.stderr)
            self.assertEqual(done.stdout, "")
        done = self.backtest("--prometheus", "http://127.0.0.1:9", *words[2:], code=1)
        self.assertIn("is Prometheus running there?", done.stderr)


if __name__ == "__main__":
    unittest.main()
