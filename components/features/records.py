"""Recent records: how often a carrier, a route or another key had the outcome in a window of days, from one small count table a day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from components.runtime.errors import DataError, DefinitionError, nearest

if TYPE_CHECKING:
    import polars as pl

SEPARATOR = "|"
"""Stands between the values of a key of several columns."""

UNINFORMED = 0.5
"""Overall share where a window holds no outcome at all; every record is 0 then."""


@dataclass(frozen=True)
class Record:
    """A feature column: the recent share of positive outcomes of the key ``by``, shrunk, relative to the share over all keys.

    ``weight`` is the number of rows of the overall share that are mixed in, so that a key with few rows stays near 0.
    """

    name: str
    by: tuple[str, ...]
    weight: float = 20.0


def daily_records(outcomes: "pl.DataFrame", outcome: "pl.Expr", records: Sequence[Record]) -> "pl.DataFrame":
    """Return the counts of one span: columns ``record``, ``key``, ``n`` and ``total``, sorted by record and key.

    ``outcome`` is a boolean expression over ``outcomes``, or one of whole numbers (minutes of delay): ``total`` is its sum. Rows where it is null (no outcome) do not count, nor do rows with a null in a
    key's columns for that record. No rows give no rows.

    Raises
    ------
    DefinitionError
        If a record's column is missing.
    DataError
        If a value of a key of several columns contains the separator.

    Examples
    --------
    >>> import polars as pl
    >>> outcomes = pl.DataFrame({"carrier": ["UA", "UA", "B6", "B6"], "arr_delay": [40, -3, 2, None]})
    >>> daily_records(outcomes, pl.col("arr_delay") >= 15, [Record("carrier_record", ("carrier",))]).rows()
    [('carrier_record', 'B6', 1, 0), ('carrier_record', 'UA', 2, 1)]

    """
    import polars as pl

    known = outcomes.with_columns(outcome.alias(OUTCOME)).filter(pl.col(OUTCOME).is_not_null())
    counts = pl.len().cast(pl.Int64).alias("n"), pl.col(OUTCOME).cast(pl.Int64).sum().alias("total")
    parts = [
        known.select(pl.lit(record.name).alias("record"), _key(known, record).alias("key"), OUTCOME)
        .drop_nulls("key")
        .group_by("record", "key")
        .agg(counts)
        for record in records
    ]
    return merge_records(parts)


def merge_records(parts: Iterable["pl.DataFrame"]) -> "pl.DataFrame":
    """Return the sums of count tables, sorted by record and key: exact, in any order and grouping. No parts give an empty table."""
    import polars as pl

    empty = pl.DataFrame(schema={"record": pl.String, "key": pl.String, "n": pl.Int64, "total": pl.Int64})
    return pl.concat([empty, *parts]).group_by("record", "key").agg(pl.col("n").sum(), pl.col("total").sum()).sort("record", "key")


def recent_records(parts: Iterable[tuple[datetime, "pl.DataFrame"]], *, known_by: datetime) -> "pl.DataFrame":
    """Return the sums of those count tables that were known at or before ``known_by``; each comes with its own ``known_at``.

    For the rows of a span ``known_by`` is the earliest prediction time of the span, so that one cut is safe for all of its rows.
    """
    return merge_records([counts for known_at, counts in parts if known_at <= known_by])


def with_records(rows: "pl.DataFrame", counts: "pl.DataFrame", records: Sequence[Record]) -> "pl.DataFrame":
    r"""Return the rows, in their order, with one float column a record.

    .. math:: \frac{n^+_k + w\,b}{n_k + w} - b

    with a key's counts :math:`n_k, n^+_k`, the record's weight :math:`w` and the overall share :math:`b = (N^+ + 1)/(N + 2)` of the
    record's counts (Laplace's rule): a mean of the key's share and the overall share, less the latter, so that seasons cancel. A key
    without counts, null keys included, has 0.

    Parameters
    ----------
    rows
        Has the columns of every record's ``by``.
    counts
        As ``daily_records`` or a merge gives them.
    records
        The columns to add; a record that ``counts`` do not hold is 0 everywhere.

    Raises
    ------
    DefinitionError
        If a record's column is missing.

    Examples
    --------
    >>> import polars as pl
    >>> counts = pl.DataFrame({"record": ["r", "r"], "key": ["UA", "B6"], "n": [40, 58], "total": [20, 29]})
    >>> with_records(pl.DataFrame({"carrier": ["UA", "AA"]}), counts, [Record("r", ("carrier",))])["r"].to_list()
    [0.0, 0.0]

    """
    import polars as pl

    for record in records:
        own = counts.filter(pl.col("record") == record.name)
        n_rows, total = int(own["n"].sum()), int(own["total"].sum())
        overall = (total + 1) / (n_rows + 2) if n_rows else UNINFORMED
        share = (pl.col("total") + record.weight * overall) / (pl.col("n") + record.weight) - overall
        keys = rows.select(_key(rows, record).alias("key"))
        found = keys.join(own.select("key", share.alias(record.name)), on="key", how="left", maintain_order="left")
        rows = rows.with_columns(found[record.name].fill_null(0.0))
    return rows


OUTCOME = "__outcome"
"""A column that lives during the count only."""


def _key(frame: "pl.DataFrame", record: Record) -> "pl.Expr":
    """Return the text of a record's key: the values of its columns, null where one of them is."""
    import polars as pl

    for name in record.by:
        if name not in frame.columns:
            raise DefinitionError(
                f"record '{record.name}' needs the column '{name}'",
                expected=f"one of {', '.join(frame.columns)}",
                nearest=nearest(name, frame.columns),
            )
        texts = frame[name].cast(pl.String)
        if len(record.by) > 1 and texts.str.contains(SEPARATOR, literal=True).any():
            raise DataError(f"record '{record.name}': a value of '{name}' contains '{SEPARATOR}', which separates the values of a key")
    return pl.concat_str([pl.col(name).cast(pl.String) for name in record.by], separator=SEPARATOR)
