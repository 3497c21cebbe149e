"""The field's rules as their papers and pages give them, on the same counts. Alarm bins that lie at
most three bins apart are one incident. Where a rule has no threshold of its own, a half is taken."""
import bisect
import statistics

from score import TOLERANCE_BINS

LEAST = 1  # an expectation below it says nothing: zeros would alarm all night


class Alarm:
    """As history.Incident, as far as score.py asks."""

    def __init__(self, country, start_s, detected_s, end_s):
        self.country, self.start_s, self.detected_s, self.end_s = country, start_s, detected_s, end_s


def known(values):
    last, filled = 0, []
    for value in values:
        last = last if value is None else value
        filled.append(last)
    return filled


def week_median(values, day, ratio):
    """IODA: below `ratio` of the median of the last seven days."""
    window, held, alarms = [], [], []
    for at, value in enumerate(values):
        if at >= 7 * day:
            middle = window[len(window) // 2]
            if middle >= LEAST and value < ratio * middle:
                alarms.append(at)
            del window[bisect.bisect_left(window, held[at - 7 * day])]
        held.append(value)
        bisect.insort(window, value)
    return alarms


def quarter_hours(values):
    return [sum(values[max(0, at - 2):at + 1]) for at in range(len(values))]


def nearest_days(values, day):
    """Radar: the median of the six nearest of 28 day windows, in quarters of an hour."""
    sums = quarter_hours(values)
    hour = max(1, day // 24)
    hourly = [sum(values[at:at + hour]) for at in range(0, len(values), hour)]
    alarms, nearest = [], []
    for at in range(14 * day, len(values)):
        if at % hour == 0 or not nearest:
            now = at // hour
            last = hourly[now - 24:now]
            days = range(1, min(28, (now - 24) // 24) + 1)
            nearest = sorted(days, key=lambda back: sum(
                abs(a - b) for a, b in zip(last, hourly[now - 24 - 24 * back:now - 24 * back])))[:6]
        usual = statistics.median(sums[at - back * day] for back in nearest)
        if usual >= LEAST and sums[at] < 0.5 * usual:
            alarms.append(at)
    return alarms


def last_week(values, day):
    """Below half of the same slot a week ago, in quarters of an hour."""
    sums = quarter_hours(values)
    return [at for at in range(7 * day, len(values))
            if sums[at - 7 * day] >= LEAST and sums[at] < 0.5 * sums[at - 7 * day]]


def day_ago_mad(values, day):
    """Difference from a day ago more than 3 x 1.48 x MAD of the last week's differences below 0."""
    differences = [value - values[at - day] if at >= day else 0 for at, value in enumerate(values)]
    alarms, spread = [], 0.0
    for at in range(8 * day, len(values)):
        if at % 12 == 0 or not spread:
            week = differences[at - 7 * day:at]
            middle = statistics.median(week)
            spread = 1.48 * statistics.median(abs(each - middle) for each in week)
        if spread > 0 and differences[at] < -3 * spread:
            alarms.append(at)
    return alarms


RULES = {
    "7-day median, 0.8": lambda values, day: week_median(values, day, 0.8),
    "7-day median, 0.25": lambda values, day: week_median(values, day, 0.25),
    "nearest 6 of 28 days": nearest_days,
    "same slot last week": last_week,
    "day-ago MAD": day_ago_mad,
}


def incidents(rule, history, code, from_bin):
    day = 86400 // history.step_s
    bins = [at for at in RULES[rule](known(history.values[code]), day) if at >= from_bin]
    runs = []
    for at in bins:
        if runs and at - runs[-1][1] <= TOLERANCE_BINS:
            runs[-1][1] = at
        else:
            runs.append([at, at])

    def time_of(at):
        return history.start_s + at * history.step_s
    return [Alarm(code, time_of(first), time_of(first + 1), time_of(last + 1))
            for first, last in runs]
