"""ORC files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from components.ingestion.sources.location import raw_bytes
from components.ingestion.sources.source import Cells, Source
from components.ingestion.sources.tables import sliced, table_cells

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, kw_only=True)
class OrcSource(Source):
    """An ORC file: only the columns to read leave the disk, a stripe at a time; null tokens do not apply."""

    format: ClassVar[str] = "orc"

    def batches(self) -> Iterator[pa.Table]:
        """Yield the columns with the file's own types."""
        import pyarrow as pa
        from pyarrow import orc

        with raw_bytes(self.location) as stream:
            file = orc.ORCFile(pa.PythonFile(stream, mode="r"))
            self.check_columns(file.schema.names)
            for stripe in range(file.nstripes):
                batch = file.read_stripe(stripe, columns=list(self.file_names.values()))
                yield from sliced(pa.Table.from_batches([batch]), self.file_names)

    def cells(self) -> Iterator[Cells]:
        """Yield every row with the file's own types; its raw form is a JSON object of the columns read."""
        return table_cells(self.batches())
