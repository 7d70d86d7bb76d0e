"""The memo: what steps keep beside the blobs, by content key; every entry may be deleted at any time."""

import contextlib
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Collection, Mapping
from pathlib import Path

from components.runtime.errors import StoreError

KEY = re.compile(r"[0-9a-f]{64}")
DIGEST_BYTES = hashlib.sha256().digest_size
FOLDERS = 256
LIMIT_BYTES = 8 << 30
"""Votes of twenty functions on a million rows a day take 20 MB, so that this holds a year of them."""


class MemoFolder:
    """A folder with one file a key, ``<first two digits>/<key>``: the sha256 of the content, then the content.

    A file appears by one atomic rename and is never forced to the disk: one that a crash cut short does not fit its sha256 and counts as
    absent. It serves every metadata database alike, since nothing of it is recorded there. Each of its folders holds at most its share of
    ``limit`` bytes: what was asked for longest ago goes, such as what functions said that are no more.
    """

    def __init__(self, root: Path, limit: int = LIMIT_BYTES) -> None:
        self.root = root
        self.limit = limit

    def find(self, keys: Collection[str]) -> dict[str, bytes]:
        """Return the content of those keys that are there and whole."""
        found = {}
        for key in keys:
            try:
                body = self._path(key).read_bytes()
            except FileNotFoundError:
                continue
            content = body[DIGEST_BYTES:]
            if hashlib.sha256(content).digest() == body[:DIGEST_BYTES]:
                found[key] = content
                _mark_used(self._path(key))
        return found

    def keep(self, entries: Mapping[str, bytes]) -> None:
        """Keep the content of each key; of two writers of one key the later one stands."""
        for key, content in entries.items():
            path = self._path(key)
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, staged = tempfile.mkstemp(dir=path.parent, prefix=".")
            with os.fdopen(descriptor, "wb") as file:
                file.write(hashlib.sha256(content).digest())
                file.write(content)
            Path(staged).replace(path)
            _mark_used(path)
            self._shorten(path)

    def _shorten(self, kept: Path) -> None:
        """Remove what was not asked for longest from the folder of a new entry, until it holds its share; the new entry stays."""
        found = []
        for path in (one for one in kept.parent.iterdir() if KEY.fullmatch(one.name)):
            with contextlib.suppress(FileNotFoundError):  # another process removed it
                status = path.stat()
                found.append((path != kept, -status.st_atime_ns, status.st_size, path))
        total = 0
        for _, _, size, path in sorted(found):
            total += size
            if total > self.limit // FOLDERS and path != kept:
                path.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            raise StoreError("not a key of the memo", expected="64 hexadecimal digits", got=repr(key))
        return self.root / key[:2] / key


def _mark_used(path: Path) -> None:
    """Set the time of last access, which many file systems do not keep."""
    with contextlib.suppress(OSError):
        os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))
