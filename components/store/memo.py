"""The memo: what steps keep beside the blobs, by content key; every entry may be deleted at any time."""

import hashlib
import os
import re
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

from components.runtime.errors import StoreError

KEY = re.compile(r"[0-9a-f]{64}")
DIGEST_BYTES = hashlib.sha256().digest_size


class MemoFolder:
    """A folder with one file a key, ``<first two digits>/<key>``: the sha256 of the content, then the content.

    A file appears by one atomic rename and is never forced to the disk: one that a crash cut short does not fit its sha256 and counts as
    absent. It serves every metadata database alike, since nothing of it is recorded there.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

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

    def _path(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            raise StoreError("not a key of the memo", expected="64 hexadecimal digits", got=repr(key))
        return self.root / key[:2] / key
