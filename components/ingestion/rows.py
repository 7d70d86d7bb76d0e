"""The rows of a source, typed and timed; those that cannot be read stand apart with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from components.artifacts.examples import EVENT_TIME
from components.ingestion.cells import typed
from components.ingestion.sources.source import Cells, ColumnType, Source

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

MICROS_A_MINUTE = 60_000_000


@dataclass(frozen=True)
class Fault:
    """A row that is not partitioned: its number in the file, the column at fault, why (a code of `reasons`), and its bytes."""

    number: int
    column: str | None
    reason: str
    raw: bytes


@dataclass(frozen=True)
class _Check:
    """One way in which rows can be at fault, and [n_rows] which are."""

    bad: NDArray[np.bool_]
    column: str
    reason: str


def rows_and_faults(source: Source) -> tuple[pa.Table, list[Fault]]:
    """Return the rows that can be read, in file order, event time first, then the kept columns; and those that cannot.

    The file is read at full speed first, and a second time cell by cell only if some row of it cannot be read.
    """
    import pyarrow as pa

    try:
        table, checks = _typed_rows(source, source.table())
    except pa.ArrowInvalid:
        pass
    else:
        if not any(check.bad.any() for check in checks):
            return table, []
    cells = source.cells()
    table, checks = _typed_rows(source, cells.table)
    at_fault = np.logical_or.reduce([check.bad for check in checks])
    return table.filter(pa.array(~at_fault)), _faults(cells, checks)


def _typed_rows(source: Source, cells: pa.Table) -> tuple[pa.Table, list[_Check]]:
    """Return all rows, event time first, and what was checked of them, column by column, then the event time."""
    when = source.event_time
    columns, checks = {}, []

    def read(name: str, cells: pa.ChunkedArray, kind: ColumnType) -> pa.Array:
        values = typed(cells, kind, when.format if name == when.column else None, when.zone)
        checks.append(_Check(_is_null(values) & ~_is_null(cells), name, f"bad-{kind}"))
        return values

    for name, kind in source.types.items():
        columns[name] = read(name, cells.column(name), kind)
    clock = columns[when.column]
    if source.types[when.column] != "timestamp":
        clock = read(when.column, clock, "timestamp")
    times, more = _event_times(source, clock, columns)
    return _table({EVENT_TIME: times, **{name: columns[name] for name in source.columns}}), checks + more


def _event_times(source: Source, clock: pa.Array, columns: Mapping[str, pa.Array]) -> tuple[pa.Array, list[_Check]]:
    """Return clock plus minutes, 0 where one of them is null, and the checks that each is there and within the source's history."""
    import pyarrow as pa

    plus, column = source.event_time.plus_minutes, source.event_time.column
    missing = _is_null(clock)
    times = _int64(clock)
    expected = times.astype(np.float64)
    if plus is not None:
        missing = missing | _is_null(columns[plus])
        minutes = _int64(columns[plus])
        expected = expected + minutes.astype(np.float64) * MICROS_A_MINUTE  # a sum beyond 64 bits is outside, not wrapped around
        times = times + minutes * MICROS_A_MINUTE
    first, end = source.history_micros
    outside = ~missing & ~((expected >= first) & (expected < end))
    found = pa.array(np.where(missing | outside, 0, times)).cast(pa.timestamp("us", "UTC"))
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


def _is_null(column: pa.Array | pa.ChunkedArray) -> NDArray[np.bool_]:
    if not column.null_count:
        return np.zeros(len(column), dtype=bool)
    return np.asarray(column.is_null())


def _int64(column: pa.Array) -> NDArray[np.int64]:
    import pyarrow as pa

    return np.asarray(column.cast(pa.int64()).fill_null(0))
