"""Scored rows, and the amounts that each row adds to the sums that metrics are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Task = Literal["binary", "multi-class", "regression", "ranking"]
CLIP = 1e-15
"""Probabilities are kept this far from 0 and 1 in the log loss, as scikit-learn did before it took the type's own epsilon."""
DEPTH = 10
"""Places of a ranking that its gain counts, as in most reports of it (nDCG@10)."""


@dataclass(frozen=True)
class Scored:
    """What was predicted of rows, beside what became of them.

    Parameters
    ----------
    outcomes
        [n_rows]: 0 or 1 (binary), the class's position (multi-class), the number (regression), the relevance, 0 or more (ranking).
    scores
        [n_rows]: the probability of class 1, the predicted number, or what is ranked by; multi-class [n_rows, n_classes] probabilities.
    queries
        [n_rows], ranking only: the list that each row belongs to.
    threshold
        A binary score of at least this selects the row.
    false_positive, false_negative
        What a row costs that is selected in vain, and one that is missed.

    """

    outcomes: NDArray[np.float64]
    scores: NDArray[np.float64]
    queries: NDArray[np.int64] | None = None
    threshold: float = 0.5
    false_positive: float = 1.0
    false_negative: float = 1.0

    def take(self, index: NDArray[np.int64]) -> Scored:
        """Return some of the rows, in the order of their numbers."""
        queries = None if self.queries is None else self.queries[index]
        return replace(self, outcomes=self.outcomes[index], scores=self.scores[index], queries=queries)

    @property
    def selected(self) -> NDArray[np.bool_]:
        """Whether each row is selected, [n_rows]."""
        selected: NDArray[np.bool_] = self.scores >= self.threshold
        return selected


def amounts(rows: Scored, names: tuple[str, ...]) -> dict[str, NDArray[np.float64]]:
    """Return what each row adds to each named sum: [n_rows], or [n_rows, n_classes] for sums by class.

    >>> amounts(Scored(np.array([1.0, 0.0]), np.array([0.8, 0.7])), ("true_positive", "selected"))
    {'true_positive': array([1., 0.]), 'selected': array([1., 1.])}
    """
    return {name: AMOUNTS[name](rows).astype(np.float64) for name in names}


def _log_loss(rows: Scored) -> NDArray[np.float64]:
    """Return the negative log likelihood in nats."""
    if rows.scores.ndim > 1:
        likelihood = np.take_along_axis(rows.scores, _classes(rows)[:, None], axis=1)[:, 0]
    else:
        likelihood = np.where(rows.outcomes > 0, rows.scores, 1 - rows.scores)
    return -np.log(np.clip(likelihood, CLIP, 1 - CLIP))


def _squared_error(rows: Scored) -> NDArray[np.float64]:
    return ((rows.scores - _one_hot(rows)) ** 2).sum(axis=1) if rows.scores.ndim > 1 else (rows.scores - rows.outcomes) ** 2


def _correct(rows: Scored) -> NDArray[np.bool_]:
    right: NDArray[np.bool_] = _guesses(rows) == _classes(rows) if rows.scores.ndim > 1 else rows.selected == (rows.outcomes > 0)
    return right


def _cost(rows: Scored) -> NDArray[np.float64]:
    return np.where(rows.selected, rows.false_positive * (1 - rows.outcomes), rows.false_negative * rows.outcomes)


def _classes(rows: Scored) -> NDArray[np.int64]:
    return rows.outcomes.astype(np.int64)


def _guesses(rows: Scored) -> NDArray[np.int64]:
    best: NDArray[np.int64] = np.argmax(rows.scores, axis=1)
    return best


def _one_hot(rows: Scored) -> NDArray[np.bool_]:
    hot: NDArray[np.bool_] = _classes(rows)[:, None] == np.arange(rows.scores.shape[1])
    return hot


def _guessed(rows: Scored) -> NDArray[np.bool_]:
    hot: NDArray[np.bool_] = _guesses(rows)[:, None] == np.arange(rows.scores.shape[1])
    return hot


def _gain(rows: Scored) -> NDArray[np.float64]:
    """Return each list's normalised discounted gain on its first row; a list without relevance gains 0 (Järvelin and Kekäläinen 2002)."""
    gains, ideal = (_discounted(rows, by) for by in (rows.scores, rows.outcomes))
    return np.divide(gains, ideal, out=np.zeros_like(gains), where=ideal > 0)


def _discounted(rows: Scored, by: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the discounted gain of the first `DEPTH` places of each list on its first row; equal scores keep the order of the rows."""
    order, place, first = _ranked(rows, by)
    kept = place < DEPTH
    worth = np.where(kept, rows.outcomes[order] / np.log2(np.minimum(place, DEPTH) + 2), 0.0)
    return np.bincount(first, weights=worth, minlength=len(order)).astype(np.float64)


def _reciprocal_rank(rows: Scored) -> NDArray[np.float64]:
    """Return one over the place of each list's first relevant row, on the list's first row; 0 where none is relevant."""
    order, place, first = _ranked(rows, rows.scores)
    found = np.zeros(len(order))
    np.maximum.at(found, first, np.where(rows.outcomes[order] > 0, 1 / (place + 1), 0.0))
    return found


def _ranked(rows: Scored, by: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows by list and falling score, and of each its place in its list and the number of its list's first row."""
    queries = _queries(rows)
    order = np.lexsort((-by, queries))
    starts = np.flatnonzero(np.diff(queries[order], prepend=queries[order][:1] - 1)) if len(order) else np.zeros(0, np.int64)
    lengths = np.diff([*starts, len(order)])
    _, heads = np.unique(queries, return_index=True)
    return order, np.arange(len(order)) - np.repeat(starts, lengths), np.repeat(heads, lengths)


def _heads(rows: Scored) -> NDArray[np.float64]:
    """Return 1 on the first row of each list."""
    marks = np.zeros(len(rows.outcomes))
    marks[np.unique(_queries(rows), return_index=True)[1]] = 1
    return marks


def _queries(rows: Scored) -> NDArray[np.int64]:
    return rows.queries if rows.queries is not None else np.zeros(len(rows.outcomes), np.int64)


AMOUNTS: Mapping[str, Callable[[Scored], NDArray[np.float64] | NDArray[np.bool_]]] = {
    "rows": lambda rows: np.ones(len(rows.outcomes)),
    "outcome": lambda rows: rows.outcomes,
    "outcome_squared": lambda rows: rows.outcomes**2,
    "score": lambda rows: rows.scores,
    "selected": lambda rows: rows.selected,
    "true_positive": lambda rows: rows.selected & (rows.outcomes > 0),
    "correct": _correct,
    "log_loss": _log_loss,
    "squared_error": _squared_error,
    "absolute_error": lambda rows: np.abs(rows.scores - rows.outcomes),
    "cost": _cost,
    "class_positive": _one_hot,
    "class_selected": _guessed,
    "class_true_positive": lambda rows: _guessed(rows) & _one_hot(rows),
    "lists": _heads,
    "gain": _gain,
    "reciprocal_rank": _reciprocal_rank,
}
"""Each sum by name, and what a row adds to it."""
