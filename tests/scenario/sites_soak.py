"""Several sites, each with a monitor and a drill of its own, and a Prometheus over them: on demand,
by `scripts/soak.sh sites`. What falls at the lesser site alone, or moves from one site to another, is
no alert; what falls everywhere is one."""
import time
import unittest

import chain
import lull

FALL_A, FALL_B, RETURN = "05:50", "07:20", "08:20"


MOVES, FALL, BLIND, BACK = "05:50", "07:30", "08:00", "08:40"


class Sites(chain.Lab):
    def start(self, site, clock):
        monitor = lull.Monitor(self.folder / site, self.table, tick=chain.TICK, group="drill",
                               clock=clock, budget=1, dpdk=", power: sleep", port=self.ports[site])
        self.addCleanup(lambda: monitor.process.poll() is None and monitor.stop())
        self.scenario = self.folder / site / "chain.yaml"
        self.drills[site] = self.drill(monitor.device_of_drill, "--config", str(monitor.config))
        return monitor

    def setUp(self):
        super().setUp()
        self.drills = {}

    def open(self, monitor):
        return lull.total(monitor.metrics(), "lull_incidents_open", country="KP")

    def test_gone_from_one_of_two_sites_is_no_alert_and_from_both_is_one(self):
        begun = time.monotonic()
        self.ports = {site: lull.free_port() for site in ("a", "b")}
        for site, outage, floor in (("a", (FALL_A, 150), 0.4), ("b", (FALL_B, 60), 0.8)):
            (self.folder / site).mkdir()
            self.learn(self.folder / site, [outage], floor)
        learning_s = time.monotonic() - begun
        links = chain.Chain(self, self.folder, {site: [f"127.0.0.1:{port}"]
                                                for site, port in self.ports.items()})
        clock, at = self.clock(8 + learning_s)
        monitors = {site: self.start(site, clock) for site in self.ports}
        for monitor in monitors.values():
            monitor.wait_ready()

        def said(what):
            seconds = time.time() - at - self.scenario_s(FALL_A) / chain.SCALE
            print(f"{seconds:6.1f} s after the fall at a: {what}", flush=True)

        lull.wait_for(lambda: self.open(monitors["a"]), "the incident at a", 120)
        said("an incident is open at a")
        lull.wait_for(lambda: links.query('lull:country_stands_elsewhere{country="KP"}'),
                      "the rules to see that it stands at b")
        share = links.query('lull:country_elsewhere_ratio{country="KP"}')[0][1]
        said(f"KP stands elsewhere, by the rules: at {share:.0%} of what both expect")
        fired = set()
        while not self.open(monitors["b"]):
            now = {alert for alert in links.firing() if alert[1] == "KP"}
            if not self.open(monitors["b"]):  # nor was there when these fired
                fired |= now
            time.sleep(0.2)
        said(f"an incident is open at b; alerts on KP until then: {sorted(fired) or 'none'}")
        self.assertEqual(fired, set())
        lull.wait_for(lambda: ("LullCountryLost", "KP") in links.firing(), "the alert")
        said(f"alerts on KP: {sorted(a for a in links.firing() if a[1])}")
        self.assertEqual({a for a in links.firing() if a[1]}, {("LullCountryLost", "KP")})
        sent = lull.wait_for(lambda: [alert for _, alert in links.webhook.alerts("/page")
                                      if alert["labels"].get("country")], "the page")
        self.assertEqual(len(sent), 1)
        print(sent[0]["annotations"]["description"], flush=True)
        # A goes blind for good while its incident is open: nothing changes.
        monitors["a"].stop()
        lull.wait_for(lambda: links.query('up{site="a"} == 0'), "a to be missed")
        self.assertIn(("LullCountryLost", "KP"), links.firing())
        lull.wait_for(lambda: not self.open(monitors["b"]), "the end at b", 120)
        said("over at b; a, which is down, has not said so")
        lull.wait_for(lambda: ("LullCountryLost", "KP") not in links.firing(), "the alert's end")
        said("with b back two thirds of KP are; alerts on it: "
             f"{sorted(a for a in links.firing() if a[1])}")

    def test_three_sites_by_federation_and_remote_write(self):
        """A is the larger one. Its routes of KP move to B, where half of KP was until then; they come
        back; then KP falls at all three, and A goes blind meanwhile. A and B are federated from a
        Prometheus below, C's writes from afar."""
        begun = time.monotonic()
        self.ports = {site: lull.free_port() for site in "abc"}
        fall = (FALL, 70)
        for site, outages, floor, before in (
                ("a", [(MOVES, 60, "leaves"), fall], 0.8, ()),
                ("b", [("05:00", 50, "leaves", 0.5), fall], 1.2, [("02:00", 180, "leaves", 0.5)]),
                ("c", [fall], 0.3, ())):
            (self.folder / site).mkdir()
            self.learn(self.folder / site, outages, floor, before)
        learning_s = time.monotonic() - begun
        address = {site: [f"127.0.0.1:{port}"] for site, port in self.ports.items()}
        links = chain.Chain(self, self.folder, {}, {site: address[site] for site in "ab"},
                            {"c": address["c"]})
        clock, at = self.clock(10 + learning_s)
        monitors = {site: self.start(site, clock) for site in self.ports}
        for monitor in monitors.values():
            monitor.wait_ready()

        def said(what):
            seconds = time.time() - at
            print(f"{5 + seconds * chain.SCALE / 3600:5.2f} h: {what}", flush=True)

        def until(text):
            """Watches alerts on KP until that hour; those that fired."""
            fired = set()
            while time.time() - at < self.scenario_s(text) / chain.SCALE:
                fired |= {alert for alert in links.firing() if alert[1] == "KP"}
                time.sleep(0.2)
            return fired

        lull.wait_for(lambda: len(links.query('up{job="lull"} == 1')) == 3, "all three to be seen")
        lull.wait_for(lambda: [count for _, count in links.query(
            'lull:country_sites{country="KP"}')] == [3], "all three to have a vote on KP")
        said("three sites have a vote on KP")
        lull.wait_for(lambda: self.open(monitors["a"]), "the incident at a", 120)
        said("an incident is open at a")
        lull.wait_for(lambda: links.query('lull:country_stands_elsewhere{country="KP"}'),
                      "the rules to see that it has moved")
        share = links.query('lull:country_elsewhere_ratio{country="KP"}')[0][1]
        said(f"KP stands elsewhere: at {share:.0%} of what all expect")
        fired = until(FALL)
        said(f"alerts on KP while it was moved and came back: {sorted(fired) or 'none'}")
        self.assertEqual(fired, set())
        lull.wait_for(lambda: ("LullCountryLost", "KP") in links.firing(), "the alert")
        said(f"alerts on KP: {sorted(a for a in links.firing() if a[1])}")
        until(BLIND)
        self.drills["a"].kill()
        self.drills["a"].wait()
        lull.wait_for(lambda: links.query('lull_sensor_blind{site="a"} == 1'), "a to be blind")
        said("a is blind")
        fired = until(BACK)
        self.assertEqual(fired, {("LullCountryLost", "KP")})
        self.assertIn(("LullCountryLost", "KP"), links.firing())
        sent = [alert for _, alert in links.webhook.alerts("/page")
                if alert["labels"].get("country") and alert["status"] == "firing"]
        self.assertEqual({alert["labels"]["country"] for alert in sent}, {"KP"})
        self.assertEqual(len({alert["fingerprint"] for alert in sent}), 1)
        print(sent[-1]["annotations"]["description"], flush=True)
        said("still one alert, open since then")
        for site in "bc":
            lull.wait_for(lambda site=site: not self.open(monitors[site]), f"the end at {site}", 120)
        said("over at b and c; a, which is blind, has not said so")
        lull.wait_for(lambda: ("LullCountryLost", "KP") not in links.firing(), "the alert's end", 120)
        said(f"alerts on KP: {sorted(a for a in links.firing() if a[1]) or 'none'}")


if __name__ == "__main__":
    unittest.main()
