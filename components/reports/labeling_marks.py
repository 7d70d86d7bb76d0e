"""The pictures of the labeling page alone: labels by class, and the label model's probabilities against outcomes."""

from collections.abc import Mapping, Sequence

from components.artifacts.label_analysis import CalibrationBin
from components.measures.intervals import wilson
from components.reports.charts import SMALL, Chart, stacked_columns, time_series
from components.reports.drawing import COLORS, finish, graph, library, set_y_axis
from components.reports.formats import count, figure
from components.reports.run_view import Estimate

CLASS_COLORS = ("third", "main", "second", "quiet")
"""Colours of the classes, in order; of more than these the rarer ones share the last."""


def by_class(spans: Sequence[str], distribution: Mapping[str, Sequence[float]]) -> Chart | None:
    """Return the rows of each class over the spans, of two classes the share of class 1; None where nothing has a label."""
    total = [sum(values) for values in zip(*distribution.values(), strict=True)]
    if not any(total):
        return None
    if len(distribution) == 2:  # noqa: PLR2004
        shares = [one / whole if whole else None for one, whole in zip(distribution["1"], total, strict=True)]
        return time_series(spans, [Estimate(share) for share in shares], title="Mean label of each span")
    own = sorted(distribution, key=lambda name: -sum(distribution[name]))[: len(CLASS_COLORS) - 1]
    shown = list(distribution) if len(distribution) <= len(CLASS_COLORS) else [name for name in distribution if name in own]
    layers = {f"class {name}": list(distribution[name]) for name in shown}
    if len(shown) < len(distribution):
        layers["other classes"] = [whole - sum(one) for whole, *one in zip(total, *layers.values(), strict=True)]
    return stacked_columns(spans, layers, title="Rows by class of their label, by its probability", colors=CLASS_COLORS)


def reliability(bins: Sequence[CalibrationBin], *, title: str) -> Chart:
    """Return the observed share of a class over the mean probability of each bin, with its interval; a perfect model is on the diagonal."""
    drawing = graph(*SMALL).xrange(0, 1).xticks([0.0, 0.5, 1.0], ["0 %", "50 %", "100 %"])
    set_y_axis(drawing, 0, 1, percent=True)
    drawing.add(library().PolyLine([0, 1], [0, 1]).color(COLORS["quiet"]).stroke("--").strokewidth(1))
    table = []
    for one in bins:
        low, high = wilson(round(one.observed * one.n_rows), one.n_rows)
        drawing.add(library().PolyLine([one.predicted] * 2, [low, high]).color(COLORS["main"]).strokewidth(1.5))
        dot = library().PolyLine([one.predicted] * 2, [one.observed] * 2).color(COLORS["main"]).strokewidth(7)
        dot.svg.set("stroke-linecap", "round")
        drawing.add(dot)
        table.append((f"{one.low:.0%} to {one.high:.0%}", figure(one.predicted), figure(one.observed), count(one.n_rows)))
    return Chart(title, finish(drawing, label=title), ("probability", "mean", "observed", "rows"), tuple(table))
