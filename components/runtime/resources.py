"""Resources: what a component may use that changes its speed and never its answer."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

TileT = TypeVar("TileT")
ResultT = TypeVar("ResultT")


class Engine(Protocol):
    """Where the work over tiles happens: here and now, on threads, later on a cluster."""

    def map(self, function: Callable[[TileT], ResultT], tiles: Sequence[TileT]) -> list[ResultT]:
        """Return one result per tile, in tile order."""


class Memo(Protocol):
    """A content-keyed table of bytes beside the blobs, for parts of a step that are worth keeping (votes, model scores)."""

    def get(self, key: str) -> bytes | None:
        """Return the bytes kept under ``key``, or None."""

    def put(self, key: str, content: bytes) -> None:
        """Keep ``content`` under ``key``; a second write of the same key changes nothing."""


class Inline:
    """The engine of a plain call: one tile after the other, in this thread."""

    def map(self, function: Callable[[TileT], ResultT], tiles: Sequence[TileT]) -> list[ResultT]:
        """Return one result per tile, in tile order."""
        return [function(tile) for tile in tiles]


class Forgetful:
    """The memo of a plain call: it keeps nothing."""

    def get(self, key: str) -> bytes | None:  # noqa: ARG002
        """Return None: nothing is kept."""
        return None

    def put(self, key: str, content: bytes) -> None:
        """Drop the content."""


INLINE = Inline()
FORGETFUL = Forgetful()
