"""Parts C to G: what must not page, and what must be found in spite of it. Made-up worlds alone."""
import random as random_module

import inject
import worlds
from history import DAY_S, History, backtest
from score import Score

STEP_S = 300
DAY = DAY_S // STEP_S
HOUR = DAY // 24


def bar(name, value, wanted, met):
    return {"bar": name, "value": value, "wanted": wanted, "met": "yes" if met else "NO"}


def world(setting, seed, days=16, shape=None):
    return worlds.world(seed, 24 if setting.quick else 60, days, shape=shape, least=1)


def after(history, days=8):
    return history.start_s + days * DAY_S


def part_floods(setting):
    """(C) floods x2 to x50: without a collapse, before one, during one, and their end"""
    rows, total = [], Score()
    for times in (2, 10, 50):
        for story in ("alone", "before", "during"):
            history = world(setting, times)
            random = random_module.Random(times)
            events, codes = [], list(history.values)[::3]
            for place, code in enumerate(codes):
                begin = 9 * DAY + place * 7
                if story == "before":
                    inject.flood(history, code, begin - 4 * HOUR, 4 * HOUR, times)
                if story != "alone":
                    events.append(inject.collapse(random, history, code, begin, 6 * HOUR, 1))
                if story == "during":  # of other traffic: a tenth of what was lost comes as noise
                    usual = sum(history.values[code][begin - 288:begin]) / 288
                    for at in range(begin + HOUR, begin + 2 * HOUR):
                        history.values[code][at] = int(min(times / 10, 0.08) * usual)
                if story == "alone":
                    inject.flood(history, code, begin, 4 * HOUR, times)
            runs, years = backtest(history, (12,), after(history))
            score = Score()
            score.add(events, runs[12], STEP_S, False, years)
            total.add(events, runs[12], STEP_S, False, years)
            rows.append({"what": f"flood x{times}, {story}", "events": score.events,
                         "found": score.found, "false": score.false})
    recall = total.found / total.events
    return {"rows": rows, "bars": [bar("false, floods", total.false, "0", total.false == 0),
                                   bar("recall beside floods", recall, ">= 0.95", recall >= 0.95)]}


def part_sensor(setting):
    """(D) faults of the sensor: no country may be blamed"""
    def fault(history, name):
        at = 9 * DAY + 5
        spans = range(at, at + 3 * HOUR)
        for values in history.values.values():
            if name == "zeros, said unhealthy":
                history.unhealthy.update(spans)
            for i in spans:
                if name.startswith("zeros"):
                    values[i] = 0
                elif name == "half the ports zero":
                    values[i] //= 2
                elif name == "a mirror that loses 30 %":
                    values[i] = int(values[i] * 0.7)
                elif name == "rows missing":
                    values[i] = None
            if name == "a gap of 26 h":
                values[at:at + 26 * HOUR] = [None] * (26 * HOUR)
            if name == "the clock steps by 15 min":
                values[at:at + 3] = [None] * 3
                del values[at + 40:at + 43]
    rows, blamed = [], 0
    for name in ("zeros, said unhealthy", "zeros, nobody said so", "half the ports zero",
                 "a mirror that loses 30 %", "rows missing", "a gap of 26 h",
                 "the clock steps by 15 min"):
        history = world(setting, 21, 12)
        fault(history, name)
        runs, _ = backtest(history, (12,), after(history))
        countries = sum(each.country is not None for each in runs[12])
        blamed += countries
        rows.append({"what": name, "country incidents": countries,
                     "site incidents": len(runs[12]) - countries})
    return {"rows": rows, "bars": [bar("country alarms, sensor faults", blamed, "0", blamed == 0)]}


def part_short(setting):
    """(F) short history before a collapse to nothing of 6 h: found, and what else was said"""
    rows = []
    for name, bins in (("1 h", HOUR), ("1 d", DAY), ("7 d", 7 * DAY), ("28 d", 28 * DAY)):
        if setting.quick and bins > 7 * DAY:
            continue
        random = random_module.Random(31)
        values, events = {}, []
        for place, code in enumerate(worlds.CODES[:12 if setting.quick else 40]):
            country = worlds.Country(random, worlds.MILD, 10 ** random.uniform(0.5, 3.5))
            values[code] = worlds.series(random, country, bins + DAY, STEP_S)
        history = History(worlds.START_S, STEP_S, values)
        # Half of them, one after the other: together they would be a common fall.
        for place, code in enumerate(list(values)[::4]):
            events.append(inject.collapse(random, history, code, bins + place * 9, 6 * HOUR, 1))
        runs, years = backtest(history, (12,))
        score = Score()
        score.add(events, runs[12], STEP_S, False, years)
        figures = score.figures()
        rows.append({"what": name, "events": score.events, "found": score.found,
                     "false": score.false, "delay_p50_min": figures["delay_p50_min"],
                     "delay_p90_min": figures["delay_p90_min"]})
    return {"rows": rows}


