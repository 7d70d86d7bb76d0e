"""Quarantined rows: those of a span that broke a rule of its schema and do not go downstream, and why."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from components.artifacts.examples import EVENT_TIME, ROW_ID
from components.artifacts.tiles import write_table

if TYPE_CHECKING:
    import pyarrow as pa

FILE = "rows.parquet"
REASONS = "reasons"


@dataclass(frozen=True)
class QuarantinedRows:
    """The rows of one span that were set aside, in the order of its examples; often none.

    File: ``rows.parquet`` (canonical Parquet). Columns: ``row_id`` fixed_size_binary(16); ``event_time`` timestamp[us, UTC]; ``reasons``
    string, codes with their places as in the findings, joined by commas (``value-unseen carrier, rule-broken cools-down``); then the other
    columns of the examples. Stored rows are read when asked for.
    """

    kind: ClassVar[str] = "quarantined_rows"
    format_version: ClassVar[int] = 1

    path: Path | None = None
    table: "pa.Table | None" = field(default=None, compare=False)

    @classmethod
    def from_arrow(cls, table: "pa.Table") -> Self:
        """Return the quarantine of rows in memory; `ValueError` if their first columns differ."""
        if table.column_names[:3] != [ROW_ID, EVENT_TIME, REASONS]:
            raise ValueError(f"quarantined rows begin with {ROW_ID}, {EVENT_TIME} and {REASONS}, not {table.column_names[:3]}")
        return cls(table=table)

    def save(self, directory: Path) -> None:
        """Write ``rows.parquet``."""
        write_table(self.to_arrow(), directory / FILE)

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Return a quarantine that reads its rows from ``directory`` when asked."""
        return cls(path=directory / FILE)

    def summary(self) -> dict[str, int]:
        """Give the number of rows."""
        return {"n_rows": self.n_rows}

    @cached_property
    def n_rows(self) -> int:
        """Rows set aside."""
        import pyarrow.parquet as pq

        return int(self.table.num_rows if self.table is not None else pq.read_metadata(self.path).num_rows)

    def to_arrow(self) -> "pa.Table":
        """Return the rows as an Arrow table."""
        import pyarrow.parquet as pq

        if self.table is not None:
            return self.table
        with pq.ParquetFile(self.path) as file:
            return file.read(use_threads=False)
