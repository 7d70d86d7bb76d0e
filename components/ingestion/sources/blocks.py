"""CSV text cut into blocks of whole rows, which threads can parse side by side."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.csv as arrow_csv
    from numpy.typing import NDArray

BLOCK_BYTES = 4 << 20
"""What is read at a time, and the longest row: enough for a cell of a megabyte, little beside the memory bound."""

WORD = 64

CACHE_BYTES = 128 << 10
"""What is compared with one mark after another while it lies in a core's cache."""


@dataclass
class RowBlocks:
    r"""The rows of a stream in blocks of about ``BLOCK_BYTES``, each of whole rows.

    Where the end of a row cannot be told by its bytes alone (a quote within an unquoted cell, no \\n for a whole block) the blocks end, and
    ``rest`` holds what was read of the rows after them; it is empty at the end of the stream.

    Parameters
    ----------
    rest
        What was read of the stream already.
    file
        The stream.
    delimiter, quote
        The one byte between cells, and the one around them, doubled within them; none where empty.
    """

    rest: bytes
    file: pa.NativeFile
    delimiter: bytes
    quote: bytes

    def __iter__(self) -> Iterator[memoryview]:
        while True:
            more = filled(self.file, BLOCK_BYTES)
            data = self.rest + more
            if len(more) < BLOCK_BYTES:
                self.rest = b""
                yield memoryview(data)
                return
            end = last_row_end(data, self.delimiter, self.quote)
            if end <= len(self.rest):
                self.rest = data
                return
            self.rest = data[end:]
            yield memoryview(data)[:end]


@dataclass
class BlockParser:
    """Parses blocks of whole rows, times as instants until the first block in which one of them is not written so, from then on as text.

    ``times_as_text`` and ``times`` differ in what a time is converted to. Threads may parse side by side.
    """

    read: arrow_csv.ReadOptions
    dialect: arrow_csv.ParseOptions
    times_as_text: arrow_csv.ConvertOptions
    times: arrow_csv.ConvertOptions | None

    def parsed(self, block: memoryview) -> pa.Table:
        """Return the columns of a block; `pyarrow.ArrowInvalid` if a row cannot be read."""
        import pyarrow as pa

        if self.times is not None:
            try:
                return self._converted(block, self.times)
            except pa.ArrowInvalid:
                table = self._converted(block, self.times_as_text)
                self.times = None
                return table
        return self._converted(block, self.times_as_text)

    def _converted(self, block: memoryview, convert: arrow_csv.ConvertOptions) -> pa.Table:
        import pyarrow as pa
        import pyarrow.csv as arrow_csv

        text = pa.BufferReader(b"\n" + bytes(block) if bytes(block[:3]) == codecs.BOM_UTF8 else block)
        return arrow_csv.read_csv(text, read_options=self.read, parse_options=self.dialect, convert_options=convert)


class Rest(io.RawIOBase):
    """The bytes that were read of a stream already, then the stream."""

    def __init__(self, start: bytes, file: pa.NativeFile) -> None:
        super().__init__()
        self._start = io.BytesIO(start)
        self._file = file

    def readable(self) -> bool:
        """Tell that the stream can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes."""
        return self._start.read(size) or bytes(self._file.read(None if size < 0 else size))


def filled(file: pa.NativeFile, size: int) -> bytes:
    """Return the next ``size`` bytes of a stream, fewer only at its end."""
    found = bytes(file.read(size))
    while len(found) < size and (more := file.read(size - len(found))):
        found += more
    return found


def last_row_end(data: bytes, delimiter: bytes, quote: bytes) -> int:
    r"""Return where the last row that surely ends within ``data`` ends, 0 where none does or where a quote is out of place.

    ``data`` begins with a row. A newline ends a row if an even number of quotes stand before it, given that every odd quote opens a cell
    and every even one closes it or is the first half of a doubled one.

    >>> last_row_end(b'a,"b\n"\nc,"d\n', b",", b'"'), last_row_end(b'5",b\nc', b",", b'"')
    (7, 0)
    """
    if not quote or quote not in data:
        return data.rfind(b"\n") + 1
    quotes, beside = _bits(data, quote, b"\n\r" + delimiter)
    inside = _parity(quotes)
    before, after = _one_later(beside), _one_earlier(beside)
    before[0] |= np.uint64(1)  # a row begins here, and who knows what follows
    after[(len(data) - 1) // WORD] |= np.uint64(1 << (len(data) - 1) % WORD)
    before ^= after
    before &= inside
    after ^= before  # before an odd quote, after an even one
    if (quotes & ~after).any():
        return 0
    ends = np.array([data.rfind(b"\n")])
    if ends[0] < 0 or _at(inside, ends)[0]:
        newlines = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))
        ends = newlines[~_at(inside, newlines)]
    return int(ends[-1]) + 1 if len(ends) else 0


def _bits(data: bytes, quote: bytes, others: bytes) -> NDArray[np.uint64]:
    """Return where quotes stand and where these or the others do [2, n_words], one bit a byte, the first the lowest; then a word of zeros."""
    found = np.zeros((2, len(data) // WORD + 2), dtype="<u8")
    packed, text = found.view(np.uint8), np.frombuffer(data, np.uint8)
    room = np.empty((2, CACHE_BYTES), dtype=bool)
    for start in range(0, len(text), CACHE_BYTES):
        part = text[start : start + CACHE_BYTES]
        bits = slice(start // 8, start // 8 + -(-len(part) // 8))
        marked, one = room[:, : len(part)]
        np.equal(part, quote[0], out=marked)
        packed[0, bits] = np.packbits(marked, bitorder="little")
        for other in others:
            np.logical_or(marked, np.equal(part, other, out=one), out=marked)
        packed[1, bits] = np.packbits(marked, bitorder="little")
    return found


def _at(bits: NDArray[np.uint64], places: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return whether the bit at each place is set."""
    return (bits[places // WORD] >> (places % WORD).astype(np.uint64) & np.uint64(1)).astype(bool)


def _parity(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return at each bit whether an odd number of bits are set up to it: a carry-less product with ones (Langdale and Lemire 2019, 3.1.1)."""
    found, scratch = bits.copy(), np.empty_like(bits)
    for step in (1, 2, 4, 8, 16, 32):
        found ^= np.left_shift(found, np.uint64(step), out=scratch)
    last = np.bitwise_xor.accumulate(found >> np.uint64(WORD - 1))
    found[1:] ^= np.uint64(0) - last[:-1]
    return found


def _one_later(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the bits one place later."""
    found = bits << np.uint64(1)
    found[1:] |= bits[:-1] >> np.uint64(WORD - 1)
    return found


def _one_earlier(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the bits one place earlier."""
    found = bits >> np.uint64(1)
    found[:-1] |= bits[1:] << np.uint64(WORD - 1)
    return found
