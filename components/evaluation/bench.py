"""The bench: test rows in blocks, on which models are measured, each metric by slice, with intervals that pair."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from components.artifacts.evaluation import CalibrationBin, Measurement, State
from components.measures.intervals import Blocks, Interval, intervals
from components.measures.metrics import metric
from components.measures.scored import Scored, Task
from components.measures.scoring import Scoring, Slicing
from components.measures.slices import Dimension, coded

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from components.measures.scoring import Figures

NOTHING = Interval(math.nan, math.nan, math.nan)


@dataclass(frozen=True)
class Cut:
    """One dimension of slices: its name ("" for all rows together), the slices' names, and which row is in which."""

    dimension: str
    names: Sequence[str]
    slicing: Slicing

    @classmethod
    def whole(cls, n_rows: int) -> Cut:
        """Return the cut of one slice, all rows."""
        return cls("", ("",), Slicing.whole(n_rows))

    @classmethod
    def by(cls, rows: pl.DataFrame, dimension: Dimension | str) -> Cut:
        """Return the slices of a dimension."""
        names, codes = coded(rows, dimension)
        return cls(dimension if isinstance(dimension, str) else dimension.text, names, Slicing.of(codes, len(names)))

    def only(self, kept: NDArray[np.bool_]) -> Cut:
        """Return the same slices of some of the rows."""
        return Cut(self.dimension, self.names, Slicing(self.slicing.codes[kept], self.slicing.n))


@dataclass(frozen=True)
class Bench:
    """What became of rows and which block each is in, [n_rows]: the ground on which models are measured.

    A slice below ``minimum_rows`` rows, of a single block, or (binary) of outcomes that are all alike has no figures.
    """

    outcomes: NDArray[np.float64]
    block_of: NDArray[np.int64]
    n_blocks: int
    task: Task
    minimum_rows: int = 100
    confidence: float = 0.95
    resamples: int = 1000
    seed: int = 0

    @cached_property
    def weights(self) -> NDArray[np.float64]:
        """How often each block counts in each resample, [n_resamples, n_blocks]."""
        return Blocks.of(self.n_blocks, resamples=self.resamples, seed=self.seed).weights

    def only(self, kept: NDArray[np.bool_]) -> Bench:
        """Return the bench of some of the rows; the resamples are the same."""
        return replace(self, outcomes=self.outcomes[kept], block_of=self.block_of[kept])

    def figures(self, cuts: Sequence[Cut], rows: Scored, names: Sequence[str]) -> list[list[Figures]]:
        """Return of each slice of each cut the metrics by name, exact and resampled."""
        scoring = Scoring(rows, self.block_of, self.n_blocks, {name: metric(name, self.task) for name in names})
        return [list(scoring.slices(cut.slicing, self.weights)) for cut in cuts]

    def measurements(self, cuts: Sequence[Cut], found: Sequence[Sequence[Figures]], against: str = "") -> Iterator[Measurement]:
        """Yield what was found as measurements, with intervals, or the state that forbids them."""
        for cut, slices in zip(cuts, found, strict=True):
            for name, figures, (n_rows, n_spans, state) in zip(cut.names, slices, self._sizes(cut.slicing), strict=True):
                values = [round(value, 12) for value, _ in figures.values()]
                drawn = np.stack([resampled for _, resampled in figures.values()])
                ends = intervals(values, drawn, self.confidence, n_spans) if state == "measured" else [NOTHING] * len(values)
                for metric_name, one in zip(figures, ends, strict=True):
                    low, high = (None, None) if np.isnan(one.low) else (one.low, one.high)
                    value, reached = (None, state if state != "measured" else "one-class") if np.isnan(one.value) else (one.value, state)
                    yield Measurement(metric_name, cut.dimension, name, value, low, high, n_rows, n_spans, reached, against)

    def calibration(self, rows: Scored, n_bins: int) -> tuple[CalibrationBin, ...]:
        """Return bins of equal counts of rows in order of prediction, each with its mean outcome and interval; for one score a row."""
        n = len(self.outcomes)
        if not n:
            return ()
        codes = np.empty(n, np.int64)
        codes[np.argsort(rows.scores, kind="stable")] = np.arange(n) * n_bins // n
        used, codes = np.unique(codes, return_inverse=True)
        cut = Cut("", tuple(map(str, used)), Slicing.of(codes, len(used)))
        share = "mean_outcome" if self.task == "regression" else "positive_rate"
        found = []
        for size, figures in zip(cut.slicing.sizes(), self.figures([cut], rows, ("mean_score", share))[0], strict=True):
            value, drawn = figures[share]
            ends = intervals([value], drawn[None, :], self.confidence, self.n_blocks)[0]
            low, high = (None, None) if np.isnan(ends.low) else (round(ends.low, 6), round(ends.high, 6))
            found.append(CalibrationBin(round(figures["mean_score"][0], 6), round(value, 6), int(size), low, high))
        return tuple(found)

    def _sizes(self, slicing: Slicing) -> list[tuple[int, int, State]]:
        """Return the rows, the blocks that hold rows, and the state of each slice."""
        inside = slicing.codes >= 0
        codes, n = slicing.codes[inside].astype(np.int64), slicing.n
        table = np.bincount(codes * self.n_blocks + self.block_of[inside], minlength=n * self.n_blocks).reshape(n, self.n_blocks)
        ones = np.bincount(codes, weights=self.outcomes[inside] > 0, minlength=n)
        return [self._size(int(row.sum()), int((row > 0).sum()), float(hits)) for row, hits in zip(table, ones, strict=True)]

    def _size(self, n_rows: int, n_spans: int, hits: float) -> tuple[int, int, State]:
        alike = self.task == "binary" and hits in (0, n_rows)
        few: State = "too-few-rows" if n_rows < max(1, self.minimum_rows) else "too-few-spans"
        enough = few != "too-few-rows" and n_spans > 1
        return n_rows, n_spans, "one-class" if enough and alike else "measured" if enough else few


def differences(ours: Sequence[Sequence[Figures]], theirs: Sequence[Sequence[Figures]]) -> list[list[Figures]]:
    """Return each of the second's figures taken from the first's, exact and on the same resamples."""
    return [
        [{name: (a[name][0] - value, a[name][1] - drawn) for name, (value, drawn) in b.items()} for a, b in zip(mine, other, strict=True)]
        for mine, other in zip(ours, theirs, strict=True)
    ]
