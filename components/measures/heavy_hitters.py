"""Frequent values: exact up to a cap, beyond it with a stated error."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from components.artifacts.states import most_first

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

CAP = 1_024
"""Texts kept a column and span."""

LONGEST = 256
"""Bytes of the longest text kept. A longer one counts as not kept, within the error."""

ROOM = 24_576
"""Bytes of all texts kept: 24 a text at the cap. Longer texts are fewer, so that free text cannot swell the state."""


class HeavyHitters(NamedTuple):
    """Texts with their counts, most frequent first, then by text; the true count of any text lies in [count, count + error].

    Up to `CAP` distinct texts of `ROOM` bytes the counts are exact and the error is 0.
    """

    counts: Mapping[str, int]
    error: int = 0

    @classmethod
    def of(cls, texts: pa.Array, counts: NDArray[np.int64]) -> HeavyHitters:
        """Return the frequent texts out of distinct ones with their counts.

        >>> import pyarrow as pa
        >>> HeavyHitters.of(pa.array(["b", "a"]), np.array([2, 1]))
        HeavyHitters(counts={'b': 2, 'a': 1}, error=0)
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        long = pc.greater(pc.binary_length(texts), pa.scalar(LONGEST, pc.binary_length(texts).type)).to_numpy(zero_copy_only=False)
        error = int(counts[long].max(initial=0))
        threshold = _threshold(counts)
        kept = np.flatnonzero(~long & (counts > threshold))
        found, cut = _fitting(dict(zip(texts.take(kept).to_pylist(), (counts[kept] - threshold).tolist(), strict=True)))
        return cls(found, max(error, threshold + cut))

    @classmethod
    def of_integers(cls, values: NDArray[np.integer], counts: NDArray[np.int64]) -> HeavyHitters:
        """Return the frequent integers out of distinct ones with their counts, as texts.

        >>> HeavyHitters.of_integers(np.array([-1, 7]), np.array([1, 3]))
        HeavyHitters(counts={'7': 3, '-1': 1}, error=0)
        """
        threshold = _threshold(counts)
        kept = np.flatnonzero(counts > threshold)
        found, cut = _fitting(dict(zip(map(str, values[kept].tolist()), (counts[kept] - threshold).tolist(), strict=True)))
        return cls(found, threshold + cut)

    def __add__(self, other: tuple[object, ...]) -> HeavyHitters:
        """Return the frequent texts of both, cut to the cap; bounds add.

        A Misra-Gries summary (1982) merges by adding the counts and taking the (cap + 1)-th largest off each (Agarwal et al. 2012, Mergeable
        summaries, theorem 2.2).
        """
        right = HeavyHitters(*other)  # type: ignore[arg-type]
        counts = dict(self.counts)
        for text, count in right.counts.items():
            counts[text] = counts.get(text, 0) + count
        found, cut = _fitting(counts)
        return HeavyHitters(found, self.error + right.error + cut)


def _threshold(counts: NDArray[np.int64]) -> int:
    """Return the (cap + 1)-th largest count: what it takes to be kept; 0 if there are not so many."""
    return int(np.partition(counts, -CAP - 1)[-CAP - 1]) if len(counts) > CAP else 0


def _fitting(counts: Mapping[str, int]) -> tuple[dict[str, int], int]:
    """Return the texts that fit into the cap and the room, in order, and the count of the first that does not, taken off each."""
    ordered = most_first(counts)
    if len(ordered) <= CAP and len("".join(counts).encode()) <= ROOM:
        return dict(ordered), 0
    used = itertools.accumulate(len(text.encode()) for text, _ in ordered)
    place = next(place for place, n_bytes in enumerate(used) if place == CAP or n_bytes > ROOM)
    cut = ordered[place][1]
    return {text: count - cut for text, count in ordered[:place] if count > cut}, cut
