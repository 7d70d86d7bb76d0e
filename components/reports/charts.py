"""Charts and marks of all pages, drawn on the server as SVG in the page's colour tokens; each chart has its data table behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from markupsafe import Markup

from components.reports.drawing import (
    COLORS,
    NO_EDGE,
    finish,
    graph,
    library,
    round_ticks,
    set_y_axis,
    short_number,
    spread_names,
)
from components.reports.formats import count, figure
from components.reports.run_view import Estimate

if TYPE_CHECKING:
    from ziaplot import Graph  # type: ignore[import-untyped]

SMALL = (320, 132)
"""Width and height of a chart that fits a phone and a column of a grid, in pixels."""
WIDE = (912, 180)
"""Width and height of a chart that fills the text column of a desk screen."""
NARROWEST = 1e-9
"""Width of an axis relative to its largest number below which ticks would all read the same."""
TINIEST = 1e-300
"""Width below which a coordinate would overflow: the smallest normal double is 2.2e-308."""
LAYERS = ("main", "third", "second", "quiet")
"""Colours of stacked layers, bottom first."""


@dataclass(frozen=True)
class Chart:
    """A picture, its drawing for narrow screens if it differs, its legend (name, colour role), and the table behind it."""

    title: str
    svg: Markup
    columns: tuple[str, ...]
    table: tuple[tuple[str, ...], ...]
    narrow: Markup | None = None
    legend: tuple[tuple[str, str], ...] = ()


def histogram(
    edges: Sequence[float], counts: Sequence[float], *, title: str, baseline: Sequence[float] | None = None, size: tuple[int, int] = SMALL
) -> Chart:
    """Return a histogram of `counts` [n_bins] over `edges` [n_bins + 1], on a baseline's outline if one is given (same bins).

    Heights are shares of all rows; where bins differ in width, shares per unit, so that areas compare. Edges are finite and ascending;
    a constant column is drawn one wide. No edges at all make an empty frame.
    """
    edges, counts = (list(edges), list(counts)) if len(edges) > 1 else ([0.0, 1.0], [0.0])
    if edges[-1] - edges[0] <= max(NARROWEST * max(abs(edges[0]), abs(edges[-1])), TINIEST):
        edges, counts, baseline = [edges[0] - 0.5, edges[0] + 0.5], [sum(counts)], [sum(baseline)] if baseline is not None else None
    widths = [right - left for left, right in pairwise(edges)]
    even = max(widths, default=0.0) <= 1.001 * min(widths, default=0.0)
    heights = _heights(counts, widths, even=even)
    base = _heights(baseline, widths, even=even) if baseline is not None else []
    drawing = graph(*size).xrange(edges[0], edges[-1])
    ticks = round_ticks(edges[0], edges[-1], at_most=4)
    drawing.xticks(ticks, [short_number(tick) for tick in ticks])
    set_y_axis(drawing, 0, 1.05 * max([*heights, *base, 1e-9]), percent=even)
    outline = [edge for edge in edges for _ in (0, 1)][1:-1]
    drawing.add(library().LineFill(outline, _steps(heights)).color("none").fill(COLORS["main"]))
    if base:
        drawing.add(library().PolyLine(outline, _steps(base)).color(COLORS["third"]).strokewidth(1.5))
    names = [f"{figure(left)} to {figure(right)}" for left, right in pairwise(edges)]
    columns = [names, [count(round(number)) for number in counts]]
    columns += [[count(round(number)) for number in baseline]] if baseline is not None else []
    return Chart(
        title,
        finish(drawing, label=title),
        ("from, to", "rows", "baseline rows")[: len(columns)],
        tuple(zip(*columns, strict=True)),
        legend=(("this span", "main"), ("baseline", "third")) if base else (),
    )


def stacked_columns(names: Sequence[str], layers: Mapping[str, Sequence[float]], *, title: str, colors: Sequence[str] = LAYERS) -> Chart:
    """Return stacked columns, one per name: `layers` maps a layer's name to its values [n_names], bottom layer first; at most four."""
    roles = dict(zip(layers, colors, strict=False))

    def draw(size: tuple[int, int], n_names: int) -> Markup:
        drawing = graph(*size).xrange(-0.5, len(names) - 0.5).xticks(*spread_names(names, n_names))
        floor = [0.0] * len(names)
        for layer, values in layers.items():
            top = [low + value for low, value in zip(floor, values, strict=True)]
            drawing.add(library().Bars(list(range(len(names))), top, floor, width=0.72).color(COLORS[roles[layer]]).style(NO_EDGE))
            floor = top
        set_y_axis(drawing, 0, 1.08 * max([*floor, 1e-9]))
        return finish(drawing, label=title)

    table = zip(names, *[[count(round(value)) for value in values] for values in layers.values()], strict=True)
    legend = tuple((layer, roles[layer]) for layer in layers) if len(layers) > 1 else ()
    return Chart(title, draw(WIDE, 8), ("", *layers), tuple(table), narrow=draw(SMALL, 3), legend=legend)


