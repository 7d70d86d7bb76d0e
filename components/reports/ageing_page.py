"""The page of a walk-forward: how models of several ages do on the same rows, by slice, and what a shuffled split would have promised."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from components.artifacts.curve import Curve, CurvePoint
from components.artifacts.evaluation import Measurement
from components.evaluation.bench import Bench, Cut, differences
from components.evaluation.curves import CurveConfig, curve_of
from components.measures.metrics import MetricName
from components.measures.scored import Scored
from components.reports.evaluation_charts import ageing
from components.reports.evaluation_page import curve_words
from components.reports.formats import count, estimate_words, figure
from components.reports.layout import render
from components.reports.marks import domain_of
from components.reports.run_view import Estimate

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

PAGE, DATA = "ageing.html", "ageing.json"


@dataclass(frozen=True)
class Ageing:
    """A curve over ages, and on the same rows a model trained on shuffled rows: its figure, and how much more that promises."""

    curve: Curve
    shuffled: Measurement
    illusion: Measurement


def ageing_curve(
    rows: pl.DataFrame, block_of: NDArray[np.int64], by_age: Mapping[str, tuple[float, NDArray[np.float64]]], shuffled: NDArray[np.float64],
    *, metric: MetricName, slices: Sequence[str] = (), tolerance: float = 0.01,
) -> Ageing:  # fmt: skip
    """Return the curve of models by name, each with its age in days and its scores [n_rows], and what shuffling promises beyond the youngest.

    ``rows`` have the ``outcome`` and the slice columns, ``block_of`` [n_rows] numbers each row's test span; the first model is the youngest.
    """
    outcomes = rows["outcome"].to_numpy().astype(np.float64)
    bench = Bench(outcomes, block_of, int(block_of.max()) + 1, "binary")
    cuts = [Cut.whole(len(outcomes)), *(Cut.by(rows, dimension) for dimension in slices)]
    found = {name: (age, bench.figures(cuts, Scored(outcomes, scores), (metric,))) for name, (age, scores) in by_age.items()}
    youngest = next(iter(found.values()))[1]
    points = [
        CurvePoint(name, age, own, apart)
        for name, (age, figures) in found.items()
        for own, apart in zip(
            bench.measurements(cuts, figures), bench.measurements(cuts, differences(figures, youngest), "first"), strict=True
        )
    ]
    mixed = bench.figures(cuts[:1], Scored(outcomes, shuffled), (metric,))
    (own,) = bench.measurements(cuts[:1], mixed)
    (illusion,) = bench.measurements(cuts[:1], differences(mixed, youngest[:1]), "youngest")
    return Ageing(curve_of(points, CurveConfig("age", metric, tuple(slices), tolerance=tolerance)), own, illusion)


def write_ageing_page(view: Ageing, pipeline: str, directory: Path, *, index: str = "../../runs/index.html") -> Path:
    """Write ``ageing.html`` and ``ageing.json`` into a folder and return the path of the page."""
    directory.mkdir(parents=True, exist_ok=True)
    body = json.dumps(asdict(view), sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    (directory / DATA).write_text(f"{body}\n", encoding="utf-8")
    page = directory / PAGE
    page.write_text(render_ageing(view, pipeline, index=index), encoding="utf-8")
    return page


def render_ageing(view: Ageing, pipeline: str, *, index: str = "../../runs/index.html") -> str:
    """Return the page as one HTML text that needs nothing else."""
    overall = view.curve.of_slice()
    slices = [name for name in view.curve.half_life if name]
    losses = [
        (name, _estimate(_oldest(view.curve, name).difference), view.curve.half_life[name], view.curve.cadence[name]) for name in slices
    ]
    values = {
        "pipeline": pipeline,
        "heading": f"How a model of {pipeline} ages",
        "metric": view.curve.metric,
        "sentence": curve_words(view.curve),
        "picture": ageing(overall, title=f"{view.curve.metric} by age, the same rows", axis="age"),
        "points": [(point.name, point.place, _estimate(point.figure), _estimate(point.difference)) for point in overall],
        "shuffled": f"A model trained on shuffled rows reaches {estimate_words(_estimate(view.shuffled))} on the same rows.",
        "illusion": _illusion_words(view.illusion),
        "losses": losses,
        "oldest": f"{overall[-1].place:g}",
        "gap_domain": domain_of([_estimate(point.difference) for point in overall], 0),
        "loss_domain": domain_of([estimate for _, estimate, _, _ in losses], 0),
        "days": lambda number: figure(number) if number is not None else "none seen",
        "rows": count(overall[0].figure.n_rows),
        "index": index,
        "json_name": DATA,
    }
    contents = {"verdict": "Verdict", "curve": "Ages", "illusion": "Shuffled rows", "slices": "Slices"}
    return render("ageing.html", title=f"How a model of {pipeline} ages", contents=contents, values=values)


def _illusion_words(found: Measurement) -> str:
    """Say what shuffling promises beyond the youngest model, and whether that is more than chance."""
    told = f"That is {estimate_words(_estimate(found))} more than the youngest honest model"
    surely = found.low is not None and found.low > 0
    return f"{told}: what a shuffled split promises and no model keeps." if surely else f"{told}, which may be chance."


def _oldest(curve: Curve, name: str) -> CurvePoint:
    return [point for point in curve.points if f"{point.figure.dimension} {point.figure.value_of}" == name][-1]


def _estimate(one: Measurement) -> Estimate:
    return Estimate(one.value, one.low, one.high, one.n_rows, None if one.value is not None else "too-few-rows")
