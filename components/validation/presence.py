"""Rules about missing values."""

from __future__ import annotations

from collections.abc import Iterator

from components.validation.breach import Breach, Subject


def presence(subject: Subject) -> Iterator[Breach | None]:
    """Check the share of rows with a value, `(rows - nulls - NaN) / rows`, against `min_fraction` (`too-many-missing`)."""
    import polars as pl

    for name, column, figures in subject.columns():
        n_rows, n_missing = figures.n_rows, figures.n_missing + figures.n_nan
        if n_rows == 0:
            continue
        if (n_rows - n_missing) / n_rows >= column.presence.min_fraction:
            yield None
            continue
        missing = pl.col(name).is_null() | pl.col(name).is_nan() if figures.n_nan else pl.col(name).is_null()
        yield Breach(
            code="too-many-missing",
            where=name,
            message="too many rows have no value",
            expected=f"at most {1 - column.presence.min_fraction:.4g} of the rows without a value",
            got=f"{n_missing / n_rows:.4g} ({n_missing} of {n_rows})",
            fix="Look for the cause at the source; lower `min_fraction` in schema.yaml only if such spans are true.",
            about=name,
            columns=(name,),
            rows=missing,
        )