def part_negatives(setting):
    """(G) what is no country's collapse and may not page (as far as counts can say it)"""
    event = 12 * DAY
    stories = {
        "a member leaves: 25-45 % of a third of the countries, for good":
            lambda i, at: 1 - (0.25 + 0.05 * (i % 5)) if i % 3 == 0 and at >= event else 1,
        "a holiday: 30 % less for a day, in a quarter of the countries":
            lambda i, at: 0.7 if i % 4 == 0 and event <= at < event + DAY else 1,
        "the clocks change: the rhythm comes an hour early": None,
        "the table drifts: 35 % of some move to others":
            lambda i, at: (0.65 if i % 6 == 0 else 1.35 if i % 6 == 1 else 1) if at >= event else 1,
        "a slow fall over three days to 60 %":
            lambda i, at: max(0.6, 1 - 0.4 * (at - event) / (3 * DAY))
            if i % 5 == 0 and at >= event else 1,
        "twice as much from one day to the next, and back after two":
            lambda i, at: 2 if i % 4 == 0 and event <= at < event + 2 * DAY else 1,
    }
    rows, pages = [], 0
    for name, story in stories.items():
        place = {code: i for i, code in enumerate(worlds.CODES)}
        history = world(setting, 41, 16, None if story is None else
                        lambda code, at, s=story: s(place[code], at))
        if story is None:
            for values in history.values.values():
                del values[event:event + HOUR]
        runs, _ = backtest(history, (12,), after(history))
        pages += len(runs[12])
        rows.append({"what": name, "pages": len(runs[12])})
    history = world(setting, 43, 16)
    for code, values in history.values.items():  # maintenance: the operator's rows are missing
        values[event:event + 8 * HOUR] = [None] * (8 * HOUR)
    runs, _ = backtest(history, (12,), after(history))
    pages += len(runs[12])
    rows.append({"what": "maintenance of 8 h", "pages": len(runs[12])})
    return {"rows": rows, "bars": [bar("pages, negatives", pages, "0", pages == 0)]}


def part_korea(setting):
    """(E) North Korea, December 2014, at 60-s bins: one incident, states in order"""
    begin = 1418947200  # 2014-12-19T00:00:00Z
    flaps_from, dark, back = 1419184800, 1419264900, 1419299160
    random = random_module.Random(2014)
    country = worlds.Country(random, worlds.MILD, 40)
    spans = [(at + 1440, at + 2400) for at in range(flaps_from, dark - 2400, 2400)]
    spans += [(dark, back)]

    def down(at):
        time_s = begin + at * 60
        return any(first <= time_s < last for first, last in spans)
    values = worlds.series(random, country, 6 * 1440, 60)
    values = [0 if down(at) else value for at, value in enumerate(values)]
    runs, _ = backtest(History(begin, 60, {"KP": values}), (0.1,))
    incidents = runs[0.1]
    states = incidents[0].states if incidents else []
    wanted, at = ["unstable", "outage", "probation", "normal"], 0
    for state in states:
        at += at < len(wanted) and state == wanted[at]
    return {"rows": [{"what": "nk-2014", "incidents": len(incidents),
                      "states in order": f"{at} of {len(wanted)}",
                      "edges": incidents[0].edges if incidents else None}],
            "bars": [bar("flap train = one incident", len(incidents), "1", len(incidents) == 1),
                     bar("states in order", at, "4", at == len(wanted))]}


def part_slow(setting):
    """slow squeezes against the median of 28 days: tickets, never pages"""
    event = 21 * DAY

    def ramp(at):
        return max(0.3, 1 - 0.7 * max(0, at - event) / (3 * DAY))
    stories = {
        "a ramp over three days to 0.3, in one of seven":
            lambda i, at: ramp(at) if i % 7 == 0 else 1,
        "a holiday: 40 % less for two days, in a quarter":
            lambda i, at: 0.6 if i % 4 == 0 and event <= at < event + 2 * DAY else 1,
        "a new normal from one hour to the next: 0.45, in one of seven":
            lambda i, at: 0.45 if i % 7 == 0 and at >= event else 1,
        "quiet": lambda i, at: 1,
        "quiet, rough": lambda i, at: 1,
    }
    rows, bars = [], []
    for name, story in stories.items():
        place = {code: i for i, code in enumerate(worlds.CODES)}
        kind = worlds.ROUGH if name.endswith("rough") else worlds.MILD
        history = worlds.world(51, 24 if setting.quick else 120, 30, kind, least=5, shape=lambda
                               code, at, s=story: s(place[code], at))
        tickets = []
        runs, _ = backtest(history, (12,), after(history, 15), tickets=tickets)
        hit = {code for code in history.values if name.startswith("a ") and
               story(place[code], event + 6 * HOUR) < 1}
        found = {each.country for each in tickets} & hit
        delays = sorted((each.detected_s - history.start_s) / DAY_S - 21 for each in tickets
                        if each.country in hit)
        rows.append({"what": name, "countries": len(hit), "found slow": len(found),
                     "tickets": len(tickets), "pages": len(runs[12]),
                     "delay_p50_days": delays[len(delays) // 2] if delays else None})
        if "ramp" in name:
            share = len(found) / len(hit)
            bars.append(bar("slow squeezes found", share, ">= 0.9", share >= 0.9))
            wrong = len(tickets) - len(found)
            bars.append(bar("tickets beside them", wrong, "0", wrong == 0))
        elif name == "quiet":
            bars.append(bar("slow tickets, quiet world", len(tickets), "0", not tickets))
        else:
            most = max((sum(t.country == code for t in tickets) for code in history.values))
            bars.append(bar(f"tickets a country: {name.split(':')[0]}", most, "<= 1", most <= 1))
    return {"rows": rows, "bars": bars}


STORIES = {"C": part_floods, "D": part_sensor, "E": part_korea, "F": part_short,
           "G": part_negatives, "slow": part_slow}
