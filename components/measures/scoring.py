"""One model's scores on rows in blocks: exact figures of every slice of the rows, and the same figures on resamples of the blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from components.measures.metrics import Metric, mean_defined
from components.measures.scored import Scored, amounts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Figures = Mapping[str, tuple[float, NDArray[np.float64]]]
    Ladder = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]

BINS = 128
"""Score bins that a resample works on in place of rows: equal counts of all scores. What they lose is taken back at the exact value."""


@dataclass(frozen=True)
class Slicing:
    """One way to cut rows into slices that do not overlap: each row's slice, -1 for none, [n_rows]; and how many slices there are."""

    codes: NDArray[np.int16] | NDArray[np.int64]
    n: int

    @classmethod
    def whole(cls, n_rows: int) -> Slicing:
        """Return the one slice of all rows."""
        return cls(np.zeros(n_rows, np.int16), 1)

    @classmethod
    def of(cls, codes: NDArray[np.int64], n: int) -> Slicing:
        """Return a slicing; few slices are kept in 16 bits, which sort by radix."""
        return cls(codes.astype(np.int16) if n < np.iinfo(np.int16).max else codes, n)

    def sizes(self) -> NDArray[np.int64]:
        """Return the number of rows of each slice, [n]."""
        return np.bincount(self.codes[self.codes >= 0], minlength=self.n)


class Scoring:
    """Scores of one model on all rows, prepared once for a set of metrics.

    Figures on resamples are moved by what the bins lose against the exact figure, so that both are around the same value.

    Parameters
    ----------
    block_of
        [n_rows], the number of each row's block.

    """

    def __init__(self, rows: Scored, block_of: NDArray[np.int64], n_blocks: int, metrics: Mapping[str, Metric]) -> None:
        self.metrics, self.block_of, self.n_blocks = metrics, block_of, n_blocks
        self.amounts = amounts(rows, tuple(dict.fromkeys(name for one in metrics.values() for name in one.sums)))
        self.curves: list[Ranked] = []
        if any(one.curve for one in metrics.values()):
            one_score = rows.scores.ndim == 1
            classes = [(rows.outcomes > 0, rows.scores)] if one_score else [(rows.outcomes == k, s) for k, s in enumerate(rows.scores.T)]
            self.curves = [Ranked.of(positive, scores) for positive, scores in classes]

    def slices(self, slicing: Slicing, weights: NDArray[np.float64]) -> Iterator[Figures]:
        """Yield for each slice each metric's exact value (nan where undefined) and its value on each resample, [n_resamples].

        ``weights`` [n_resamples, n_blocks] say how often each block counts.
        """
        cell = np.where(slicing.codes < 0, slicing.n, slicing.codes).astype(np.int64) * self.n_blocks + self.block_of
        sums = {name: self._by_block(amount, cell, slicing.n) for name, amount in self.amounts.items()}
        ladders = [ranked.ladders(slicing) for ranked in self.curves]
        counts = [ranked.counts(cell, slicing.n, self.n_blocks) for ranked in self.curves]
        for number in range(slicing.n):
            own = {name: table[number] for name, table in sums.items()}
            total, drawn = ({name: one.sum(axis=0) for name, one in own.items()}, {name: weights @ one for name, one in own.items()})
            found: dict[str, tuple[float, NDArray[np.float64]]] = {
                name: (float(one.of(total)), one.of(drawn)) for name, one in self.metrics.items() if one.of is not None
            }
            if self.curves:
                found |= self._curves([next(one) for one in ladders], [table[number] for table in counts], weights)
            yield {name: found[name] for name in self.metrics}

    def _by_block(self, amount: NDArray[np.float64], cell: NDArray[np.int64], n: int) -> NDArray[np.float64]:
        """Return an amount summed by slice and block, [n_slices, n_blocks] (or by class, [n_slices, n_blocks, n_classes])."""
        columns = [amount] if amount.ndim == 1 else amount.T
        size = (n + 1) * self.n_blocks
        summed: NDArray[np.float64] = np.stack([np.bincount(cell, weights=column, minlength=size) for column in columns], axis=-1)
        return summed.reshape(n + 1, self.n_blocks, *amount.shape[1:])[:n]

    def _curves(self, ladders: list[Ladder], tables: list[NDArray[np.float64]], weights: NDArray[np.float64]) -> Figures:
        """Return the metrics of curves of one slice; of several classes the mean over each one against the rest, where defined."""
        found: dict[str, list[tuple[float, NDArray[np.float64]]]] = {name: [] for name, one in self.metrics.items() if one.curve}
        for ranked, ladder, table in zip(self.curves, ladders, tables, strict=True):
            used = np.flatnonzero(table.any(axis=(0, 1)))
            scores, ones, zeros = ranked.bin_scores[used], table[1][:, used], table[0][:, used]
            drawn = weights @ ones, weights @ zeros
            for name, each in found.items():
                curve = self.metrics[name].curve
                if curve is None or not len(scores):
                    each.append((float("nan"), np.full(len(weights), np.nan)))
                    continue
                value = float(curve(*ladder))
                each.append((value, curve(scores, *drawn) + (value - float(curve(scores, ones.sum(axis=0), zeros.sum(axis=0))))))
        means = {
            name: (mean_defined(np.array([v for v, _ in each])), mean_defined(np.stack([r for _, r in each])))
            for name, each in found.items()
        }
        return {name: (float(value), resampled) for name, (value, resampled) in means.items()}


