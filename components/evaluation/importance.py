"""What a model goes by: permutation importance and partial dependence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from components.artifacts.examination import Dependence, Importance
from components.artifacts.model import Model
from components.evaluation.bench import Bench
from components.evaluation.rows import scores_of
from components.measures.intervals import intervals
from components.measures.scored import Scored, amounts

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

GRID = 12
"""Values of a feature at which dependence is told."""
DEPENDENCE_ROWS = 500


def importances(model: Model, frame: pl.DataFrame, bench: Bench, loss: str, classes: Sequence[int] = ()) -> list[Importance]:
    """Return how much each feature's shuffling raises the mean loss, the greatest first (Breiman 2001, Random forests, section 10).

    Parameters
    ----------
    loss
        The amount of `scored.AMOUNTS` that is averaged: ``log_loss`` or ``squared_error``.
    classes
        Of many classes all of which the rows are, and that the model knows.

    Notes
    -----
    Shuffled once, with a seed of the feature's own; the interval is over blocks of rows, for one feature at a time: two that say the same
    stand in for each other, and both look small.

    """
    before = _loss(model, frame, bench.outcomes, loss, classes)
    found = []
    for place, column in enumerate(model.features):
        order = np.random.default_rng([bench.seed, place]).permutation(frame.height)
        shuffled = frame.with_columns(frame[column.name].gather(order))
        found.append(_importance(column.name, _loss(model, shuffled, bench.outcomes, loss, classes) - before, bench))
    return sorted(found, key=lambda one: (-one.value, one.feature))


def dependences(model: Model, frame: pl.DataFrame, features: list[str]) -> Iterator[Dependence]:
    """Yield the mean prediction over some rows where a feature has each of its values (Friedman 2001, section 8.2).

    Numbers are taken at up to `GRID` quantiles, texts at the most frequent values. Of many classes the last one's probability is told.
    """
    import polars as pl

    rows = frame.gather_every(max(1, frame.height // DEPENDENCE_ROWS)).head(DEPENDENCE_ROWS)
    for name in features:
        series = frame[name].drop_nulls()
        values = _grid(series)
        predicted = [model.scores(rows.with_columns(pl.lit(value, frame.schema[name]).alias(name))) for value in values]
        means = [float((one if one.ndim == 1 else one[:, -1]).mean()) for one in predicted]
        yield Dependence(name, tuple(values), tuple(round(mean, 9) for mean in means))


def _grid(series: pl.Series) -> list[float | str]:
    import polars as pl

    if series.dtype == pl.String:
        counted = series.value_counts().sort("count", series.name, descending=[True, False])
        return counted[series.name].head(GRID).to_list()
    quantiles = np.quantile(series.cast(pl.Float64).to_numpy(), np.linspace(0.02, 0.98, GRID)) if series.len() else []
    return [float(value) for value in np.unique(np.asarray(quantiles).astype(int) if series.dtype.is_integer() else quantiles)]


def _importance(feature: str, rise: NDArray[np.float64], bench: Bench) -> Importance:
    sums = np.bincount(bench.block_of, weights=rise, minlength=bench.n_blocks)
    rows = np.bincount(bench.block_of, minlength=bench.n_blocks)
    drawn, weight = bench.weights @ sums, bench.weights @ rows
    mean = np.divide(drawn, weight, out=np.full(len(drawn), np.nan), where=weight > 0)
    (ends,) = intervals([float(rise.mean())], mean[None, :], bench.confidence, bench.n_blocks)
    low, high = (None, None) if np.isnan(ends.low) else (round(ends.low, 9), round(ends.high, 9))
    return Importance(feature, round(ends.value, 9), low, high)


def _loss(model: Model, frame: pl.DataFrame, outcomes: NDArray[np.float64], loss: str, classes: Sequence[int]) -> NDArray[np.float64]:
    return amounts(Scored(outcomes, scores_of(model, frame, classes)), (loss,))[loss]
