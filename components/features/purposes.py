"""Which features were made from columns that may only be sliced by: those that differ once the columns have no values."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


def without_values(rows: "pl.DataFrame", columns: Iterable[str]) -> "pl.DataFrame":
    """Return the rows with nulls in some columns; names that are not there are passed over."""
    import polars as pl

    return rows.with_columns(pl.lit(None, rows.schema[name]).alias(name) for name in columns if name in rows.columns)


def made_from(features: "pl.DataFrame", without: "pl.DataFrame", purpose: str) -> dict[str, str]:
    """Return the purpose of each feature that differs between features made with and without the values of tagged columns.

    >>> import polars as pl
    >>> made_from(pl.DataFrame({"n": [1, 2], "g": ["x", None]}), pl.DataFrame({"n": [1, 2], "g": [None, None]}), "slice-only")
    {'g': 'slice-only'}
    """
    return {name: purpose for name in features.columns if name not in without.columns or not _same(features[name], without[name])}


def _same(one: "pl.Series", other: "pl.Series") -> bool:
    """Tell whether two columns hold the same values; null equals null, and NaN NaN."""
    return len(one) == len(other) and not one.ne_missing(other.cast(one.dtype, strict=False)).any()
