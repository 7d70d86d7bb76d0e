"""Examples: the rows of one span, in canonical order."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from components.artifacts.tiles import Tile, slices_of, tiles_of, write_table

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

FILE = "examples.parquet"
COUNTS = "counts.json"
ROW_ID = "row_id"
EVENT_TIME = "event_time"


@dataclass(frozen=True)
class Examples:
    """The rows of one span, sorted by (event time, row id), and how many rows it took to make them.

    Files: ``examples.parquet`` (canonical Parquet) and ``counts.json``. Columns: ``row_id`` fixed_size_binary(16), the row's
    identity; ``event_time`` timestamp[us, UTC]; then the data columns in schema order. ``counts`` holds ``partitioned``,
    ``duplicate`` and ``dropped``, and ``quarantined`` where validation set rows aside, with ``partitioned = written + duplicate + dropped +
    quarantined``, where written is ``n_rows``.
    An empty span has the columns and no rows. Stored rows are read when asked for.
    """

    kind: ClassVar[str] = "examples"
    format_version: ClassVar[int] = 1

    path: Path | None = None
    table: "pa.Table | None" = field(default=None, compare=False)
    counts: dict[str, int] = field(default_factory=dict)

    @classmethod
    def from_arrow(cls, table: "pa.Table", **counts: int) -> Self:
        """Return examples over rows in memory; ``counts`` default to nothing duplicate and nothing dropped."""
        full = {"partitioned": table.num_rows, "duplicate": 0, "dropped": 0} | counts
        if full["partitioned"] != table.num_rows + sum(full[name] for name in full if name != "partitioned"):
            raise ValueError(f"rows do not add up: {full} with {table.num_rows} written")
        return cls(table=table, counts=full)

    def save(self, directory: Path) -> None:
        """Write ``examples.parquet`` and ``counts.json``."""
        import json

        if self.path is not None:
            shutil.copyfile(self.path, directory / FILE)
        else:
            write_table(self.to_arrow(), directory / FILE)
        (directory / COUNTS).write_text(json.dumps(self.counts, sort_keys=True), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Return examples that read their rows from ``directory`` when asked."""
        import json

        return cls(path=directory / FILE, counts=json.loads((directory / COUNTS).read_text(encoding="utf-8")))

    def summary(self) -> dict[str, int]:
        """Give the row counts."""
        return {"n_rows": self.n_rows, **self.counts}

    @cached_property
    def n_rows(self) -> int:
        """Rows written."""
        if self.table is not None:
            return int(self.table.num_rows)
        return self.counts["partitioned"] - sum(self.counts[name] for name in self.counts if name != "partitioned")

    @cached_property
    def schema(self) -> "pa.Schema":
        """The Arrow schema, read from the file's footer."""
        import pyarrow.parquet as pq

        return self.table.schema if self.table is not None else pq.read_schema(self.path)

    def to_arrow(self, columns: Sequence[str] | None = None) -> "pa.Table":
        """Return the rows as an Arrow table, all columns or the named ones in the given order."""
        import pyarrow.parquet as pq

        names = None if columns is None else list(columns)
        if self.table is not None:
            return self.table if names is None else self.table.select(names)
        with pq.ParquetFile(self.path) as file:
            return file.read(columns=names, use_threads=False)

    def to_polars(self, columns: Sequence[str] | None = None) -> "pl.DataFrame":
        """Return the rows as a Polars frame; ``row_id`` is Binary."""
        import polars as pl

        frame = pl.from_arrow(self.to_arrow(columns))
        if not isinstance(frame, pl.DataFrame):
            raise TypeError("examples must hold at least one column")
        return frame

    def tiles(self) -> Sequence[Tile]:
        """Return the tiles in row order: stored row groups, or slices of the rows in memory."""
        return tiles_of(self.path) if self.path is not None else slices_of(self.to_arrow())
