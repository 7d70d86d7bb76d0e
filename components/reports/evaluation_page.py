"""The evaluation page: `EvaluationView` in, one HTML text out; written beside the same values as JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from components.artifacts.curve import Curve
from components.artifacts.evaluation import WORDS, Measurement
from components.artifacts.examination import GroupGap, Importance
from components.reports.charts import Chart
from components.reports.evaluation_charts import ageing, dependence, reliability
from components.reports.evaluation_view import EvaluationView
from components.reports.formats import count, estimate_words, when
from components.reports.layout import render
from components.reports.marks import domain_of
from components.reports.run_summary import Sliced, reading_of, sliced
from components.reports.run_view import Decision, Estimate, Metric
from components.reports.verdict import overall, verdict_of
from components.reports.words import PAGE_WORDS

PAGE, DATA = "evaluation.html", "evaluation.json"
AXES = {"age": "How the model ages", "rows": "What more data bring", "name": "What each source of labels is worth"}


def write_evaluation_page(view: EvaluationView, directory: Path, *, index: str = "index.html") -> Path:
    """Write ``evaluation.html`` and ``evaluation.json`` into a folder and return the path of the page."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / DATA).write_text(view.to_json(), encoding="utf-8")
    page = directory / PAGE
    page.write_text(render_evaluation(view, index=index), encoding="utf-8")
    return page


def render_evaluation(view: EvaluationView, *, index: str = "index.html") -> str:
    """Return the page as one HTML text that needs nothing else; `index` is the address of the run's own page."""
    heading = heading_of(view)
    examined = view.examination
    values = {
        "page": view,
        "view": view.run,
        "heading": heading,
        "verdict": verdict_of(view.run),
        "facts": {"Run": view.run.run_id, "As of": when(view.run.as_of, view.run.zone), "Lane": view.run.lane, "Trained on": view.run.span},
        "index": index,
        "json_name": DATA,
        "overall_metrics": overall(view.run),
        "sliced": sliced(view.run),
        "gaps": list(gap_plots(view.gaps)),
        "reading_of": reading_of,
        "calibration": reliability(view.calibration) if view.calibration else None,
        "curves": [
            (AXES[c.axis], curve_chart(c) if c.axis != "name" else None, curve_words(c), curve_points(c), curve_slices(c))
            for c in view.curves
        ],
        "importances": [(one.feature, estimate_of_importance(one)) for one in examined.importances] if examined else [],
        "dependences": [dependence(one) for one in examined.dependences] if examined else [],
        "fairness": [(one, estimate_of_gap(one)) for one in examined.fairness] if examined else [],
        **PAGE_WORDS,
    }
    return render("evaluation.html", title=f"{heading} · {view.run.run_id}", contents=_contents(view), values=values)


def heading_of(view: EvaluationView) -> str:
    """Return what the page is called."""
    name = f"{view.run.pipeline[:1].upper()}{view.run.pipeline[1:]}"
    return f"{name} evaluation, {when(view.run.as_of, view.run.zone).split()[0]}"


def table_lines(view: EvaluationView) -> list[str]:
    """Return what a terminal shows: the gate's reasons, each metric, classes that were not trained or not tested, the difference from the champion, and weak slices."""
    decision, comparisons = view.run.decision, view.run.comparisons
    reasons = [f"{reason.judgement:<8} {reason.text}" for reason in decision.reasons] if isinstance(decision, Decision) else []
    metrics = [f"{one.name:<24} {estimate_words(one.estimate)}" for one in overall(view.run)]
    apart = comparisons if isinstance(comparisons, tuple) else ()
    gaps = [f"{f'{one.metric}, difference':<24} {estimate_words(one.difference)}" for one in apart]
    slices = view.examination.weak_slices if view.examination else ()
    weak = [f"weak     {one.dimension} {one.value_of}: worse by {one.gap:.3f} on {count(one.n_rows)} rows" for one in slices]
    odd = [f"class    {one.words}" for one in view.classes if one.words]
    starts = [
        f"start    {name.removeprefix('start of the ')}, {told}"
        for name, told in view.card.get("Trained on", {}).items()
        if name.startswith("start of")
    ]
    return [*reasons, *metrics, *odd, *starts, *gaps, *weak, *(curve_words(curve) for curve in view.curves)]


