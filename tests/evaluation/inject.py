"""Events put into real or made-up counts: collapses by binomial thinning, floods by factor."""
import math

DEPTHS = (1, 1, 0.95, 0.8)
MEDIAN_MIN = 170
SIGMA = math.log(170 / 40) / 1.2816  # p10 is 40 minutes
LEAST_BINS = 3
PROVABLE = 20  # counts missing
# After a return lull doubts for a day, and a relapse is then the same incident: events lie apart.
APART_S = 30 * 3600


class Event:
    def __init__(self, country, start_s, end_s, depth, missing):
        self.country = country
        self.start_s = start_s
        self.end_s = end_s
        self.depth = depth
        self.missing = missing

    @property
    def provable(self):
        return self.missing >= PROVABLE


def binomial(random, count, share):
    """How many of `count` stay when each stays with that probability."""
    if share <= 0 or count <= 0:
        return 0
    if share >= 1:
        return count
    if count < 60:
        return sum(random.random() < share for _ in range(count))
    mean, sigma = count * share, math.sqrt(count * share * (1 - share))
    return min(count, max(0, round(random.gauss(mean, sigma))))


def kept_share(depth, at, length, ramp, recovery):
    """Share that is left in bin `at` of an event of `length` bins that falls for `ramp` bins and
    comes back over `recovery` bins behind its end."""
    if at < length:
        return 1 - depth * min(1, (at + 1) / ramp if ramp else 1)
    return 1 - depth * max(0, 1 - (at - length + 1) / recovery) if recovery else 1


def collapse(random, history, code, first_bin, length, depth, ramp=0, recovery=0):
    """Thins one series in place; returns the event."""
    values = history.values[code]
    missing = 0
    for at in range(min(length + recovery, len(values) - first_bin)):
        value = values[first_bin + at]
        if value is None:
            continue
        left = binomial(random, int(value), kept_share(depth, at, length, ramp, recovery))
        missing += value - left
        values[first_bin + at] = left
    start_s = history.start_s + first_bin * history.step_s
    return Event(code, start_s, start_s + length * history.step_s, depth, missing)


def collapses(random, history, code, from_bin, mean_gap_s=2 * 86400, depths=DEPTHS, ramp=0,
              recovery=0, least_bins=LEAST_BINS):
    """Events from `from_bin` on, each at least APART_S behind the last one's end."""
    events = []
    step_s = history.step_s
    at = from_bin + int(random.expovariate(1 / mean_gap_s) / step_s)
    while True:
        minutes = MEDIAN_MIN * math.exp(random.gauss(0, SIGMA))
        length = max(least_bins, ramp + 1 if ramp else 0, round(minutes * 60 / step_s))
        if at + length + recovery + APART_S // step_s > history.bins():
            return events
        events.append(collapse(random, history, code, at, length, random.choice(depths), ramp,
                               recovery))
        at += length + recovery + int((APART_S + random.expovariate(1 / mean_gap_s)) / step_s)


def flood(history, code, first_bin, length, times):
    values = history.values[code]
    for at in range(first_bin, min(first_bin + length, len(values))):
        if values[at] is not None:
            values[at] = int(values[at] * times)
