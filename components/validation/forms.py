"""Rules about the form of values: what texts look like and parse as, how long they are, and numbers that are none."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from components.artifacts.schema_columns import Domain
from components.validation.breach import Breach, RowRule, Subject, Verdict, if_any, known, tried

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa


def texts(subject: Subject) -> Iterator[Verdict]:
    """Check that texts match `pattern` as a whole and parse as `parses_as` (`value-malformed`), every row of them."""
    for name, column, figures in subject.filled():
        domain = column.domain
        if domain.pattern is not None:
            malformed = functools.partial(_malformed, name, f"texts that match {domain.pattern}", figures.count)
            yield tried(subject, name, domain.pattern, RowRule((name,), ~_matches(name, domain.pattern), if_any(malformed)))
        if domain.parses_as is not None:
            malformed = functools.partial(_malformed, name, f"texts that parse as {domain.parses_as}", figures.count)
            yield tried(subject, name, domain.parses_as, RowRule((name,), _unparsed(name, domain), if_any(malformed)))


def odd_numbers(subject: Subject) -> Iterator[Verdict]:
    """Check that there is no NaN (`value-nan`) and no infinity (`value-infinite`) where the domain allows none."""
    import polars as pl

    fix = "Look for a division by zero or an overflow at the source, or deliver null where there is no value."
    for name, column, figures in subject.filled():
        n_infinite = figures.n_positive_infinite + figures.n_negative_infinite
        if not column.domain.allow_nan:
            found = Breach("value-nan", name, "values are not a number", "no NaN", f"{figures.n_nan} rows with NaN", fix, about=name)
            yield RowRule((name,), pl.col(name).is_nan(), known(found)) if figures.n_nan else None
        if not column.domain.allow_infinite:
            found = Breach("value-infinite", name, "values are infinite", "finite numbers", f"{n_infinite} rows", fix, about=name)
            yield RowRule((name,), pl.col(name).is_infinite(), known(found)) if n_infinite else None


def lengths(subject: Subject) -> Iterator[Verdict]:
    """Check characters of texts, bytes of binary values and elements of lists against `length` (`length-out-of-range`)."""
    for name, column, figures in subject.filled():
        bounds = column.length
        if bounds is None:
            continue
        low, high = figures.minimum, figures.maximum
        if low is None or high is None or (bounds.admits(low) and bounds.admits(high)):
            yield None
            continue
        got = f"{low} to {high} {figures.measure}"
        fix = "Correct the source, or the bounds in schema.yaml if the values are right."
        found = Breach("length-out-of-range", name, "values are too short or too long", f"{bounds} {figures.measure}", got, fix, about=name)
        length = _length(name, subject.examples.schema.field(name).type)
        yield RowRule((name,), ~length.is_between(bounds.min or 0, math.inf if bounds.max is None else bounds.max), known(found))


def _malformed(name: str, expected: str, n_values: int, count: int) -> Breach:
    fix = "Correct the source, or the form in schema.yaml if the values are right."
    message = "values are not of the expected form"
    return Breach("value-malformed", name, message, expected, f"{count} of {n_values} rows with others", fix, about=name)


def _matches(name: str, pattern: str) -> pl.Expr:
    import polars as pl

    return pl.col(name).str.contains(f"^(?:{pattern})$")


def _unparsed(name: str, domain: Domain) -> pl.Expr:
    """Return whether a text is there and does not parse."""
    import polars as pl

    value = pl.col(name)
    match domain.parses_as:
        case "int64":
            parsed = value.cast(pl.Int64, strict=False)
        case "float64":
            parsed = value.cast(pl.Float64, strict=False)
        case "bool":
            parsed = value.str.to_lowercase().replace_strict(["true", "false", "1", "0"], [True, False, True, False], default=None)
        case form:
            has_time = any(part in str(form) for part in ("%H", "%I", "%T", "%R", "%s"))
            parsed = value.str.strptime(pl.Datetime("us") if has_time else pl.Date(), form, strict=False)
    return value.is_not_null() & parsed.is_null()


def _length(name: str, kind: pa.DataType) -> pl.Expr:
    import polars as pl
    import pyarrow as pa

    value = pl.col(name)
    if pa.types.is_fixed_size_list(kind):
        return value.arr.len()
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return value.list.len()
    is_binary = pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
    return value.bin.size() if is_binary else value.str.len_chars()
