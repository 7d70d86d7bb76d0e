"""From pairs to what they tell: correlation, association, the signal of each column about the label, and a suspicion of leakage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components.artifacts.associations import Associations, PairLeaf, PairState
from components.measures.contingency import CoMoments, cramers_v, explained_share, lift, mutual_information, total

SUSPICIOUS = 0.5
"""Share of the label's entropy from which on a single column is suspected of leaking it: honest features of hard problems explain a few
hundredths, a copy of the label all."""

NEAR = 0.999
"""Pearson's correlation, or Cramer's V of columns that are not both numbers, from which on two columns repeat one another."""


@dataclass(frozen=True)
class PairFigures:
    """What two columns tell of one another; None where it is not defined.

    `mutual_information` is in bits, `explained` the share of the second's entropy, `counts` how often each pair came and `lift` how many
    times as often as by chance, `cramers_v` from 0 to 1, `pearson` from -1 to 1 for numbers.
    """

    first: str
    second: str
    n_rows: int
    mutual_information: float | None
    explained: float | None
    cramers_v: float | None
    pearson: float | None
    counts: dict[tuple[str, str], int]
    lift: dict[tuple[str, str], float]

    @property
    def suspicious(self) -> bool:
        """Whether the first column alone tells the second too well."""
        return self.explained is not None and self.explained >= SUSPICIOUS


def merge_associations(parts: Sequence[Associations]) -> Associations:
    """Return the associations of all spans of several, in order of time: the same in any order and grouping. At least one part."""
    leaves = [leaf for part in parts for leaf in part.leaves]
    return Associations(parts[0].label, tuple(sorted(leaves, key=_order)))


def figures_of(associations: Associations) -> list[PairFigures]:
    """Return the figures of every pair over all spans, in the order of the latest span."""
    return [_figures(states) for states in _by_pair(associations)]


def signals(associations: Associations) -> list[PairFigures]:
    """Return the figures of each column with the label, the most telling first."""
    found = [one for one in figures_of(associations) if one.second == associations.label]
    return sorted(found, key=lambda one: (-(one.explained or 0.0), one.first))


def near_duplicates(associations: Associations) -> list[PairFigures]:
    """Return the pairs that repeat one another: numbers that correlate, or values that go together, by at least `NEAR`."""
    pairs = [states for states in _by_pair(associations) if states[0].second != associations.label]
    return [_figures(states) for states in pairs if _likeness(states) >= NEAR]


def signal_course(associations: Associations, column: str) -> list[float | None]:
    """Return the share of the label's entropy that a column explains in each span, in order of time: its trend."""
    course = []
    for leaf in associations.leaves:
        pair = next((pair for pair in leaf.pairs if (pair.first, pair.second) == (column, associations.label)), None)
        course.append(explained_share(pair.counts) if pair else None)
    return course


def _by_pair(associations: Associations) -> list[list[PairState]]:
    """Return the states of each pair in order of time, pairs in the order of the latest span."""
    found: dict[tuple[str, str], list[PairState]] = {
        (pair.first, pair.second): [] for leaf in reversed(associations.leaves) for pair in leaf.pairs
    }
    for leaf in associations.leaves:
        for pair in leaf.pairs:
            found[pair.first, pair.second].append(pair)
    return list(found.values())


def _pearson(states: Sequence[PairState]) -> float | None:
    moments = CoMoments()
    for state in states:
        moments += state.moments or ()
    return moments.pearson


def _likeness(states: Sequence[PairState]) -> float:
    """Return how alike two columns are, 0 to 1: by their correlation if they are numbers that vary, else by Cramer's V."""
    pearson = _pearson(states)
    return abs(pearson) if pearson is not None else cramers_v(total(state.counts for state in states)) or 0.0


def _figures(states: Sequence[PairState]) -> PairFigures:
    counts = total(state.counts for state in states)
    return PairFigures(
        first=states[0].first,
        second=states[0].second,
        n_rows=sum(counts.values()),
        mutual_information=mutual_information(counts),
        explained=explained_share(counts),
        cramers_v=cramers_v(counts),
        pearson=_pearson(states),
        counts=counts,
        lift=lift(counts),
    )


def _order(leaf: PairLeaf) -> tuple[object, ...]:
    content = repr([(pair.first, pair.second, sorted(pair.counts.items()), pair.moments) for pair in leaf.pairs])
    return (leaf.first_event is not None, leaf.first_event or 0, leaf.last_event or 0, content)
