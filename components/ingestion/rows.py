"""The rows of a source, typed and timed, batch by batch; those that cannot be read stand apart with a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from components.artifacts.examples import EVENT_TIME, ROW_ID
from components.artifacts.purposes import tagged
from components.ingestion.ahead import in_order
from components.ingestion.cells import mapped, n_ambiguous, typed
from components.ingestion.order import in_canonical_order
from components.ingestion.privacy import Drop
from components.ingestion.sources.column import Column
from components.ingestion.sources.event_time import Dump
from components.ingestion.sources.known import HOUR_MICROS
from components.ingestion.sources.source import Cells, ColumnType, Source
from components.measures.hashing import row_keys
from components.runtime.errors import DefinitionError

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

CONSENT = "consent "
"""The name of the consent between typing and filtering; the blank keeps it apart from declared columns."""

KNOWN = "known at "
"""The name of the time since which a row is known, between typing and the cut into parts."""

MICROS_A_MINUTE = 60_000_000


@dataclass(frozen=True)
class Fault:
    """A row that is not partitioned: its number in the file, the column at fault, why (a code of `reasons`), and its bytes."""

    number: int
    column: str | None
    reason: str
    raw: bytes


@dataclass(frozen=True)
class Rows:
    """One batch: the rows that can be read, in canonical order; those that cannot; and counts.

    ``table`` holds `row_id`, the hash of the key, or, without a key, of the whole row (rows that are the same are numbered when all are there);
    `event_time`; and the kept columns.

    ``n_read`` counts the rows that the format gave; ``n_ambiguous`` counts the rows whose local time the clock of the zone shows twice: the first of the two is meant.
    ``n_withheld`` counts the rows without consent, which are in none of the others.
    """

    table: pa.Table
    n_read: int
    faults: Sequence[Fault] = ()
    n_ambiguous: int = 0
    n_withheld: int = 0


@dataclass(frozen=True)
class _Check:
    """One way in which rows can be at fault, and [n_rows] which are."""

    bad: NDArray[np.bool_]
    column: str
    reason: str


class UncleanError(Exception):
    """Some row cannot be read at full speed: the source has to be read again cell by cell."""


def clean_rows(source: Source) -> Iterator[Rows]:
    """Yield all rows at full speed; `UncleanError` at the first batch in which a row cannot be read, `pyarrow.ArrowInvalid` likewise."""

    def clean(job: Callable[[], pa.Table]) -> Rows:
        table, checks, ambiguous = _typed_rows(source, job())
        if any(check.bad.any() for check in checks):
            raise UncleanError
        wanted, withheld = _wanted(source, table)
        return Rows(identified(wanted, source.key), wanted.num_rows, (), ambiguous, withheld)

    return in_order(clean, source.jobs())


def all_rows(source: Source) -> Iterator[Rows]:
    """Yield all rows cell by cell, those that cannot be read apart, in file order within each batch."""
    import pyarrow as pa

    for cells in source.cells():
        table, checks, ambiguous = _typed_rows(source, cells.table)
        at_fault = np.logical_or.reduce([check.bad for check in checks])
        good = table.filter(pa.array(~at_fault))
        wanted, withheld = _wanted(source, good)
        n_read = cells.table.num_rows + len(cells.rejected) - (good.num_rows - wanted.num_rows)
        faults = _faults(cells, checks)
        yield Rows(identified(wanted, source.key), n_read, _without_values(faults) if source.is_private else faults, ambiguous, withheld)


def _without_values(faults: list[Fault]) -> list[Fault]:
    """Return faults without the rows' bytes, in which private values would be written."""
    return [replace(fault, raw=b"") for fault in faults]


def _wanted(source: Source, rows: pa.Table) -> tuple[pa.Table, int]:
    """Return the rows that the source is to read, and how many of those were withheld for want of consent."""
    import pyarrow as pa

    if source.between_micros is not None:
        first, end = source.between_micros
        times = _int64(rows.column(EVENT_TIME))
        rows = rows.filter(pa.array((times >= first) & (times < end)))
    if source.consent is None:
        return rows, 0
    given = rows.filter(rows.column(CONSENT)).drop_columns([CONSENT])
    return given, rows.num_rows - given.num_rows


def identified(rows: pa.Table, key: Sequence[str] | None) -> pa.Table:
    """Return rows behind the hashes of their keys, in canonical order."""
    keys = row_keys(rows, rows.column_names if key is None else key)
    return in_canonical_order(rows.add_column(0, ROW_ID, keys))


