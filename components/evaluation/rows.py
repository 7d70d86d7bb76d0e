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
        [n_rows], of many classes the class's place among the model's.
    scores
        Of the model, and of the champion where it can score the rows: [n_rows] or [n_rows, n_classes] each.
    block_of
        [n_rows], the number of each row's span within the test part.
    n_immature
        Rows of the test spans that wait for their outcome.

    """

    __test__ = False  # no test for pytest

    rows: pl.DataFrame
    outcomes: NDArray[np.float64]
    scores: tuple[NDArray[np.float64], ...]
    block_of: NDArray[np.int64]
    n_immature: int = 0

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
    features: Window[Features], labels: Labels, split: Split, models: tuple[Model, Model | None], columns: Sequence[str]
) -> TestRows:
    """Return the test spans' rows whose outcome is known, scored by model and champion, with some of their feature columns.

    Raises
    ------
    DefinitionError
        If there is no such column.

    """
    import polars as pl

    model, champion = models
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
        ours.append(model.scores(rows))
        if champion is not None and {*champion.features} <= {*features_of(rows)}:
            theirs.append(champion.scores(rows))
        parts.append(rows.select(*COLUMNS, "block", *(name for name in columns if name not in COLUMNS)))
    scores = tuple(np.concatenate(each) for each in (ours, theirs) if len(each) == len(parts))
    rows = pl.concat(parts).rechunk()
    return TestRows(rows.drop("block"), _outcomes(rows["outcome"], model.classes), scores, rows["block"].to_numpy(), n_immature)


def threads(n: int) -> AbstractContextManager[object]:
    """Keep BLAS to some threads: products of small matrices gain nothing from more than one, whose sums run in one order."""
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(n)
    return limits


def _outcomes(outcomes: pl.Series, classes: Sequence[object]) -> NDArray[np.float64]:
    """Return outcomes as numbers: of more than two classes the place among them."""
    import polars as pl

    if len(classes) > 2:  # noqa: PLR2004
        outcomes = outcomes.replace_strict(dict(zip(classes, range(len(classes)), strict=True)), return_dtype=pl.Int64)
    numbers: NDArray[np.float64] = outcomes.cast(pl.Float64).to_numpy()
    return numbers


def _column(name: str, scores: NDArray[np.float64]) -> pl.Series:
    import polars as pl

    return pl.Series(name, scores, dtype=pl.Float64) if scores.ndim == 1 else pl.Series(name, scores.tolist(), dtype=pl.List(pl.Float64))
