"""Relative-error histograms: any quantile from counted buckets of one grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from components.artifacts.histogram import Histogram

if TYPE_CHECKING:
    from numpy.typing import NDArray

MANTISSA_BITS = 7
"""Buckets a power of two: 2^7."""

RELATIVE_ERROR = 2.0**-MANTISSA_BITS
"""A number lies less than this share of itself beyond its bucket's edge."""

_SHIFT = 52 - MANTISSA_BITS  # an IEEE 754 double has a sign, 11 bits of exponent and 52 of mantissa
_SIGN = 1 << (11 + MANTISSA_BITS)
_SMALLEST = 1 << MANTISSA_BITS  # the buckets below hold zero and the subnormal numbers


def bucket(values: NDArray[np.float64]) -> Histogram:
    """Return the histogram of finite numbers on the grid of relative error 2^-7.

    As DDSketch (Masson, Rim, Lee 2019, section 2), but a bucket is the leading bits of the number, sign, exponent and seven bits of
    mantissa, a piecewise linear stand-in for its logarithm: no `log`, so the same bytes on every processor, and buckets never collapse.
    A bucket goes by its edge nearer to zero, so that integers up to 256 stand for themselves; subnormal numbers count as 0.

    >>> histogram = bucket(np.array([0.0, 100.0, 0.3, -3.0]))
    >>> histogram.values.tolist(), histogram.counts.tolist()
    ([-3.0, 0.0, 0.298828125, 100.0], [1, 1, 1, 1])
    """
    if not len(values):
        return Histogram()
    indices = (values.view(np.uint64) >> np.uint64(_SHIFT)).astype(np.int64)
    found, counts = _counted(indices)
    edges = (found.astype(np.uint64) << np.uint64(_SHIFT)).view(np.float64)
    return Histogram.of(np.where((found & (_SIGN - 1)) < _SMALLEST, 0.0, edges), counts)


def _counted(indices: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each index that occurs with its count; a table over their range beats sorting unless the range is wide for so few."""
    first = int(indices.min())
    if int(indices.max()) - first > 4 * len(indices):
        return np.unique(indices, return_counts=True)
    counts = np.bincount(indices - first)
    filled = np.flatnonzero(counts)
    return filled + first, counts[filled]