def _typed_rows(source: Source, cells: pa.Table) -> tuple[pa.Table, list[_Check], int]:
    """Return all rows, event time first; what was checked of them, column by column, then the event time; the ambiguous times."""
    import pyarrow as pa

    when, known = source.event_time, source.known_column
    columns, checks, ambiguous = {}, [], 0

    def read(name: str, cells: pa.ChunkedArray, kind: ColumnType) -> pa.Array:
        nonlocal ambiguous
        time_format = when.format if name == when.column else known.format if known is not None and name == known.column else None
        if name in source.rules and source.rules[name].maps_text:
            cells = mapped(cells, source.rules[name], source.null_tokens if source.has_null_tokens else ())
        values = typed(source.pointed(cells, kind), kind, time_format, when.zone, is_utf8=source.checks_utf8)
        bad = _is_null(values) & ~_is_null(cells)
        if kind == "timestamp":
            ambiguous += n_ambiguous(cells, values, when.zone) if name == when.column else 0
            if bad.any() and when.zone != "UTC":
                skipped = bad & ~_is_null(typed(cells, kind, time_format, "UTC"))
                checks.append(_Check(skipped, name, "skipped-time"))
        checks.append(_Check(bad, name, f"bad-{kind}"))
        return values

    for name, kind in source.types.items():
        columns[name] = read(name, cells.column(name), kind)
    more: list[_Check] = []
    if isinstance(when, Dump):
        times = _dump_times(source, when, cells.num_rows)
    else:
        clock = columns[when.column]
        if source.types[when.column] != "timestamp":
            clock = read(when.column, _chunked(clock), "timestamp")
        times, more = _event_times(source, clock, columns)
    kept = {name: _private(source.rules[name], columns[name]) for name in source.kept}
    if known is not None:
        since = _int64(_chunked(typed(_chunked(columns[known.column]), "timestamp")))
        more.append(_Check(_is_null(columns[known.column]), known.column, "missing-known-time"))
        kept[KNOWN] = pa.array(-(-since // HOUR_MICROS) * HOUR_MICROS)
    if source.consent is not None:
        kept[CONSENT] = columns[source.consent]
    purposes = {name: rule.purpose for name, rule in source.rules.items() if rule.purpose is not None}
    return tagged(_table({EVENT_TIME: times, **kept}), purposes), checks + more, ambiguous


def _dump_times(source: Source, when: Dump, n_rows: int) -> pa.Array:
    """Return the time of a dump for each of its rows."""
    import pyarrow as pa

    if when.at is None:
        raise DefinitionError("nothing tells the time of the dump", where=source.location, fix="Put {YYYY-MM-DD} into the pattern.")
    return pa.array(np.full(n_rows, when.at)).view(pa.timestamp("us", "UTC"))


def _private(rule: Column, values: pa.Array) -> pa.Array:
    """Return values as privacy allows them to be written."""
    return values if rule.privacy is None or isinstance(rule.privacy, Drop) else rule.privacy.applied(values)


def _event_times(source: Source, clock: pa.Array, columns: Mapping[str, pa.Array]) -> tuple[pa.Array, list[_Check]]:
    """Return clock plus minutes, 0 where one of them is null, and the checks that each is there and within the source's history."""
    import pyarrow as pa

    plus, column = source.event_time.plus_minutes, source.event_time.column
    first, end = source.history_micros
    missing, times = _is_null(clock), _int64(clock)
    outside = (times < first) | (times >= end)
    if plus is not None:
        missing = missing | _is_null(columns[plus])
        minutes = _int64(columns[plus])
        expected = times + minutes.astype(np.float64) * MICROS_A_MINUTE  # a sum beyond 64 bits is outside, not wrapped around
        outside = ~((expected >= first) & (expected < end))
        times = times + minutes * MICROS_A_MINUTE
    outside &= ~missing
    bad = missing | outside
    found = pa.array(np.where(bad, 0, times) if bad.any() else times).view(pa.timestamp("us", "UTC"))
    return found, [_Check(missing, column, "missing-time"), _Check(outside, column, "outside-history")]


def _faults(cells: Cells, checks: list[_Check]) -> list[Fault]:
    """Return the rows at fault in file order, each with the first check that it fails."""
    first = np.full(cells.table.num_rows, -1)
    for index, check in reversed(list(enumerate(checks))):
        first[check.bad] = index
    at_fault = np.flatnonzero(first >= 0)
    found = [Fault(row.number, None, row.reason, row.raw) for row in cells.rejected]
    for row, raw in zip(at_fault.tolist(), cells.raw(at_fault) if len(at_fault) else [], strict=True):
        check = checks[first[row]]
        found.append(Fault(int(cells.numbers[row]), check.column, check.reason, raw))
    return sorted(found, key=lambda fault: fault.number)


def _table(columns: Mapping[str, pa.Array]) -> pa.Table:
    import pyarrow as pa

    return pa.table(dict(columns))


def _chunked(array: pa.Array) -> pa.ChunkedArray:
    import pyarrow as pa

    return pa.chunked_array([array])


def _is_null(column: pa.Array | pa.ChunkedArray) -> NDArray[np.bool_]:
    if not column.null_count:
        return np.zeros(len(column), dtype=bool)
    return np.asarray(column.is_null())


def _int64(column: pa.Array | pa.ChunkedArray) -> NDArray[np.int64]:
    import pyarrow as pa

    whole = column.cast(pa.int64())
    return np.asarray(whole.fill_null(0) if whole.null_count else whole)
