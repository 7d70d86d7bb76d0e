"""The fingerprint of a file: size and time as a hint, the digest of its bytes to decide."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from io import BufferedReader
from typing import Self, cast

from components.ingestion.sources.location import plain_bytes, raw_bytes, size_and_time


@dataclass(frozen=True)
class Hint:
    """A file's size in bytes and modification time in nanoseconds (None: unknown), and on demand the sha256 of its bytes as they lie.

    Two equal hints with a known time mean that the file need not be read again; different ones mean nothing before the digests are
    compared: a file that was touched or copied is still the same delivery.
    """

    location: str
    size: int
    mtime_ns: int | None

    @classmethod
    def of(cls, location: str) -> Self:
        """Look at a file without reading it; `DataError` where it is missing, denied or unreachable."""
        return cls(location, *size_and_time(location))

    @property
    def mark(self) -> dict[str, object]:
        """What a delivery records of the hint, in plain values."""
        return {"size": self.size, "mtime_ns": self.mtime_ns, "location": self.location}

    @cached_property
    def content(self) -> str:
        """The hexadecimal digest of the raw bytes (a compressed file is not unpacked), streamed."""
        with raw_bytes(self.location) as file:
            return hashlib.file_digest(cast("BufferedReader", file), "sha256").hexdigest()

    @property
    def sha256(self) -> str:
        """The digest that tells one delivery from another: here, of the raw bytes."""
        return self.content


@dataclass(frozen=True)
class UnpackedHint(Hint):
    """The fingerprint of a log that is compressed as it is rotated: of what it holds, however it is packed."""

    @cached_property
    def content(self) -> str:
        """The hexadecimal digest of the unpacked bytes, streamed."""
        with plain_bytes(self.location) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class DumpHint(Hint):
    """The fingerprint of a dump of a date (microseconds): the same bytes on another date are another dump."""

    dumped_at: int = 0

    @classmethod
    def dumped(cls, location: str, at: int) -> Self:
        """Look at the file of a dump without reading it."""
        return cls(location, *size_and_time(location), at)

    @property
    def sha256(self) -> str:
        """The digest of the bytes and the date."""
        return hashlib.sha256(f"{self.dumped_at} {self.content}".encode()).hexdigest()


@dataclass(frozen=True)
class DigestedHint(Hint):
    """The fingerprint of what is no file: its number of rows, no time, and a digest that changes when it does."""

    digest: str = ""
    details: Mapping[str, object] = field(default_factory=dict)

    @property
    def mark(self) -> dict[str, object]:
        """What a delivery records of the hint: its details too, such as the offsets that were read."""
        return {**super().mark, **self.details}

    @property
    def sha256(self) -> str:
        """The digest."""
        return self.digest
