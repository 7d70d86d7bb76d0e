"""The local engine: tiles on a few threads of this process."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

TileT = TypeVar("TileT")
ResultT = TypeVar("ResultT")


def cores() -> int:
    """Return the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Threads:
    """An engine on ``n_threads`` threads (by default one a core); one tile runs in the caller's own thread."""

    def __init__(self, n_threads: int | None = None) -> None:
        self.n_threads = n_threads or cores()

    def map(self, function: Callable[[TileT], ResultT], tiles: Sequence[TileT]) -> list[ResultT]:
        """Return one result per tile, in tile order, whatever order they finish in."""
        if len(tiles) < 2 or self.n_threads == 1:  # noqa: PLR2004
            return [function(tile) for tile in tiles]
        with ThreadPoolExecutor(self.n_threads) as pool:
            return list(pool.map(function, tiles))
