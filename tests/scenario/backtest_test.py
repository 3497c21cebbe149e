"""`lull backtest`: histories in, incidents out; what is refused; and the evaluation, in small."""
import json
import os
import random
import subprocess
import sys
import unittest

import lull

START_S = 1419163200  # 2014-12-21T12:00:00Z
STEP_S = 300


class Backtest(lull.Case):
    def series(self, rows, header="time,country,flows", name="series.csv"):
        path = self.folder / name
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return path

    def history(self, value):
        """Six days of KP; `value(bin)` is the cell(s), or None for no row."""
        draw = random.Random(1)
        rows = []
        for at in range(6 * 288):
            cell = value(at, draw.randrange(80, 120))
            if cell is not None:
                rows.append(f"{START_S + at * STEP_S},KP,{cell}")
        return rows

    def report(self, *words):
        return json.loads(lull.run("backtest", "--json", *words).stdout)

    def test_a_zero_is_an_outage_and_a_missing_row_is_none(self):
        path = self.series(self.history(lambda at, n: 0 if 1000 <= at < 1100 else n))
        report = self.report(path)
        self.assertEqual(report["series"], 1)
        self.assertAlmostEqual(report["country_years"], 6 / 365.25)
        incident, = report["incidents"]
        self.assertEqual(incident["country"], "KP")
        self.assertEqual(incident["kind"], "outage")
        self.assertEqual(incident["scope"], "unproven")
        self.assertEqual(incident["start"], "2014-12-24T23:20:00Z")
        self.assertEqual(incident["detected"], "2014-12-24T23:30:00Z")
        self.assertEqual(incident["end"], "2014-12-25T07:40:00Z")
        self.assertTrue(incident["evidence"])
        self.assertEqual(report["states"], {"KP": "normal"})
        path = self.series(self.history(lambda at, n: None if 1000 <= at < 1100 else n))
        self.assertEqual(self.report(path)["incidents"], [])
        path = self.series(self.history(lambda at, n: "0,0" if 1000 <= at < 1100 else f"{n},1"),
                           "time,country,flows,healthy")
        report = self.report(path)
        self.assertEqual(report["incidents"], [])
        self.assertAlmostEqual(report["country_years"], (6 - 100 / 288) / 365.25)

    def test_budgets_are_reported_apart_and_the_split_teaches(self):
        path = self.series(self.history(lambda at, n: 0 if 1000 <= at < 1100 else n))
        report = self.report("--series", path, "--budget", "2,12,50")
        self.assertEqual([run["budget"] for run in report["runs"]], [2, 12, 50])
        self.assertEqual([len(run["incidents"]) for run in report["runs"]], [1, 1, 1])
        self.assertEqual(self.report(path, "--split", "2014-12-26T00:00:00Z")["incidents"], [])
        text = lull.run("backtest", "--budget", "2,12", path).stdout
        self.assertIn("KP", text)
        self.assertIn("budget 12 a year", text)

    def test_bad_rows_are_refused_with_their_place(self):
        good = [f"{START_S + at * STEP_S},KP,5" for at in range(5)]
        for row, words in {f"{START_S},KP,5": "not sorted", good[-1]: "already",
                           "4000000000,KP,5": "future", f"{START_S + 1500},KP,x": "not a number",
                           f"{START_S + 1500},KP,-1": "negative",
                           f"{START_S + 1500},EU,1": "not the code of a country",
                           f"{START_S + 1530},KP,1": "the step changes"}.items():
            path = self.series([*good, row])
            done = lull.run("backtest", path, "--json", code=3)
            self.assertEqual(done.stdout, "")
            self.assertIn(f"{path}:7: ", done.stderr)
            self.assertIn(words, done.stderr)
        lull.run("backtest", self.folder / "nowhere.csv", code=3)
        lull.run("backtest", code=2)


class Evaluation(lull.Case):
    def test_a_small_evaluation_holds_its_bars(self):
        if lull.SANITIZED:
            lull.skip_loudly(self, "the evaluation runs in the release build")
        out = self.folder / "evaluation.json"
        subprocess.run([sys.executable, str(lull.SOURCE / "tests/evaluation/evaluate.py"),
                        "--quick", "--json", str(out)], check=True,
                       env={**os.environ, "LULL_BINARY": lull.BINARY})
        report = json.loads(out.read_text(encoding="utf-8"))
        self.assertEqual(set(report["parts"]), {"B", "B-ramps", "sizes", "quiet", "C", "D", "E", "F",
                                                "G", "slow"})
        for bar in report["bars"]:
            with self.subTest(bar=bar["bar"], part=bar["part"]):
                self.assertEqual(bar["met"], "yes", bar)


if __name__ == "__main__":
    unittest.main()
