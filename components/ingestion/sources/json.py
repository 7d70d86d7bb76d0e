"""JSON Lines, and JSON arrays of objects; plain or compressed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from components.ingestion.sources.lines import lines_of
from components.ingestion.sources.location import DamagedError, plain_bytes
from components.ingestion.sources.records import MAX_RECORD_BYTES, Record, RecordSource
from components.ingestion.sources.source import Rejected

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK_BYTES = 1 << 20
BLANKS = " \t\r\n"
DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
"""Numbers stay the text that stands in the file, so that nothing is rounded before it is typed."""


@dataclass(frozen=True, kw_only=True)
class JsonSource(RecordSource):
    """A file of JSON objects (RFC 8259, UTF-8), one a line, or as one array: the first character tells.

    A line that is no object is quarantined. In an array nothing tells where the next object would begin: damage there fails the file.
    """

    format: ClassVar[str] = "json"
    has_null_tokens: ClassVar[bool] = True

    def records(self) -> Iterator[Record | Rejected]:
        """Yield the objects in order."""
        with plain_bytes(self.location) as file:
            start = file.read(BLOCK_BYTES).removeprefix(b"\xef\xbb\xbf")
            if start.lstrip(BLANKS.encode())[:1] == b"[":
                yield from _elements(start, file)
            else:
                for number, line in enumerate(lines_of(start, file), 1):
                    if line.strip():
                        yield object_of(number, line)


def object_of(number: int, line: bytes) -> Record | Rejected:
    """Return the object that a line holds."""
    try:
        found, end = DECODER.raw_decode(text := line.decode().strip(BLANKS))
    except (ValueError, RecursionError):
        return Rejected(number, "bad-json", line)
    if not isinstance(found, Mapping) or end != len(text):
        return Rejected(number, "bad-json", line)
    return Record(number, found, line)


def _elements(start: bytes, file: pa.NativeFile) -> Iterator[Record | Rejected]:
    """Yield the elements of an array, of which only the one at hand is in memory."""
    pending, number, ended = start.lstrip(BLANKS.encode())[1:], 0, False
    while True:
        done = 0
        text = _whole_characters(pending)
        while (found := _next_element(text, done)) is not None:
            value, first, done = found
            if value is None:
                return
            number += 1
            raw = text[first:done].encode()
            yield Record(number, value, raw) if isinstance(value, Mapping) else Rejected(number, "bad-json", raw)
        pending = pending[len(text[:done].encode()) :]
        if ended or len(pending) > MAX_RECORD_BYTES:
            raise DamagedError(f"element {number + 1} of the array cannot be read")
        block = file.read(max(BLOCK_BYTES, len(pending)))
        ended = not block
        pending += block


def _next_element(text: str, start: int) -> tuple[object, int, int] | None:
    """Return the element that begins at or after a place, its first character and its end; (None, …) at the array's end; None if cut."""
    while start < len(text) and text[start] in BLANKS + ",":
        start += 1
    if start < len(text) and text[start] == "]":
        return None, start, start
    try:
        value, end = DECODER.raw_decode(text, start)
    except ValueError:
        return None
    except RecursionError as error:
        raise DamagedError("the array is nested too deeply") from error
    if end == len(text):
        return None
    return ("null" if value is None else value), start, end


def _whole_characters(block: bytes) -> str:
    """Return the text of a block up to a character that the block cuts in two."""
    try:
        return block.decode()
    except UnicodeDecodeError as error:
        if len(block) - error.start < 4 and error.reason == "unexpected end of data":  # noqa: PLR2004
            return block[: error.start].decode()
        raise DamagedError(f"byte {error.start} of a block is not UTF-8") from error
