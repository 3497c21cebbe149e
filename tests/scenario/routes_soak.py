"""`lull routes` beside `lull run`, on demand alone (scripts/soak.sh publications, withdrawals, outage):
tables published a thousand times under traffic, how long a withdrawal takes to reach the monitor, and
an outage that packets and routes tell of."""
import json
import os
import subprocess
import time

import frames
import lull
import mrt
import speakers
from collector import Collector
from scraper import MB, Scraper

PUBLICATIONS = int(os.environ.get("LULL_PUBLICATIONS", "1000"))
WITHDRAWALS = int(os.environ.get("LULL_WITHDRAWALS", "10"))
RATE_PPS = 200_000  # leaves two cores room for what publishes
ROOM_MB = 16        # what allocators and logs may take after the first tenth
FILLER = 50_000     # networks beside those that traffic is of
MOST_S = 15         # from a withdrawal to lull_country_networks
FULL_DUMP = lull.SHARED / "mrt/derived-rib.20221029.libloc-full-v4v6.td2.gz"


class Publications(lull.Case):
    """An MRT folder into which, for each publication, an update goes that withdraws a country's
    networks or announces them again under another AS."""

    def setUp(self):
        super().setUp()
        rows = lull.world_rows()
        self.v4 = [(prefix, asn) for prefix, asn, _ in rows if ":" not in prefix]
        self.updates = self.folder / "mrt"
        self.updates.mkdir()
        routes = [(prefix, (asn,)) for prefix, asn, _ in rows]
        routes += [(f"{100 + i // 65536}.{i // 256 % 256}.{i % 256}.0/24", (65000 + i % 500,))
                   for i in range(FILLER)]
        mrt.put(self.updates / "000000.mrt", mrt.dump(routes, int(time.time())), age_s=60)
        self.collector = Collector(
            self.folder, [(prefix, None, code) for prefix, _, code in rows],
            mrt=[str(self.updates)], publish_pause="1s")
        self.addCleanup(self.collector.stop)

    def published(self, result="ok"):
        return self.collector.metric("lull_routes_publications_total", result=result)

    def change(self, number):
        """A country's four networks: odd publications take them back, even ones give them again."""
        which = (number - 1) // 2 % (len(self.v4) // 4) * 4
        networks = self.v4[which:which + 4]
        prefixes = [prefix for prefix, _ in networks]
        now_s = int(time.time())
        told = mrt.update(now_s, withdrawn=prefixes) if number % 2 == 1 else mrt.update(
            now_s, announced=prefixes, path=(4837, networks[0][1] + 5 * (number // 240 % 2)))
        path = self.updates / f"{number:06}.mrt"
        mrt.put(path, told, age_s=30)
        return path

    def publish(self, number, monitor):
        """One more table, which the monitor takes; both processes' memory after it."""
        path = self.change(number)
        lull.wait_for(lambda: self.published() == number + 1, f"publication {number}")
        metrics = lull.wait_for(lambda: self.taken(monitor, number + 1), f"its table, {number}")
        path.unlink()
        return (self.collector.resident_mb(),
                lull.total(metrics, "process_resident_memory_bytes") / MB)

    def taken(self, monitor, loads):
        metrics = monitor.metrics()
        return metrics if lull.total(metrics, "lull_origin_table_loads_total",
                                     result="ok") == loads else None

    def test_a_thousand_tables_are_taken_and_nothing_is_lost(self):
        lull.wait_for(lambda: self.published() == 1, "the first table")
        capture = frames.capture(self.folder / "traffic.pcap", frames.conversations(2000))
        monitor = self.monitor(self.collector.table, dpdk=", power: sleep")
        sender = self.sender(monitor.device_of_drill, capture)
        lull.wait_for(lambda: lull.total(monitor.metrics(), "lull_port_link_up") == 1, "the peer")
        sender.go(rate=RATE_PPS, patience=60)
        scraper = Scraper(self, monitor)
        self.addCleanup(scraper.over.set)
        resident, begun = [], time.monotonic()
        for number in range(1, PUBLICATIONS + 1):
            resident.append(self.publish(number, monitor))
            if number % 50 == 0:
                print(f"{number} in {time.monotonic() - begun:.0f} s, resident {resident[-1]}",
                      flush=True)
        seconds = time.monotonic() - begun
        scraper.stop()
        sent = sender.stop()["sent"]
        lull.wait_for(lambda: lull.total(monitor.metrics(), "lull_port_receive_packets_total") >=
                      sent, "the last packets")
        metrics = monitor.metrics()
        self.assertEqual(self.check_identities(metrics), {"tap0": sent})
        self.assertEqual(lull.total(metrics, "lull_port_dropped_packets_total"), 0)
        self.assertEqual(lull.total(metrics, "lull_origin_table_loads_total", result="ok"),
                         PUBLICATIONS + 1)
        for result in (lull.total(metrics, "lull_origin_table_loads_total", result="failed"),
                       self.published("failed")):
            self.assertEqual(result, 0)
        tenth = max(1, PUBLICATIONS // 10)
        early, late = ([sum(column) / tenth for column in zip(*part)]
                       for part in (resident[tenth:2 * tenth] or resident, resident[-tenth:]))
        print(f"{PUBLICATIONS} publications in {seconds:.0f} s, each taken; {sent / 1e6:.0f} million "
              f"packets, all counted; {scraper.scrapes} scrapes, each exact; resident, mean of the "
              f"second and of the last tenth: lull routes {early[0]:.1f} and {late[0]:.1f} MB, "
              f"lull run {early[1]:.1f} and {late[1]:.1f} MB", flush=True)
        for before, after in zip(early, late):
            self.assertLess(after, before + ROOM_MB)
        sender.close()
        self.assertEqual(monitor.stop(), 0, monitor.text())
        self.assertRegex(monitor.text(), r"(\d+) of \1 mbufs free")


class FullTable(lull.Case):
    """1.1 million prefixes from BIRD to FRR, and from there by BMP."""

    def setUp(self):
        super().setUp()
        if speakers.missing() or not FULL_DUMP.exists():
            lull.skip_loudly(self, f"{speakers.missing() or FULL_DUMP}: not there")
        self.countries = self.folder / "location.txt"
        subprocess.run(["location", "dump", str(self.countries)], check=True, capture_output=True)
        speakers.enter_namespace()
        self.collector = Collector(self.folder, location_dump=[str(self.countries)],
                                   overrides=str(lull.SOURCE / "configs/overrides.yaml"))
        self.addCleanup(self.collector.stop)
        self.bird = speakers.Bird(self.folder, writes_mrt=False)
        self.frr = speakers.frr(self.folder, self.collector.bmp, writes_mrt=False)

    def announce(self):
        listed = lull.run("table", "routes", "--list", FULL_DUMP).stdout.splitlines()
        fields = [line.split("|") for line in listed]
        routes = [(row[5], tuple(row[6].split())) for row in fields if row[5] not in speakers.KP]
        self.bird.announce(routes, [(prefix, speakers.KP_PATH) for prefix in speakers.KP])
        for speaker in (self.frr, self.bird):
            speaker.start()
            self.addCleanup(speaker.stop)
        return len(routes) + len(speakers.KP)

    def a_packet_of_kp(self):
        """A device that brings one: a country that was never seen is not exported."""
        inside, outside = frames.address("175.45.176.9"), frames.address("8.8.8.8")
        capture = frames.capture(self.folder / "kp.pcap",
                                 [frames.ipv4(inside, outside, frames.udp(53, 4000, 100))])
        return f"net_pcap0,rx_pcap={capture}"

    def networks(self, monitor):
        metrics = monitor.metrics()
        shown = any(name == "lull_country_networks" for name, _ in metrics)
        return lull.total(metrics, "lull_country_networks", country="KP") if shown else None

    def test_a_withdrawal_reaches_the_monitor_in_fifteen_seconds(self):
        told, begun = self.announce(), time.monotonic()
        lull.wait_for(lambda: self.collector.metric("lull_routes_rib_prefixes") >= told - 10,
                      "the full table", 600)
        print(f"{told} prefixes by BMP in {time.monotonic() - begun:.0f} s", flush=True)
        lull.wait_for(lambda: self.collector.witness().get("networks_v4") == 4,
                      "a table of it", 300)
        monitor = self.monitor(self.collector.table, device=self.a_packet_of_kp(),
                               dpdk=", power: sleep")
        monitor.wait_ready()
        took = {"disable": [], "enable": []}
        for word, networks in WITHDRAWALS * [("disable", 0), ("enable", 4)]:
            lull.wait_for(lambda: self.networks(monitor) == 4 - networks, "how it was before")
            begun = time.monotonic()
            self.bird.say(word, "apart4")
            lull.wait_for(lambda: self.networks(monitor) == networks, word)
            took[word].append(time.monotonic() - begun)
            print(f"{word}: {took[word][-1]:.1f} s", flush=True)
        for word, seconds in took.items():
            print(f"{word}, {len(seconds)} times: median {sorted(seconds)[len(seconds) // 2]:.1f} s, "
                  f"longest {max(seconds):.1f} s", flush=True)
        print(f"publications: {self.collector.metric('lull_routes_publications_total', result='ok')}"
              f", the last in {self.collector.metric('lull_routes_publication_duration_seconds')} s; "
              f"resident {self.collector.resident_mb():.0f} MB", flush=True)
        self.assertLessEqual(max(took["disable"]), MOST_S)
        self.assertEqual(monitor.stop(), 0, monitor.text())


OUTAGE = """
name: nk-2014-outage
from: {begin}
until: {end}
seed: 20141222
traffic: {{flows_per_second: 40, floor_flows_per_second: 0.2, v6_share: 0.1, scan_share: 0.02, day_rhythm: true}}
upstreams: [{{country: KP, asn: 4837}}]
events: {events}
"""
FALL = "[{kind: outage, at: 2014-12-22T16:15:00Z, for: 20m, target: {country: KP}, depth: 1.0, ramp: 10m, recovery: 0s, demand: stays}]"
FROM, UNTIL = "2014-12-22T16:10:00Z", "2014-12-22T16:50:00Z"
SCALE = 10  # of seven seconds that the routing witness is old, a minute


class Outage(lull.Case):
    """The afternoon of nk-2014, with twenty minutes in place of nine hours: `lull drill` writes
    packets and routes, `lull routes` reads the routes, `lull run` sees both."""

    def scenario(self, name, begin, end, events):
        path = self.folder / name
        path.write_text(OUTAGE.format(begin=begin, end=end, events=events), encoding="utf-8")
        return path

    def learn(self):
        """Twelve quiet hours before, by replay, into the monitor's store."""
        day = self.scenario("morning.yaml", "2014-12-22T04:10:00Z", FROM, "[]")
        lull.run("replay", "--table", lull.FULL_TABLE, "--scenario", day, "--tick", "60s",
                 "--store", self.folder / "lull.db", "--json")

    def clock(self, at_s):
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at_s))
        return f'clock: {{scale: {SCALE}, epoch: "{FROM}", at: "{at}"}}'

    def start_drill(self, device, clock, updates):
        config = self.folder / "drill.yaml"
        config.write_text("ports: [{name: drill, device: net_ring0, cores: [0]}]\n" + clock + "\n",
                          encoding="utf-8")
        with open(self.folder / "drill.log", "w", encoding="utf-8") as log:
            drill = subprocess.Popen(
                [lull.BINARY, "drill", "--scenario",
                 str(self.scenario("afternoon.yaml", FROM, UNTIL, FALL)), "--table",
                 str(lull.FULL_TABLE), "--to", device, "--routes", str(updates), "--config",
                 str(config), "--json"], stdout=subprocess.PIPE, stderr=log, text=True)
        self.addCleanup(lambda: drill.poll() is None and (drill.kill(), drill.communicate()))
        return drill

    def test_the_incident_says_what_routing_saw_and_which_came_first(self):
        self.learn()
        updates = self.folder / "mrt"
        updates.mkdir()
        countries = self.folder / "location.txt"
        subprocess.run(["location", "dump", str(countries)], check=True, capture_output=True)
        collector = Collector(self.folder, mrt=[str(updates)], location_dump=[str(countries)],
                              overrides=str(lull.SOURCE / "configs/overrides.yaml"))
        self.addCleanup(collector.stop)
        clock = self.clock(int(time.time()) + 90)
        device = (f"net_memif0,role=server,id=0,socket={self.folder}/memif.sock,"
                  "socket-abstract=no,bsize=2048,rsize=10")
        drill = self.start_drill(device, clock, updates)
        lull.wait_for(lambda: collector.witness().get("networks_v4") == 4, "the first table", 85)
        monitor = self.monitor(collector.table, tick="60s", group="drill", budget=0.1,
                               clock=clock, dpdk=", power: sleep")
        monitor.wait_ready()
        seen = {}
        while drill.poll() is None:
            witness = collector.witness()
            state = (witness.get("networks_v4"), witness.get("withdrawn"))
            if state not in seen:
                seen[state] = time.monotonic()
                print(f"witness: announced, withdrawn = {state}", flush=True)
            if state == (0, 4) and "explained" not in seen:
                text = lull.run("show", "country", "KP", "--explain", "--url", monitor.url).stdout
                if "4 of 4 networks withdrawn" in text:
                    seen["explained"] = text
            time.sleep(0.5)
        drill.communicate()
        print((self.folder / "drill.log").read_text()[-600:], flush=True)
        incidents = json.loads(monitor.get("/api/v1/incidents")[1])["incidents"]
        for incident in incidents:
            print(json.dumps(incident, indent=1), flush=True)
        own = [each for each in incidents if each["country"] == "KP"]
        self.assertEqual([(each["country"], each["scope"]) for each in incidents], [("KP", "lost")])
        evidence = "\n".join(own[0]["evidence"])
        self.assertIn("explained", seen)
        self.assertRegex(evidence, r"routing: [2-4] of 4 networks withdrawn, first seen \S+: both, "
                                   r"(volume|routing) first by \d+ s")
        self.assertRegex(evidence, r"routing: 4 of 4 networks announced again, first seen ")
        self.assertRegex(evidence, r"upstreams: AS4837 gone since \S+, 0 left of 1")
        self.assertEqual(monitor.stop(), 0, monitor.text())
