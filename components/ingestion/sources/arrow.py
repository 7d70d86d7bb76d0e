"""Arrow IPC files (Feather V2) and streams."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from components.artifacts.findings import Finding
from components.ingestion.sources.location import raw_bytes
from components.ingestion.sources.source import Cells, Source
from components.ingestion.sources.tables import sliced, table_cells

if TYPE_CHECKING:
    import pyarrow as pa

MAGIC = b"ARROW1"
STREAM = b"\xff\xff\xff\xff"
"""What each message of a stream begins with, since format 0.15."""

END = STREAM + bytes(4)
"""The end-of-stream marker (Arrow columnar format, IPC streaming format), which a writer may leave out."""

MAX_SCHEMA_BYTES = 256 << 20
"""No schema is longer; as a length, the first four letters of a text are."""


@dataclass(frozen=True, kw_only=True)
class ArrowSource(Source):
    """An Arrow IPC file or stream, with the columns' own types; null tokens do not apply. One of its batches must fit in memory."""

    format: ClassVar[str] = "arrow"

    def batches(self) -> Iterator[pa.Table]:
        """Yield the columns with the file's own types."""
        import pyarrow as pa

        with raw_bytes(self.location) as stream:
            schema, batches = opened(pa.PythonFile(stream, mode="r"))
            self.check_columns(schema.names)
            for batch in batches:
                batch.validate(full=True)
                yield from sliced(pa.Table.from_batches([batch]), self.file_names)

    def doubts(self) -> Sequence[Finding]:
        """Find a stream that ends without its marker: it reads as whole where its writer was cut off between two batches.

        A batch that ends in the bytes of the marker is taken for it.
        """
        with raw_bytes(self.location) as stream:
            if not stream.seekable() or stream.read(len(STREAM)) != STREAM:
                return ()
            stream.seek(max(0, stream.seek(0, io.SEEK_END) - len(END)))
            if stream.read() == END:
                return ()
        message = "the stream has no end marker: its writer closed it without one, or was cut off between two batches"
        return [
            Finding("source-unended", "warn", self.location, message, fix="See whether its last rows are there; have the writer closed.")
        ]

    def cells(self) -> Iterator[Cells]:
        """Yield every row with the file's own types; its raw form is a JSON object of the columns read."""
        return table_cells(self.batches())


def opened(file: pa.NativeFile) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """Return the schema and the batches of an Arrow IPC file or stream."""
    import pyarrow as pa

    start = file.read(len(MAGIC))
    file.seek(0)
    if start != MAGIC:
        if int.from_bytes(start[:4], "little", signed=True) > MAX_SCHEMA_BYTES:  # before 0.15 a stream began with the length of its schema
            raise pa.ArrowInvalid("it is neither an Arrow file nor a stream")
        stream = pa.ipc.open_stream(file)
        return stream.schema, iter(stream)
    reader = pa.ipc.open_file(file)
    return reader.schema, map(reader.get_batch, range(reader.num_record_batches))
