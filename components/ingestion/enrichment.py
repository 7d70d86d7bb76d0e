"""Enrichment: columns of a lookup table beside the rows of a span, by key and, where the lookup has times, as of each row's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from components.artifacts.examples import EVENT_TIME, Examples
from components.artifacts.findings import MAX_EXAMPLES, Finding
from components.artifacts.purposes import purposes_of, tagged
from components.artifacts.reference import Reference
from components.runtime.component import component
from components.runtime.errors import DataError, DefinitionError, nearest
from components.runtime.instants import Duration
from components.runtime.window import Window

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class EnrichmentConfig:
    """Which columns of the lookup to add, by which key, and how.

    Parameters
    ----------
    on
        The columns of the key, of the same names on both sides.
    columns
        The columns to add.
    tolerance
        How old the lookup's row may be at the time of the row, such as ``1 day``: the newest one at or before it counts. None: the lookup
        holds each key once, and its times do not matter.
    """

    on: tuple[str, ...]
    columns: tuple[str, ...]
    tolerance: str | None = None


@component
def enrich_examples(examples: Examples, lookup: Window[Reference], *, config: EnrichmentConfig) -> Examples:
    """Return the examples with the lookup's columns added, null where the lookup has nothing to say; rows, order and ids stay.

    A row never takes a value from after its own event time where ``tolerance`` is given. One row never becomes several. What is looked up by
    a key that may only be sliced by may only be sliced by, too.

    Raises
    ------
    DataError
        If a column is missing or would be overwritten, or (finding ``lookup-repeated``) the lookup holds a key twice, which would turn one
        row into several; with ``tolerance`` a key at one time.
    """
    import polars as pl

    rows = examples.to_polars()
    present = [one.to_polars() for _, one in lookup.present()]
    if not present:
        raise DataError("no lookup is there for the span", where=", ".join(config.columns))
    found = pl.concat(present, how="diagonal_relaxed")
    _check_columns(config, rows, found)
    times = [] if config.tolerance is None else [EVENT_TIME]
    found = found.select(*config.on, *times, *config.columns)
    _check_repeats(found, [*config.on, *times])
    if config.tolerance is None:
        joined = rows.join(found, on=list(config.on), how="left", maintain_order="left")
    else:  # both sides are in order of event time, as examples are
        joined = rows.join_asof(
            found.sort(EVENT_TIME, maintain_order=True), on=EVENT_TIME, by=list(config.on), strategy="backward",
            tolerance=_tolerance(config.tolerance), check_sortedness=False,
        )  # fmt: skip
    purposes = purposes_of([examples.schema, *(one.schema for _, one in lookup.present())])
    limited = next((purposes[name] for name in config.on if name in purposes), None)
    return _with(examples, joined, config, purposes if limited is None else purposes | dict.fromkeys(config.columns, limited))


def _tolerance(text: str) -> timedelta:
    """Return a duration of fixed length; a day has 24 hours here, a month none."""
    duration = Duration.parse(text)
    minutes = {"minute": 1, "hour": 60, "day": 1_440, "week": 10_080}.get(duration.unit)
    if minutes is None:
        raise DefinitionError("a tolerance has a fixed length", expected="minutes, hours, days or weeks", got=repr(text))
    return timedelta(minutes=duration.count * minutes)


def _with(examples: Examples, joined: pl.DataFrame, config: EnrichmentConfig, purposes: Mapping[str, str]) -> Examples:
    """Return the examples with columns of a frame of the same rows added, so that types and ids of the others stay as they are."""
    table = examples.to_arrow()
    added = joined.select(config.columns).to_arrow()
    for name in config.columns:
        table = table.append_column(name, added.column(name))
    return Examples.from_arrow(tagged(table, purposes), **examples.counts)


def _check_columns(config: EnrichmentConfig, rows: pl.DataFrame, found: pl.DataFrame) -> None:
    wanted = [(name, rows.columns, "examples") for name in config.on] + [
        (name, found.columns, "lookup") for name in (*config.on, *config.columns)
    ]
    for name, columns, side in wanted:
        if name not in columns:
            near = nearest(name, columns)
            raise DataError(f"the {side} have no column {name!r}", where=side, fix=f"The nearest one is {near!r}." if near else None)
    for name in config.columns:
        if name in rows.columns:
            raise DataError(f"the column {name!r} is there already", where="examples", fix="Leave it out, or rename it at its source.")


def _check_repeats(found: pl.DataFrame, key: list[str]) -> None:
    repeated = found.filter(found.select(key).is_duplicated()).select(key).unique(maintain_order=True)
    if repeated.height:
        examples = tuple(str(row) for row in repeated.head(MAX_EXAMPLES).rows())
        message = f"{repeated.height} keys stand there more than once"
        finding = Finding("lookup-repeated", "fail", ", ".join(key), message, count=repeated.height, examples=examples)
        raise DataError("the lookup would turn one row into several", [finding], where=", ".join(key))
