"""Rules about the values of a column: intervals and lists, judged by the figures, and only where those do not suffice by the rows."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from components.artifacts.findings import MAX_EXAMPLES
from components.artifacts.schema_columns import ColumnType, Domain, scalar
from components.artifacts.statistics import ColumnFigures
from components.validation.breach import Breach, RowRule, Subject, Verdict, known

if TYPE_CHECKING:
    import polars as pl


def intervals(subject: Subject) -> Iterator[Verdict]:
    """Check minimum and maximum, infinities included (`value-out-of-range`); NaN is a missing value, no large one."""
    for name, column, figures in subject.filled():
        low, high = (None if bound is None else scalar(column.type, bound) for bound in (column.domain.min, column.domain.max))
        if low is None and high is None:
            continue
        if not _leaves(figures, low, high):
            yield None
            continue
        breach = Breach(
            code="value-out-of-range",
            where=name,
            message="values lie outside the interval",
            expected=_interval(column.domain),
            got=f"finite values from {figures.minimum} to {figures.maximum}" + _infinities(figures),
            fix="Correct the source, or widen the interval in schema.yaml if the values are right.",
            about=name,
        )
        yield RowRule((name,), _outside(name, column.type, low, high), known(breach))


def listed_values(subject: Subject) -> Iterator[Verdict]:
    """Check values against the list (`value-unseen`, `too-many-unseen`): `share = rows off the list / rows with a value`."""
    for name, column, figures in subject.filled():
        domain = column.domain
        if not domain.values:
            continue
        texts = _texts_off_list(figures, domain) if column.type == "string" else None
        if texts is not None and not texts:
            yield None
            continue
        unlisted = ~_comparable(name, column.type).is_in([scalar(column.type, value) for value in domain.values])
        yield RowRule((name,), unlisted, functools.partial(_unseen, name, figures, domain, texts or ()))


def _unseen(name: str, figures: ColumnFigures, domain: Domain, texts: Sequence[str], n_unseen: int) -> Breach | None:
    too_many = n_unseen / figures.count > domain.max_unseen_share
    if not n_unseen or (domain.new_values == "allow" and not too_many):
        return None
    shown = ", ".join(map(repr, texts[:MAX_EXAMPLES])) + (", ..." if len(texts) > MAX_EXAMPLES else "")
    share = f" in at most {domain.max_unseen_share:.4g} of the rows" if too_many else ""
    return Breach(
        code="too-many-unseen" if too_many else "value-unseen",
        where=name,
        message="too many values are not on the list" if too_many else "values are not on the list",
        expected=f"one of {len(domain.values)} values, others{share}" if too_many else f"one of {len(domain.values)} values",
        got=f"{n_unseen} of {figures.count} rows with others" + (f": {shown}" if shown else ""),
        fix="Add the values to the list in schema.yaml if they are right, else correct the source.",
        about=name,
        severity=None if too_many or domain.new_values == "allow" else domain.new_values,
    )


def _texts_off_list(figures: ColumnFigures, domain: Domain) -> list[str] | None:
    """Return the texts that are not on the list, most frequent first, or None where the figures do not hold every text."""
    if sum(figures.top.values()) != figures.count:
        return None
    listed = set(domain.values)
    return [text for text in figures.top if text not in listed]


def _leaves(figures: ColumnFigures, low: float | str | None, high: float | str | None) -> bool:
    below = low is not None and (figures.n_negative_infinite > 0 or (figures.minimum is not None and figures.minimum < low))  # type: ignore[operator]
    above = high is not None and (figures.n_positive_infinite > 0 or (figures.maximum is not None and figures.maximum > high))  # type: ignore[operator]
    return below or above


def _outside(name: str, column_type: ColumnType, low: float | str | None, high: float | str | None) -> pl.Expr:
    import polars as pl

    value = _comparable(name, column_type)
    return (value < pl.lit(low) if low is not None else pl.lit(value=False)) | (
        value > pl.lit(high) if high is not None else pl.lit(value=False)
    )


def _comparable(name: str, column_type: ColumnType) -> pl.Expr:
    """Return a column as `scalar` writes its values: numbers without NaN, microseconds, days, texts."""
    import polars as pl

    value = pl.col(name)
    match column_type:
        case "float64":
            return value.fill_nan(None)
        case "timestamp":
            return value.dt.epoch("us")
        case "date":
            return value.dt.epoch("d")
        case "bool":
            return value.cast(pl.Int64)
    return value


def _interval(domain: Domain) -> str:
    return " and ".join([f"at least {domain.min}"] * (domain.min is not None) + [f"at most {domain.max}"] * (domain.max is not None))


def _infinities(figures: ColumnFigures) -> str:
    count = figures.n_negative_infinite + figures.n_positive_infinite
    return f", {count} infinite" if count else ""
