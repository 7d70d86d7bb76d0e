"""Metrics that need the order of the scores: computed from how many rows of each class lie in each score bin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CALIBRATION_BINS = 10
"""Bins of equal width of the expected calibration error, as in Naeini et al. 2015."""


def roc_auc_of(scores: NDArray[np.float64], positive: NDArray[np.float64], negative: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the area under the ROC curve [...]: the chance that a row of class 1 scores above one of class 0, ties half.

    Parameters
    ----------
    scores
        [n_bins], rising; only their order counts.
    positive, negative
        [..., n_bins], rows of class 1 and class 0 in each bin.

    Notes
    -----
    The Mann-Whitney statistic (Hanley and McNeil 1982, Radiology 143, equation 1); nan where a class has no rows.

    >>> roc_auc_of(np.array([0.1, 0.35, 0.4, 0.8]), np.array([[0.0, 1, 0, 1]]), np.array([[1.0, 0, 1, 0]]))
    array([0.75])

    """
    del scores
    below = np.cumsum(negative, axis=-1)
    wins = np.einsum("...b,...b->...", positive, below) - 0.5 * np.einsum("...b,...b->...", positive, negative)
    return _share(wins, positive.sum(axis=-1) * below[..., -1])


def average_precision(scores: NDArray[np.float64], positive: NDArray[np.float64], negative: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the precision at each score, averaged over the rows of class 1; shapes as in `roc_auc_of`, nan without class 1.

    The sum over falling thresholds of (recall gained) x (precision there), without interpolation, as scikit-learn has it.

    >>> average_precision(np.array([0.1, 0.35, 0.4, 0.8]), np.array([[0.0, 1, 0, 1]]), np.array([[1.0, 0, 1, 0]])).round(4)
    array([0.8333])
    """
    del scores
    hits = np.cumsum(positive[..., ::-1], axis=-1)
    found = hits + np.cumsum(negative[..., ::-1], axis=-1)
    precision = np.divide(hits, found, out=np.zeros_like(hits), where=found > 0)
    return _share(np.einsum("...b,...b->...", precision, positive[..., ::-1]), hits[..., -1])


def calibration_error(scores: NDArray[np.float64], positive: NDArray[np.float64], negative: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the expected calibration error: the mean distance of predicted and observed share, over ten bins of equal width.

    Naeini et al. 2015 (Obtaining well calibrated probabilities using Bayesian binning, section 3), each bin weighted by its rows.

    >>> calibration_error(np.array([0.2, 0.9]), np.array([[0.0, 1]]), np.array([[1.0, 0]])).round(2)
    array([0.15])
    """
    bins = np.minimum((scores * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
    starts = np.flatnonzero(np.diff(bins, prepend=-1))
    rows = positive + negative
    gaps = np.abs(np.add.reduceat(rows * scores - positive, starts, axis=-1)).sum(axis=-1)
    return _share(gaps, rows.sum(axis=-1))


def _share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    share: NDArray[np.float64] = np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0)
    return share
