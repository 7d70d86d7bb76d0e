"""What was made from tagged columns: what differs once the columns have no values, whatever it is called."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


def columns_read(expression: "pl.Expr") -> frozenset[str] | None:
    """Return the names of the columns that an expression reads; None where it asks for them by a pattern, a type or a place.

    >>> import polars as pl
    >>> sorted(columns_read(pl.col("a") + pl.col("b"))), columns_read(pl.sum_horizontal(pl.all()))
    (['a', 'b'], None)
    """
    return None if SELECTOR in str(expression) else frozenset(expression.meta.root_names())


SELECTOR = "cs."
"""How Polars writes a choice of columns; a text that holds it makes an expression look as if it read all, which is safe."""


def without_values(rows: "pl.DataFrame", columns: Iterable[str]) -> "pl.DataFrame":
    """Return the rows with nulls in some columns; names that are not there are passed over."""
    import polars as pl

    return rows.with_columns(pl.lit(None, rows.schema[name]).alias(name) for name in columns if name in rows.columns)


def made_from(made: "pl.DataFrame", without: "pl.DataFrame", purpose: str) -> dict[str, str]:
    """Return the purpose of each column that differs between what was made with and without the values of tagged columns.

    >>> import polars as pl
    >>> made_from(pl.DataFrame({"n": [1, 2], "g": ["x", None]}), pl.DataFrame({"n": [1, 2], "g": [None, None]}), "slice-only")
    {'g': 'slice-only'}
    """
    return {name: purpose for name in made.columns if name not in without.columns or not _same(made[name], without[name])}


def made_by(expressions: Mapping[str, "pl.Expr"], rows: "pl.DataFrame", purposes: Mapping[str, str]) -> dict[str, str]:
    """Return the purpose of each expression that names a tagged column or whose values depend on one.

    >>> import polars as pl
    >>> made_by({"a": pl.sum_horizontal(pl.all()), "b": pl.lit(1)}, pl.DataFrame({"n": [1, 2]}), {"n": "slice-only"})
    {'a': 'slice-only'}
    """
    tagged = set(purposes) & set(rows.columns)
    if not tagged:
        return {}
    purpose = min(purposes[name] for name in tagged)
    named = {name: purpose for name, one in expressions.items() if tagged & (columns_read(one) or set())}
    others = [one.alias(name) for name, one in expressions.items() if name not in named]
    return named | made_from(rows.select(others), without_values(rows, tagged).select(others), purpose)


def _same(one: "pl.Series", other: "pl.Series") -> bool:
    """Tell whether two columns hold the same values; null equals null, and NaN NaN."""
    return len(one) == len(other) and not one.ne_missing(other.cast(one.dtype, strict=False)).any()
