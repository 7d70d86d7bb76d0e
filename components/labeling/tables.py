"""Lookup tables of a span: the version of a table that was in force, or what came with the span itself."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from components.artifacts.examples import Examples
from components.artifacts.lookups import Lookups
from components.artifacts.purposes import purposes_of
from components.labeling.functions import NAME
from components.runtime.component import component
from components.runtime.errors import DataError, DefinitionError
from components.runtime.window import Window

if TYPE_CHECKING:
    import polars as pl


@component(libraries=("polars",))
def look_back(versions: Window[Examples], others: Lookups | None = None, *, table: str, columns: tuple[str, ...]) -> Lookups:
    """Return ``others`` and one more table: the newest version of a table that spans before this one brought, empty where none did.

    A source that brings the whole table each time, such as a blacklist, has a version a span; an unchanged one leaves unchanged bytes,
    so that labeling functions which read it are not run again.

    Parameters
    ----------
    versions
        Recent spans of the table's source.
    others
        The tables so far.
    table, columns
        Its name, and the columns to keep; rows come sorted by them, each once.

    """
    import polars as pl

    found = [value for _, value in versions.present() if value.n_rows]
    empty = pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    return _with(others, table, found[-1].to_polars(columns).unique().sort(columns) if found else empty, found[-1:])


@component(libraries=("polars",))
def look_beside(rows: Examples, others: Lookups | None = None, *, table: str, columns: tuple[str, ...]) -> Lookups:
    """Return ``others`` and one more table: rows that came with the span itself, such as the votes of workers on its items."""
    return _with(others, table, rows.to_polars(columns).unique().sort(columns), [rows])


def _with(others: Lookups | None, name: str, table: "pl.DataFrame", origin: Sequence[Examples]) -> Lookups:
    if not NAME.fullmatch(name):
        raise DefinitionError("a lookup table has a bad name", expected="lower case, digits and _", got=repr(name))
    before, limited = (others.tables, others.purposes) if others else ({}, {})
    if name in before:
        raise DataError(f"two lookup tables are called '{name}'")
    purposes = {one: why for one, why in purposes_of(value.schema for value in origin).items() if one in table.columns}
    return Lookups({**before, name: table}, {**limited, name: purposes} if purposes else limited)
