"""The lines of a byte stream, none longer than fits the memory bound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from components.ingestion.sources.location import DamagedError
from components.ingestion.sources.records import MAX_RECORD_BYTES

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK_BYTES = 1 << 20


def lines_of(start: bytes, file: pa.NativeFile) -> Iterator[bytes]:
    """Yield the lines of ``start`` and of what follows it in a file, without their ends (LF or CR LF)."""
    cut: list[bytes] = []
    block = start
    while block:
        first, *others = block.split(b"\n")
        cut.append(first)
        if others:
            yield b"".join(cut).removesuffix(b"\r")
            for line in others[:-1]:
                yield line.removesuffix(b"\r")
            cut = [others[-1]]
        if sum(map(len, cut)) > MAX_RECORD_BYTES:
            raise DamagedError(f"a line is longer than {MAX_RECORD_BYTES >> 20} MB")
        block = file.read(BLOCK_BYTES)
    if last := b"".join(cut):
        yield last.removesuffix(b"\r")
