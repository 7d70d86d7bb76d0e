"""The pictures of the labeling page alone: the label model's probabilities against outcomes."""

from collections.abc import Sequence

from components.artifacts.label_analysis import CalibrationBin
from components.measures.intervals import wilson
from components.reports.charts import SMALL, Chart
from components.reports.drawing import COLORS, finish, graph, library, set_y_axis
from components.reports.formats import count, figure


def reliability(bins: Sequence[CalibrationBin], *, title: str) -> Chart:
    """Return the observed share of class 1 over the mean probability of each bin, with its interval; a perfect model is on the diagonal."""
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
