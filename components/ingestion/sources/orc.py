"""ORC files, read in a process of their own: the reader's C++ code crashes on some damaged stripes, and must not take a run with it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from components.ingestion.sources.location import DAMAGE, DamagedError, raw_bytes
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

        with raw_bytes(self.location):
            pass  # missing, denied and unreachable are told apart here
        names = list(self.file_names.values())
        command = [sys.executable, "-m", "components.ingestion.sources.orc", self.location, json.dumps(names)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
            try:
                with pa.ipc.open_stream(child.stdout) as stream:
                    self.check_columns(json.loads(stream.schema.metadata[b"names"]))
                    for batch in stream:
                        yield from sliced(pa.Table.from_batches([batch]), self.file_names)
            except (pa.ArrowInvalid, OSError) as error:
                raise DamagedError("the file is no ORC file, or damaged") from error
            else:
                if child.wait():  # the stream of a process that failed ends as any other does
                    raise DamagedError("a stripe cannot be read")
            finally:
                child.kill()

    def cells(self) -> Iterator[Cells]:
        """Yield every row with the file's own types; its raw form is a JSON object of the columns read."""
        return table_cells(self.batches())


def write_stream(location: str, names: Sequence[str]) -> None:
    """Write the named columns of an ORC file to standard output as an Arrow stream, whose metadata name all columns of the file."""
    import pyarrow as pa
    from pyarrow import orc

    with raw_bytes(location) as stream:
        file = orc.ORCFile(pa.PythonFile(stream, mode="r"))
        present = [name for name in names if name in file.schema.names]
        schema = pa.schema([file.schema.field(name) for name in present], {"names": json.dumps(file.schema.names)})
        with pa.ipc.new_stream(sys.stdout.buffer, schema) as writer:
            for stripe in range(file.nstripes if len(present) == len(names) else 0):
                batch = file.read_stripe(stripe, columns=present).select(present)
                batch.validate(full=True)
                writer.write_batch(batch.replace_schema_metadata(schema.metadata))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    import pyarrow as pa

    try:
        write_stream(sys.argv[1], json.loads(sys.argv[2]))
    except (*DAMAGE, pa.ArrowException) as failure:
        sys.exit(type(failure).__name__)
