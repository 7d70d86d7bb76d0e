"""Labels that outcomes alone give: numbers to predict, or classes of a pipeline without labeling functions."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, cast

from components.artifacts.examples import Examples
from components.artifacts.features import Features
from components.artifacts.labels import Labels
from components.labeling.precedence import resolve, with_feedback, with_maturity, with_ratings
from components.labeling.purposes import described
from components.runtime.component import component
from components.runtime.errors import DataError
from components.runtime.instants import to_micros
from components.runtime.keys import CodeRef
from components.runtime.window import Window

if TYPE_CHECKING:
    import polars as pl


@component(libraries=("polars",))
def label_outcomes(
    features: Window[Features], outcomes: Window[Examples], as_of: datetime, *, outcome: CodeRef, row_by_row: bool = False
) -> Labels:
    """Return the label of every feature row of the window as of a date: its outcome, as a number, where that is known.

    A row without an outcome in a span whose outcomes are known has the source ``no-outcome``; one of a span whose outcomes are not there
    yet is ``uncovered``, which is not zero.

    Parameters
    ----------
    features, outcomes
        Of the same spans.
    outcome
        The pipeline's function that gives the expression of the number (or truth value) over outcome rows.
    row_by_row
        Outcomes are known one by one: a row that has none yet is ``uncovered``, whatever is known of its span.

    Raises
    ------
    DataError
        If the windows are of other spans, or there are no features.
    """
    import polars as pl

    if features.spans != outcomes.spans:
        raise DataError("features and outcomes are not of the same spans", fix="give both windows the same length and until=")
    number = cast("Callable[[], pl.Expr]", outcome.load())().cast(pl.Float64).alias("outcome")
    known = {span.key: value.to_polars().select("row_id", number) for span, value in outcomes.present()}
    parts = [_labeled(value, span.key, known.get(span.key), row_by_row=row_by_row) for span, value in features.present()]
    if not parts:
        raise DataError("the window holds no features", fix="deliver its spans, or move the as-of")
    return Labels(
        pl.concat(parts).sort("event_time", "row_id"), {"kind": "outcomes", "as_of": to_micros(as_of), **described(outcomes, outcome)}
    )


def _labeled(features: Features, span: str, known: "pl.DataFrame | None", *, row_by_row: bool) -> "pl.DataFrame":
    import polars as pl

    rows = features.to_polars(["row_id", "event_time"]).with_columns(span=pl.lit(span))
    if known is None:
        rows = rows.with_columns(outcome=pl.lit(None, pl.Float64), mature=pl.lit(value=False))
    else:
        rows = with_maturity(rows.join(known, on="row_id", how="left", maintain_order="left"), known, row_by_row=row_by_row)
    said = rows.with_columns(voted=pl.lit(None, pl.Float64))
    return resolve(with_ratings(with_feedback(said, None), None), ("outcome",))
