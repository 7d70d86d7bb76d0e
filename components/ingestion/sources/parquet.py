"""Parquet files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from components.ingestion.sources.location import DamagedError, raw_bytes
from components.ingestion.sources.records import MAX_RECORD_BYTES
from components.ingestion.sources.source import Cells, Source
from components.ingestion.sources.tables import BATCH_ROWS, table_cells
from components.runtime.instants import to_micros

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

BATCH_BYTES = 32 << 20
SLACK_MICROS = 1
"""Statistics of nanoseconds come back rounded to microseconds."""


@dataclass(frozen=True, kw_only=True)
class ParquetSource(Source):
    """A Parquet file: only the columns to read leave the disk; null tokens do not apply, nulls are the file's own."""

    format: ClassVar[str] = "parquet"

    def batches(self) -> Iterator[pa.Table]:
        """Yield the columns with the file's own types."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        in_file = list(self.file_names.values())
        with raw_bytes(self.location) as stream, pq.ParquetFile(pa.PythonFile(stream, mode="r"), pre_buffer=False) as file:
            self.check_columns(file.schema_arrow.names)
            groups = [group for group in range(file.num_row_groups) if self._may_hold(file.metadata.row_group(group))]
            for batch in file.iter_batches(self._batch_rows(file.metadata), row_groups=groups, columns=in_file):
                yield pa.Table.from_batches([batch]).select(in_file).rename_columns(list(self.types))

    def _batch_rows(self, metadata: pq.FileMetaData) -> int:
        """Return how many rows of the columns to read fit into a batch; `DamagedError` where the cells of one are too large to be true."""
        most, names = 1.0, set(self.file_names.values())
        indices = [index for index in range(metadata.num_columns) if metadata.schema.column(index).path.split(".")[0] in names]
        for group in map(metadata.row_group, range(metadata.num_row_groups)):
            sizes = [group.column(index).total_uncompressed_size / max(1, group.num_rows) for index in indices]
            if max(sizes, default=0) > MAX_RECORD_BYTES:
                raise DamagedError(f"the cells of a column are larger than {MAX_RECORD_BYTES >> 20} MB")
            most = max(most, sum(sizes))
        return max(1, min(BATCH_ROWS, int(BATCH_BYTES / most)))

    def _may_hold(self, group: pq.RowGroupMetaData) -> bool:
        """Tell from a row group's statistics whether rows of it may lie in `between`; without statistics they may."""
        when = self.event_time
        if self.between_micros is None or when.plus_minutes is not None:
            return True
        column = next(group.column(i) for i in range(group.num_columns) if group.column(i).path_in_schema == self.file_names[when.column])
        found = column.statistics
        if found is None or not found.has_min_max or getattr(found.min, "tzinfo", None) is None:
            return True
        first, end = self.between_micros
        return to_micros(found.max) >= first - SLACK_MICROS and to_micros(found.min) < end + SLACK_MICROS

    def cells(self) -> Iterator[Cells]:
        """Yield every row with the file's own types; its raw form is a JSON object of the columns read."""
        return table_cells(self.batches())
