"""Rules about missing values."""

from __future__ import annotations

from collections.abc import Iterator

from components.validation.breach import Breach, RowRule, Subject, Verdict, known


def presence(subject: Subject) -> Iterator[Verdict]:
    """Check the share of rows with a value, `(rows - nulls - NaN) / rows`, against `min_fraction` (`too-many-missing`)."""
    import polars as pl

    for name, column, figures in subject.columns():
        n_rows, n_missing = figures.n_rows, figures.n_missing + figures.n_nan
        if n_rows == 0:
            continue
        if (n_rows - n_missing) / n_rows >= column.presence.min_fraction:
            yield None
            continue
        breach = Breach(
            code="too-many-missing",
            where=name,
            message="too many rows have no value",
            expected=f"at most {1 - column.presence.min_fraction:.4g} of the rows without a value",
            got=f"{n_missing / n_rows:.4g} ({n_missing} of {n_rows})",
            fix="Look for the cause at the source; lower `min_fraction` in schema.yaml only if such spans are true.",
            about=name,
        )
        missing = pl.col(name).is_null() | pl.col(name).is_nan() if figures.n_nan else pl.col(name).is_null()
        yield RowRule((name,), missing, known(breach))


def count(subject: Subject) -> Iterator[Verdict]:
    """Check the number of rows with a value against `min_count` (`too-few-present`)."""
    for name, column, figures in subject.columns():
        least, n_present = column.presence.min_count, figures.count - figures.n_nan
        if not least or not figures.n_rows:
            continue
        fix = "Look for the cause at the source; lower `min_count` in schema.yaml only if such spans are true."
        message = "too few rows have a value"
        few = Breach("too-few-present", name, message, f"{least} rows or more", f"{n_present} rows", fix, about=name)
        yield few if n_present < least else None
