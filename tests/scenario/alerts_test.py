"""From a collapse to a pager and back: the shipped rules, Alertmanager's example and the dashboard,
against the monitor's own metrics and Debian's Prometheus and Alertmanager."""
import json
import re
import subprocess
import time
import unittest

import yaml

import chain
import lull

TOP = lull.SOURCE
FALL, LENGTH_S = "05:40", 2400
DASHBOARD = TOP / "configs/grafana/lull.json"
def expressions_of(dashboard):
    """[(panel, expression)], with Grafana's variables put in."""
    found = []
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            text = target["expr"]
            for variable, value in (("$__rate_interval", "1m"), ("$instance", ".+"),
                                    ("$country", ".+"), ("$site", ".+")):
                text = text.replace(variable, value)
            found.append((panel["title"], text))
    return found


def names_in(expression):
    """Metrics that an expression asks for, without what is in quotes."""
    bare = re.sub(r'"[^"]*"|\'[^\']*\'', "", expression)
    return set(re.findall(r"\b(?:lull|process)[_:][a-z0-9_:]+|\bup\b", bare))


class Files(lull.Case):
    """What can be said of the files without a monitor."""

    def tool(self, *command):
        done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def rules(self):
        return [rule for path in chain.RULES for group in
                yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
                for rule in group["rules"]]

    def test_promtool_and_amtool_take_them(self):
        chain.need(self, "promtool", "amtool")
        self.tool("promtool", "check", "rules", *chain.RULES)
        self.tool("promtool", "check", "config", chain.SHIPPED / "prometheus.yml")
        self.tool("amtool", "check-config", chain.SHIPPED / "alertmanager.yml")

    def test_every_alert_fires_and_resolves_as_its_test_says(self):
        chain.need(self, "promtool")
        tests = sorted((TOP / "tests/prometheus").glob("*.test.yml"))
        self.tool("promtool", "test", "rules", *tests)
        text = "".join(path.read_text(encoding="utf-8") for path in tests)
        alerts = {rule["alert"] for rule in self.rules() if "alert" in rule}
        self.assertEqual([alert for alert in sorted(alerts) if alert not in text], [])

    def test_every_alert_has_its_words_and_its_section_of_the_runbook(self):
        sections = re.findall(r"^## (\w+)$", (chain.SHIPPED / "runbooks.md").read_text(
            encoding="utf-8"), re.MULTILINE)
        alerts = [rule for rule in self.rules() if "alert" in rule]
        self.assertEqual(sorted({rule["alert"] for rule in alerts}), sorted(sections))
        for rule in alerts:
            notes = rule["annotations"]
            self.assertEqual(notes["runbook_url"], f"runbooks.md#{rule['alert'].lower()}")
            if rule["alert"] != "LullWatchdog":
                self.assertEqual({"summary", "description", "page", "runbook_url"}, {*notes})
            self.assertIn(rule["labels"]["severity"], ("page", "ticket", "info", "none"))

    def test_one_site_mutes_nothing_of_another(self):
        manager = yaml.safe_load((chain.SHIPPED / "alertmanager.yml").read_text(encoding="utf-8"))
        for rule in manager["inhibit_rules"]:
            self.assertIn("site", rule["equal"])
        self.assertEqual(manager["route"]["group_by"], ["alertname", "country", "site"])

    def test_the_dashboard_has_its_rows_and_variables_and_parses(self):
        chain.need(self, "promtool")
        dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
        panels = dashboard["panels"]
        self.assertEqual([p["title"] for p in panels if p["type"] == "row"],
                         ["Verdicts", "Traffic", "Sensor"])
        self.assertEqual([v["name"] for v in dashboard["templating"]["list"]],
                         ["datasource", "instance", "country"])
        self.assertEqual(len({p["id"] for p in panels}), len(panels))
        for panel in panels:
            if panel["type"] != "row":
                self.assertEqual(panel["datasource"]["uid"], "${datasource}", panel["title"])
        rules = [{"record": f"panel:{number}", "expr": text}
                 for number, (_, text) in enumerate(expressions_of(dashboard))]
        self.assertGreater(len(rules), 20)
        file = self.folder / "dashboard.rules.yml"
        file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}),
                        encoding="utf-8")
        self.tool("promtool", "check", "rules", file)


    def test_countries_that_fell_together_are_one_open_incident_on_the_dashboard(self):
        chain.need(self, "promtool")
        expr = next(text for title, text in
                    expressions_of(json.loads(DASHBOARD.read_text(encoding="utf-8")))
                    if title == "Open incidents")  # the number; the table of them has the name too

        def opened(country, kind, count=1):
            return {"series": f'lull_incidents_open{{instance="ix",country="{country}",'
                              f'kind="{kind}",scope="lost"}}', "values": str(count)}
        worlds = ([], 0), ([opened("KP", "outage"), opened("", "member", 2)], 3), \
            ([opened("KP", "outage"), opened("", "regional"), opened("KE", "regional"),
              opened("TZ", "regional")], 2)
        file = self.folder / "dashboard.test.yml"
        file.write_text(json.dumps({"tests": [
            {"input_series": series, "promql_expr_test": [
                {"expr": expr, "eval_time": "0s", "exp_samples": [{"labels": "{}", "value": count}]}]}
            for series, count in worlds]}), encoding="utf-8")
        self.tool("promtool", "test", "rules", file)


