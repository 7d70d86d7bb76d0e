"""Runs of rows in canonical order, merged a piece at a time."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from components.artifacts.examples import ROW_ID
from components.ingestion.order import in_canonical_order, times_of

if TYPE_CHECKING:
    import pyarrow as pa

SAMPLES = 4
"""Keys that are looked at, a run and piece: no piece is then longer than it should be by more than a quarter."""

Key = tuple[int, bytes]


def merged(runs: Callable[[], Sequence[pa.Table]], n_pieces: int) -> Iterator[pa.Table]:
    """Yield the rows of runs in canonical order, in about as many pieces of about one size (parallel sorting by regular sampling, Li et al. 1993).

    ``runs`` opens them, each in canonical order, at least one, anew for each piece: of runs that are mapped from disk only the pages of a
    piece are in memory. Rows that agree in event time and row id come together, in the order of the runs.
    """
    import pyarrow as pa

    if n_pieces <= 1:
        yield in_canonical_order(pa.concat_tables(runs()))
        return
    for starts, ends in itertools.pairwise(_cuts(runs, n_pieces)):
        if starts != ends:
            pieces = [run.slice(start, end - start) for run, start, end in zip(runs(), starts, ends, strict=True)]
            yield in_canonical_order(pa.concat_tables(pieces))


def _cuts(runs: Callable[[], Sequence[pa.Table]], n_pieces: int) -> list[tuple[int, ...]]:
    """Return where each piece begins in each run, and where the last one ends; the keys of one run at a time are in memory."""
    lengths = [run.num_rows for run in runs()]
    step = max(1, sum(lengths) // (n_pieces * len(lengths) * SAMPLES))
    sample = sorted(key for place in range(len(lengths)) for key in _Keys(runs()[place]).every(step))
    bounds = [sample[len(sample) * piece // n_pieces] for piece in range(1, n_pieces)]
    cuts = []
    for place, length in enumerate(lengths):
        keys = _Keys(runs()[place])
        cuts.append([0, *(bisect.bisect_left(keys, bound) for bound in bounds), length])
        del keys
    return list(zip(*cuts, strict=True))


class _Keys(Sequence[Key]):
    """What a run is sorted by."""

    def __init__(self, run: pa.Table) -> None:
        self._times = times_of(run)
        self._ids = run.column(ROW_ID)

    def __len__(self) -> int:
        return len(self._times)

    def every(self, step: int) -> list[Key]:
        """Return the key of each `step`-th row."""
        return [self[index] for index in range(0, len(self), step)]

    def __getitem__(self, index: int) -> Key:  # type: ignore[override]
        return int(self._times[index]), self._ids[index].as_py()
