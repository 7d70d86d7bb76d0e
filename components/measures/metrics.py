"""Metrics by name: each is a figure made of sums over rows, or of a curve over score bins, so that any resample of days is cheap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from components.measures.curves import average_precision, calibration_error, roc_auc_of
from components.measures.scored import Scored, Task, amounts
from components.runtime.errors import DefinitionError, nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sums = Mapping[str, NDArray[np.float64]]

Better = Literal["higher", "lower", ""]
MetricName = Literal[
    "roc_auc",
    "average_precision",
    "calibration_error",
    "log_loss",
    "brier",
    "skill",
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "f1",
    "macro_f1",
    "cost",
    "positive_rate",
    "selection_rate",
    "mean_score",
    "mae",
    "rmse",
    "r2",
    "bias",
    "mean_outcome",
    "ndcg",
    "reciprocal_rank",
]
BINARY: tuple[Task, ...] = ("binary",)
CLASSES: tuple[Task, ...] = ("multi-class",)
NUMBERS: tuple[Task, ...] = ("regression",)
LISTS: tuple[Task, ...] = ("ranking",)
BOTH = BINARY + CLASSES


@dataclass(frozen=True)
class Metric:
    """One metric.

    Parameters
    ----------
    tasks
        The kinds of prediction that it is for.
    better
        Which direction is better; "" for figures that only describe.
    sums
        What it needs of each row (`scored.AMOUNTS`), summed; empty for a curve.
    of
        The figure from its sums [...] (or, by class, [..., n_classes]); nan where it is undefined.
    curve
        The figure from score bins: scores [n_bins] rising, class 1 and class 0 [..., n_bins]; of many classes the mean over each one
        against the rest, but for those of which that is undefined.
    no_skill
        What a model without any knowledge reaches, where that is a fixed number.

    """

    tasks: tuple[Task, ...]
    better: Better
    sums: tuple[str, ...] = ()
    of: Callable[[Sums], NDArray[np.float64]] | None = None
    curve: Callable[[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]] | None = None
    no_skill: float | None = None

    def __call__(
        self, outcomes: NDArray[np.float64], scores: NDArray[np.float64], weights: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """Return the exact figure [n_weightings] for each row of weights [n_weightings, n_rows]; one, of weights 1, without any."""
        counts = np.ones((1, len(outcomes))) if weights is None else weights
        return self.exact(Scored(outcomes, scores), counts)

    def exact(self, rows: Scored, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the figure for each row of weights [n_weightings, n_rows], from the rows themselves."""
        if self.of is not None:
            return self.of({name: weights @ amount for name, amount in amounts(rows, self.sums).items()})
        if rows.scores.ndim == 1:
            return self._curve(rows.outcomes > 0, rows.scores, weights)
        each = [self._curve(rows.outcomes == position, rows.scores[:, position], weights) for position in range(rows.scores.shape[1])]
        return mean_defined(np.stack(each))

    def _curve(self, positive: NDArray[np.bool_], scores: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.curve is None:
            raise DefinitionError("a metric is made of sums or of a curve")
        order = np.argsort(scores, kind="stable")
        ordered, hits, counts = scores[order], positive[order], weights[:, order]
        starts = np.flatnonzero(np.diff(ordered, prepend=np.nan) != 0)
        if not len(starts):
            return np.full(len(weights), np.nan)
        ones, zeros = (np.add.reduceat(counts * side, starts, axis=1) for side in (hits, ~hits))
        return self.curve(ordered[starts], ones, zeros)


def metric(name: str, task: Task) -> Metric:
    """Return a metric that is for a task.

    Raises
    ------
    DefinitionError
        If there is none of that name for it; the message has the nearest.

    """
    fitting = [known for known, one in METRICS.items() if task in one.tasks]
    if name not in fitting:
        raise DefinitionError(
            f"there is no metric '{name}' for {task} predictions", expected=", ".join(fitting), nearest=nearest(name, fitting)
        )
    return METRICS[name]


def ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a quotient, nan where the whole is not positive.

    >>> ratio(np.array([1.0, 0.0]), np.array([2.0, 0.0]))
    array([0.5, nan])
    """
    quotient: NDArray[np.float64] = np.divide(part, whole, out=np.full(np.broadcast(part, whole).shape, np.nan), where=whole > 0)
    return quotient


def mean_defined(each: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean over the first axis of what is no nan; nan where nothing is.

    >>> mean_defined(np.array([[1.0, np.nan], [2.0, np.nan]]))
    array([1.5, nan])
    """
    there = ~np.isnan(each)
    return ratio(np.where(there, each, 0.0).sum(axis=0), there.sum(axis=0).astype(np.float64))


def _per(part: str, whole: str) -> Callable[[Sums], NDArray[np.float64]]:
    return lambda sums: ratio(sums[part], sums[whole])


def _f1(sums: Sums) -> NDArray[np.float64]:
    return ratio(2 * sums["true_positive"], sums["selected"] + sums["outcome"])


def _macro_f1(sums: Sums) -> NDArray[np.float64]:
    """Return the plain mean of each class's F1, over the classes that are there or were guessed."""
    hits, total = sums["class_true_positive"], sums["class_selected"] + sums["class_positive"]
    each = np.divide(2 * hits, total, out=np.zeros_like(hits), where=total > 0)
    return ratio(each.sum(axis=-1), (total > 0).sum(axis=-1).astype(np.float64))


def _balanced_accuracy(sums: Sums) -> NDArray[np.float64]:
    positive, negative = sums["outcome"], sums["rows"] - sums["outcome"]
    true_negative = negative - (sums["selected"] - sums["true_positive"])
    return (ratio(sums["true_positive"], positive) + ratio(true_negative, negative)) / 2


def _skill(sums: Sums) -> NDArray[np.float64]:
    """Return the share of the outcomes' entropy (at the rows' own rate) that the model explains: 1 - log loss / entropy."""
    rate = np.clip(ratio(sums["outcome"], sums["rows"]), 0.0, 1.0)
    inside = (rate > 0) & (rate < 1)
    p = np.where(inside, rate, 0.5)
    entropy = np.where(inside, -(p * np.log(p) + (1 - p) * np.log1p(-p)), 0.0)
    return 1 - ratio(sums["log_loss"], sums["rows"] * entropy)


def _r2(sums: Sums) -> NDArray[np.float64]:
    n = sums["rows"]
    return 1 - ratio(sums["squared_error"], sums["outcome_squared"] - ratio(sums["outcome"] ** 2, n))


METRICS: Mapping[str, Metric] = {
    "roc_auc": Metric(BOTH, "higher", curve=roc_auc_of, no_skill=0.5),
    "average_precision": Metric(BOTH, "higher", curve=average_precision),
    "calibration_error": Metric(BOTH, "lower", curve=calibration_error),
    "log_loss": Metric(BOTH, "lower", ("log_loss", "rows"), _per("log_loss", "rows")),
    "brier": Metric(BOTH, "lower", ("squared_error", "rows"), _per("squared_error", "rows")),
    "skill": Metric(BINARY, "higher", ("log_loss", "outcome", "rows"), _skill, no_skill=0.0),
    "accuracy": Metric(BOTH, "higher", ("correct", "rows"), _per("correct", "rows")),
    "balanced_accuracy": Metric(BINARY, "higher", ("true_positive", "selected", "outcome", "rows"), _balanced_accuracy, no_skill=0.5),
    "precision": Metric(BINARY, "higher", ("true_positive", "selected"), _per("true_positive", "selected")),
    "recall": Metric(BINARY, "higher", ("true_positive", "outcome"), _per("true_positive", "outcome")),
    "f1": Metric(BINARY, "higher", ("true_positive", "selected", "outcome"), _f1),
    "macro_f1": Metric(CLASSES, "higher", ("class_true_positive", "class_selected", "class_positive"), _macro_f1),
    "cost": Metric(BINARY, "lower", ("cost", "rows"), _per("cost", "rows")),
    "positive_rate": Metric(BINARY, "", ("outcome", "rows"), _per("outcome", "rows")),
    "selection_rate": Metric(BINARY, "", ("selected", "rows"), _per("selected", "rows")),
    "mean_score": Metric(BINARY + NUMBERS, "", ("score", "rows"), _per("score", "rows")),
    "mae": Metric(NUMBERS, "lower", ("absolute_error", "rows"), _per("absolute_error", "rows")),
    "rmse": Metric(NUMBERS, "lower", ("squared_error", "rows"), lambda sums: np.sqrt(ratio(sums["squared_error"], sums["rows"]))),
    "r2": Metric(NUMBERS, "higher", ("squared_error", "outcome_squared", "outcome", "rows"), _r2, no_skill=0.0),
    "bias": Metric(NUMBERS, "", ("score", "outcome", "rows"), lambda sums: ratio(sums["score"] - sums["outcome"], sums["rows"])),
    "mean_outcome": Metric(NUMBERS, "", ("outcome", "rows"), _per("outcome", "rows")),
    "ndcg": Metric(LISTS, "higher", ("gain", "lists"), _per("gain", "lists")),
    "reciprocal_rank": Metric(LISTS, "higher", ("reciprocal_rank", "lists"), _per("reciprocal_rank", "lists")),
}
"""Every metric by name."""
