"""Small days of rows for tests of the training stages: features, outcomes, votes and labels that belong together."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

import numpy as np
import polars as pl
import pyarrow as pa

from components.artifacts.examples import Examples
from components.artifacts.features import Features
from components.artifacts.labels import Labels
from components.runtime.instants import to_micros
from components.runtime.spans import Calendar, Grain, Span
from components.runtime.window import Absent, Window

DAYS = Calendar(Grain.DAY, "America/New_York")
T = TypeVar("T")


def days(n: int, first: str = "2013-03-08") -> list[Span]:
    """Return n days of New York; the third one from the default first has 23 hours."""
    start = DAYS.span(first)
    return [DAYS.next(start, i) for i in range(n)]


def window_of(spans: Sequence[Span], value: Callable[[Span], T], absent: Sequence[Span] = ()) -> Window[T]:
    return Window(tuple(spans), tuple(Absent("no-delivery") if span in absent else value(span) for span in spans))


def rows(span: Span, n: int = 20) -> pl.DataFrame:
    """Return the rows of a day, with a score that tells the outcome from afar; the third row has none."""
    random = np.random.default_rng(to_micros(span.start) // 1_000_000)
    score = random.normal(size=n)
    outcome = (random.random(n) < 1 / (1 + np.exp(-2 * score))).astype(np.int8)
    frame = pl.DataFrame(
        {
            "row_id": [f"{span.key}{i:06}".encode() for i in range(n)],
            "event_time": [to_micros(span.start) + i * 1_000_000 for i in range(n)],
            "carrier": [("AA", "B6", None)[i % 3] for i in range(n)],
            "hour": list(range(n)),
            "score": score,
            "outcome": [None if i == 2 else int(one) for i, one in enumerate(outcome)],
        },
        schema_overrides={"outcome": pl.Int8},
    )
    return frame.with_columns(pl.col("event_time").cast(pl.Datetime("us", "UTC")))


def features(span: Span, n: int = 20) -> Features:
    return Features.from_arrow(_table(rows(span, n).drop("outcome")))


def outcomes(span: Span, n: int = 20) -> Examples:
    return Examples.from_arrow(_table(rows(span, n).select("row_id", "event_time", "outcome")))


def labels(spans: Sequence[Span], as_of: datetime | None = None, n: int = 20, voted: Sequence[Span] = ()) -> Labels:
    """Return the outcomes of the spans as labels; of ``voted`` spans a probability of 0.7 in place of each outcome."""
    frames = [
        rows(span, n)
        .select("row_id", "event_time", "outcome", span=pl.lit(span.key), mature=pl.lit(span not in voted))
        .with_columns(outcome=pl.when("mature").then("outcome"))
        for span in spans
    ]
    label = pl.when("mature").then(pl.col("outcome").cast(pl.Float64)).otherwise(0.7)
    source = pl.when(~pl.col("mature")).then(pl.lit("label_model")).when(pl.col("outcome").is_null()).then(pl.lit("no-outcome"))
    every = pl.concat(frames).with_columns(label=label, source=source.otherwise(pl.lit("outcome")), voted=pl.lit(0.7))
    columns = ("row_id", "event_time", "span", "outcome", "voted", "label", "source")
    return Labels(every.select(columns), {"as_of": to_micros(as_of)} if as_of else {})


def positive() -> pl.Expr:
    """Return class 1 of the outcome rows; null where there is no outcome."""
    return pl.col("outcome") == 1


def _table(frame: pl.DataFrame) -> pa.Table:
    table = frame.to_arrow()
    fields = {"row_id": pa.binary(16), "carrier": pa.string()}
    return table.cast(pa.schema([pa.field(f.name, fields.get(f.name, f.type)) for f in table.schema]))
