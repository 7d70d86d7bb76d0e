"""Where labeling functions err, and which rows to look at next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.artifacts.label_analysis import Bucket, ShownRow
from components.artifacts.votes import ABSTAIN
from components.measures.intervals import wilson
from components.measures.slices import Dimension, coded

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

LEAST_ROWS = 20
"""Scored rows that a slice needs: with fewer, no accuracy is told from another."""
MOST_BUCKETS = 5
MOST_EXAMPLES = 5
TEXT_LENGTH = 200


@dataclass(frozen=True, eq=False)
class Judged:
    """The rows of a window: ``votes`` [n_rows, n_functions] and ``known`` outcomes [n_rows], -1 abstains and is not known.

    ``rows`` holds ``row_id``, ``event_time``, ``span``, and the columns to slice by and to show.
    """

    rows: "pl.DataFrame"
    names: Sequence[str]
    votes: "NDArray[np.int8]"
    known: "NDArray[np.int8]"
    shown: Sequence[str]

    def show(self, positions: Sequence[int]) -> tuple[ShownRow, ...]:
        """Return rows to look at."""
        chosen = self.rows[list(positions)]
        found = []
        for position, row in zip(positions, chosen.iter_rows(named=True), strict=True):
            said = {name: int(vote) for name, vote in zip(self.names, self.votes[position], strict=True) if vote != ABSTAIN}
            outcome = int(self.known[position]) if self.known[position] != ABSTAIN else None
            values = {name: str(row[name])[:TEXT_LENGTH] for name in self.shown if row[name] is not None}
            found.append(ShownRow(row["row_id"].hex(), row["event_time"].isoformat(), row["span"], outcome, said, values))
        return tuple(found)


def slice_codes(rows: "pl.DataFrame", dimensions: Sequence[Dimension]) -> "Mapping[str, tuple[list[str], NDArray[np.int64]]]":
    """Return the values of each dimension and each row's place among them."""
    return {dimension.text: coded(rows, dimension) for dimension in dimensions}


def mistakes_of(
    judged: Judged, function: int, slices: "Mapping[str, tuple[list[str], NDArray[np.int64]]]"
) -> tuple[tuple[Bucket, ...], tuple[ShownRow, ...]]:
    """Return the slices on which a function is clearly worse than on all rows, worst first, and the newest rows that it got wrong.

    Clearly: the interval of the slice's accuracy at 95 % lies below the accuracy on all rows, and `LEAST_ROWS` of its votes are scored.
    """
    import numpy as np

    own = judged.votes[:, function]
    scored = (own != ABSTAIN) & (judged.known != ABSTAIN)
    right = scored & (own == judged.known)
    if not scored.any():
        return (), ()
    overall = right.sum() / scored.sum()
    found = []
    for dimension, (values, codes) in slices.items():
        n_scored, n_right = (np.bincount(codes[mask], minlength=len(values)) for mask in (scored, right))
        for value, n, k in zip(values, n_scored.tolist(), n_right.tolist(), strict=True):
            low, high = wilson(k, n)
            if n >= LEAST_ROWS and high < overall:
                found.append(Bucket(dimension, value, n, k / n, low, high))
    worst = sorted(found, key=lambda one: (one.accuracy, -one.n_scored, one.dimension, one.value))[:MOST_BUCKETS]
    wrong = np.flatnonzero(scored & ~right)[::-1][:MOST_EXAMPLES].tolist()
    return tuple(worst), judged.show(wrong)


def uncovered(judged: Judged, most: int) -> tuple[ShownRow, ...]:
    """Return the newest rows that no function votes on, those without an outcome first."""
    import numpy as np

    silent = np.flatnonzero((judged.votes == ABSTAIN).all(axis=1))
    newest = silent[::-1]
    order = np.argsort(judged.known[newest] != ABSTAIN, kind="stable")
    return judged.show(newest[order][:most].tolist())


def disputed(judged: Judged, classes: Sequence[int], most: int) -> tuple[ShownRow, ...]:
    """Return the rows of most conflict: the most votes against the class that leads, then the fewest for it, then the newest."""
    import numpy as np

    counts = np.stack([(judged.votes == one).sum(axis=1) for one in classes], axis=1)
    leading = counts.max(axis=1)
    against = counts.sum(axis=1) - leading
    order = np.lexsort((-np.arange(len(counts)), leading, -against))[:most]
    return judged.show(order[against[order] > 0].tolist())


def doubted(judged: Judged, probability: "NDArray[np.float64]", most: int) -> tuple[ShownRow, ...]:
    """Return the rows whose outcome the label model holds least likely, and another class for likelier.

    ``probability`` is [n_rows, n_classes], NaN for none; a class beyond it has none.
    """
    import numpy as np

    beyond = max(0, int(judged.known.max(initial=0)) + 1 - probability.shape[1])
    padded = np.pad(probability, ((0, 0), (0, beyond)))
    known = (judged.known != ABSTAIN) & ~np.isnan(probability).any(axis=1)
    given = np.where(known, padded[np.arange(len(padded)), judged.known], 1.0)
    order = np.argsort(given, kind="stable")[:most]
    return judged.show(order[given[order] < padded.max(axis=1)[order]].tolist())
