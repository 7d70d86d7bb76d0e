"""Arrow IPC files (Feather V2) and streams."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from components.ingestion.sources.location import raw_bytes
from components.ingestion.sources.source import Cells, Source
from components.ingestion.sources.tables import sliced, table_cells

if TYPE_CHECKING:
    import pyarrow as pa

MAGIC = b"ARROW1"


@dataclass(frozen=True, kw_only=True)
class ArrowSource(Source):
    """An Arrow IPC file or stream, with the columns' own types; null tokens do not apply. One of its batches must fit in memory."""

    format: ClassVar[str] = "arrow"

    def batches(self) -> Iterator[pa.Table]:
        """Yield the columns with the file's own types."""
        import pyarrow as pa

        with raw_bytes(self.location) as stream:
            file = pa.PythonFile(stream, mode="r")
            in_file = stream.read(len(MAGIC)) == MAGIC
            stream.seek(0)
            reader = pa.ipc.open_file(file) if in_file else pa.ipc.open_stream(file)
            self.check_columns(reader.schema.names)
            indices = range(reader.num_record_batches) if in_file else ()
            for batch in map(reader.get_batch, indices) if in_file else reader:
                batch.validate(full=True)
                yield from sliced(pa.Table.from_batches([batch]), self.file_names)

    def cells(self) -> Iterator[Cells]:
        """Yield every row with the file's own types; its raw form is a JSON object of the columns read."""
        return table_cells(self.batches())
