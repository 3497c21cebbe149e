"""The parts of the evaluation, by the letters of detection.md §3. Each returns rows for a table and
the bars it has to meet; nothing in them is tuned to."""
import copy
import datetime
import json
import math
import random as random_module

import inject
import rivals
import worlds
from history import DAY_S, History, backtest, read_counts
from score import Score, poisson_interval, size_class

# Which series teach the constants of the detector and which are only reported: every other one by
# name, chosen before the first run.
TWEETS = ("AAPL", "AMZN", "CRM", "CVS", "FB")
TUNED = TWEETS[::2]
TEACH_DAYS = 14


class Setting:
    def __init__(self, quick, data):
        self.quick = quick
        self.data = data


def bar(name, value, wanted, met):
    return {"bar": name, "value": value, "wanted": wanted, "met": "yes" if met else "NO"}


def row_of(name, score, **more):
    figures = score.figures()
    wanted = ("events", "found", "false", "dated_too_early", "recall", "precision", "f1",
              "false_per_year", "delay_p50_min", "delay_p90_min", "onset_error_p90_bins",
              "recovery_error_p90_bins")
    return {"what": name, **more, **{key: figures[key] for key in wanted}}


def tweets(data):
    """{name: History of that series alone}."""
    found = {}
    for name in TWEETS:
        path = data / "nab" / f"Twitter_volume_{name}.csv"
        if not path.exists():
            return None
        start_s, step_s, values = read_counts(path)
        found[name] = History(start_s, step_s, {"XA": [None if v is None else int(v)
                                                       for v in values]})
    return found


def per_minute(history, code):
    values = [value for value in history.values[code] if value is not None]
    return sum(values) / len(values) * 60 / history.step_s


def backgrounds(setting):
    """What collapses are put into: the tweets, or a small world in their place."""
    if not setting.quick:
        return tweets(setting.data)
    random = random_module.Random(3)
    return {f"made-up {mean:g}": History(worlds.START_S, 300, {"XA": worlds.series(
        random, worlds.Country(random, worlds.MILD, mean), 40 * 288, 300)})
        for mean in (3, 20, 200)}


def injected(histories, seeds, **how):
    for name, history in histories.items():
        for seed in seeds:
            changed = copy.deepcopy(history)
            # The name is part of the seed, so that series do not share their events' times.
            random = random_module.Random(f"{name} {seed}")
            first = TEACH_DAYS * DAY_S // history.step_s
            yield name, changed, inject.collapses(random, changed, "XA", first, **how)


def part_b(setting):
    """collapses in real counts (NAB tweets), each series alone, --budget 10"""
    histories = backgrounds(setting)
    if histories is None:
        return None
    seeds = range(1) if setting.quick else range(6)
    names = ["all", *histories] if setting.quick else ["all", "tuned half", "reported half",
                                                       *histories]
    strict = {name: Score() for name in names}
    loose = {name: Score() for name in names}
    sizes, depths = {}, {}
    rules = {rule: Score() for rule in rivals.RULES}
    for name, history, events in injected(histories, seeds):
        split_s = history.start_s + TEACH_DAYS * DAY_S
        runs, years = backtest(history, (10,), split_s)
        halves = [] if setting.quick else ["tuned half" if name in TUNED else "reported half"]
        for group in ["all", name, *halves]:
            strict[group].add(events, runs[10], 300, True, years)
            loose[group].add(events, runs[10], 300, False, years)
        size = sizes.setdefault(size_class(per_minute(history, "XA")), Score())
        size.add(events, runs[10], 300, True, years)
        for depth in set(inject.DEPTHS):
            score = depths.setdefault(depth, Score())
            own = [event for event in events if event.depth == depth]
            # Incidents of other depths are not this one's false alarms.
            score.add(own, [each for each in runs[10] if any(
                abs(each.start_s - event.start_s) <= 900 for event in own)], 300, True, years)
        if setting.quick or name == "CVS" and len(events) == 0:
            continue
        for rule, score in rules.items():
            first = TEACH_DAYS * DAY_S // 300
            score.add(events, rivals.incidents(rule, history, "XA", first), 300, False, years)
    rows = [row_of(name, score) for name, score in strict.items()]
    rows += [row_of(f"size {name}", score) for name, score in sorted(sizes.items())]
    rows += [row_of(f"depth {depth}", score) for depth, score in sorted(depths.items())]
    rows += [row_of("all, an overlap is enough", loose["all"])]
    rows += [row_of(f"rival: {rule} (overlap)", score) for rule, score in rules.items()
             if score.events]
    f1 = strict["all"].figures()
    return {"rows": rows, "seeds": len(seeds),
            "bars": [bar("F1, provable events", f1["f1"], ">= 0.90", f1["f1"] >= 0.9),
                     bar("precision", f1["precision"], ">= 0.98", f1["precision"] >= 0.98)]}


def part_b_ramps(setting):
    """the same with ramps and slow recoveries"""
    histories = backgrounds(setting)
    if histories is None:
        return None
    rows = []
    for name, how in {"ramp 10 min": {"ramp": 2}, "ramp 6 h": {"ramp": 72},
                      "recovery 40 h": {"recovery": 480}}.items():
        score = Score()
        for _, history, events in injected(histories, range(1 if setting.quick else 2), **how):
            runs, years = backtest(history, (10,), history.start_s + TEACH_DAYS * DAY_S)
            score.add(events, runs[10], 300, False, years)
        rows.append(row_of(name + " (overlap)", score))
    return {"rows": rows}


