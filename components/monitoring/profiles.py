"""Profiles: the counts of one column over several spans, on one grid, so that any two groups of spans can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from components.artifacts.statistics import ColumnFigures

if TYPE_CHECKING:
    from numpy.typing import NDArray


N_CELLS = 256
"""Cells that numbers are put in, each with an equal share of all spans: a Kolmogorov-Smirnov distance is off by less than 1/256."""


@dataclass(frozen=True, eq=False)
class Profile:
    """A column over spans: `counts` [n_spans, n_cells], `rows` and `missing` [n_spans], and the first value of each cell of numbers.

    A text is a cell. Numbers share cells, but those below or above all of the spans before the last have cells of their own.

    ``measure`` is "numbers" (values in order), "lengths" (of texts too many to list), "texts" (each a value), or None where only nulls are
    known: timestamps and dates move by nature. A span that lacks the column counts as one without rows.
    """

    measure: Literal["numbers", "lengths", "texts"] | None
    values: NDArray[np.float64]
    counts: NDArray[np.float64]
    rows: NDArray[np.float64]
    missing: NDArray[np.float64]

    @classmethod
    def of(cls, columns: Sequence[ColumnFigures | None]) -> Profile:
        """Return the profile of a column over spans, in order; the last one says what it holds."""
        rows = np.array([one.n_rows if one else 0 for one in columns], float)
        missing = np.array([_missing(one) if one else 0 for one in columns], float)
        measure = _measure(columns)
        if measure is None:
            return cls(None, np.empty(0), np.zeros((len(columns), 0)), rows, missing)
        if measure == "texts":
            texts = sorted({text for one in columns if one for text in one.top})
            place = {text: index for index, text in enumerate(texts)}
            counts = np.zeros((len(columns), len(texts)))
            for row, one in zip(counts, columns, strict=True):
                if one and one.top and not one.top_error:
                    row[[place[text] for text in one.top]] = list(one.top.values())
            return cls(measure, np.empty(0), counts, rows, missing)
        last = columns[-1]
        alike = [one if one and last and one.measure == last.measure else None for one in columns]
        coarsest = max(one.histogram.coarseness for one in alike if one)
        histograms = [one.histogram.coarsened(coarsest) if one else None for one in alike]
        values = np.unique(np.concatenate([one.values for one in histograms if one]))
        counts = np.zeros((len(columns), len(values)))
        for row, histogram in zip(counts, histograms, strict=True):
            if histogram:
                row[np.searchsorted(values, histogram.values)] = histogram.counts
        starts = _cells(counts)
        return cls(measure, values[starts], np.add.reduceat(counts, starts, axis=1) if len(starts) else counts, rows, missing)


def _cells(counts: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return where the cells of `counts` [n_spans, n_values] start: where the sum over spans passes each part, and where the past ends."""
    pooled = counts.sum(axis=0)
    if not len(pooled):
        return np.empty(0, np.intp)
    cell = ((np.cumsum(pooled) - pooled) * N_CELLS / max(1.0, pooled.sum())).astype(np.int64)
    before = np.flatnonzero(counts[:-1].any(axis=0))
    if len(before):
        cell[: before[0]] = -1
        cell[before[-1] + 1 :] = N_CELLS
    return np.flatnonzero(np.append(True, cell[1:] != cell[:-1]))


def _missing(column: ColumnFigures) -> int:
    return column.n_missing + column.n_nan + column.n_positive_infinite + column.n_negative_infinite


def _measure(columns: Sequence[ColumnFigures | None]) -> Literal["numbers", "lengths", "texts"] | None:
    """Return what can be compared: texts that every span lists in full, else what the last span's histogram counts."""
    last = columns[-1]
    if last is None or last.measure in (None, "days", "micros"):
        return None
    if last.measure == "value":
        return "numbers"
    listed = [one for one in columns if one and one.count]
    return "texts" if listed and all(one.top and not one.top_error for one in listed) else "lengths"
