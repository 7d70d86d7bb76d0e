"""A byte stream of any encoding as a byte stream of UTF-8."""

from __future__ import annotations

import codecs
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


class Utf8Reader(io.RawIOBase):
    """Reads a stream of another encoding as UTF-8, block by block.

    With ``errors="surrogateescape"`` bytes that mean nothing in the encoding come through unchanged: the cell that holds them is then no
    UTF-8, and is found out like any other.
    """

    def __init__(self, raw: pa.NativeFile, encoding: str, errors: str) -> None:
        super().__init__()
        self._raw = raw
        self._decoder = codecs.getincrementaldecoder(encoding)(errors)
        self._errors = errors
        self._ended = False
        self._ready = b""

    def readable(self) -> bool:
        """Tell that the stream can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes, all that are left where negative."""
        while not self._ended and (size < 0 or len(self._ready) < size):
            block = self._raw.read(1 << 20 if size < 0 else max(size, 1 << 16))
            self._ended = not block
            text = self._decoder.decode(block, final=self._ended)
            self._ready += text.encode("utf-8", errors=self._errors)
        end = len(self._ready) if size < 0 else size
        found, self._ready = self._ready[:end], self._ready[end:]
        return found
