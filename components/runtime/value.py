"""What an artifact's value must offer: a kind, a format version, and bytes that repeat."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Protocol, Self, runtime_checkable

Scalar = bool | int | float | str

FORMAT = 3
"""Row order, tile size and Parquet writer settings. It enters every cache key in place of the runtime's own code."""


@runtime_checkable
class Value(Protocol):
    """A value that steps pass to one another; the store keeps it as an immutable blob of files.

    ``save`` must write the same bytes for equal values, whatever the clock, the folder or the order of construction.
    """

    kind: ClassVar[str]
    format_version: ClassVar[int]

    def save(self, directory: Path) -> None:
        """Write the value's files into ``directory``, an existing empty folder."""

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the value back; large parts stay on disk until they are asked for."""

    def summary(self) -> Mapping[str, Scalar]:
        """Give a few figures for listings, task results and pages."""
