"""Charts of an evaluation: the reliability curve, how a model ages, and what a feature does to the prediction."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from components.artifacts.curve import CurvePoint
from components.artifacts.evaluation import CalibrationBin
from components.artifacts.examination import Dependence
from components.reports.charts import SMALL, Chart, time_series
from components.reports.drawing import COLORS, finish, graph, library, round_ticks, set_y_axis, short_number, spread_names
from components.reports.formats import count, figure
from components.reports.run_view import Estimate

SQUARE = (320, 260)


def reliability(bins: Sequence[CalibrationBin]) -> Chart:
    """Return what happened against what was predicted, with intervals; on the dashed line a model says what happens."""
    bounds = [x for one in bins for x in (one.predicted, one.observed, one.low, one.high) if x is not None]
    low, high = min(bounds, default=0.0), max(bounds, default=1.0)
    margin = 0.05 * (high - low) or 0.5
    low, high = low - margin, high + margin

    def draw(size: tuple[int, int]) -> Markup:
        drawing = graph(*size).xrange(low, high)
        ticks = round_ticks(low, high, at_most=4)
        drawing.xticks(ticks, [short_number(tick) for tick in ticks])
        set_y_axis(drawing, low, high)
        drawing.add(library().PolyLine([low, high], [low, high]).color(COLORS["third"]).stroke("--").strokewidth(1))
        for one in bins:
            if one.low is not None and one.high is not None:
                drawing.add(library().PolyLine([one.predicted] * 2, [one.low, one.high]).color(COLORS["main"]).strokewidth(1.5))
            dot = library().PolyLine([one.predicted] * 2, [one.observed] * 2).color(COLORS["main"]).strokewidth(7)
            dot.svg.set("stroke-linecap", "round")
            drawing.add(dot)
        return finish(drawing, label="Observed against predicted")

    rows = tuple((figure(b.predicted), figure(b.observed), figure(b.low), figure(b.high), count(b.n_rows)) for b in bins)
    columns = ("predicted", "observed", "low", "high", "rows")
    return Chart("Observed against predicted, bins of equal counts", draw((520, 300)), columns, rows, narrow=draw(SQUARE))


def ageing(points: Sequence[CurvePoint], *, title: str, axis: str) -> Chart:
    """Return a metric over the places of a curve, with its interval; the dashed line is the first model's figure."""
    names = [f"{point.place:g} d" if axis == "age" else short_number(point.place) for point in points]
    estimates = [Estimate(p.figure.value, p.figure.low, p.figure.high, p.figure.n_rows) for p in points]
    return time_series(names, estimates, title=title, reference=points[0].figure.value if points else None)


def dependence(found: Dependence) -> Chart:
    """Return the mean prediction over a feature's values: a line over numbers, bars over texts."""
    numbers = [value for value in found.values if not isinstance(value, str)]
    low, high = min(found.predicted, default=0.0), max(found.predicted, default=1.0)
    margin = 0.1 * (high - low) or 0.05
    drawing = graph(*SMALL)
    if len(numbers) == len(found.values) > 1:
        drawing.xrange(numbers[0], numbers[-1])
        ticks = round_ticks(numbers[0], numbers[-1], at_most=4)
        drawing.xticks(ticks, [short_number(tick) for tick in ticks])
        drawing.add(library().PolyLine(numbers, list(found.predicted)).color(COLORS["main"]).strokewidth(1.75))
    else:
        drawing.xrange(-0.5, len(found.values) - 0.5).xticks(*spread_names([str(value) for value in found.values], 6))
        for place, predicted in enumerate(found.predicted):
            dot = library().PolyLine([place] * 2, [predicted] * 2).color(COLORS["main"]).strokewidth(7)
            dot.svg.set("stroke-linecap", "round")
            drawing.add(dot)
    set_y_axis(drawing, low - margin, high + margin)
    rows = tuple((short_number(v) if not isinstance(v, str) else v, figure(p)) for v, p in zip(found.values, found.predicted, strict=True))
    return Chart(found.feature, finish(drawing, label=f"Mean prediction over {found.feature}"), ("value", "mean prediction"), rows)
