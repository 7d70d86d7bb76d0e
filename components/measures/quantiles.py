"""Relative-error histograms: any quantile from counted buckets of one grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from components.artifacts.histogram import MANTISSA_BITS, Histogram
from components.measures.blocks import blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHIFT = 52 - MANTISSA_BITS  # an IEEE 754 double has a sign, 11 bits of exponent and 52 of mantissa
_SMALLEST = 1 << MANTISSA_BITS  # the buckets below hold zero and the subnormal numbers


def bucket(values: NDArray[np.float64], counts: NDArray[np.int64] | None = None) -> Histogram:
    """Return the histogram of finite numbers on the grid of relative error 2^-7; each counts once, or as often as `counts` says.

    As DDSketch (Masson, Rim, Lee 2019, section 2), but a bucket is the leading bits of the number, sign, exponent and seven bits of
    mantissa, a piecewise linear stand-in for its logarithm: no `log`, so the same bytes on every processor.
    A bucket goes by its edge nearer to zero, so that integers up to 256 stand for themselves; subnormal numbers count as 0.

    >>> histogram = bucket(np.array([0.0, 100.0, 0.3, -3.0]))
    >>> histogram.values.tolist(), histogram.counts.tolist()
    ([-3.0, 0.0, 0.298828125, 100.0], [1, 1, 1, 1])
    """
    if not len(values):
        return Histogram()
    keys = _keys(values)
    n_zero = 0
    if keys.min() < 2 * _SMALLEST:
        normal = keys >= 2 * _SMALLEST
        n_zero = int((~normal).sum() if counts is None else counts[~normal].sum())
        keys, counts = keys[normal], None if counts is None else counts[normal]
    found, numbers = _counted(keys, counts)
    edges = ((found >> 1).astype(np.uint64) << np.uint64(_SHIFT)).view(np.float64) * (1.0 - 2.0 * (found & 1))
    return Histogram.of(np.append(edges, 0.0), np.append(numbers, n_zero))


def _keys(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return twice the leading bits of each number without its sign, plus one if it is negative: both signs close to one another."""
    keys = np.empty(len(values), dtype=np.int64)
    for bits, key in zip(blocks(values.view(np.uint64)), blocks(keys.view(np.uint64)), strict=True):
        np.left_shift(bits, np.uint64(1), out=key)
        np.right_shift(key, np.uint64(_SHIFT + 1), out=key)
        np.left_shift(key, np.uint64(1), out=key)
        np.bitwise_or(key, bits >> np.uint64(63), out=key)
    return keys


def _counted(keys: NDArray[np.int64], counts: NDArray[np.int64] | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each key that occurs with its count; a table over their range beats sorting unless the range is wide for so few."""
    if not len(keys):
        return keys, keys
    first = int(keys.min())
    if int(keys.max()) - first <= 4 * len(keys):
        table = np.bincount(keys - first, counts).astype(np.int64)
        filled = np.flatnonzero(table)
        return filled + first, table[filled]
    found, inverse = np.unique(keys, return_inverse=True)
    return found, np.bincount(inverse, counts).astype(np.int64)
