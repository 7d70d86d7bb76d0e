"""Onset: since when a figure has been what it is, and whether it jumped there or crept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

How = Literal["sudden", "gradual"]


class Onset(NamedTuple):
    """The place of the first span of the change, and how it came."""

    place: int
    how: How


def onset_of(levels: Sequence[float]) -> Onset | None:
    """Return the best of two histories of levels [n]: one jump, or one bend after which they rise or fall steadily; None for a flat course.

    Either has a level before and one figure more (a second level, or a slope), fitted by least squares at every place; the one with the
    smaller sum of squares is taken, which among models of equally many figures is the Bayesian information criterion (Schwarz 1978).

    >>> onset_of([0.0, 0.1, 0.0, 0.1, 3.0, 3.1]), onset_of([0.0, 0.1, 0.0, 1.0, 2.0, 3.1])
    (Onset(place=4, how='sudden'), Onset(place=3, how='gradual'))
    """
    n = len(levels)
    if n < 3 or max(levels) == min(levels):  # noqa: PLR2004 - a level before, and a change
        return None
    jumps = [(_around_mean(levels[:k]) + _around_mean(levels[k:]), Onset(k, "sudden")) for k in range(1, n)]
    bends = [(_around_bend(levels, k), Onset(k, "gradual")) for k in range(2, n - 2)]
    return min(jumps + bends, key=lambda one: one[0])[1]


def without_season(levels: Sequence[float], length: int) -> list[float]:
    """Return levels [n] less the mean of their place in the season.

    >>> without_season([1.0, 5.0, 1.0, 5.0, 2.0, 6.0], 2)
    [-0.33333333333333326, -0.33333333333333304, -0.33333333333333326, -0.33333333333333304, 0.6666666666666667, 0.666666666666667]
    """
    means = [math.fsum(levels[place::length]) / len(levels[place::length]) for place in range(min(length, len(levels)))]
    return [level - means[index % length] for index, level in enumerate(levels)]


def _around_mean(levels: Sequence[float]) -> float:
    mean = math.fsum(levels) / len(levels)
    return math.fsum((level - mean) ** 2 for level in levels)


def _around_bend(levels: Sequence[float], k: int) -> float:
    """Return the sum of squares around a level and, from place k on, a slope that starts from it: 1, 2, ... spans after the bend."""
    ramp = [max(0, place - k + 1) for place in range(len(levels))]
    n, mean, mean_ramp = len(levels), math.fsum(levels) / len(levels), math.fsum(ramp) / len(ramp)
    across = math.fsum((r - mean_ramp) * (level - mean) for r, level in zip(ramp, levels, strict=True))
    along = math.fsum((r - mean_ramp) ** 2 for r in ramp)
    total = math.fsum((level - mean) ** 2 for level in levels)
    return max(0.0, total - across**2 / along) if along and n else total
