"""The rows that a model is tested on: read and scored span by span, so that only scores and slice columns stay in memory."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from components.artifacts.features import Features
from components.artifacts.labels import Labels
from components.artifacts.model import Model, features_of
from components.artifacts.predictions import Predictions
from components.artifacts.split import Split
from components.measures.scored import Task
from components.measures.slices import Dimension, dimensions_of, edges_of_spans, with_edges
from components.runtime.errors import DefinitionError, nearest
from components.runtime.keys import CodeRef
from components.runtime.window import Window

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

COLUMNS = ("row_id", "event_time", "span", "outcome")


@dataclass(frozen=True)
class TestRows:
    """Rows with a known outcome, in order of time and row id, and what each model says of them.

    Parameters
    ----------
    rows
        `COLUMNS` and the slice columns.
    outcomes
        [n_rows], of many classes the place among ``classes``.
    scores
        Of the model, and of the champion where it can score the rows: [n_rows] or [n_rows, n_classes] each.
    block_of
        [n_rows], the number of each row's span within the test part.
    n_immature
        Rows of the test spans that wait for their outcome.
    classes
        Of many classes those that a model knows or a test row is of, in order.

    """

    __test__ = False  # no test for pytest

    rows: pl.DataFrame
    outcomes: NDArray[np.float64]
    scores: tuple[NDArray[np.float64], ...]
    block_of: NDArray[np.int64]
    n_immature: int = 0
    classes: tuple[int, ...] = ()

    def after(self, instant: int) -> NDArray[np.bool_]:
        """Return whether each row is of an event at or after an instant (microseconds), [n_rows]."""
        times: NDArray[np.int64] = self.rows["event_time"].to_physical().to_numpy()
        return times >= instant

    def predictions(self) -> Predictions:
        """Return the rows with the first model's score and the second one's."""
        import polars as pl

        columns = [_column(name, scores) for name, scores in zip(("probability", "champion"), self.scores, strict=False)]
        missing = pl.lit(None, pl.Float64).alias("champion")
        return Predictions(self.rows.select(*COLUMNS).with_columns(*columns, *([] if len(columns) > 1 else [missing])))


def cut_by(texts: Sequence[str], slicing: CodeRef | None, features: Window[Features], split: Split) -> tuple[Dimension, ...]:
    """Return what texts slice test rows by; the edges of quantile bins are those of the spans before the cut."""
    before = {*split.train, *split.embargo, *split.validation}
    return with_edges(dimensions_of(texts, slicing), edges_of_spans([one for span, one in features.present() if span.key in before]))


def read_test_rows(
    features: Window[Features], labels: Labels, split: Split, models: tuple[Model, Model | None], columns: Sequence[str], task: Task
) -> TestRows:
    """Return the test spans' rows whose outcome is known, scored by model and champion, with some of their feature columns.

    Of many classes every model is scored on all of them, see `scores_of`.

    Raises
    ------
    DefinitionError
        If there is no such column.

    """
    import polars as pl

    model, champion = models
    classes = _classes(labels, split, models) if task == "multi-class" else ()
    known = labels.rows.select("row_id", "outcome", waits=pl.col("outcome").is_null() & (pl.col("source") != "no-outcome"))
    values = {span.key: value for span, value in features.present()}
    parts, ours, theirs, n_immature = [], [], [], 0
    for number, key in enumerate(split.test):
        whole = values[key].to_polars().join(known, on="row_id", how="inner").sort("event_time", "row_id")
        n_immature += int(whole["waits"].sum())
        rows = whole.filter(pl.col("outcome").is_not_null()).with_columns(span=pl.lit(key), block=pl.lit(number, pl.Int64))
        if missing := [name for name in columns if name not in rows.columns]:
            near = nearest(missing[0], rows.columns)
            raise DefinitionError(f"there is no column '{missing[0]}' to slice by", expected=", ".join(rows.columns), nearest=near)
        ours.append(scores_of(model, rows, classes))
        if champion is not None and {*champion.features} <= {*features_of(rows)}:
            theirs.append(scores_of(champion, rows, classes))
        parts.append(rows.select(*COLUMNS, "block", *(name for name in columns if name not in COLUMNS)))
    scores = tuple(np.concatenate(each) for each in (ours, theirs) if len(each) == len(parts))
    rows = pl.concat(parts).rechunk()
    outcomes: NDArray[np.float64] = rows["outcome"].cast(pl.Float64).to_numpy()
    if classes:
        outcomes = np.searchsorted(classes, outcomes).astype(np.float64)
    return TestRows(rows.drop("block"), outcomes, scores, rows["block"].to_numpy(), n_immature, classes)


def scores_of(model: Model, frame: pl.DataFrame, classes: Sequence[int]) -> NDArray[np.float64]:
    """Return what a model says of rows, [n_rows]; of many classes the probability of each, [n_rows, n_classes]: 0 of one that it never saw."""
    if not classes:
        return model.scores(frame)
    found = np.zeros((frame.height, len(classes)))
    found[:, np.searchsorted(classes, model.classes)] = model.predict_proba(frame)
    return found


def threads(n: int) -> AbstractContextManager[object]:
    """Keep BLAS to some threads: products of small matrices gain nothing from more than one, whose sums run in one order."""
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(n)
    return limits


def _classes(labels: Labels, split: Split, models: tuple[Model, Model | None]) -> tuple[int, ...]:
    """Return the classes that a model knows or a test row is of, in order."""
    import polars as pl

    told = labels.rows.filter(pl.col("span").is_in(split.test))["outcome"].drop_nulls().unique()
    return tuple(sorted({*map(int, told), *(int(known) for model in models if model is not None for known in model.classes)}))


def _column(name: str, scores: NDArray[np.float64]) -> pl.Series:
    import polars as pl

    return pl.Series(name, scores, dtype=pl.Float64) if scores.ndim == 1 else pl.Series(name, scores.tolist(), dtype=pl.List(pl.Float64))
