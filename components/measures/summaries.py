"""From states to figures: tiles joined into the state of a span, spans gathered into statistics."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from components.artifacts.histogram import Histogram
from components.artifacts.states import COUNTS, ColumnState, Leaf, total_top
from components.artifacts.statistics import ColumnFigures, Statistics, alike
from components.measures import distinct
from components.measures.heavy_hitters import HeavyHitters
from components.measures.moments import Moments

Number = TypeVar("Number", int, float)


def join(parts: Sequence[Leaf]) -> Leaf:
    """Return the states of one span from those of its tiles, folded in tile order; at least one part, all of one schema."""
    return functools.reduce(_join_two, parts)


def finish(leaves: Sequence[Leaf]) -> Statistics:
    """Return the statistics of spans in any order: the leaves sorted by time and the figures over all of them."""
    ordered = tuple(sorted(leaves))
    names = dict.fromkeys(name for leaf in reversed(ordered) for name in leaf.columns)
    return Statistics(ordered, {name: _figures(alike(ordered, name)) for name in names})


def merge(statistics: Sequence[Statistics]) -> Statistics:
    """Return the statistics of all rows behind several, without reading one.

    The leaves are put together and the figures folded over them in order of time, so the bytes are the same in any order and grouping.
    Against the concatenated rows: counts, extremes, histograms and distinct counts are equal, mean and moments agree to 1e-12 relative, top
    texts within their stated error. Columns come in the order of the latest span; one whose measure changed (a number that became a text)
    is summed over the spans that measure as the latest does.
    """
    return finish([leaf for one in statistics for leaf in one.leaves])


def subtract(whole: Statistics, *parts: Statistics) -> Statistics:
    """Return the statistics of a window once some of its spans left it; no row is read, and the bytes are those of merging the rest.

    A window slides by this and `merge`. Every state of a span is kept, so extremes, distinct and frequent values shrink exactly too.

    Raises
    ------
    ValueError
        If a span of a part is not in the whole.
    """
    left = list(whole.leaves)
    for leaf in (leaf for part in parts for leaf in part.leaves):
        place = next((index for index, other in enumerate(left) if other is leaf or not (other < leaf or leaf < other)), None)
        if place is None:
            raise ValueError("the statistics hold no such span, so it cannot be taken out")
        del left[place]
    return finish(left)


def _join_two(left: Leaf, right: Leaf) -> Leaf:
    columns = {name: _add(state, right.columns[name]) for name, state in left.columns.items()}
    return Leaf(columns, _smallest(left.first_event, right.first_event), _largest(left.last_event, right.last_event))


def _add(left: ColumnState, right: ColumnState) -> ColumnState:
    top = HeavyHitters(left.top, left.top_error) + (right.top, right.top_error)  # noqa: RUF005 - adds summaries, joins no tuples
    return replace(
        left,
        **{name: getattr(left, name) + getattr(right, name) for name in COUNTS},
        minimum=_smallest(left.minimum, right.minimum),
        maximum=_largest(left.maximum, right.maximum),
        moments=Moments(*left.moments) + right.moments,
        histogram=Histogram.total([left.histogram, right.histogram]),
        registers=distinct.merge([left.registers, right.registers]),
        top=top.counts,
        top_error=top.error,
    )


def _figures(states: Sequence[ColumnState]) -> ColumnFigures:
    """Return the figures over states that can be added, at least one; the name and type are those of the latest that was measured."""
    latest = next((state for state in reversed(states) if state.measure), states[-1])
    moments = Moments.fold(Moments(*state.moments) for state in states)
    estimate = distinct.estimate(distinct.merge([state.registers for state in states]))
    counts = {name: sum(getattr(state, name) for state in states) for name in COUNTS}
    return ColumnFigures(
        name=latest.column,
        type=latest.type,
        measure=latest.measure,
        n_missing=counts.pop("n_null"),
        **counts,
        minimum=functools.reduce(_smallest, (state.minimum for state in states)),
        maximum=functools.reduce(_largest, (state.maximum for state in states)),
        mean=moments.average,
        standard_deviation=moments.standard_deviation,
        skewness=moments.skewness,
        kurtosis=moments.kurtosis,
        distinct=estimate,
        distinct_error=None if estimate is None else distinct.RELATIVE_ERROR,
        top=total_top(states),
        top_error=sum(state.top_error for state in states),
        histogram=Histogram.total([state.histogram for state in states]),
    )


def _smallest(left: Number | None, right: Number | None) -> Number | None:
    return min((value for value in (left, right) if value is not None), default=None)


def _largest(left: Number | None, right: Number | None) -> Number | None:
    return max((value for value in (left, right) if value is not None), default=None)
