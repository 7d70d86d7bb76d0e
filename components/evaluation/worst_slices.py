"""The search for slices on which a model does worse than on the rest, over single columns and pairs, unprompted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np

from components.artifacts.examination import WeakSlice
from components.measures.metrics import Metric, metric
from components.measures.multiplicity import holm
from components.measures.scored import Scored, Task, amounts
from components.measures.slices import CROSS, coded

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

MEASURES: dict[Task, str] = {"binary": "skill", "multi-class": "accuracy", "regression": "r2", "ranking": "ndcg"}
"""What a slice is judged by: of what there is to know about its own rows, the share that the model knows, so that a slice whose outcomes
are merely rarer or more even than others' is not taken for one that the model fails on."""
N_VALUES = 50
"""Distinct numbers from which on a column is cut into quarters."""
N_FOUND = 5
SMALLEST = 0.005
"""The most slices that are reported, and the least share of the rows that one holds."""


@dataclass(frozen=True)
class Column:
    """A column as the search sees it: names of its values and each row's place among them, [n_rows]."""

    name: str
    values: Sequence[str]
    codes: NDArray[np.int64]


def find_weak_slices(
    rows: pl.DataFrame, scored: Scored, block_of: NDArray[np.int64], n_blocks: int, task: Task, *, columns: Sequence[str], minimum_rows: int = 100,
    level: float = 0.05,
) -> list[WeakSlice]:  # fmt: skip
    """Return the slices on which the model is surely worse than on all other rows, the worst first.

    Every value of every column and every pair of values is held against the rest, by the task's measure (`MEASURES`), with the error of a
    jackknife over blocks and Student's t; chance findings among all of them are held at ``level`` (Holm). Of the slices that
    are worse for sure the one of the greatest gap times the root of its rows is taken (a part of it weighs less than the whole, and a whole
    that holds it less than the part), its rows are put aside, and the search begins again, so that what follows is another problem and not the same one under
    another name. After Chung et al. 2019 (Slice Finder, section 3), whose tests take rows for independent.
    """
    one = metric(MEASURES[task], task)
    every = [_column(rows, name) for name in columns]
    left = np.ones(rows.height, dtype=bool)
    found: list[WeakSlice] = []
    least = max(minimum_rows, int(SMALLEST * rows.height))
    while len(found) < N_FOUND:
        tested = list(_tested(every, scored, block_of, n_blocks, one, left, least))
        surely = [weak for weak, keep in zip(tested, holm([weak.p for weak in tested], level), strict=True) if keep and weak.gap > 0]
        if not surely:
            break
        worst = max(
            surely, key=lambda weak: weak.gap * weak.n_rows**0.5
        )  # rows share their noise: a part by luck weighs less than the whole
        found.append(worst)
        left &= ~_rows_of(every, worst)
    return found


def _column(rows: pl.DataFrame, name: str) -> Column:
    """Return a column's values; many numbers are cut at their quartiles."""
    import polars as pl

    series = rows[name]
    if series.dtype.is_numeric() and series.n_unique() > N_VALUES:
        edges = np.unique(np.quantile(series.drop_nulls().cast(pl.Float64).to_numpy(), [0.25, 0.5, 0.75]))
        names = [f"below {edges[0]:g}", *(f"{a:g} to {b:g}" for a, b in pairwise(edges)), f"{edges[-1]:g} or more"]
        codes = np.searchsorted(edges, series.cast(pl.Float64).fill_null(float("nan")).to_numpy(), side="right")
        return Column(name, [*names, "(none)"], np.where(series.is_null().to_numpy(), len(names), codes))
    return Column(name, *coded(rows, name))


