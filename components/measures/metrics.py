"""Metrics of probabilities against binary outcomes, vectorised over bootstrap weights."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Metric = Callable[[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]

CLIP = 1e-15
"""Probabilities are kept this far from 0 and 1 in the log loss, as scikit-learn did before it took the type's own epsilon."""


def roc_auc(outcomes: "NDArray[np.float64]", probabilities: "NDArray[np.float64]", weights: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Return the area under the ROC curve for each row of weights: the chance that a late row scores above a punctual one, ties half.

    Parameters
    ----------
    outcomes, probabilities
        [n_rows], outcomes 0 or 1.
    weights
        [n_resamples, n_rows], how often each row counts.

    Returns
    -------
    [n_resamples]; nan where one class has no weight.

    Notes
    -----
    The Mann-Whitney statistic (Hanley and McNeil 1982, Radiology 143, equation 1), computed from cumulated weights in score order.

    >>> import numpy as np
    >>> roc_auc(np.array([0.0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8]), np.ones((1, 4)))
    array([0.75])

    """
    import numpy as np

    order = np.argsort(probabilities, kind="stable")
    scores, y, w = probabilities[order], outcomes[order], weights[:, order]
    starts = np.flatnonzero(np.r_[True, scores[1:] != scores[:-1]])
    positive = np.add.reduceat(w * y, starts, axis=1)
    negative = np.add.reduceat(w * (1 - y), starts, axis=1)
    below = np.cumsum(negative, axis=1) - negative
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    wins = (positive * (below + 0.5 * negative)).sum(axis=1)
    area: NDArray[np.float64] = np.divide(wins, pairs, out=np.full(len(pairs), np.nan), where=pairs > 0)
    return area


def log_loss(
    outcomes: "NDArray[np.float64]", probabilities: "NDArray[np.float64]", weights: "NDArray[np.float64]"
) -> "NDArray[np.float64]":
    """Return the mean negative log likelihood in nats for each row of weights; shapes as in :func:`roc_auc`, nan without weight.

    >>> import numpy as np
    >>> log_loss(np.array([1.0]), np.array([0.5]), np.ones((1, 1))).round(6)
    array([0.693147])
    """
    import numpy as np

    p = np.clip(probabilities, CLIP, 1 - CLIP)
    return _mean(-(outcomes * np.log(p) + (1 - outcomes) * np.log1p(-p)), weights)


def brier(outcomes: "NDArray[np.float64]", probabilities: "NDArray[np.float64]", weights: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Return the mean squared error of the probabilities (Brier 1950) for each row of weights.

    >>> import numpy as np
    >>> brier(np.array([1.0, 0.0]), np.array([0.8, 0.4]), np.ones((1, 2)))
    array([0.1])
    """
    return _mean((probabilities - outcomes) ** 2, weights)


def positive_rate(
    outcomes: "NDArray[np.float64]",
    probabilities: "NDArray[np.float64]",  # noqa: ARG001 - all metrics are called alike
    weights: "NDArray[np.float64]",
) -> "NDArray[np.float64]":
    """Return the share of class 1 for each row of weights: what the other metrics are to be read against."""
    return _mean(outcomes, weights)


METRICS: "Mapping[str, Metric]" = {"roc_auc": roc_auc, "log_loss": log_loss, "brier": brier, "positive_rate": positive_rate}


def _mean(values: "NDArray[np.float64]", weights: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Return the weighted mean of ``values`` for each row of weights; sums run in row order, so that the bytes repeat."""
    import numpy as np

    total = weights.sum(axis=1)
    summed = (weights * values).sum(axis=1)
    mean: NDArray[np.float64] = np.divide(summed, total, out=np.full(len(total), np.nan), where=total > 0)
    return mean
