"""Slices: named parts of the rows that metrics are broken down by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from components.runtime.errors import DefinitionError, nearest

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

CROSS = " & "
"""Between the columns of a cross, and between their values: slices of ``origin & carrier`` are called ``EWR & UA``."""


def slices_of(rows: pl.DataFrame, dimensions: Sequence[str]) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    """Yield (dimension, value, mask [n_rows]) for every value of every dimension, in order of dimension and value; null is ``(none)``.

    A dimension that is no column is a `DefinitionError`.

    >>> import polars as pl
    >>> [(d, v, m.tolist()) for d, v, m in slices_of(pl.DataFrame({"origin": ["JFK", "EWR", "JFK"]}), ["origin"])]
    [('origin', 'EWR', [False, True, False]), ('origin', 'JFK', [True, False, True])]
    """
    for dimension in dimensions:
        values, codes = coded(rows, dimension)
        for code, value in enumerate(values):
            yield dimension, value, codes == code


def coded(rows: pl.DataFrame, dimension: str) -> tuple[list[str], NDArray[np.int64]]:
    """Return the values of a dimension in their own order (null first, as ``(none)``), and each row's place among them, [n_rows].

    Columns joined by `CROSS` are crossed: only combinations that some row has are values. A dimension that is no column is a
    `DefinitionError`.

    >>> import polars as pl
    >>> coded(pl.DataFrame({"origin": ["JFK", "EWR", "JFK"], "hour": [9, 9, 10]}), "origin & hour")
    (['EWR & 9', 'JFK & 9', 'JFK & 10'], array([1, 0, 2]))
    """
    import polars as pl

    names = dimension.split(CROSS)
    for name in names:
        if name not in rows.columns:
            raise DefinitionError(
                f"there is no column '{name}' to slice by", expected=", ".join(rows.columns), nearest=nearest(name, rows.columns)
            )
    distinct = rows.select(names).unique().sort(names)
    codes = rows.select(names).join(distinct.with_row_index("code"), on=names, how="left", nulls_equal=True, maintain_order="left")["code"]
    text = pl.concat_str([pl.col(name).cast(pl.String).fill_null("(none)") for name in names], separator=CROSS)
    return distinct.select(text).to_series().to_list(), codes.to_numpy().astype(np.int64)
