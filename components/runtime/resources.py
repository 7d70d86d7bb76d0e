"""Resources: what a component may use that changes its speed and never its answer."""

from collections.abc import Callable, Sequence
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