@dataclass(frozen=True)
class Ranked:
    """One class's scores in order: ``order`` of the rows, and of each row in that order the place of its score and whether it is a hit.

    ``distinct`` are the scores by place, ``bin_row`` is each row's bin (in the rows' own order), ``bin_scores`` the bins' mean scores.
    """

    order: NDArray[np.int64]
    place: NDArray[np.int64]
    hit: NDArray[np.bool_]
    distinct: NDArray[np.float64]
    bin_row: NDArray[np.int64]
    bin_scores: NDArray[np.float64]

    @classmethod
    def of(cls, positive: NDArray[np.bool_], scores: NDArray[np.float64]) -> Ranked:
        """Rank the scores of rows; up to `BINS` distinct scores have a bin each."""
        order = np.argsort(scores, kind="stable")
        ordered = scores[order]
        starts = np.flatnonzero(np.diff(ordered, prepend=np.nan) != 0)
        counts = np.diff(starts, append=len(order))
        place = np.repeat(np.arange(len(starts)), counts)
        n_bins = min(BINS, len(starts))
        bin_of = np.arange(n_bins) if n_bins == len(starts) else (starts + (counts - 1) // 2) * n_bins // len(order)
        bin_row = np.empty(len(order), np.int64)
        bin_row[order] = 2 * bin_of[place]
        bin_row[positive] += 1
        rows = np.bincount(bin_of[place], minlength=n_bins)
        sums = np.bincount(bin_of[place], weights=ordered, minlength=n_bins)
        means = ordered[starts] if n_bins == len(starts) else sums / np.maximum(1, rows)
        return cls(order, place, positive[order], ordered[starts], bin_row, means)

    def counts(self, cell: NDArray[np.int64], n: int, n_blocks: int) -> NDArray[np.float64]:
        """Return rows by slice, class (0, 1), block and bin, [n_slices, 2, n_blocks, n_bins]."""
        n_bins = len(self.bin_scores)
        table = np.bincount(cell * (2 * n_bins) + self.bin_row, minlength=(n + 1) * n_blocks * 2 * n_bins)
        return table.reshape(n + 1, n_blocks, n_bins, 2)[:n].transpose(0, 3, 1, 2).astype(np.float64)

    def ladders(self, slicing: Slicing) -> Iterator[Ladder]:
        """Yield each slice's distinct scores, rising, and its rows of class 1 and of class 0 at each."""
        codes = slicing.codes[self.order]
        grouped = np.argsort(codes, kind="stable")
        place, hit = self.place[grouped], self.hit[grouped]
        ends = np.cumsum(np.bincount(codes.astype(np.int64) + 1, minlength=slicing.n + 1))
        for first, last in pairwise(ends):
            own = place[first:last]
            starts = np.flatnonzero(np.diff(own, prepend=-1))
            if not len(starts):
                yield np.zeros(0), np.zeros(0), np.zeros(0)
                continue
            ones = np.add.reduceat(hit[first:last], starts, dtype=np.float64)
            yield self.distinct[own[starts]], ones, np.diff(starts, append=len(own)) - ones
