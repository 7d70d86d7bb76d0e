"""Parquet files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from components.ingestion.sources.location import raw_bytes
from components.ingestion.sources.source import Cells, Source
from components.ingestion.sources.tables import BATCH_ROWS, table_cells

if TYPE_CHECKING:
    import pyarrow as pa


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
            for batch in file.iter_batches(BATCH_ROWS, columns=in_file):
                yield pa.Table.from_batches([batch]).select(in_file).rename_columns(list(self.types))

    def cells(self) -> Iterator[Cells]:
        """Yield every row with the file's own types; its raw form is a JSON object of the columns read."""
        return table_cells(self.batches())
