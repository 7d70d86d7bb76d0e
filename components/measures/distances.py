"""Distances between two distributions, straight from counts; no rows, no re-binning."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from components.artifacts.histogram import Histogram

if TYPE_CHECKING:
    from numpy.typing import NDArray

Counts = Histogram | Mapping[str | None, int] | Mapping[str, int]
"""What can be compared: two histograms, or the counts of two sets of texts; None stands for all other texts."""

N_CELLS = 10
"""Cells of the population stability index: deciles of the reference, as is the custom in credit scoring (Siddiqi 2006, chapter 8)."""


EPSILON = 1e-15
"""Relative change at which a series ends."""


def shares(left: Counts, right: Counts) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return both as shares over the values that either has, [n_values] each, in the order of values; all 0 for an empty one.

    >>> [side.tolist() for side in shares({"a": 1, "b": 3}, {"b": 1, "c": 1})]
    [[0.25, 0.75, 0.0], [0.0, 0.5, 0.5]]
    """
    return _shares(*_aligned(left, right))


def l_infinity(left: Counts, right: Counts) -> float | None:
    """Return the largest difference of a share, max |p - q|, from 0 to 1; None if either is empty.

    >>> l_infinity({"a": 1, "b": 3}, {"b": 1, "c": 1})
    0.5
    """
    p, q = shares(left, right)
    return float(np.abs(p - q).max()) if p.any() and q.any() else None


def normalized_absolute_difference(left: Counts, right: Counts) -> float | None:
    """Return the sum of |n - m| over the values, divided by the rows of both, from 0 to 1; None if either is empty.

    Unlike the distances of shares it grows when the number of rows does.

    >>> normalized_absolute_difference({"a": 1, "b": 3}, {"b": 1, "c": 1})
    0.6666666666666666
    """
    n, m = _aligned(left, right)
    return float(np.abs(n - m).sum() / (n.sum() + m.sum())) if n.any() and m.any() else None


def jensen_shannon(left: Counts, right: Counts) -> float | None:
    """Return the Jensen-Shannon divergence, the mean of KL(p, m) and KL(q, m) with m = (p + q) / 2, in bits; None if either is empty.

    0 for equal shares, 1 where no value is common (Lin 1991, equation 3.1). Its root is a metric.

    >>> jensen_shannon({"a": 1, "b": 1}, {"b": 1, "c": 1})
    0.5
    """
    p, q = shares(left, right)
    if not (p.any() and q.any()):
        return None
    return 0.5 * math.fsum([*_divergence(p, p + q), *_divergence(q, p + q)])


def population_stability(reference: Counts, current: Counts) -> float | None:
    """Return the population stability index, the sum of (q - p) ln(q / p) over cells; None if either is empty.

    Texts are cells of their own; numbers fall into `N_CELLS` cells at the reference's quantiles, cut on the grid that all histograms share.
    Each count is raised by one half, so that an empty cell gives a finite figure (Jeffreys). Below 0.1 is taken as stable, above 0.25 as
    shifted (Siddiqi 2006, chapter 8).

    >>> round(population_stability({"a": 50, "b": 50}, {"a": 80, "b": 20}), 2)
    0.41
    """
    before, after = _aligned(reference, current)
    if not (before.any() and after.any()):
        return None
    if isinstance(reference, Histogram):
        before, after = _cells(before, after)
    p, q = _shares(before + 0.5, after + 0.5)
    return math.fsum((b - a) * math.log(b / a) for a, b in zip(p.tolist(), q.tolist(), strict=True))


def hellinger(left: Counts, right: Counts) -> float | None:
    """Return the Hellinger distance, sqrt(1 - sum of sqrt(p q)), from 0 to 1, a metric; None if either is empty (Hellinger 1909).

    >>> round(hellinger({"a": 1, "b": 1}, {"b": 1}), 3)
    0.541
    """
    p, q = shares(left, right)
    if not (p.any() and q.any()):
        return None
    return math.sqrt(max(0.0, 1 - math.fsum(np.sqrt(p * q).tolist())))


def kolmogorov_smirnov(left: Histogram, right: Histogram) -> float | None:
    """Return the largest difference of the distribution functions, max |F - G|, from 0 to 1; None if either is empty.

    Numbers of one bucket count as equal, so that it is at most the statistic of the rows (Smirnov 1939), short of it by what falls
    within one bucket; for integers up to 256 it is that statistic.

    >>> one, other = Histogram(np.array([1.0, 2.0]), np.array([1, 1])), Histogram(np.array([2.0, 3.0]), np.array([3, 1]))
    >>> kolmogorov_smirnov(one, other)
    0.5
    """
    p, q = shares(left, right)
    return min(1.0, float(np.abs(np.cumsum(p - q)).max())) if p.any() and q.any() else None


