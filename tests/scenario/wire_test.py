"""What the tap itself loses, copies or cuts is said of the tap, and of no country."""
import json
import struct
import unittest

import lull

SCENARIO = """
name: tap
from: 2026-03-02T00:00:00Z
until: 2026-03-02T{until}:00:00Z
seed: 1
traffic: {{flows_per_second: {flows}, floor_flows_per_second: 0.1, day_rhythm: false}}
events: {events}
"""


def read_frames(path):
    """Of a capture with nanoseconds: [(ns, frame)]."""
    data = path.read_bytes()
    frames, at = [], 24
    while at < len(data):
        seconds, ns, kept, _ = struct.unpack_from("<IIII", data, at)
        frames.append((seconds * 10**9 + ns, data[at + 16:at + 16 + kept]))
        at += 16 + kept
    return frames


def from_server(frame):
    """Whether a frame comes from a service's port, or is an echo reply."""
    at = 14 + (4 if frame[12:14] == b"\x81\x00" else 0)
    is_ipv4 = frame[at - 2:at] == b"\x08\x00"
    protocol = frame[at + 9] if is_ipv4 else frame[at + 6]
    at += 20 if is_ipv4 else 40
    if protocol in (1, 58):
        return frame[at] in (0, 129)
    return protocol in (6, 17) and int.from_bytes(frame[at:at + 2], "big") < 1024


class Wire(lull.Case):
    def setUp(self):
        super().setUp()
        self.table = lull.build_table(self.folder, lull.world_rows())

    def scenario(self, events="[]", until="06", flows=20):
        path = self.folder / "tap.yaml"
        path.write_text(SCENARIO.format(events=events, until=until, flows=flows), encoding="utf-8")
        return path

    def replay(self, *words):
        done = lull.run("replay", "--table", self.table, "--json", *words)
        return json.loads(done.stdout), done.stderr

    def frames(self):
        pcap = self.folder / "whole.pcap"
        lull.run("drill", "--scenario", self.scenario(until="02", flows=10), "--table", self.table,
                 "--pcap", pcap)
        return read_frames(pcap)

    def replay_frames(self, frames):
        pcap = self.folder / "changed.pcap"
        lull.write_pcap(pcap, frames)
        return self.replay(pcap)

    def test_an_oversubscribed_mirror_is_measured_and_opens_no_incident(self):
        event = "[{{kind: oversubscribe, at: 2026-03-02T{}:00:00Z, for: {}, target: {{port: drill}}, depth: {}}}]"
        report, said = self.replay("--scenario", self.scenario(event.format("04", "1h", 0.4)))
        self.assertEqual(report["incidents"], [])
        self.assertIn("the mirror or the tap loses it (0.0 % at the device)", said)
        self.assertIn("sees again", said)
        for depth in (0.01, 0.1, 0.3):
            with self.subTest(depth=depth):
                report, said = self.replay(
                    "--scenario", self.scenario(event.format("00", "6h", depth), flows=10))
                self.assertAlmostEqual(report["wire"][0]["capture_loss_ratio"], depth,
                                       delta=0.1 * depth + 0.003)
                self.assertEqual(report["wire"][0]["segments_duplicate"], 0)
        report, said = self.replay("--scenario", self.scenario())
        self.assertEqual(report["wire"][0]["segments_lost"], 0)
        self.assertNotIn("sensor:", said)

    def test_a_mirror_that_copies_in_and_out_is_told_and_nothing_is_removed(self):
        frames = self.frames()
        report, said = self.replay_frames([(ns + late, frame) for ns, frame in frames
                                           for late in (0, 40_000)])
        self.assertEqual(report["packets"], 2 * len(frames))
        self.assertAlmostEqual(report["wire"][0]["duplicate_ratio"], 0.5, delta=0.005)
        self.assertEqual(report["wire"][0]["segments_lost"], 0)
        self.assertIn("sensor: degraded", said)
        self.assertIn("came a second time", said)
        self.assertEqual(report["incidents"], [])

    def test_frames_that_are_cut_are_told_and_are_no_loss(self):
        frames = [(ns, frame[:80]) for ns, frame in self.frames()]
        report, said = self.replay_frames(frames)
        self.assertGreater(report["wire"][0]["truncated_packets"], len(frames) / 5)
        self.assertGreater(report["wire"][0]["segments"], 1000)
        self.assertEqual(report["wire"][0]["segments_lost"], 0)
        self.assertIn("frames are cut short", said)

    def test_a_missing_direction_is_the_taps_and_not_a_countrys(self):
        frames = self.frames()
        half = frames[len(frames) // 2][0]
        report, said = self.replay_frames([(ns, frame) for ns, frame in frames
                                           if ns < half or not from_server(frame)])
        self.assertIn("seen both ways: one direction of the tap is missing", said)
        self.assertEqual([i for i in report["incidents"] if i["country"]], [])


if __name__ == "__main__":
    unittest.main()
