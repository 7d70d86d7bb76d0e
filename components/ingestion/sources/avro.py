"""Avro object container files."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from components.ingestion.sources.avro_blocks import check_blocks
from components.ingestion.sources.location import DamagedError, raw_bytes
from components.ingestion.sources.records import Record, RecordSource
from components.ingestion.sources.source import Rejected

DAMAGE = (
    ValueError,
    EOFError,
    LookupError,
    struct.error,
    TypeError,
    AttributeError,
    OverflowError,
    MemoryError,
    RecursionError,
    ImportError,
)
"""What fastavro raises on files whose header or blocks are damaged."""

MAGIC = b"Obj\x01"
"""What an object container file begins with (Avro 1.11, Object Container Files)."""


@dataclass(frozen=True, kw_only=True)
class AvroSource(RecordSource):
    """An Avro file (specification 1.11) of records; logical types read as the times, dates and decimals that they mean.

    Parameters
    ----------
    reader_schema
        The schema to resolve the file's own against (specification, schema resolution): defaults, promotions and aliases apply. None reads
        with the file's.
    """

    format: ClassVar[str] = "avro"

    reader_schema: Mapping[str, object] | None = None

    @property
    def identity(self) -> dict[str, object]:
        """The declaration in plain values, the reader's schema too."""
        return {**super().identity, "reader_schema": self.reader_schema}

    def records(self) -> Iterator[Record | Rejected]:
        """Yield the records in order; damage fails the file, since nothing tells where the next record would begin."""
        import fastavro
        from fastavro.read import SchemaResolutionError
        from fastavro.schema import SchemaParseException, UnknownType

        with raw_bytes(self.location) as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise DamagedError("it is no Avro file: it does not begin with 'Obj' and 1")
            file.seek(0)
            number = 0
            try:
                check_blocks(file, fastavro.reader(file).codec)
                file.seek(0)
                schema = None if self.reader_schema is None else json.loads(json.dumps(self.reader_schema))
                for values in fastavro.reader(file, reader_schema=schema):
                    number += 1
                    yield Record(number, values) if isinstance(values, dict) else Rejected(number, "bad-json", str(values).encode())
            except (*DAMAGE, SchemaParseException, SchemaResolutionError, UnknownType) as error:
                raise DamagedError(f"record {number + 1} cannot be read: {type(error).__name__}: {error}") from error
