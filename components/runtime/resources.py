"""Resources: what a component may use that changes its speed and never its answer."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol, TypeVar

TileT = TypeVar("TileT")
ResultT = TypeVar("ResultT")


class Engine(Protocol):
    """Where the work over tiles happens: here and now, on threads, later on a cluster."""

    def map(self, function: Callable[[TileT], ResultT], tiles: Sequence[TileT]) -> list[ResultT]:
        """Return one result per tile, in tile order."""


class Inline:
    """The engine of a plain call: one tile after the other, in this thread."""

    def map(self, function: Callable[[TileT], ResultT], tiles: Sequence[TileT]) -> list[ResultT]:
        """Return one result per tile, in tile order."""
        return [function(tile) for tile in tiles]


INLINE = Inline()


class Memo(Protocol):
    """Bytes that were computed once, by the digest of all that they depend on; an entry may be gone at any time."""

    def digest_of(self, parameter: str) -> str | None:
        """Return the digest of the artifact that a parameter of the component was given; None where nothing is kept."""

    def find(self, keys: Collection[str]) -> dict[str, memoryview]:
        """Return the content of those keys (hexadecimal digits) that are there."""

    def keep(self, entries: Mapping[str, bytes | memoryview]) -> None:
        """Keep the content of each key."""


class Forgetful:
    """The memo of a plain call: it knows no digests and keeps nothing."""

    def digest_of(self, parameter: str) -> str | None:  # noqa: ARG002 - as the protocol has it
        """Return None."""
        return None

    def find(self, keys: Collection[str]) -> dict[str, memoryview]:  # noqa: ARG002
        """Return nothing."""
        return {}

    def keep(self, entries: Mapping[str, bytes | memoryview]) -> None:
        """Keep nothing."""


FORGETFUL = Forgetful()