def part_quiet(setting):
    """made-up worlds in which nothing happens: is the budget kept?"""
    rows, bars = [], []
    cases = [("mild", worlds.MILD, 300), ("rough", worlds.ROUGH, 300)]
    if not setting.quick:
        cases.append(("mild, 60 s", worlds.MILD, 60))
    countries, days, seeds = (60, 12, (1,)) if setting.quick else (250, 30, (1, 2, 3))
    for name, kind, step_s in cases:
        few = seeds if step_s == 300 else seeds[:1]
        false, years = {2: 0, 12: 0, 50: 0}, 0.0
        for seed in few:
            quiet = worlds.world(seed, countries, days, kind, step_s,
                                 least=0.3 * step_s / 300, most=5000 * step_s / 300)
            runs, _ = backtest(quiet, tuple(false))
            years += days / 365.25
            for budget, incidents in runs.items():
                false[budget] += len(incidents)
        for budget, count in false.items():
            low, high = poisson_interval(count)
            rows.append({"what": f"{name}, budget {budget}", "site_years": years, "false": count,
                         "allowed": budget * years, "false_per_year": count / years,
                         "95 %": (low / years, high / years)})
            bars.append(bar(f"budget {budget}, {name}", count / years,
                            f"{low / years:.3g} <= {budget}", low / years <= budget))
    return {"rows": rows, "bars": bars}


def part_sizes(setting):
    """collapses of every size in a made-up world, all countries together, default budget"""
    countries, days = (40, 20) if setting.quick else (250, 30)
    history = worlds.world(11, countries, days)
    random = random_module.Random(5)
    events = []
    for code in list(history.values)[::4]:
        events += inject.collapses(random, history, code, 7 * 288, mean_gap_s=4 * DAY_S,
                                   depths=(1, 0.95, 0.9))
    bounds = {}
    runs, years = backtest(history, (12,), history.start_s + 7 * DAY_S, bounds)
    sizes, tiny = {}, Score()
    for code in history.values:
        score = sizes.setdefault(size_class(per_minute(history, code)), Score())
        own = [event for event in events if event.country == code]
        incidents = [each for each in runs[12] if each.country == code]
        score.add(own, incidents, 300, True, years / countries)
        if per_minute(history, code) < 1:
            tiny.add([event for event in own if bounds[code] and
                      event.end_s - event.start_s > 3 * bounds[code]], [], 300, True, 0)
            tiny.found += sum(event.end_s - event.start_s > 3 * (bounds[code] or math.inf) and any(
                abs(each.start_s - event.start_s) <= 900 for each in incidents) for event in own)
    large = [sizes[name].figures() for name in ("10-100/min", "> 100/min") if name in sizes]
    found, all_events = sum(each["found"] for each in large), sum(each["events"] for each in large)
    recall = found / all_events if all_events else None
    of_tiny = tiny.found / tiny.events if tiny.events else None
    return {"rows": [row_of(name, score) for name, score in sizes.items()],
            "bars": [bar("recall, mean >= 10/min", recall, ">= 0.95",
                         recall is not None and recall >= 0.95),
                     bar(f"recall, mean < 1/min, > 3 bounds ({tiny.events} events)", of_tiny,
                         ">= 0.8", of_tiny is None or of_tiny >= 0.8)]}


def part_a(setting):
    """real series as they are: what would have been said (there is no truth but the labels)"""
    if setting.quick:
        return None
    rows = []
    histories = tweets(setting.data)
    if histories is None:
        return None
    for name, history in histories.items():
        runs, years = backtest(history, (10,), history.start_s + TEACH_DAYS * DAY_S)
        rows.append({"what": f"tweets {name}", "series_years": years, "incidents": len(runs[10]),
                     "labelled": None, "labelled_found": None})
    windows = json.loads((setting.data / "nab" / "combined_windows.json").read_text())
    for path in sorted((setting.data / "nab").glob("[ae][rcl]*.csv")):
        start_s, step_s, values = read_counts(path)
        low = min(0, *(value for value in values if value is not None))
        counts = [None if value is None else round((value - low) * 10) for value in values]
        runs, years = backtest(History(start_s, step_s, {"XA": counts}), (10,), start_s + 4 * DAY_S)
        spans = next((each for key, each in windows.items() if key.endswith("/" + path.name)), [])
        found = sum(any(seconds(span[0]) <= each.start_s <= seconds(span[1]) for each in runs[10])
                    for span in spans)
        rows.append({"what": path.stem, "series_years": years, "incidents": len(runs[10]),
                     "labelled": len(spans), "labelled_found": found})
    for path in sorted((setting.data / "abilene").glob("*.csv")):
        history = abilene(path)
        runs, years = backtest(history, (12,), history.start_s + 4 * DAY_S)
        rows.append({"what": path.stem, "series_years": years, "incidents": len(runs[12]),
                     "labelled": None, "labelled_found": None})
    return {"rows": rows}


def seconds(stamp):
    return datetime.datetime.fromisoformat(stamp).replace(tzinfo=datetime.timezone.utc).timestamp()


def abilene(path):
    """Nodes as countries of one site; megabits as counts."""
    lines = path.read_text(encoding="utf-8").split()
    rows = [line.split(",") for line in lines[1:]]
    values = {worlds.CODES[i]: [round(float(row[i + 1])) if row[i + 1] else None for row in rows]
              for i in range(len(rows[0]) - 1)}
    return History(int(seconds(rows[0][0])), 300, values)


PARTS = {"A": part_a, "B": part_b, "B-ramps": part_b_ramps, "sizes": part_sizes,
         "quiet": part_quiet}
