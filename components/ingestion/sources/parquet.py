"""Parquet files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from components.ingestion.sources.location import raw_bytes
from components.ingestion.sources.source import Cells, Source

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class ParquetSource(Source):
    """A Parquet file: only the columns to read leave the disk; null tokens do not apply, nulls are the file's own."""

    format: ClassVar[str] = "parquet"

    def table(self) -> pa.Table:
        """Return the columns with the file's own types."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        with raw_bytes(self.location) as stream, pq.ParquetFile(pa.PythonFile(stream, mode="r")) as file:
            self.check_columns(file.schema_arrow.names)
            read = file.read(columns=list(self.file_names.values()))
        return read.select(list(self.file_names.values())).rename_columns(list(self.types))

    def cells(self) -> Cells:
        """Return every row with the file's own types; its raw form is a JSON object of the columns read."""
        import numpy as np

        table = self.table()

        def raw(indices: NDArray[np.int64]) -> list[bytes]:
            rows = table.take(indices).to_pylist()
            return [json.dumps(row, default=str, ensure_ascii=False).encode(errors="replace") for row in rows]

        return Cells(table, np.arange(1, table.num_rows + 1), (), raw)
