"""Derived columns: what the pipeline's own code makes of the columns of each row, beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from components.artifacts.examples import Examples
from components.artifacts.purposes import purposes_of, tagged
from components.measures.made_from import made_by
from components.runtime.component import component
from components.runtime.errors import DataError, DefinitionError
from components.runtime.keys import CodeRef

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa


@component(libraries=("polars",))
def derive_columns(examples: Examples, *, columns: CodeRef) -> Examples:
    """Return the examples with columns added; rows, order, ids and counts stay.

    ``columns`` names the pipeline's function (in ``features.py``) that returns Polars expressions, each with the name of its column:
    ``[(pl.col("price") * pl.col("n")).alias("amount")]``. A column made from one that may only be sliced by may only be sliced by, too.

    Raises
    ------
    DataError
        If an expression does not give one value a row, names a column that is there already, or asks for one that is not.
    """
    import polars as pl

    expressions = cast("Callable[[], Sequence[pl.Expr]]", columns.load())()
    rows = examples.to_polars()
    names = [expression.meta.output_name() for expression in expressions]
    if taken := [name for place, name in enumerate(names) if name in rows.columns or name in names[:place]]:
        raise DefinitionError(f"the column '{taken[0]}' is there already", where=columns.target, fix="give it a name of its own: .alias(…)")
    try:
        found = rows.select(*expressions)
    except pl.exceptions.PolarsError as error:
        raise DataError(" ".join(str(error).split("\n")[0].split()), where=columns.target) from error
    if found.height != rows.height:
        raise DataError(
            "a derived column has one value a row",
            where=columns.target,
            fix="aggregate over the rows with .over(…), or where features are made",
        )
    tags = purposes_of([examples.schema])
    inherited = made_by(dict(zip(names, expressions, strict=True)), rows, tags)
    return Examples.from_arrow(tagged(_beside(examples.to_arrow(), found), tags | inherited), **examples.counts)


def _beside(table: pa.Table, added: pl.DataFrame) -> pa.Table:
    """Return a table with the columns of a frame after its own; texts as plain strings."""
    import pyarrow as pa

    for name, column in zip(added.columns, added.to_arrow().columns, strict=True):
        table = table.append_column(name, column.cast(pa.string()) if pa.types.is_large_string(column.type) else column)
    return table
