"""Marks in table cells: intervals, their axis and bars of shares. The numbers stand beside them, so they are hidden from a reader's ear."""

from collections.abc import Sequence

from markupsafe import Markup

from components.reports.drawing import COLORS, NO_EDGE, bare_graph, finish, library, round_ticks, short_number
from components.reports.run_view import Estimate

INTERVAL_SIZE = (180, 30)
"""Width and height of an interval mark in pixels; table rows of that height let the reference line run through."""
AXIS_HEIGHT = 16


def interval_mark(estimate: Estimate, domain: tuple[float, float], reference: float | None = None) -> Markup:
    """Return one row of a forest plot: the interval as a line, the value as a dot, the reference as a hairline; nothing if absent."""
    if estimate.value is None:
        return Markup()
    drawing = bare_graph(*INTERVAL_SIZE, domain)
    if reference is not None:
        drawing.add(library().PolyLine([reference] * 2, [0, 1]).color(COLORS["quiet"]).strokewidth(1))
    if estimate.low is not None and estimate.high is not None:
        drawing.add(library().PolyLine([estimate.low, estimate.high], [0.5] * 2).color(COLORS["main"]).strokewidth(1.5))
    dot = library().PolyLine([estimate.value] * 2, [0.5] * 2).color(COLORS["main"]).strokewidth(8)
    dot.svg.set("stroke-linecap", "round")
    drawing.add(dot)
    return finish(drawing)


def interval_axis(domain: tuple[float, float]) -> Markup:
    """Return the axis above a column of interval marks: two or three round numbers at their places."""
    low, high = domain
    inset = 0.08 * (high - low)
    drawing = bare_graph(INTERVAL_SIZE[0], AXIS_HEIGHT, domain)
    for tick in round_ticks(low + inset, high - inset, at_most=3):
        drawing.add(library().Text(tick, 0.2, short_number(tick), halign="center").color(COLORS["text"]))
    return finish(drawing)


def share_bar(parts: Sequence[tuple[float, str]], width: int = 100, height: int = 6) -> Markup:
    """Return a bar of stacked shares, each (share of the whole, colour role), that fills its cell; what is left over stays quiet."""
    drawing = bare_graph(width, height, (0, 1))
    start = 0.0
    for part, role in [*parts, (1.0, "grid")]:
        room = max(0.0, min(part, 1 - start))
        drawing.add(library().Bars([start], [1], width=room, align="left").color(COLORS[role]).style(NO_EDGE))
        start += room
    return finish(drawing, stretch=True)


def domain_of(estimates: Sequence[Estimate], *also: float) -> tuple[float, float]:
    """Return an x range that holds all values and bounds, with a margin of 6 % on each side.

    >>> domain_of([Estimate(0.5, 0.0, 1.0)])
    (-0.06, 1.06)
    """
    known = [bound for e in estimates for bound in (e.value, e.low, e.high) if bound is not None] + list(also)
    low, high = min(known, default=0.0), max(known, default=1.0)
    margin = 0.06 * (high - low) or 0.05
    return low - margin, high + margin
