"""Two sites, each with a monitor and a drill of its own, and one Prometheus: on demand, by
`scripts/soak.sh sites`. What falls at the lesser site alone is no alert; what falls at both is one."""
import time
import unittest

import chain
import lull

FALL_A, FALL_B, RETURN = "05:50", "07:20", "08:20"


class Sites(chain.Lab):
    def start(self, site, clock):
        monitor = lull.Monitor(self.folder / site, self.table, tick=chain.TICK, group="drill",
                               clock=clock, budget=1, dpdk=", power: sleep", port=self.ports[site])
        self.addCleanup(lambda: monitor.process.poll() is None and monitor.stop())
        self.scenario = self.folder / site / "chain.yaml"
        self.drill(monitor.device_of_drill, "--config", str(monitor.config))
        return monitor

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


if __name__ == "__main__":
    unittest.main()
