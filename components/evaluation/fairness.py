"""Fairness: how far apart groups are in what is decided about them, with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from components.artifacts.examination import GroupGap
from components.evaluation.bench import Bench, Cut
from components.measures.intervals import intervals
from components.measures.scored import Scored

CRITERIA: Mapping[str, str] = {"selection_rate": "selection_rate", "equal_opportunity": "recall", "equal_accuracy": "accuracy"}
"""Criteria that are one metric by group: demographic parity (Dwork et al. 2012), equal opportunity (Hardt et al. 2016, definition 2.2) and
equal accuracy (Berk et al. 2018)."""
NAMES = ("selection_rate", "recall", "accuracy", "mean_score", "positive_rate")


def group_gaps(bench: Bench, rows: Scored, cuts: Sequence[Cut]) -> Iterator[GroupGap]:
    """Yield for each cut how far its groups are apart, by every criterion: the greatest figure of a group minus the least.

    ``calibration`` compares each group's mean prediction minus its rate of class 1, and ``bias_amplification`` is how much further apart the
    groups are in what is selected than in what is true (after Zhao et al. 2017, Men also like shopping, section 3). Groups of too few rows
    are left out; an interval of a greatest difference lies a little high, as the greatest of several figures does. Several columns crossed
    make intersectional groups.
    """
    for cut in cuts:
        (found,) = bench.figures([cut], rows, NAMES)
        sizes = cut.slicing.sizes()
        kept = [place for place, size in enumerate(sizes) if size >= bench.minimum_rows]
        if len(kept) < 2:  # noqa: PLR2004 - one group is not apart from any
            yield from (GroupGap(cut.dimension, name, None, None, None, "", "", {}, "too-few-rows") for name in CRITERIA)
            continue
        names = [cut.names[place] for place in kept]
        exact = {name: np.array([found[place][name][0] for place in kept]) for name in NAMES}
        drawn = {name: np.stack([found[place][name][1] for place in kept]) for name in NAMES}
        spread = {name: (exact[metric], drawn[metric]) for name, metric in CRITERIA.items()}
        spread["calibration"] = (exact["mean_score"] - exact["positive_rate"], drawn["mean_score"] - drawn["positive_rate"])
        for name, (values, resampled) in spread.items():
            yield _gap(bench, cut.dimension, name, names, values, _range(values), _range(resampled))
        true, chosen = (_range(one["positive_rate"]) for one in (exact, drawn)), (_range(one["selection_rate"]) for one in (exact, drawn))
        amplified = [selected - given for selected, given in zip(chosen, true, strict=True)]
        yield _gap(bench, cut.dimension, "bias_amplification", names, exact["selection_rate"] - exact["positive_rate"], *amplified)


def _gap(
    bench: Bench, dimension: str, criterion: str, names: Sequence[str], values: np.ndarray, value: np.ndarray, drawn: np.ndarray
) -> GroupGap:
    groups = {name: round(float(one), 6) for name, one in zip(names, values, strict=True) if np.isfinite(one)}
    if not groups or not np.isfinite(value):
        return GroupGap(dimension, criterion, None, None, None, "", "", groups, "one-class")
    (ends,) = intervals([float(value)], drawn[None, :], bench.confidence, bench.n_blocks)
    low, high = (None, None) if np.isnan(ends.low) else (round(ends.low, 6), round(ends.high, 6))
    ordered = sorted(groups, key=lambda name: groups[name])
    return GroupGap(dimension, criterion, round(float(value), 6), low, high, ordered[-1], ordered[0], groups)


def _range(values: np.ndarray) -> np.ndarray:
    """Return the greatest minus the least over the groups; nan where a group has no figure."""
    widest: np.ndarray = values.max(axis=0) - values.min(axis=0)
    return widest
