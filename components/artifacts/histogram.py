"""Counted numbers: what the histograms of statistics are, and how they add."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


MANTISSA_BITS = 7
"""Bits of a double's mantissa that the grid keeps: 2^7 buckets a power of two."""

CAP = 8_192
"""Buckets of a histogram at most, which take 16 KiB in a file: no column in nature needs as many, random bit patterns need more."""

_DROPPED = 52 - MANTISSA_BITS  # of the 52 bits of the mantissa of an IEEE 754 double


def _no_values() -> NDArray[np.float64]:
    return np.empty(0, dtype=np.float64)


def _no_counts() -> NDArray[np.int64]:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Histogram:
    """How often each number came: `values` [n] float64 ascending and unique, `counts` [n] int64 above 0.

    `measures.quantiles.bucket` makes them from rows, each value standing for a bucket of one grid that all histograms share, so they add
    and subtract exactly, and any two can be compared. Above `CAP` buckets the grid is halved until they fit, `coarseness` times, as UDDSketch
    does (Epicoco, Melle, Cafaro, Pulimeno, Morleo 2020, section 3): what is coarse depends on the numbers alone, so that parts add to the
    histogram of the whole in any order and grouping.

    >>> week = Histogram.total([Histogram(np.array([1.0, 2.0]), np.array([3, 1])), Histogram(np.array([2.0]), np.array([4]))])
    >>> week.values.tolist(), week.counts.tolist(), week.quantile(0.5)
    ([1.0, 2.0], [3, 5], 2.0)
    """

    values: NDArray[np.float64] = field(default_factory=_no_values)
    counts: NDArray[np.int64] = field(default_factory=_no_counts)
    coarseness: int = 0

    @classmethod
    def of(cls, values: NDArray[np.float64], counts: NDArray[np.int64], coarseness: int = 0) -> Histogram:
        """Return the histogram of numbers in any order that may repeat, of at most `CAP`; a number whose counts add to 0 goes away."""
        if not len(values):
            return cls(coarseness=coarseness)
        order = np.argsort(values, kind="stable")
        values = values[order]
        starts = np.flatnonzero(np.append(True, values[1:] != values[:-1]))
        counts = np.add.reduceat(counts[order], starts)
        kept = counts != 0
        found = cls(values[starts][kept], counts[kept], coarseness)
        return found if len(found.values) <= CAP else found.coarsened(coarseness + 1)

    def coarsened(self, coarseness: int) -> Histogram:
        """Return the histogram on a grid halved so many times in all; itself if it is as coarse already.

        >>> histogram = Histogram(np.array([1.0, 1.0078125, 1.5]), np.array([3, 1, 2])).coarsened(1)
        >>> histogram.values.tolist(), histogram.counts.tolist(), histogram.relative_error
        ([1.0, 1.5], [4, 2], 0.015625)
        """
        if coarseness <= self.coarseness:
            return self
        edges = (self.values.view(np.int64) & (-1 << (_DROPPED + coarseness))).view(np.float64)
        return Histogram.of(edges + 0.0, self.counts, coarseness)

    @property
    def relative_error(self) -> float:
        """The share of itself by which a number lies beyond its bucket's edge at most: 2^-7, twice that for each time the grid was halved."""
        return min(1.0, 2.0 ** (self.coarseness - MANTISSA_BITS))

    @classmethod
    def total(cls, parts: Sequence[Histogram]) -> Histogram:
        """Return the sum of histograms, the same bytes in any order."""
        filled = [part for part in parts if len(part.values)]
        if len(filled) <= 1:
            return filled[0] if filled else cls()
        coarseness = max(part.coarseness for part in filled)
        filled = [part.coarsened(coarseness) for part in filled]
        return cls.of(np.concatenate([part.values for part in filled]), np.concatenate([part.counts for part in filled]), coarseness)

    def __sub__(self, other: Histogram) -> Histogram:
        """Return what is left once a part of this histogram is taken out again; exact.

        Raises
        ------
        ValueError
            If `other` is not a part.
        """
        part = other.coarsened(self.coarseness)
        left = Histogram.of(
            np.append(self.values, part.values), np.append(self.counts, -part.counts), max(self.coarseness, part.coarseness)
        )
        if (left.counts < 0).any():
            raise ValueError(f"a histogram of {other.n} is not part of one of {self.n}")
        return left

    @property
    def n(self) -> int:
        """How many numbers were counted."""
        return int(self.counts.sum())

    def quantile(self, q: float) -> float | None:
        """Return the smallest value that at least the share `q` of the numbers does not exceed (0: the first); None if empty.

        This is the inverted distribution function (Hyndman and Fan 1996, definition 1).
        """
        if not 0 <= q <= 1:
            raise ValueError(f"a quantile lies between 0 and 1, got {q}")
        if not self.n:
            return None
        rank = max(1, math.ceil(q * self.n))
        return float(self.values[np.searchsorted(np.cumsum(self.counts), rank)])

    def equal_width(
        self, n_bins: int = 10, low: float | None = None, high: float | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return edges [n_bins + 1] at equal distances from `low` to `high` (the first and last value) and the counts [n_bins] between them.

        A bucket falls whole where its value lies; values outside the edges go to the outer bins. Empty arrays for an empty histogram.

        >>> edges, counts = Histogram(np.array([0.0, 1.0, 4.0]), np.array([2, 1, 1])).equal_width(2)
        >>> edges.tolist(), counts.tolist()
        ([0.0, 2.0, 4.0], [3, 1])
        """
        if not self.n:
            return _no_values(), _no_counts()
        first, last = float(self.values[0] if low is None else low), float(self.values[-1] if high is None else high)
        edges = np.asarray(first + (last / n_bins - first / n_bins) * np.arange(n_bins + 1), dtype=np.float64)
        edges[-1] = last
        return edges, self._between(edges)

    def equal_depth(self, n_bins: int = 10) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return edges at the quantiles 0, 1/n, ... 1 (equal ones once) and the counts between them; empty arrays for an empty histogram.

        >>> edges, counts = Histogram(np.array([0.0, 1.0, 4.0]), np.array([2, 1, 1])).equal_depth(2)
        >>> edges.tolist(), counts.tolist()
        ([0.0, 4.0], [4])
        """
        if not self.n:
            return _no_values(), _no_counts()
        edges = np.unique([self.quantile(index / n_bins) for index in range(n_bins + 1)]).astype(np.float64)
        return edges, self._between(edges) if len(edges) > 1 else np.array([self.n])

    def _between(self, edges: NDArray[np.float64]) -> NDArray[np.int64]:
        bins = np.clip(np.searchsorted(edges, self.values, side="right") - 1, 0, len(edges) - 2)
        return np.bincount(bins, self.counts, len(edges) - 1).astype(np.int64)
