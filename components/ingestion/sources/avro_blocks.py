"""How large the blocks of an Avro file are when they are unpacked: found out before a reader unpacks them whole."""

from __future__ import annotations

import bz2
import lzma
import zlib
from typing import IO

from components.ingestion.sources.location import DamagedError

MAX_BLOCK_BYTES = 64 << 20
"""Writers cut blocks at 16 kB to 1 MB; a block of more than this is taken for damage, or for an attack."""

SYNC_BYTES = 16
MAX_VARINT_BITS = 63


def check_blocks(file: IO[bytes], codec: str) -> None:
    """Read the blocks of a file from where the first one begins; `DamagedError` if one is larger than ``MAX_BLOCK_BYTES``, unpacked."""
    while _long(file) is not None:
        size = _long(file)
        if size is None or not 0 <= size <= MAX_BLOCK_BYTES:
            raise DamagedError(f"a block claims to be of {size} bytes")
        if _unpacked_size(file.read(size), codec) > MAX_BLOCK_BYTES:
            raise DamagedError(f"a block unpacks to more than {MAX_BLOCK_BYTES >> 20} MB")
        file.read(SYNC_BYTES)


def _unpacked_size(block: bytes, codec: str) -> int:
    """Return the size of an unpacked block, or some number above the limit; what is damaged in other ways is the reader's to tell."""
    limit = MAX_BLOCK_BYTES + 1
    if codec == "deflate":
        return len(zlib.decompressobj(-zlib.MAX_WBITS).decompress(block, limit))
    if codec == "bzip2":
        return len(bz2.BZ2Decompressor().decompress(block, limit))
    if codec == "xz":
        try:
            return len(lzma.LZMADecompressor().decompress(block, limit))
        except lzma.LZMAError as error:
            raise DamagedError(f"a block cannot be unpacked: {error}") from error
    if codec == "zstandard":
        import pyarrow as pa

        with pa.CompressedInputStream(pa.BufferReader(block), "zstd") as unpacked:
            return sum(iter(lambda: len(unpacked.read(1 << 20)), 0))
    if codec == "snappy":  # its format description, section 1: the length comes first, seven bits a byte, the lowest first
        return sum((byte & 0x7F) << (7 * place) for place, byte in enumerate(_varint(block)))
    return int.from_bytes(block[:4], "little") if codec == "lz4" else len(block)


def _varint(block: bytes) -> bytes:
    """Return the bytes of the number with which a block begins: up to the first without the highest bit."""
    return block[: next((place + 1 for place, byte in enumerate(block[:10]) if byte < 0x80), 10)]  # noqa: PLR2004


def _long(file: IO[bytes]) -> int | None:
    """Return the next number (Avro 1.11, binary encoding: zig-zag, seven bits a byte), None at the end of the file."""
    number = shift = 0
    while byte := file.read(1):
        number |= (byte[0] & 0x7F) << shift
        shift += 7
        if byte[0] < 0x80:  # noqa: PLR2004
            return (number >> 1) ^ -(number & 1)
        if shift > MAX_VARINT_BITS:
            raise DamagedError("a block has no size")
    return None
