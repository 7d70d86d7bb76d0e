"""Point-in-time joins: each row gets the newest lookup row that was known at its own instant."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from components.runtime.errors import DefinitionError, nearest

if TYPE_CHECKING:
    import polars as pl


def as_of_join(
    rows: "pl.DataFrame", lookup: "pl.DataFrame", *, at: str, known: str, by: Sequence[str], tolerance: timedelta
) -> "pl.DataFrame":
    """Return the rows, in their order, with the columns of the newest lookup row known at or before ``at``.

    A lookup row fits a row of the same ``by`` if ``at - tolerance <= known <= at``; of those the latest ``known`` is taken, and of
    equal ones the last in the lookup's order. Where none fits, or ``at``, ``known`` or a ``by`` value is null, the columns are null.
    Neither ``known`` nor ``by`` of the lookup is added. An empty lookup gives columns of nulls.

    Parameters
    ----------
    rows, lookup
        Frames in any order.
    at, known
        Timestamp columns of one type: the instant that a row may know up to, and from which a lookup row was known.
    by
        Columns that both frames have, at least one.
    tolerance
        The oldest lookup row that still says something.

    Raises
    ------
    DefinitionError
        If a named column is missing, or a column of the lookup would hide one of the rows.

    Examples
    --------
    >>> import polars as pl
    >>> from datetime import datetime
    >>> rows = pl.DataFrame({"origin": ["JFK", "JFK"], "asked": [datetime(2013, 1, 1, 9, 30), datetime(2013, 1, 1, 20)]})
    >>> seen = pl.DataFrame({"origin": ["JFK", "JFK"], "known": [datetime(2013, 1, 1, 9), datetime(2013, 1, 1, 10)], "temp": [39.0, 41.0]})
    >>> as_of_join(rows, seen, at="asked", known="known", by=["origin"], tolerance=timedelta(hours=6))["temp"].to_list()
    [39.0, None]

    """
    import polars as pl

    _require(rows, [at, *by], "the rows")
    _require(lookup, [known, *by], "the lookup")
    added = [name for name in lookup.columns if name not in {known, *by}]
    if hidden := sorted({*added, AT, KNOWN, POSITION} & {*rows.columns}):
        raise DefinitionError("an as-of join would hide columns of the rows", got=", ".join(hidden), fix="Rename them in the lookup.")
    usable = lookup.rename({known: KNOWN}).drop_nulls([KNOWN, *by]).unique([KNOWN, *by], keep="last", maintain_order=True).sort(KNOWN)
    numbered = rows.with_columns(pl.col(at).alias(AT)).with_row_index(POSITION)
    asking = (
        numbered.drop_nulls(AT)
        .sort(AT)
        .join_asof(usable, left_on=AT, right_on=KNOWN, by=list(by), strategy="backward", tolerance=tolerance, check_sortedness=False)
    )
    joined = pl.concat([asking, numbered.filter(pl.col(AT).is_null())], how="diagonal").sort(POSITION)
    return joined.select(*rows.columns, *added)


AT, KNOWN, POSITION = "__at", "__known", "__position"
"""Columns that live during the join only."""


def _require(frame: "pl.DataFrame", names: Sequence[str], owner: str) -> None:
    """Raise for the first name that the frame lacks."""
    for name in names:
        if name not in frame.columns:
            raise DefinitionError(
                f"an as-of join needs the column '{name}' of {owner}",
                expected=f"one of {', '.join(frame.columns)}",
                nearest=nearest(name, frame.columns),
            )