def wasserstein(left: Histogram, right: Histogram) -> float | None:
    """Return the first Wasserstein distance, the integral of |F - G|, in the unit of the numbers; None if either is empty.

    How far the numbers moved on average when one distribution is turned into the other (Vallender 1974). Buckets stand at their edge nearer
    to zero: off by less than 2^-7 of the mean magnitude of the numbers of both.

    >>> one, other = Histogram(np.array([1.0, 2.0]), np.array([1, 1])), Histogram(np.array([2.0, 3.0]), np.array([3, 1]))
    >>> wasserstein(one, other)
    0.75
    """
    left, right = on_one_grid(left, right)
    p, q = shares(left, right)
    if not (p.any() and q.any()):
        return None
    values = np.union1d(left.values, right.values)
    return math.fsum((np.abs(np.cumsum(p - q))[:-1] * np.diff(values)).tolist())


class ChiSquare(NamedTuple):
    """Pearson's statistic of two samples, its degrees of freedom, and Cramer's V, its effect size from 0 (equal shares) to 1.

    >>> round(ChiSquare(3.841, 1, 0.1).p_value, 3)
    0.05
    """

    statistic: float
    degrees: int
    effect: float

    @property
    def p_value(self) -> float:
        """The probability of a statistic as large from one distribution: the upper tail of chi-square; 1 for a single cell.

        With many rows every difference is beyond chance: read the effect first.
        """
        return _upper_gamma(self.degrees / 2, self.statistic / 2) if self.degrees else 1.0


def chi_square(left: Counts, right: Counts) -> ChiSquare | None:
    """Return the chi-square test of homogeneity of two samples; None if either is empty.

    The sum of (observed - expected)^2 / expected over the table of two rows (Pearson 1900). It grows with the rows; its effect size,
    V = sqrt(statistic / rows) for a table of two rows, does not (Cramer 1946, section 21.9). Numbers fall into cells as in
    `population_stability`.

    >>> found = chi_square({"a": 50, "b": 50}, {"a": 80, "b": 20})
    >>> round(found.statistic, 2), found.degrees, round(found.effect, 3)
    (19.78, 1, 0.314)
    """
    before, after = _aligned(left, right)
    if not (before.any() and after.any()):
        return None
    if isinstance(left, Histogram):
        before, after = _cells(before, after)
    total, n_before, n_after = before + after, before.sum(), after.sum()
    scaled = (before * n_after - after * n_before) ** 2 / (total * n_before * n_after)
    statistic = math.fsum(scaled.tolist())
    return ChiSquare(statistic, len(total) - 1, math.sqrt(min(1.0, statistic / (n_before + n_after))))


def _upper_gamma(a: float, x: float) -> float:
    """Return the regularised upper incomplete gamma function Q(a, x); importing SciPy for it would take 0.2 s.

    By its series below a + 1 (DLMF 8.11.4), by Lentz's continued fraction above (DLMF 8.9.2).
    """
    if not x:
        return 1.0
    scale = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        n = a
        while term > total * EPSILON:
            n += 1
            term *= x / n
            total += term
        return max(0.0, 1 - total * scale)
    b = x + 1 - a
    c, d = math.inf, 1 / b
    fraction, change, n = d, 0.0, 0.0
    while abs(change - 1) > EPSILON:
        n += 1
        b += 2
        factor = n * (a - n)
        d = 1 / (b + factor * d)
        c = b + factor / c
        change = c * d
        fraction *= change
    return min(1.0, fraction * scale)


def on_one_grid(left: Histogram, right: Histogram) -> tuple[Histogram, Histogram]:
    """Return both on the coarser of their two grids."""
    return left.coarsened(right.coarseness), right.coarsened(left.coarseness)


def _shares(left: NDArray[np.float64], right: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return left / max(left.sum(), 1.0), right / max(right.sum(), 1.0)


def _aligned(left: Counts, right: Counts) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the counts of both over the sorted union of their values."""
    if isinstance(left, Histogram) and isinstance(right, Histogram):
        left, right = on_one_grid(left, right)
        values = np.union1d(left.values, right.values)
        aligned = np.zeros((2, len(values)))
        aligned[0, np.searchsorted(values, left.values)] = left.counts
        aligned[1, np.searchsorted(values, right.values)] = right.counts
        return aligned[0], aligned[1]
    if isinstance(left, Histogram) or isinstance(right, Histogram):
        raise TypeError("a histogram of numbers cannot be compared with counts of texts")
    texts = sorted({*left, *right}, key=lambda text: (text is not None, text))
    return np.array([left.get(text, 0) for text in texts], float), np.array([right.get(text, 0) for text in texts], float)


def _cells(before: NDArray[np.float64], after: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return both summed over at most `N_CELLS` runs of values, cut where the reference passes each tenth; a value is never split."""
    starts = np.cumsum(before) - before
    cells = np.minimum(starts * N_CELLS / before.sum(), N_CELLS - 1).astype(np.int64)
    sums = np.array([np.bincount(cells, counts, N_CELLS) for counts in (before, after)])
    return tuple(sums[:, sums.any(axis=0)])


def _divergence(p: NDArray[np.float64], total: NDArray[np.float64]) -> list[float]:
    """Return the terms p log2(p / m) with m = total / 2."""
    return [a * math.log2(2 * a / t) for a, t in zip(p.tolist(), total.tolist(), strict=True) if a]