def _tested(
    columns: Sequence[Column], scored: Scored, block_of: NDArray[np.int64], n_blocks: int, one: Metric, left: NDArray[np.bool_], least: int
) -> Iterator[WeakSlice]:
    """Yield every slice and pair of slices of enough rows, with its gap to the rest."""
    added = np.stack([amount[left] for amount in amounts(scored, one.sums).values()])
    blocks = block_of[left]
    total: NDArray[np.float64] = np.stack([np.bincount(blocks, weights=row, minlength=n_blocks) for row in added])
    whole = np.bincount(blocks, minlength=n_blocks)
    frequent = [_frequent(column, left, least) for column in columns]
    singles = [(column.name, column.values, codes) for column, codes in zip(columns, frequent, strict=True)]
    pairs = (
        (CROSS.join((a.name, b.name)), [CROSS.join((x, y)) for x in a.values for y in b.values], _crossed(i, j, len(b.values)))
        for (a, i), (b, j) in combinations(zip(columns, frequent, strict=True), 2)
    )
    for name, values, codes in (*singles, *pairs):
        kept = codes >= 0
        cell = codes[kept] * n_blocks + blocks[kept]
        n_cells = len(values) * n_blocks
        counts = np.bincount(cell, minlength=n_cells).reshape(-1, n_blocks)
        enough = np.flatnonzero(counts.sum(axis=1) >= least)
        sums: NDArray[np.float64] = np.stack(
            [np.bincount(cell, weights=row[kept], minlength=n_cells).reshape(-1, n_blocks)[enough] for row in added]
        )
        for place, (value, gap, error, p) in zip(enough.tolist(), _gaps(sums, total, one), strict=True):
            if whole.sum() - counts[place].sum() >= least and np.isfinite(gap):
                yield WeakSlice(name, values[place], int(counts[place].sum()), value, gap, error, p)


def _gaps(sums: NDArray[np.float64], total: NDArray[np.float64], one: Metric) -> Iterator[tuple[float, float, float, float]]:
    """Yield of each slice its figure, how much worse it is than the rest, the error of that (a jackknife over blocks) and its p-value.

    ``sums`` are [n_sums, n_slices, n_blocks], ``total`` [n_sums, n_blocks]. The jackknife leaves out one block at a time (Efron and Stein
    1981, The jackknife estimate of variance, equation 1.5).
    """
    from scipy.special import stdtr

    n_blocks, sign = total.shape[1], 1.0 if one.better == "higher" else -1.0
    inside, outside = sums.sum(axis=2, keepdims=True) - sums, (total.sum(axis=1, keepdims=True) - total)[:, None, :]
    value = _figure(one, sums.sum(axis=2))
    gap = sign * (_figure(one, total.sum(axis=1)[:, None] - sums.sum(axis=2)) - value)
    without = sign * (_figure(one, outside - inside) - _figure(one, inside))
    spread = without - without.mean(axis=1, keepdims=True)
    error = np.sqrt((n_blocks - 1) / n_blocks * (spread**2).sum(axis=1))
    t = np.divide(gap, error, out=np.full(len(gap), -np.inf), where=error > 0)
    for row in zip(value, gap, error, stdtr(max(1, n_blocks - 1), -t), strict=True):
        yield float(row[0]), float(row[1]), float(row[2]), float(row[3]) if np.isfinite(row[2]) else 1.0


def _figure(one: Metric, sums: NDArray[np.float64]) -> NDArray[np.float64]:
    if one.of is None:
        raise ValueError("the search needs a metric made of sums")
    return one.of(dict(zip(one.sums, sums, strict=True)))


def _frequent(column: Column, left: NDArray[np.bool_], least: int) -> NDArray[np.int64]:
    """Return the codes of the rows that are left, -1 for values that too few of them have."""
    codes = column.codes[left]
    sizes = np.bincount(codes, minlength=len(column.values))
    return np.where(sizes[codes] >= least, codes, -1)


def _crossed(first: NDArray[np.int64], second: NDArray[np.int64], n_second: int) -> NDArray[np.int64]:
    return np.where((first >= 0) & (second >= 0), first * n_second + second, -1)


def _rows_of(columns: Sequence[Column], weak: WeakSlice) -> NDArray[np.bool_]:
    """Return the rows of a slice, [n_rows]."""
    by_name = {column.name: column for column in columns}
    names = weak.dimension.split(CROSS)
    if len(names) == 1:
        column = by_name[names[0]]
        inside: NDArray[np.bool_] = column.codes == list(column.values).index(weak.value_of)
        return inside
    a, b = (by_name[name] for name in names)
    place = [CROSS.join((x, y)) for x in a.values for y in b.values].index(weak.value_of)
    both: NDArray[np.bool_] = (a.codes == place // len(b.values)) & (b.codes == place % len(b.values))
    return both
