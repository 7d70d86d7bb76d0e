"""Rows that somebody asks about: typed, timed and identified as the rows of their source are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, ClassVar

from components.ingestion.reasons import REASONS
from components.ingestion.rows import all_rows
from components.ingestion.sources.records import Record, RecordSource, found_at, path_of
from components.ingestion.sources.source import Source
from components.runtime.errors import DataError, nearest

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, kw_only=True)
class AskedRows(RecordSource):
    """Rows in memory under the declaration of the source that others like them come from."""

    format: ClassVar[str] = "asked"
    has_null_tokens: ClassVar[bool] = True

    asked: tuple[Mapping[str, object], ...]

    def records(self) -> Iterator[Record]:
        """Yield the rows in order."""
        return (Record(number, values) for number, values in enumerate(self.asked, 1))


def asked_rows(source: Source, rows: Sequence[Mapping[str, object]]) -> pa.Table:
    """Return rows as ``source`` would bring them, in the order asked: ``row_id``, ``event_time`` and the kept columns.

    Each row has the columns of the source's file by name, its values as they would stand there: texts, numbers, None for null. Columns that
    the declaration does not name are passed over.

    Raises
    ------
    DataError
        If a row lacks a column, which is not taken for null, or cannot be read.
    """
    import pyarrow as pa

    declared = {one.name: getattr(source, one.name) for one in fields(Source)}
    declared["null_tokens"] = source.null_tokens if source.has_null_tokens else ()
    return pa.concat_tables([_asked_row(AskedRows(asked=(row,), **declared), number) for number, row in enumerate(rows, 1)])


def _asked_row(source: AskedRows, number: int) -> pa.Table:
    """Return one row, read cell by cell as a text file is."""
    where, (row,) = f"row {number}", source.asked
    for name in source.file_names.values():
        if name not in row and found_at(row, path_of(name)) is None:
            near = nearest(name, row)
            fix = f"the nearest one is {near!r}" if near else "say null where it has no value"
            raise DataError(f"the row has no column '{name}'", where=where, fix=fix)
    read = next(all_rows(source))
    for fault in read.faults:
        raise DataError(f"the row cannot be read: {REASONS[fault.reason]}", where=f"{where}, column '{fault.column}'")
    if not read.table.num_rows:
        raise DataError("the row is withheld: its source wants consent", where=where)
    return read.table
