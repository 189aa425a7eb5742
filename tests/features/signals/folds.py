"""What is made of values, in exact fractions: each takes the measures of the rows that count, None where unknown."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

from tests.features.signals.oracle import micros


def known(values):
    return [value for value in values if value is not None]


def total(values):
    return None if values and not known(values) else sum(known(values), Fraction(0))


def number(values):
    return len(known(values))


def different(values):
    return len(set(known(values)))


def commonest(values):
    return max((known(values).count(value) for value in known(values)), default=0)


def mean(values):
    values = known(values)
    return sum(values) / Fraction(len(values)) if values else None


def least(values):
    return min(known(values), default=None)


def largest(values):
    return max(known(values), default=None)


def first(values):
    return next(iter(known(values)), None)


def last(values):
    return first(values[::-1])


def deviation(values):
    values = known(values)
    if len(values) < 2:
        return None
    middle = mean(values)
    return math.sqrt(sum((value - middle) ** 2 for value in values) / (len(values) - 1))


def quantile(at):
    def fold(values):
        ordered = sorted(known(values))
        if not ordered:
            return None
        place = at * (len(ordered) - 1)
        low = math.floor(place)
        return ordered[low] + (ordered[min(low + 1, len(ordered) - 1)] - ordered[low]) * (place - low)

    return fold


def slope(points):
    points = [point for point in points if point is not None and point[1] is not None]
    if not points:
        return None
    x, y = mean([Fraction(point[0]) for point in points]), mean([Fraction(point[1]) for point in points])
    below = sum((point[0] - x) ** 2 for point in points)
    return sum((point[0] - x) * (point[1] - y) for point in points) / below if below else None


def gaps(fold, unit_us):
    """Over instants: the mean or the deviation of the steps between them."""

    def steps(values):
        return fold([Fraction(micros(b - a), unit_us) for a, b in pairwise(sorted(known(values)))])

    return steps


def share(values):
    return mean([Fraction(value) for value in known(values)])


def streak(values):
    count = 0
    for value in values[::-1]:
        if value is not True:
            break
        count += 1
    return count


def burst(hours):
    """Over instants: the most of them that lie less than so many hours apart."""

    def fold(values):
        values = known(values)
        inside = [[b for b in values if a <= b and micros(b - a) < hours * 3_600_000_000] for a in values]
        return max((len(one) for one in inside), default=0)

    return fold
