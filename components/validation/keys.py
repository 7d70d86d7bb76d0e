"""Rules about rows among each other and about their place in time: the key, unique columns, event times inside the span."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from components.runtime.instants import from_micros, to_micros
from components.validation.breach import Breach, Subject


def key(subject: Subject) -> Iterator[Breach | None]:
    """Check that the key's values together occur once (`key-repeated`); null counts as a value."""
    import polars as pl

    names = subject.schema.key
    if not names or not set(names) <= set(subject.examples.schema.names):
        return
    repeated = pl.struct(names).is_duplicated()
    if not subject.examples.to_polars(names).select(repeated.any()).item():
        yield None
        return
    yield Breach(
        code="key-repeated",
        where=", ".join(names),
        message="several rows have the same key",
        expected="each key once",
        got="keys that repeat",
        fix="Remove the duplicates at the source, or name more columns in `key`.",
        columns=tuple(names),
        rows=repeated,
    )


def unique_columns(subject: Subject) -> Iterator[Breach | None]:
    """Check that columns said to be unique repeat no value (`value-repeated`); null is no value."""
    import polars as pl

    for name, column, figures in subject.columns():
        if not column.unique:
            continue
        repeated = pl.col(name).is_duplicated() & pl.col(name).is_not_null()
        n_repeated = subject.count(name, repeated)
        got = f"{n_repeated} of {figures.count} rows share their value"
        fix = "Remove the duplicates at the source, or drop `unique` in schema.yaml."
        message = "a unique column repeats values"
        found = Breach("value-repeated", name, message, "each value once", got, fix, name, columns=(name,), rows=repeated)
        yield found if n_repeated else None


def event_time(subject: Subject) -> Iterator[Breach | None]:
    """Check that event times lie in the span, `start <= event_time < end` (`event-time-outside-span`)."""
    import polars as pl

    times = [instant for leaf in subject.statistics.leaves for instant in (leaf.first_event, leaf.last_event) if instant is not None]
    if not subject.schema.event_time.inside_span or not times:
        return
    start, end = to_micros(subject.span.start), to_micros(subject.span.end)
    if start <= min(times) and max(times) < end:
        yield None
        return
    instant = pl.col("event_time").dt.epoch("us")
    yield Breach(
        code="event-time-outside-span",
        where="event_time",
        message=f"event times lie outside the span {subject.span.key}",
        expected=f"from {_text(subject.span.start)}, before {_text(subject.span.end)}",
        got=f"{_text(from_micros(min(times)))} to {_text(from_micros(max(times)))}",
        fix="Check the source's time column, its zone and the pipeline's grain.",
        about="event_time",
        columns=("event_time",),
        rows=(instant < start) | (instant >= end),
    )


def _text(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"
