"""Outcomes: whether P(y) moved because the features did, P(x), or because equal features now end otherwise, P(y|x)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from components.artifacts.features import Features
from components.artifacts.findings import Finding, Findings
from components.artifacts.labels import Labels
from components.artifacts.outcome_shift import FeatureShift, OutcomeShift
from components.artifacts.split import Split
from components.runtime.component import component
from components.runtime.window import Window

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

NOT_FEATURES = ("row_id", "event_time", "span", "outcome")


@dataclass(frozen=True)
class OutcomeConfig:
    """How a feature is cut into cells, and from where on a move is a finding.

    Attributes
    ----------
    cells : equal shares of the earlier rows that numbers are cut into; texts are cells, the rarest in one.
    deviations : standard errors beyond which a move is believed; over tens of features 4 is one false finding in hundreds of runs.
    matters : the least move of the positive share that is told.
    """

    cells: int = 10
    deviations: float = 4.0
    matters: float = 0.02


class ToldApart(NamedTuple):
    """The figures, and findings of what moved."""

    shift: OutcomeShift
    findings: Findings


@component(libraries=("polars", "numpy"))
def tell_outcomes_apart(features: Window[Features], labels: Labels, split: Split, *, config: OutcomeConfig = OutcomeConfig()) -> ToldApart:
    """Return how outcomes moved from the train to the test spans of a split, and how much of it each feature explains.

    With cells b of a feature, shares p (then) and q (now) and positive rates r and s, the difference of the rates splits exactly into
    sum of (q - p) r, the part of P(x), and sum of q (s - r), that of P(y|x) (Kitagawa 1955, with the earlier rates as weights). Standard
    errors come from the spread between spans, since the rows of one day share its weather. Only known outcomes count: without any on a side
    the state is "labels-not-mature", which is no pass.
    """
    rows = _known(features, labels)
    before, now = (rows.filter(rows["span"].is_in(spans)) for spans in (split.train, split.test))
    if not (before.height and now.height):
        return ToldApart(OutcomeShift(state="labels-not-mature"), Findings.of([], checked=0, state="labels-not-mature"))
    names = [name for name in rows.columns if name not in NOT_FEATURES]
    shifts = tuple(_shift(name, before, now, config) for name in names)
    shares, spans = [float(side["outcome"].mean()) for side in (before, now)], [side["span"].n_unique() for side in (before, now)]  # type: ignore[arg-type]
    deviations = _deviations(*(_by_span(side, side["outcome"].to_numpy()) for side in (before, now)))
    found = OutcomeShift(round(shares[0], 9), round(shares[1], 9), before.height, now.height, spans[0], spans[1], deviations, shifts)
    return ToldApart(found, Findings.of(_findings(found, config), checked=1 + len(shifts)))


def _known(features: Window[Features], labels: Labels) -> pl.DataFrame:
    """Return the feature rows whose outcome is known, with it and their span, in order of time and row."""
    import polars as pl

    frames = [value.to_polars().with_columns(span=pl.lit(span.key)) for span, value in features.present()]
    known = labels.rows.filter(pl.col("outcome").is_not_null()).select("row_id", pl.col("outcome").cast(pl.Float64))
    if not frames:
        return pl.DataFrame(schema={"span": pl.String, "outcome": pl.Float64})
    return pl.concat(frames).join(known, on="row_id", how="inner").sort("event_time", "row_id")


def _shift(name: str, before: pl.DataFrame, now: pl.DataFrame, config: OutcomeConfig) -> FeatureShift:
    """Return one feature's parts."""
    import numpy as np

    cells, n_cells = _cells(before[name], now[name], config.cells)
    counts = [np.bincount(side, minlength=n_cells) for side in cells]
    p, q = (side / side.sum() for side in counts)
    outcomes = [side["outcome"].to_numpy() for side in (before, now)]
    sums = [np.bincount(cell, outcome, n_cells) for cell, outcome in zip(cells, outcomes, strict=True)]
    overall = float(outcomes[0].mean())
    rate = np.where(counts[0] > 0, sums[0] / np.maximum(1, counts[0]), overall)  # a cell of no earlier rows has the rate of all
    by_mix = float(((q - p) * rate).sum())
    residuals = [outcome - rate[cell] for cell, outcome in zip(cells, outcomes, strict=True)]
    deviations = _deviations(_by_span(before, residuals[0]), _by_span(now, residuals[1]))
    by_rate = float(residuals[1].mean() - residuals[0].mean())
    return FeatureShift(name, round(float(np.abs(p - q).sum() / 2), 9), round(by_mix, 9), round(by_rate, 9), deviations)