def gap_plots(gaps: tuple[Metric, ...]) -> Iterator[Sliced]:
    """Yield a forest plot of the differences of the first metric for each dimension, on one axis, around no difference."""
    first = [one for one in gaps if one.name == gaps[0].name]
    by_dimension: dict[str, list[Metric]] = defaultdict(list)
    for one in first:
        by_dimension[one.dimension].append(one)
    domain = domain_of([one.estimate for one in first], 0)
    for dimension, rows in by_dimension.items():
        yield Sliced(f"{rows[0].name}, model minus champion", dimension, tuple(rows), domain, 0.0, first_of_more=False, last_of_more=False)


def curve_chart(curve: Curve) -> Chart:
    """Return the chart of a curve over all rows."""
    return ageing(curve.of_slice(), title=f"{curve.metric} by {'age' if curve.axis == 'age' else curve.axis}", axis=curve.axis)


def curve_points(curve: Curve) -> list[tuple[str, Estimate, Estimate]]:
    """Return each model's name, its figure, and its difference from the first on the same rows."""
    return [(point.name, _estimate(point.figure), _estimate(point.difference)) for point in curve.of_slice()]


def curve_slices(curve: Curve) -> list[tuple[str, str, str]]:
    """Return how each slice ages: its name, its half-life and how often to train for it; nothing of other curves, or without slices."""
    slices = dict.fromkeys((point.figure.dimension, point.figure.value_of) for point in curve.points)
    if curve.axis != "age" or len(curve.cadence) < 2:  # noqa: PLR2004 - all rows, and a slice
        return []
    return [_slice_words(curve, *one) for one in slices]


def _slice_words(curve: Curve, dimension: str, value_of: str) -> tuple[str, str, str]:
    """Return the name of a slice, and of what ages in it in words; where it cannot be measured, why."""
    name = f"{dimension} {value_of}" if dimension else ""
    states = [point.figure.state for point in curve.of_slice(dimension, value_of)]
    if states.count("measured") < 2:  # noqa: PLR2004 - one point shows no change
        why = next((WORDS[state] for state in states if state != "measured"), "one model alone")
        return name, why, why
    half, often = curve.half_life.get(name), curve.cadence.get(name)
    lost = "no loss seen" if half is None else f"{half:.3g} days" if half < 10 else f"{half:,.0f} days"  # noqa: PLR2004 - digits that say something
    return name or "all rows", lost, f"every {often:g} days" if often is not None else "no sure cost seen"


def curve_words(curve: Curve) -> str:
    """Return what a curve says, in one or two sentences."""
    if curve.axis != "age":
        points = curve.of_slice()
        surely = [
            p.name
            for p in points
            if p.difference.low is not None and p.difference.high is not None and p.difference.low * p.difference.high > 0
        ]
        return f"Surely unlike the first: {', '.join(surely)}." if surely else "None is surely unlike the first."
    half, often = curve.half_life.get(""), curve.cadence.get("")
    lost = f"Half of what the model knows is lost after {half:.3g} days." if half else "No loss of knowledge shows over these ages."
    again = f"Train at least every {often:g} days: later costs surely more than {curve.tolerance:g}." if often is not None else (
        f"Up to the oldest model waiting costs not surely more than {curve.tolerance:g}."
    )  # fmt: skip
    return f"{lost} {again}"


def estimate_of_importance(one: Importance) -> Estimate:
    """Return an importance as the page's estimate."""
    return Estimate(one.value, one.low, one.high)


def estimate_of_gap(one: GroupGap) -> Estimate:
    """Return a gap as the page's estimate."""
    return Estimate(one.value, one.low, one.high, absent=None if one.value is not None else "too-few-rows")


def _estimate(one: Measurement) -> Estimate:
    return Estimate(one.value, one.low, one.high, one.n_rows)


def _contents(view: EvaluationView) -> dict[str, str]:
    contents = {"verdict": "Verdict", "decision": "Decision", "metrics": "Metrics"}
    if view.classes:
        contents["classes"] = "Classes"
    if view.gaps:
        contents["gaps"] = "Slices against the champion"
    if view.examination:
        contents |= {"weak": "Weak slices"}
    if view.examination and view.examination.fairness:
        contents["fairness"] = "Fairness"
    if view.curves:
        contents["curves"] = "Curves"
    if view.calibration:
        contents["calibration"] = "Calibration"
    if view.examination:
        contents["importances"] = "Importances"
    return {**contents, "card": "Model card", **({"candidates": "Candidates"} if view.candidates else {})}
