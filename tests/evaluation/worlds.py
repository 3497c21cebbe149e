"""Made-up worlds: countries of heavy-tailed size with a day and a week of their own, a level that
wanders and counts that scatter. One seed, one world. They share nothing with lull's own profile."""
import math
import random as random_module

from history import History

START_S = 1420070400  # 2015-01-01T00:00:00Z
CODES = ([f"X{chr(letter)}" for letter in range(ord("A"), ord("Z") + 1) if chr(letter) != "K"] +
         ("AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR "
          "BS BT BW BY BZ CA CD CF CG CH CI CK CL CM CN CO CR CU CV CW CY CZ DE DJ DK DM DO DZ EC EE "
          "EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK "
          "HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA "
          "LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW "
          "MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY "
          "QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF "
          "TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG").split())

# sigma of the level, its memory in hours, scatter k of 5 minutes.
MILD = {"sigma": (0.08, 0.15), "memory_h": (10, 24), "scatter_k": (20, 100), "trough": (0.25, 0.6)}
ROUGH = {"sigma": (0.15, 0.3), "memory_h": (3, 12), "scatter_k": (4, 20), "trough": (0.1, 0.7)}


def poisson(random, mean):
    if mean > 40:
        return max(0, round(random.gauss(mean, math.sqrt(mean))))
    stop, product, count = math.exp(-mean), random.random(), 0
    while product > stop:
        product *= random.random()
        count += 1
    return count


class Country:
    def __init__(self, random, kind, per_bin):
        self.per_bin = per_bin
        self.sigma = random.uniform(*kind["sigma"])
        self.memory_s = 3600 * random.uniform(*kind["memory_h"])
        self.scatter_k = random.uniform(*kind["scatter_k"])
        self.trough = random.uniform(*kind["trough"])
        self.peak_h = random.uniform(0, 24)
        self.sharpness = random.uniform(0.6, 2)
        self.weekend = random.uniform(0.7, 1.1)

    def rhythm(self, time_s):
        hour = time_s / 3600 % 24
        height = ((1 + math.cos(2 * math.pi * (hour - self.peak_h) / 24)) / 2) ** self.sharpness
        weekend = self.weekend if time_s // 86400 % 7 in (2, 3) else 1  # 1970-01-01 was a Thursday
        return weekend * (self.trough + (1 - self.trough) * height)


def series(random, country, bins, step_s, shape=None):
    """`shape(bin)` is a further factor on the mean."""
    keep = math.exp(-step_s / country.memory_s)
    fresh = math.sqrt(1 - keep * keep) * country.sigma
    scatter = country.scatter_k * 300 / step_s if step_s >= 300 else country.scatter_k
    level, values = country.sigma * random.gauss(0, 1), []
    for at in range(bins):
        level = keep * level + fresh * random.gauss(0, 1)
        mean = country.per_bin * country.rhythm(START_S + at * step_s) * math.exp(level)
        if shape is not None:
            mean *= shape(at)
        mean *= random.gammavariate(scatter, 1 / scatter)
        values.append(poisson(random, mean))
    return values


def world(seed, countries, days, kind=None, step_s=300, least=0.3, most=5000, shape=None):
    """Means per bin are spread evenly over the logarithm from `least` to `most`;
    `shape(code, bin)` changes them."""
    random = random_module.Random(seed)
    kind = kind or MILD
    bins = days * 86400 // step_s
    values = {}
    for place, code in enumerate(CODES[:countries]):
        share = (place + random.random()) / countries
        country = Country(random, kind, math.exp(math.log(least) +
                                                 share * math.log(most / least)))
        values[code] = series(random, country, bins, step_s,
                              None if shape is None else lambda at, c=code: shape(c, at))
    return History(START_S, step_s, values)
