"""Rules about rows among each other and about their place in time: the key, unique columns, event times."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import datetime

from components.artifacts.examples import EVENT_TIME
from components.runtime.instants import from_micros, to_micros
from components.validation.breach import Breach, RowRule, Subject, Verdict, if_any, known


def key(subject: Subject) -> Iterator[Verdict]:
    """Check that the key's values together occur once (`key-repeated`); null counts as a value."""
    import polars as pl

    names = subject.schema.key
    if not names or not set(names) <= set(subject.examples.schema.names):
        return
    breach = Breach(
        code="key-repeated",
        where=", ".join(names),
        message="several rows have the same key",
        expected="each key once",
        got="keys that repeat",
        fix="Remove the duplicates at the source, or name more columns in `key`.",
    )
    yield RowRule(names, pl.struct(names).is_duplicated(), if_any(known(breach)), whole=True)


def unique_columns(subject: Subject) -> Iterator[Verdict]:
    """Check that columns said to be unique repeat no value (`value-repeated`); null is no value."""
    import polars as pl

    for name, column, figures in subject.columns():
        if column.unique:
            repeated = pl.col(name).is_duplicated() & pl.col(name).is_not_null()
            yield RowRule((name,), repeated, if_any(functools.partial(_repeated, name, figures.count)), whole=True)


def event_time(subject: Subject) -> Iterator[Verdict]:
    """Check that event times lie in the span, `start <= event_time < end` (`event-time-outside-span`)."""
    import polars as pl

    times = [instant for leaf in subject.statistics.leaves for instant in (leaf.first_event, leaf.last_event) if instant is not None]
    if not subject.schema.event_time.inside_span or not times:
        return
    start, end = to_micros(subject.span.start), to_micros(subject.span.end)
    if start <= min(times) and max(times) < end:
        yield None
        return
    breach = Breach(
        code="event-time-outside-span",
        where=EVENT_TIME,
        message=f"event times lie outside the span {subject.span.key}",
        expected=f"from {_text(subject.span.start)}, before {_text(subject.span.end)}",
        got=f"{_text(from_micros(min(times)))} to {_text(from_micros(max(times)))}",
        fix="Check the source's time column, its zone and the pipeline's grain.",
        about=EVENT_TIME,
    )
    instant = pl.col(EVENT_TIME).dt.epoch("us")
    yield RowRule((EVENT_TIME,), (instant < start) | (instant >= end), known(breach))


def event_order(subject: Subject) -> Iterator[Verdict]:
    """Check that event times are unique (`event-time-repeated`) and rise with a column (`event-time-not-monotone`), in each group of `by`."""
    import polars as pl

    rule, present = subject.schema.event_time, subject.examples.schema.names
    if not {*rule.by, *([rule.rises_with] if rule.rises_with else [])} <= set(present):
        return
    groups = f" in a group of {', '.join(rule.by)}" if rule.by else ""
    if rule.unique:
        names = (EVENT_TIME, *rule.by)
        fix = "Remove the duplicates at the source, or drop `unique` of event_time in schema.yaml."
        message = "event times come more than once"
        found = Breach("event-time-repeated", EVENT_TIME, message, f"each once{groups}", "times that repeat", fix, about=EVENT_TIME)
        yield RowRule(names, pl.struct(names).is_duplicated(), if_any(known(found)), whole=True)
    if rule.rises_with is not None:
        counter, time = rule.rises_with, pl.col(EVENT_TIME)
        before = pl.when(pl.col(counter).is_not_null()).then(time).cum_max().shift(1)
        earlier = time < before.over(list(rule.by) or pl.lit(1), order_by=[counter, EVENT_TIME])
        fix = "See whether a clock was set back or the counter began anew; split the groups by more columns in `by`."
        message, expected = "event times fall back", f"times that do not fall as {counter} rises{groups}"
        found = Breach("event-time-not-monotone", EVENT_TIME, message, expected, "earlier times after later ones", fix, about=EVENT_TIME)
        yield RowRule(tuple(dict.fromkeys((EVENT_TIME, counter, *rule.by))), earlier, if_any(known(found)), whole=True)


def _repeated(name: str, n_values: int, count: int) -> Breach:
    got = f"{count} of {n_values} rows share their value"
    fix = "Remove the duplicates at the source, or drop `unique` in schema.yaml."
    return Breach("value-repeated", name, "a unique column repeats values", "each value once", got, fix, name)


def _text(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"
