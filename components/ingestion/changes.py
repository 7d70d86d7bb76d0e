"""The change table of a source that delivers whole tables: by key, what a dump has that the one before had not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.artifacts.examples import EVENT_TIME, ROW_ID, Examples
from components.artifacts.reference import Reference
from components.runtime.component import component
from components.runtime.errors import DataError
from components.runtime.spans import Span
from components.runtime.window import Window

if TYPE_CHECKING:
    import polars as pl

CHANGE = "change"


@component(libraries=("polars",))
def table_changes(table: Reference, earlier: Window[Reference], span: Span) -> Examples:
    """Return the rows of a dump that are new or differ from the newest earlier dump, and those that are gone, sorted by row id.

    Column ``change`` says ``added``, ``changed`` or ``removed``; where the window holds no earlier dump every row is ``first``, since nothing
    tells since when it is there. A removed row has its last values and the time of the dump that lacks it. Rows are told apart by their
    key; null equals null, NaN equals NaN, and a column that only one of the dumps has is null in the other. Unchanged rows count as
    dropped.

    Raises
    ------
    DataError
        If the table has a column ``change``, or rows of several times, so that it is no dump.
    """
    import polars as pl
    import pyarrow as pa

    now, before = table.to_polars(), [value for _, value in earlier.present()][-1:]
    if CHANGE in now.columns:
        raise DataError("the table has a column 'change' itself", where=CHANGE, fix="Rename it at its source.")
    if now[EVENT_TIME].n_unique() > 1:
        raise DataError("the rows have times of their own: they are no dump", where=EVENT_TIME, fix="Declare event_time=Dump().")
    at = now[EVENT_TIME].min() or span.start
    old = before[0].to_polars() if before else now.clear()
    rows = _compared(now, old, pl.lit(at, now.schema[EVENT_TIME])) if before else now.with_columns(pl.lit("first").alias(CHANGE))
    schemas = [table.schema, *(value.schema for value in before), pa.schema([(CHANGE, pa.string())])]
    found = rows.to_arrow().cast(pa.unify_schemas(schemas, promote_options="permissive"))
    return Examples.from_arrow(
        found, partitioned=now.height + rows.filter(pl.col(CHANGE) == "removed").height, dropped=_unchanged(now, rows)
    )


def _unchanged(now: pl.DataFrame, rows: pl.DataFrame) -> int:
    """Count the rows of the dump that are in no change."""
    return now.join(rows, on=ROW_ID, how="anti").height


def _compared(now: pl.DataFrame, old: pl.DataFrame, at: pl.Expr) -> pl.DataFrame:
    """Return the changes between two dumps, by row id."""
    import polars as pl

    both = pl.concat([now, old], how="diagonal_relaxed")
    now, old = both.head(now.height), both.tail(old.height)
    values = [name for name in both.columns if name != EVENT_TIME]
    same = now.join(old, on=values, how="semi", nulls_equal=True)
    differing = now.join(same, on=ROW_ID, how="anti")
    parts = {
        "added": differing.join(old, on=ROW_ID, how="anti"),
        "changed": differing.join(old, on=ROW_ID, how="semi"),
        "removed": old.join(now, on=ROW_ID, how="anti").with_columns(at.alias(EVENT_TIME)),
    }
    return pl.concat([part.with_columns(pl.lit(name).alias(CHANGE)) for name, part in parts.items()]).sort(ROW_ID)
