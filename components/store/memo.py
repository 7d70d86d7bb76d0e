"""The memo: what steps keep beside the blobs, by content key; every entry may be deleted at any time."""

import contextlib
import hashlib
import mmap
import os
import re
import tempfile
import time
from collections.abc import Collection, Mapping
from pathlib import Path

from components.runtime.errors import StoreError

KEY = re.compile(r"[0-9a-f]{64}")
DIGEST_BYTES = hashlib.sha256().digest_size
PAGE_BYTES, WORD_BYTES = 4096, 8
SHARES = 16
LIMIT_BYTES = 8 << 30
"""Votes of twenty functions on a million rows a day take 20 MB, so that this holds a year of them."""


class MemoFolder:
    """A folder with one file a key, ``<first two digits>/<key>``: a checksum of the content, then the content.

    A file appears by one atomic rename and is never forced to the disk: one that a crash cut short does not fit its checksum and counts as
    absent. It serves every metadata database alike, since nothing of it is recorded there. The entries of one first digit share a sixteenth of
    ``limit`` bytes: those go that were asked for before others that fill it, such as what functions said that are no more. So an entry of
    any size stays as long as it is asked for, and the memo holds at most sixteen entries beyond its limit.
    """

    def __init__(self, root: Path, limit: int = LIMIT_BYTES) -> None:
        self.root = root
        self.limit = limit

    def find(self, keys: Collection[str]) -> dict[str, memoryview]:
        """Return the content of those keys that are there and whole: mapped from their files, so that nothing is copied."""
        found = {}
        for key in keys:
            try:
                with self._path(key).open("rb") as file:
                    body = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            except (FileNotFoundError, ValueError):  # of an empty file there is nothing to map
                continue
            if _checksum(body[DIGEST_BYTES:]) == body[:DIGEST_BYTES]:
                found[key] = body[DIGEST_BYTES:]
                _mark_used(self._path(key))
        return found

    def keep(self, entries: Mapping[str, bytes | memoryview]) -> None:
        """Keep the content of each key; of two writers of one key the later one stands."""
        for key, content in entries.items():
            path = self._path(key)
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, staged = tempfile.mkstemp(dir=path.parent, prefix=".")
            with os.fdopen(descriptor, "wb") as file:
                file.write(_checksum(content))
                file.write(content)
            Path(staged).replace(path)
            _mark_used(path)
        for digit in sorted({key[0] for key in entries}):
            self._shorten(digit)

    def _shorten(self, digit: str) -> None:
        """Remove the entries of a first digit that are older than others which fill its share."""
        found = []
        for path in (one for one in self.root.glob(f"{digit}?/*") if KEY.fullmatch(one.name)):
            with contextlib.suppress(FileNotFoundError):  # another process removed it
                status = path.stat()
                found.append((-status.st_atime_ns, status.st_size, path))
        later = 0
        for _, size, path in sorted(found):
            if later >= self.limit // SHARES:
                path.unlink(missing_ok=True)
            later += size

    def _path(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            raise StoreError("not a key of the memo", expected="64 hexadecimal digits", got=repr(key))
        return self.root / key[:2] / key


def _checksum(content: bytes | memoryview) -> bytes:
    """Return the sha256 of the sums of the content's pages, as words of 64 bits, and of the rest.

    It tells what befalls a file (pages lost, zeroed or out of place, bits flipped) at the speed of reading memory, seven times that of sha256.
    """
    import numpy as np

    n_pages = len(content) // PAGE_BYTES
    words = np.frombuffer(content, np.uint64, n_pages * PAGE_BYTES // WORD_BYTES)
    return hashlib.sha256(words.reshape(n_pages, PAGE_BYTES // WORD_BYTES).sum(axis=1).tobytes() + content[n_pages * PAGE_BYTES :]).digest()


def _mark_used(path: Path) -> None:
    """Set the time of last access, which many file systems do not keep."""
    with contextlib.suppress(OSError):
        os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))
