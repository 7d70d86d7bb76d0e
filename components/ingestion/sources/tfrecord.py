"""TFRecord files of tf.Example, read without TensorFlow."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from components.ingestion.sources.location import DamagedError, plain_bytes
from components.ingestion.sources.records import MAX_RECORD_BYTES, Record, RecordSource
from components.ingestion.sources.source import Rejected
from components.ingestion.sources.tf_example import parsed_example
from components.measures.crc32c import masked_crc32c

if TYPE_CHECKING:
    import pyarrow as pa

HEADER = struct.Struct("<QI")
"""A record's length and its masked CRC-32C (tensorflow/core/lib/io/record_writer.h), before the bytes; theirs comes after."""
FOOTER = struct.Struct("<I")


@dataclass(frozen=True, kw_only=True)
class TfRecordSource(RecordSource):
    """A TFRecord file whose records are tf.Example messages; a feature of one value is a scalar, of none null, of several a list.

    A record whose bytes do not match their checksum, or are no tf.Example, is quarantined. A length that does not match its own fails
    the file, since nothing tells where the next record would begin.
    """

    format: ClassVar[str] = "tfrecord"

    def records(self) -> Iterator[Record | Rejected]:
        """Yield the examples in order."""
        with plain_bytes(self.location) as file:
            number = 0
            while header := file.read(HEADER.size):
                number += 1
                data, checksum = _framed(file, header, number)
                if masked_crc32c(data) != checksum:
                    yield Rejected(number, "bad-checksum", data)
                    continue
                try:
                    yield Record(number, parsed_example(data), data)
                except ValueError:
                    yield Rejected(number, "bad-example", data)


def _framed(file: pa.NativeFile, header: bytes, number: int) -> tuple[bytes, int]:
    """Return the bytes of the record that follows a header, and their masked checksum."""
    if len(header) < HEADER.size:
        raise DamagedError(f"the file ends within record {number}")
    length, checksum = HEADER.unpack(header)
    if masked_crc32c(header[:8]) != checksum:
        raise DamagedError(f"the length of record {number} does not match its checksum")
    if length > MAX_RECORD_BYTES:
        raise DamagedError(f"record {number} claims {length} bytes, more than {MAX_RECORD_BYTES >> 20} MB")
    data, footer = file.read(length), file.read(FOOTER.size)
    if len(footer) < FOOTER.size:
        raise DamagedError(f"the file ends within record {number}")
    return data, FOOTER.unpack(footer)[0]
