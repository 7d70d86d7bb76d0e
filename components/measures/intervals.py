"""Intervals for metrics of time-dependent rows: a block bootstrap whose blocks are spans."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Interval:
    """A figure and its two-sided interval; nan where it cannot be computed."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Blocks:
    """Resampled weights of the test's blocks: [n_resamples, n_blocks], the same for every metric, slice and model, so that they pair."""

    weights: NDArray[np.float64]

    @classmethod
    def of(cls, n_blocks: int, *, resamples: int = 1000, seed: int = 0) -> Blocks:
        """Draw the blocks with replacement (Efron 1979; blocks because rows of one day share weather and traffic: Künsch 1989)."""
        drawn = np.random.default_rng(seed).multinomial(n_blocks, np.full(n_blocks, 1 / n_blocks), size=resamples)
        return cls(drawn.astype(np.float64))


def interval(value: float, resamples: NDArray[np.float64], confidence: float, n_blocks: int | None = None) -> Interval:
    """Return the percentile interval of the resamples around ``value``, widened for few blocks; resamples that are nan are left out.

    The percentiles of n blocks drawn with replacement are too narrow, by sqrt((n - 1) / n) and by what the normal lacks against Student's
    t of n - 1 degrees (Hesterberg 2015, What teachers should know about the bootstrap, section 5.1): both ends are moved away from the
    value by that factor, 1.35 for a week of days at 95 %. ``None`` blocks widen nothing; of one block there is no interval.

    >>> interval(0.5, np.linspace(0, 1, 101), 0.9)
    Interval(value=0.5, low=0.05, high=0.95)
    >>> interval(0.5, np.linspace(0.4, 0.6, 101), 0.9, n_blocks=7)
    Interval(value=0.5, low=0.385157736938, high=0.614842263062)
    """
    return intervals([value], resamples[None, :], confidence, n_blocks)[0]


def intervals(values: Sequence[float], resamples: NDArray[np.float64], confidence: float, n_blocks: int | None = None) -> list[Interval]:
    """Return the `interval` of each value, from its row of resamples [n_values, n_resamples]."""
    if n_blocks is not None and n_blocks < 2:  # noqa: PLR2004 - one block does not vary
        return [Interval(value, math.nan, math.nan) for value in values]
    factor = widening(n_blocks, confidence) if n_blocks is not None else 1.0
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    whole = np.isfinite(resamples).all(axis=1)
    ends = np.full((2, len(values)), np.nan)
    ends[:, whole] = np.quantile(resamples[whole], tails, axis=1)
    for row in np.flatnonzero(~whole):
        usable = resamples[row][np.isfinite(resamples[row])]
        ends[:, row] = np.quantile(usable, tails) if usable.size else np.nan
    centre = np.array(values)
    low, high = centre - factor * np.maximum(0, centre - ends[0]), centre + factor * np.maximum(0, ends[1] - centre)
    return [Interval(value, round(float(a), 12), round(float(b), 12)) for value, a, b in zip(values, low, high, strict=True)]


def widening(n_blocks: int, confidence: float) -> float:
    """Return the factor by which a percentile interval of ``n_blocks`` >= 2 blocks is too narrow.

    >>> round(widening(7, 0.95), 3), round(widening(365, 0.95), 3)
    (1.348, 1.005)
    """
    from statistics import NormalDist

    from scipy.special import stdtrit

    tail = (1 + confidence) / 2
    return float(stdtrit(n_blocks - 1, tail)) / NormalDist().inv_cdf(tail) * math.sqrt(n_blocks / (n_blocks - 1))


def wilson(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the Wilson score interval of a share (Wilson 1927, JASA 22); (0, 1) for no trials.

    >>> tuple(round(end, 4) for end in wilson(8, 10))
    (0.4902, 0.9433)
    """
    from statistics import NormalDist

    if n == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(1 - (1 - confidence) / 2)
    share, denominator = successes / n, 1 + z * z / n
    centre = (share + z * z / (2 * n)) / denominator
    half = z * ((share * (1 - share) + z * z / (4 * n)) / n) ** 0.5 / denominator
    return max(0.0, centre - half), min(1.0, centre + half)