class Journey(chain.Lab):
    """One country falls and comes back."""

    def witness(self):
        """What `lull routes` would have written beside the table: its metrics are served then."""
        kp = {"networks_v4": 4, "origins": 1, "upstreams": 1,
              "largest_upstreams": [{"asn": 4837, "networks": 4, "share": 1, "only_share": 1}]}
        self.table.with_name(self.table.name + ".witness").write_text(json.dumps(
            {"format": "lull-witness-1", "at": int(time.time()), "began": int(time.time()) - 900,
             "peers": 2, "peers_heard": 2, "countries": {"KP": kp}}), encoding="utf-8")

    def check_names(self, names):
        """Everything that rules and dashboard ask for is served, or recorded by the rules."""
        recorded, asked = set(), {}
        for path in chain.RULES:
            for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
                for rule in group["rules"]:
                    recorded.add(rule.get("record"))
                    asked[rule.get("alert") or rule["record"]] = names_in(rule["expr"])
        asked.update({f"panel {title}": names_in(text) for title, text in
                      expressions_of(json.loads(DASHBOARD.read_text(encoding="utf-8")))})
        known = names | recorded | {"up"}
        missing = {who: sorted(wanted - known) for who, wanted in asked.items() if wanted - known}
        self.assertEqual(missing, {})

    def test_a_collapse_pages_and_its_end_is_told(self):
        if lull.SANITIZED:
            lull.skip_loudly(self, "the release build's")
        begun = time.monotonic()
        self.learn(self.folder, [(FALL, LENGTH_S // 60)])
        self.witness()
        learning_s = time.monotonic() - begun
        port = lull.free_port()
        links = chain.Chain(self, self.folder, {"ix": [f"127.0.0.1:{port}"]})
        clock, at = self.clock(6 + learning_s)  # a machine that is slow at one is at the other
        monitor = self.monitor(self.table, tick=chain.TICK, group="drill", clock=clock,
                               budget="1, watch: [KP]", dpdk=", power: sleep", port=port,
                               http=', external_url: "https://lull.example/"')
        drill = self.drill(monitor.device_of_drill, "--config", str(monitor.config))
        monitor.wait_ready()

        names = set()  # of all scrapes: in a tick that was overslept some numbers are not known

        def incident():
            names.update(name for name, _ in monitor.metrics())
            body = monitor.get("/api/v1/incidents")[1]
            found = [i for i in json.loads(body)["incidents"] if i["country"] == "KP"]
            return found[0] if found else None

        def paged(status):
            for when, alert in links.webhook.alerts("/page"):
                if (alert["status"], alert["labels"]["alertname"]) == (status, "LullCountryLost"):
                    return when, alert
            return None

        wall = time.time() - time.monotonic()
        lull.wait_for(incident, "the outage", 120)
        lull.wait_for(lambda: ("LullCountryLost", "KP") in links.firing(), "the alert")
        fired = time.monotonic()
        during, alert = lull.wait_for(lambda: paged("firing"), "the page")
        for word in ("Korea (North) (KP)", "lost", "UTC", "Asia/Pyongyang"):
            self.assertIn(word, alert["annotations"]["summary"])
        self.assertRegex(alert["annotations"]["description"], r"Told by ix \(outage, lost\)")
        self.assertRegex(alert["annotations"]["description"], "4 announced")
        self.assertEqual(alert["annotations"]["page"], "https://lull.example/#/country/KP")
        print(alert["annotations"]["summary"] + "\n" + alert["annotations"]["description"])
        incident()
        lull.wait_for(lambda: not lull.total(monitor.metrics(), "lull_incidents_open"),
                      "the end of the incident", 120)
        over = time.monotonic()
        after, _ = lull.wait_for(lambda: paged("resolved"), "the end")
        found = incident()
        self.assertIsNotNone(found["end"])
        self.check_names(names)
        # Nobody listened, and then the line was dark, before the drill came; nothing else may page.
        pages = {(alert["labels"]["alertname"], alert["labels"].get("country"))
                 for _, alert in links.webhook.alerts("/page")}
        self.assertLessEqual(pages, {("LullCountryLost", "KP"), ("LullSensorBlind", None),
                                     ("LullDown", None)})
        self.assertTrue(links.webhook.alerts("/alive"), "the watchdog")
        detected, fall = self.scenario_s(found["detected"]), self.scenario_s(FALL)
        base = at - wall + fall / chain.SCALE  # on the monotonic clock
        print(f"the journey in seconds, at {chain.SCALE} times real time: falls at 0, detected "
              f"{(detected - fall) / chain.SCALE:.1f}, fires {fired - base:.1f}, webhook has it "
              f"{during - base:.1f}; returns {LENGTH_S / chain.SCALE:.1f}, incident over (an hour of "
              f"probation: {3600 / chain.SCALE:.0f} s) {over - base:.1f}, webhook is told "
              f"{after - base:.1f}", flush=True)
        drill.terminate()
        drill.communicate()
        self.assertEqual(monitor.stop(), 0, monitor.text())


if __name__ == "__main__":
    unittest.main()
