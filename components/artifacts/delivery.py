"""Deliveries and quarantine: the rows that a source read brought for one span, and those that could not be read."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from components.artifacts.examples import EVENT_TIME, ROW_ID
from components.artifacts.tiles import write_pieces, write_table

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = "rows.parquet"
QUARANTINE = "quarantine.parquet"


@dataclass(frozen=True)
class Pieces:
    """Rows that do not fit in memory at once: ``read`` yields them in order, in tables that each do.

    ``file`` is where they are written in canonical Parquet already, if they are; it is there as long as ``read`` is.
    """

    read: "Callable[[], Iterator[pa.Table]]"
    n_rows: int
    file: Path | None = None


@dataclass(frozen=True)
class Delivery:
    """The rows of one span of one delivery, sorted by (event time, row id); rows with the same id stay, in the order they came.

    File: ``rows.parquet`` (canonical Parquet). Columns: ``row_id`` fixed_size_binary(16); ``event_time`` timestamp[us, UTC];
    then the source's columns in declared order. Stored rows are read when asked for.
    """

    kind: ClassVar[str] = "delivery"
    format_version: ClassVar[int] = 1

    path: Path | None = None
    table: "pa.Table | None" = field(default=None, compare=False)
    pieces: Pieces | None = field(default=None, compare=False)

    @classmethod
    def from_arrow(cls, table: "pa.Table") -> Self:
        """Return the delivery of rows in memory, which are already in canonical order; `ValueError` if their first columns differ."""
        if table.column_names[:2] != [ROW_ID, EVENT_TIME]:
            raise ValueError(f"a delivery begins with {ROW_ID} and {EVENT_TIME}, not {table.column_names[:2]}")
        return cls(table=table)

    def save(self, directory: Path) -> None:
        """Write ``rows.parquet``."""
        if self.pieces and self.pieces.file:
            _place(self.pieces.file, directory / ROWS)
        else:
            write_pieces(self.pieces.read() if self.pieces else [self.to_arrow()], directory / ROWS)

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Return a delivery that reads its rows from ``directory`` when asked."""
        return cls(path=directory / ROWS)

    def summary(self) -> dict[str, int]:
        """Give the number of rows."""
        return {"n_rows": self.n_rows}

    @cached_property
    def n_rows(self) -> int:
        """Rows delivered for the span."""
        import pyarrow.parquet as pq

        if self.pieces is not None:
            return self.pieces.n_rows
        return int(self.table.num_rows if self.table is not None else pq.read_metadata(self.path).num_rows)

    def to_arrow(self, columns: Sequence[str] | None = None) -> "pa.Table":
        """Return the rows as an Arrow table, all columns or the named ones in the given order."""
        import pyarrow as pa

        return _rows(self.path, pa.concat_tables(self.pieces.read()) if self.pieces else self.table, columns)


@dataclass(frozen=True)
class Quarantine:
    """The rows of one delivery that could not be read, in file order; never empty.

    File: ``quarantine.parquet``. Columns: ``file`` string, as declared; ``row`` int64, the row's number in the file from 1 (in a text
    file the header counts, empty lines do not); ``column`` string, null where the whole row is at fault; ``reason`` string, a
    code of ``components.ingestion.reasons``; ``raw`` binary, the row as it stood there.
    """

    kind: ClassVar[str] = "quarantine"
    format_version: ClassVar[int] = 1

    path: Path | None = None
    table: "pa.Table | None" = field(default=None, compare=False)

    def save(self, directory: Path) -> None:
        """Write ``quarantine.parquet``."""
        write_table(self.to_arrow(), directory / QUARANTINE)

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Return a quarantine that reads its rows from ``directory`` when asked."""
        return cls(path=directory / QUARANTINE)

    def summary(self) -> dict[str, int]:
        """Give the number of rows, in all and by reason code."""
        return {"n_rows": sum(self.reasons.values()), **self.reasons}

    @cached_property
    def reasons(self) -> dict[str, int]:
        """Rows by reason code, in order of codes."""
        counted = self.to_arrow(["reason"]).group_by("reason").aggregate([("reason", "count")]).sort_by("reason")
        return dict(zip(counted.column("reason").to_pylist(), counted.column("reason_count").to_pylist(), strict=True))

    def to_arrow(self, columns: Sequence[str] | None = None) -> "pa.Table":
        """Return the rows as an Arrow table, all columns or the named ones in the given order."""
        return _rows(self.path, self.table, columns)


def _place(file: Path, target: Path) -> None:
    """Give a file that nothing writes to any more a second name, or copy it where it cannot have one."""
    target.unlink(missing_ok=True)
    try:
        target.hardlink_to(file)
    except OSError:
        shutil.copyfile(file, target)


def _rows(path: Path | None, table: "pa.Table | None", columns: Sequence[str] | None) -> "pa.Table":
    import pyarrow.parquet as pq

    names = None if columns is None else list(columns)
    if table is not None:
        return table if names is None else table.select(names)
    with pq.ParquetFile(path) as file:
        return file.read(columns=names, use_threads=False)
