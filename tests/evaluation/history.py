"""Counts per bin as lists, the CSV they travel in, and the detector's answer to them."""
import csv
import datetime
import json
import os
import pathlib
import subprocess
import tempfile

DAY_S = 86400
UTC = datetime.timezone.utc


class History:
    """Series on one grid: `values[code][bin]` is a count, or None where nothing was measured.
    `unhealthy` holds the bins in which the sensor said so of itself; `extra[column][code]` further
    columns."""

    def __init__(self, start_s, step_s, values, unhealthy=(), extra=None):
        self.start_s = start_s
        self.step_s = step_s
        self.values = values
        self.unhealthy = set(unhealthy)
        self.extra = extra or {}

    def bins(self):
        return len(next(iter(self.values.values())))

    def write(self, path):
        with open(path, "w", encoding="ascii") as file:
            file.write(",".join(["time", "country", "flows", "healthy", *self.extra]) + "\n")
            for at in range(self.bins()):
                time_s = self.start_s + at * self.step_s
                health = 0 if at in self.unhealthy else 1
                file.writelines(
                    f"{time_s},{code},{values[at]},{health}" +
                    "".join(f",{column[code][at]}" for column in self.extra.values()) + "\n"
                    for code, values in self.values.items() if values[at] is not None)


class Incident:
    def __init__(self, document):
        self.country = document["country"]
        self.kind = document["kind"]
        self.start_s = parse(document["start"])
        self.detected_s = parse(document["detected"])
        self.end_s = parse(document["end"]) if document["end"] else None
        self.edges = document["edges"]
        self.states = [each["state"] for each in document["transitions"]]


def parse(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def backtest(history, budgets=(10,), split_s=None, bounds=None, tickets=None):
    """{budget: incidents that may page}, and the country-years they are from. A dict given as
    `bounds` is filled with the seconds that a full collapse of each country needs to be provable,
    as of the end; a list given as `tickets` takes the slow ones of the first budget."""
    with tempfile.TemporaryDirectory(prefix="lull-evaluation.") as folder:
        path = pathlib.Path(folder) / "series.csv"
        history.write(path)
        words = [os.environ["LULL_BINARY"], "backtest", str(path), "--json", "--budget",
                 ",".join(f"{each:g}" for each in budgets)]
        if split_s is not None:
            words += ["--split", str(int(split_s))]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(" ".join(words) + "\n" + done.stderr)
    report = json.loads(done.stdout)
    runs = report.get("runs", [report])
    if bounds is not None:
        bounds.update(runs[0]["detectable_seconds"])
    found = {run["budget"]: [Incident(each) for each in run["incidents"]] for run in runs}
    if tickets is not None:
        tickets += [each for each in found[runs[0]["budget"]] if each.kind == "slow"]
    # A regional incident lists countries that are told of one by one as well.
    return ({budget: [each for each in incidents if each.kind not in ("slow", "regional")]
             for budget, incidents in found.items()}, report["country_years"])


def read_counts(path):
    """A file of NAB: `timestamp,value` each 5 minutes, UTC taken. Returns start, step, values."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    times = [datetime.datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC).timestamp()
             for row in rows]
    start_s, step_s = int(times[0]), 300
    values = [None] * (round((times[-1] - start_s) / step_s) + 1)
    for time, row in zip(times, rows):
        values[round((time - start_s) / step_s)] = float(row["value"])
    return start_s, step_s, values
