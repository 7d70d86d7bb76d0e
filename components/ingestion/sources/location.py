"""Where a file lies: a path, a file of an installed package, or an fsspec URL; opened as raw bytes or decompressed."""

import contextlib
import csv
import importlib.util
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from components.artifacts.findings import Finding
from components.ingestion.sources.reach import reachable
from components.runtime.errors import DataError, DefinitionError

if TYPE_CHECKING:
    import pyarrow as pa
    from typing_extensions import Buffer

PACKAGE = "package:"
MAX_DOWNLOADED_BYTES = 64 << 20
"""Of a file held in memory where its server sends no ranges; larger ones must be of a format that is read from the beginning."""

SECRETS = re.compile(r"[?&](sig|signature|x-amz-signature|x-goog-signature|token|access_token|api_?key|key)=", re.IGNORECASE)
"""Parameters of a URL that give access to whoever knows them."""

ENCRYPTED = 0x1
"""Bit of a zip member's flags (PKWARE APPNOTE, 4.4.4)."""

CODECS = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd"}


class DamagedError(Exception):
    """A file is damaged in a way after which nothing more of it can be read."""


DAMAGE = (DamagedError, csv.Error, zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, UnicodeError)
"""What is raised while a damaged file is read."""

PICKLES = (".pkl", ".pickle", ".joblib")


def checked(location: str) -> str:
    """Return a location that holds no credentials and no way out of its package; others are a `DefinitionError`."""
    if re.search(r"://[^/]*@", location) or SECRETS.search(location):
        scheme = location.partition("://")[0]
        raise DefinitionError(
            "a location must not hold credentials",
            where=f"{scheme}://…",
            fix="Name a connection, or set the credentials where fsspec finds them.",
        )
    if location.endswith(PICKLES):
        raise DefinitionError(
            "a pickle runs whatever code its writer put into it, as soon as it is read",
            where=location,
            fix="Write the data as Parquet where it was pickled: `frame.to_parquet(...)`.",
        )
    if location.startswith(PACKAGE):
        name, slash, inner = location.removeprefix(PACKAGE).partition("/")
        parts = inner.split("/")
        if not (name.isidentifier() and slash and inner) or "\\" in inner or any(part in ("", ".", "..") for part in parts):
            raise DefinitionError("not a file of a package", expected="package:name/folder/file", got=repr(location))
    return location


def resolved(location: str) -> str:
    """Return the path or URL of a location; a package is found without being imported.

    Raises
    ------
    DefinitionError
        If the package is not installed, or the file leads out of it.
    """
    if not checked(location).startswith(PACKAGE):
        return location
    name, _, inner = location.removeprefix(PACKAGE).partition("/")
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise DefinitionError(f"the package {name!r} is not installed", where=location, fix=f"Install it: pip install {name}.")
    root = Path(spec.submodule_search_locations[0]).resolve()
    path = (root / inner).resolve()
    if not path.is_relative_to(root):
        raise DefinitionError("the file lies outside its package", where=location, expected=f"a file below {root}", got=str(path))
    return str(path)


def size_and_time(location: str) -> tuple[int, int | None]:
    """Return a file's size in bytes and its modification time in nanoseconds, None where the file system tells none."""
    where = resolved(location)
    with reachable(location):
        if not is_url(where):
            status = Path(where).stat()
            return status.st_size, status.st_mtime_ns
        import fsspec

        system, path = fsspec.core.url_to_fs(where)
        size = int(system.info(path)["size"])
        with contextlib.suppress(NotImplementedError, AttributeError):
            return size, int(system.modified(path).timestamp() * 1e6) * 1_000
        return size, None


@contextlib.contextmanager
def raw_bytes(location: str) -> Iterator[IO[bytes]]:
    """Open a file as it lies there."""
    where = resolved(location)
    with contextlib.ExitStack() as stack:
        with reachable(location):
            if is_url(where):
                import fsspec

                file = stack.enter_context(_downloaded(where) if _only_streams(where) else fsspec.open(where, "rb"))
            else:
                file = stack.enter_context(Path(where).open("rb"))
        yield file


def _only_streams(where: str) -> bool:
    """Tell whether a web server sends files from their beginning only, so that nothing could look for a file's footer."""
    import fsspec

    if not where.startswith(("http://", "https://")):
        return False
    system, path = fsspec.core.url_to_fs(where)
    return not system.info(path).get("partial")


@contextlib.contextmanager
def _downloaded(where: str) -> Iterator[IO[bytes]]:
    """Open a file of such a server: a small one from memory, a large one as a stream; never by way of the disk, for privacy."""
    import fsspec

    with fsspec.open(where, "rb", block_size=0) as file:
        start = file.read(MAX_DOWNLOADED_BYTES + 1)
        if len(start) <= MAX_DOWNLOADED_BYTES:
            yield io.BytesIO(start)
            return
    with fsspec.open(where, "rb", block_size=0) as file:
        yield io.BufferedReader(_Stream(file))


class _Stream(io.RawIOBase):
    """A file that is read from its beginning; whoever looks for its end meets an `io.UnsupportedOperation`."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: "Buffer") -> int:
        """Fill a buffer, and return how many bytes there were."""
        view = memoryview(buffer).cast("B")
        read = self._file.read(len(view))
        view[: len(read)] = read
        return len(read)


@contextlib.contextmanager
def plain_bytes(location: str) -> Iterator["pa.NativeFile"]:
    """Open a file decompressed by its suffix: ``.gz``, ``.zst``, ``.bz2``, ``.zip`` (with exactly one file in it), else as it is.

    Decompression streams: what an archive claims to hold costs nothing until it is read.
    """
    import pyarrow as pa

    where, suffix = resolved(location), PurePosixPath(location).suffix
    with contextlib.ExitStack() as stack:
        if suffix == ".zip":
            archive = stack.enter_context(_zip_archive(location, stack.enter_context(raw_bytes(location))))
            yield pa.PythonFile(stack.enter_context(archive.open(_only_member(location, archive))), mode="r")
            return
        if is_url(where):
            raw = pa.PythonFile(stack.enter_context(raw_bytes(location)), mode="r")
        else:
            with reachable(location):
                raw = stack.enter_context(pa.OSFile(where))
        yield stack.enter_context(pa.CompressedInputStream(raw, CODECS[suffix])) if suffix in CODECS else raw


def is_url(where: str) -> bool:
    """Tell a URL such as ``s3://bucket/file`` from a path."""
    return "://" in where


def unreadable(location: str, error: Exception) -> DataError:
    """Return the error of a file that cannot be read at all."""
    text = " ".join(str(error).split()) or type(error).__name__
    return DataError("the file cannot be read", [Finding("source-unreadable", "fail", location, text)], where=location)


def _zip_archive(location: str, file: IO[bytes]) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except zipfile.BadZipFile as error:
        raise unreadable(location, error) from error


def _only_member(location: str, archive: zipfile.ZipFile) -> str:
    files = [info for info in archive.infolist() if not info.is_dir()]
    names = [info.filename for info in files]
    if any(info.flag_bits & ENCRYPTED for info in files):
        raise unreadable(location, ValueError("the archive is encrypted"))
    if len(names) != 1:
        finding = Finding(
            "source-unreadable", "fail", location, f"the archive holds {len(names)} files, expected one", examples=tuple(names[:5])
        )
        raise DataError("the archive must hold exactly one file", [finding], where=location)
    return names[0]