def _cells(before: pl.Series, now: pl.Series, n_cells: int) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], int]:
    """Return the cell of each row of both sides and how many cells there are; nulls are a cell, and so are all texts but the frequent ones."""
    import numpy as np
    import polars as pl

    if before.dtype == pl.String:
        counted = before.drop_nulls().value_counts().sort("count", before.name, descending=[True, False])
        frequent = counted[before.name].head(5 * n_cells).to_list()
        place = {text: index + 2 for index, text in enumerate(sorted(frequent))}
        return tuple(np.array([0 if v is None else place.get(v, 1) for v in side.to_list()]) for side in (before, now)), len(place) + 2  # type: ignore[return-value]
    sides = [side.cast(pl.Float64).fill_null(math.nan).to_numpy() for side in (before, now)]
    known = sides[0][~np.isnan(sides[0])]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, n_cells + 1)[1:-1])) if len(known) else np.empty(0)
    return tuple(np.where(np.isnan(side), 0, 1 + np.searchsorted(edges, side)) for side in sides), len(edges) + 2  # type: ignore[return-value]


def _by_span(rows: pl.DataFrame, values: NDArray[np.float64]) -> list[float]:
    """Return the mean of each span's values, in order of span; added up in the order of the rows, so that bytes repeat."""
    of_row = rows["span"]
    return [float(values[(of_row == span).to_numpy()].mean()) for span in of_row.unique().sort()]


def _deviations(before: Sequence[float], now: Sequence[float]) -> float | None:
    """Return Welch's t of two sets of span means; None with fewer than two on a side, or where nothing varies."""
    import numpy as np

    if min(len(before), len(now)) < 2:  # noqa: PLR2004 - no spread of one
        return None
    error = math.sqrt(float(np.var(before, ddof=1)) / len(before) + float(np.var(now, ddof=1)) / len(now))
    return round((float(np.mean(now)) - float(np.mean(before))) / error, 9) if error > 0 else None


def _findings(found: OutcomeShift, config: OutcomeConfig) -> list[Finding]:
    """Return what moved: the positive share, and the least rate part of any feature, which no feature's move explains."""
    if found.before is None or found.now is None:
        return []
    said = []
    moved = found.now - found.before
    if _believed(moved, found.deviations, config):
        told = f"{found.before:.1%} of {found.n_before} rows then, {found.now:.1%} of {found.n_now} now"
        fix = "see which features explain it; retrain if the rates moved at equal features"
        said.append(Finding("outcome-shift", "warn", "outcome", "the share of positive outcomes moved", "the share of training", told, fix))
    least = min(found.features, key=lambda one: abs(one.by_rate), default=None)
    if least is not None and all(_believed(one.by_rate, one.deviations, config) for one in found.features):
        told = f"{least.by_rate:+.1%} at equal values of {least.feature}, which explains most"
        said.append(
            Finding(
                "concept-shift", "warn", "outcome", "outcomes moved at equal features: P(y|x), not P(x)", "rates as in training", told,
                "train anew on what came since, and look for what the features do not tell",
            )
        )  # fmt: skip
    return said


def _believed(moved: float, deviations: float | None, config: OutcomeConfig) -> bool:
    return abs(moved) >= config.matters and deviations is not None and abs(deviations) >= config.deviations
