"""References: which spans a span is held against, by their places in the window before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from components.artifacts.shifts import Against

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Seasons:
    """The season in spans (7 days are a week, 24 hours a day, 12 months a year) and how many of them are looked back on."""

    length: int = 7
    count: int = 4

    @property
    def window(self) -> int:
        """The spans before the current one that references reach back to."""
        return self.length * (self.count + 1)


WEEKS = Seasons()
"""Four weeks of days."""


@dataclass(frozen=True, eq=False)
class References:
    """Pairs of groups of spans: `current` and `reference` [n_pairs, n_spans] of 0 and 1, and the comparator that each pair serves.

    The last span is the current one. A comparator with several pairs takes the nearest of them.

    previous
        the span before.
    weekday
        the same place in the season before, up to `count` of them together; at least two.
    window
        `length` x `count` spans before, together; at least half of them.
    nearest
        each span of those seasons by itself but the last `length`: the least distance says how far the span is from anything that was
        usual, whatever its weekday, and a fault does not become usual the day after it began. At least `length` of them.
    trend
        the last `length` spans with the current one, together, against as many `count` seasons ago; more than half of either.
    """

    against: tuple[Against, ...]
    current: NDArray[np.float64]
    reference: NDArray[np.float64]

    @classmethod
    def of(cls, present: Sequence[bool], seasons: Seasons) -> References:
        """Return the pairs that the present spans allow; `present` [n_spans] ends with the current span."""
        there = [index - len(present) + 1 for index, here in enumerate(present) if here]  # 0 is now, -1 the span before
        length, reach = seasons.length, seasons.length * seasons.count
        usual = [place for place in there if -reach <= place <= -length]
        groups: list[tuple[Against, list[int], list[int], int]] = [
            ("previous", [0], [place for place in there if place == -1], 1),
            ("weekday", [0], [place for place in usual if place % length == 0], 2),
            ("window", [0], [place for place in there if -reach <= place < 0], reach // 2),
            *(("nearest", [0], [place], 1) for place in usual if len(usual) >= length),
        ]
        recent, past = ([place for place in there if -length < place - start <= 0] for start in (0, -reach))
        if len(recent) > length // 2:
            groups.append(("trend", recent, past, length // 2 + 1))
        kept = [group for group in groups if len(group[2]) >= group[3]]
        current, reference = (_indicators([group[side] for group in kept], len(present)) for side in (1, 2))  # type: ignore[misc]
        return cls(tuple(group[0] for group in kept), current, reference)


def _indicators(groups: Sequence[Sequence[int]], n_spans: int) -> NDArray[np.float64]:
    found = np.zeros((len(groups), n_spans))
    for row, places in zip(found, groups, strict=True):
        row[[place + n_spans - 1 for place in places]] = 1.0
    return found
