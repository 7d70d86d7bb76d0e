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

    opened = runs()
    if n_pieces <= 1:
        yield in_canonical_order(pa.concat_tables(opened))
        return
    cuts = _cuts([_Keys(run) for run in opened], n_pieces)
    del opened
    for starts, ends in itertools.pairwise(cuts):
        if starts != ends:
            pieces = [run.slice(start, end - start) for run, start, end in zip(runs(), starts, ends, strict=True)]
            yield in_canonical_order(pa.concat_tables(pieces))


def _cuts(runs: Sequence[_Keys], n_pieces: int) -> list[list[int]]:
    """Return where each piece begins in each run, and where the last one ends."""
    lengths = [len(run) for run in runs]
    step = max(1, sum(lengths) // (n_pieces * len(runs) * SAMPLES))
    sample = sorted(run[index] for run in runs for index in range(0, len(run), step))
    bounds = (sample[len(sample) * piece // n_pieces] for piece in range(1, n_pieces))
    return [[0] * len(runs), *([bisect.bisect_left(run, bound) for run in runs] for bound in bounds), lengths]


class _Keys(Sequence[Key]):
    """What a run is sorted by."""

    def __init__(self, run: pa.Table) -> None:
        self._times = times_of(run)
        self._ids = run.column(ROW_ID)

    def __len__(self) -> int:
        return len(self._times)

    def __getitem__(self, index: int) -> Key:  # type: ignore[override]
        return int(self._times[index]), self._ids[index].as_py()
