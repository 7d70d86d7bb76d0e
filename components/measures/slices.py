"""Slices: named parts of the rows that metrics are broken down by."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from components.runtime.errors import DefinitionError, nearest

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray


def slices_of(rows: "pl.DataFrame", dimensions: Sequence[str]) -> "Iterator[tuple[str, str, NDArray[np.bool_]]]":
    """Yield (dimension, value, mask [n_rows]) for every value of every dimension, in order of dimension and value; null is ``(none)``.

    A dimension that is no column is a `DefinitionError`.

    >>> import polars as pl
    >>> [(d, v, m.tolist()) for d, v, m in slices_of(pl.DataFrame({"origin": ["JFK", "EWR", "JFK"]}), ["origin"])]
    [('origin', 'EWR', [False, True, False]), ('origin', 'JFK', [True, False, True])]
    """
    import polars as pl

    for dimension in dimensions:
        if dimension not in rows.columns:
            raise DefinitionError(
                f"there is no column '{dimension}' to slice by", expected=", ".join(rows.columns), nearest=nearest(dimension, rows.columns)
            )
        values = rows[dimension].cast(pl.String).fill_null("(none)")
        ordered = rows.select(pl.col(dimension).unique().sort())[dimension].cast(pl.String).fill_null("(none)")
        for value in ordered:
            yield dimension, value, (values == value).to_numpy()