def time_series(names: Sequence[str], estimates: Sequence[Estimate], *, title: str, reference: float | None = None) -> Chart:
    """Return a line over equally spaced spans with its interval as a band; an absent estimate leaves a gap, never a zero."""
    known = [estimate for estimate in estimates if estimate.value is not None]
    bounds = [bound for e in known for bound in (e.value, e.low, e.high) if bound is not None] + (
        [reference] if reference is not None else []
    )
    low, high = min(bounds, default=0.0), max(bounds, default=1.0)
    margin = 0.08 * (high - low) if high - low > max(NARROWEST * max(abs(low), abs(high)), TINIEST) else 0.5 + 0.1 * abs(high)

    def draw(size: tuple[int, int], n_names: int) -> Markup:
        drawing = graph(*size).xrange(0, max(1, len(names) - 1)).xticks(*spread_names(names, n_names))
        set_y_axis(drawing, low - margin, high + margin)
        for piece in _unbroken(estimates):
            _add_piece(drawing, piece, [estimates[index] for index in piece])
        if reference is not None:
            drawing.add(library().PolyLine([0, max(1, len(names) - 1)], [reference] * 2).color(COLORS["third"]).stroke("--").strokewidth(1))
        return finish(drawing, label=title)

    table = tuple((name, figure(e.value), figure(e.low), figure(e.high)) for name, e in zip(names, estimates, strict=True))
    return Chart(title, draw(WIDE, 8), ("", "value", "low", "high"), table, narrow=draw(SMALL, 3))


def _heights(counts: Sequence[float], widths: Sequence[float], *, even: bool) -> list[float]:
    total = sum(counts) or 1.0
    thinnest = sum(widths) / 300  # about one pixel: a spike on a single value stays finite
    return [number / total / (1.0 if even else max(width, thinnest)) for number, width in zip(counts, widths, strict=True)]


def _steps(heights: Sequence[float]) -> list[float]:
    return [height for height in heights for _ in (0, 1)]


def _unbroken(estimates: Sequence[Estimate]) -> list[list[int]]:
    pieces: list[list[int]] = [[]]
    for index, estimate in enumerate(estimates):
        if estimate.value is not None:
            pieces[-1].append(index)
        elif pieces[-1]:
            pieces.append([])
    return [piece for piece in pieces if piece]


def _add_piece(drawing: "Graph", positions: Sequence[int], estimates: Sequence[Estimate]) -> None:
    """Add one unbroken run of estimates: the band where each has an interval, then the line; a lone value is a dot."""
    lows, highs = [e.low for e in estimates if e.low is not None], [e.high for e in estimates if e.high is not None]
    if len(lows) == len(positions) > 1:
        drawing.add(library().LineFill(positions, highs, lows).color("none").fill(COLORS["band"]))
    values = [e.value for e in estimates]
    if len(values) == 1:
        dot = library().PolyLine([positions[0]] * 2, values * 2).color(COLORS["main"]).strokewidth(5)
        dot.svg.set("stroke-linecap", "round")
        drawing.add(dot)
    else:
        drawing.add(library().PolyLine(positions, values).color(COLORS["main"]).strokewidth(1.75))
