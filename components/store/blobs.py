"""Blobs: immutable folders of files under their digest, published by one atomic rename."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from components.runtime.errors import StoreError
from components.runtime.value import Value

CHUNK = 1 << 20


class Blobs:
    """Blobs below one local root: ``<kind>/<digest>/`` holds a value's files.

    A crash leaves garbage under ``staging/``, never half a blob. A blob is never changed once published.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "staging").mkdir(parents=True, exist_ok=True)

    def path(self, kind: str, digest: str) -> Path:
        """Return the folder of a blob, there or not."""
        return self.root / kind / digest

    def holds(self, kind: str, digest: str) -> bool:
        """Tell whether the blob is there (its bytes are not read)."""
        return self.path(kind, digest).is_dir()

    def publish(self, value: Value) -> tuple[str, int]:
        """Save ``value`` and return (digest, size in bytes): stage, digest, fsync, one rename.

        Where the target exists its bytes are checked; a damaged one is moved to ``damaged/`` and replaced.
        """
        staged = Path(tempfile.mkdtemp(dir=self.root / "staging"))
        try:
            value.save(staged)
            digest, size = digest_of(staged)
            target = self.path(value.kind, digest)
            if target.is_dir() and digest_of(target)[0] == digest:
                return digest, size
            if target.is_dir():
                self._set_aside(target)
            _sync(staged)
            self._rename(staged, target)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
        return digest, size

    def check(self, kind: str, digest: str) -> None:
        """Raise ``StoreError`` where the blob is missing or its bytes are not those of its digest."""
        path = self.path(kind, digest)
        if not path.is_dir():
            raise StoreError(f"{kind} {digest[:12]} is missing", where=str(path), fix="run the step again: `almanac run`")
        if digest_of(path)[0] != digest:
            raise StoreError(f"{kind} {digest[:12]} is damaged: its bytes changed", where=str(path), fix="run the step again")

    def _rename(self, staged: Path, target: Path) -> None:
        """Put the staged folder in place; where another writer was first, its equal blob stands."""
        if not target.parent.is_dir():
            target.parent.mkdir(exist_ok=True)
            _sync_folder(self.root)
        staged.chmod(0o755)
        try:
            staged.rename(target)
        except OSError:
            if not target.is_dir():
                raise
        else:
            _sync_folder(target.parent)

    def _set_aside(self, target: Path) -> None:
        damaged = self.root / "damaged"
        damaged.mkdir(exist_ok=True)
        target.rename(Path(tempfile.mkdtemp(dir=damaged)) / target.name)


def digest_of(directory: Path) -> tuple[str, int]:
    """Return (sha256, size in bytes) over the sorted relative names, the lengths and the bytes of a folder's files."""
    outer, total = hashlib.sha256(), 0
    for path in sorted(p for p in directory.rglob("*") if p.is_file()):
        name = path.relative_to(directory).as_posix().encode()
        size = path.stat().st_size
        outer.update(len(name).to_bytes(8, "little") + name + size.to_bytes(8, "little"))
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                outer.update(chunk)
        total += size
    return outer.hexdigest(), total


def _sync(directory: Path) -> None:
    """Make a staged folder's files read-only and force them and their names to the disk."""
    for path in directory.rglob("*"):
        if path.is_file():
            path.chmod(0o444)
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
    for path in (p for p in [directory, *directory.rglob("*")] if p.is_dir()):
        _sync_folder(path)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
