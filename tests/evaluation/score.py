"""Who found what: one-to-one matching, and how sure a count is."""
import math

TOLERANCE_BINS = 3
SIZES = ((1, "< 1/min"), (10, "1-10/min"), (100, "10-100/min"), (math.inf, "> 100/min"))


def size_class(per_minute):
    return next(name for bound, name in SIZES if per_minute < bound)


def poisson_interval(count):
    """Exact 95 % interval of a Poisson mean of which `count` were seen."""
    def at_most(mean, n):
        term = total = math.exp(-mean)
        for i in range(1, n + 1):
            term *= mean / i
            total += term
        return total

    def solve(holds):
        low, high = 0.0, 3 * count + 20.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if holds(middle) else (low, middle)
        return (low + high) / 2
    lower = solve(lambda mean: 1 - at_most(mean, count - 1) < 0.025) if count else 0.0
    return lower, solve(lambda mean: at_most(mean, count) > 0.025)


def quantile(values, share):
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Score:
    """Sums over series; `strict` wants the start within three bins, else an overlap within three
    bins is enough. Events that were not provable count neither way."""

    def __init__(self):
        self.events = self.found = self.false = 0
        self.delays_s, self.onset_errors, self.recovery_errors, self.missed = [], [], [], []
        self.early = 0  # false ones that overlap an event and are dated too early
        self.years = 0.0

    def add(self, events, incidents, step_s, strict, years):
        reach_s = TOLERANCE_BINS * step_s
        self.years += years
        self.events += sum(event.provable for event in events)
        free = set(range(len(events)))
        for incident in sorted(incidents, key=lambda each: each.start_s):
            over = [i for i in sorted(free) if incident.country in (events[i].country, None) and
                    incident.start_s <= events[i].end_s + reach_s and
                    (incident.end_s or math.inf) >= events[i].start_s - reach_s]
            hits = [i for i in over if not strict or
                    abs(incident.start_s - events[i].start_s) <= reach_s]
            if not hits:
                self.false += 1
                self.early += bool(over)
                continue
            best = min(hits, key=lambda i: abs(incident.start_s - events[i].start_s))
            free.discard(best)
            event = events[best]
            if event.provable:
                self.found += 1
                self.delays_s.append(incident.detected_s - event.start_s)
                self.onset_errors.append((incident.start_s - event.start_s) / step_s)
                if incident.end_s:
                    self.recovery_errors.append((incident.end_s - event.end_s) / step_s)
        self.missed += [events[i] for i in free if events[i].provable]

    def figures(self):
        recall = self.found / self.events if self.events else None
        told = self.found + self.false
        precision = self.found / told if told else None
        f1 = 2 * self.found / (self.events + told) if self.events + told else None
        low, high = poisson_interval(self.false)
        per_year = [each / self.years if self.years else 0 for each in (self.false, low, high)]
        return {"events": self.events, "found": self.found, "false": self.false,
                "dated_too_early": self.early, "recall": recall, "precision": precision, "f1": f1,
                "false_per_year": per_year[0], "false_per_year_95": per_year[1:],
                "delay_p50_min": minutes(quantile(self.delays_s, 0.5)),
                "delay_p90_min": minutes(quantile(self.delays_s, 0.9)),
                "onset_error_p90_bins": quantile([abs(e) for e in self.onset_errors], 0.9),
                "recovery_error_p90_bins": quantile([abs(e) for e in self.recovery_errors], 0.9)}


def minutes(seconds):
    return None if seconds is None else seconds / 60
