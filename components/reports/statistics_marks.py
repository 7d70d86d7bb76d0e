"""The pictures of the statistics page: a column's bars on its baseline's outline, and its course over the spans."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from markupsafe import Markup

from components.reports.drawing import COLORS, NO_EDGE, bare_graph, finish, library
from components.reports.statistics_view import Bars

BARS_SIZE = (180, 30)
COURSE_SIZE = (190, 34)
WIDE_BARS = (320, 96)


def bars_mark(bars: Bars | None, size: tuple[int, int] = BARS_SIZE) -> Markup:
    """Return the shares of the bins or texts as bars, those of the baseline as an outline; nothing without bars. Equal widths."""
    if bars is None or not sum(bars.counts) + sum(bars.baseline or ()):
        return Markup()
    now, before = _shares(bars.counts), _shares(bars.baseline) if bars.baseline else None
    highest = max([*now, *(before or ())]) or 1.0
    n = len(now)
    drawing = bare_graph(*size, (0, n))
    outline = [edge for edge in range(n + 1) for _ in (0, 1)][1:-1]
    if bars.names:
        tops = [share / highest for share in now]
        drawing.add(library().Bars([index + 0.1 for index in range(n)], tops, width=0.8, align="left").color(COLORS["main"]).style(NO_EDGE))
    else:
        drawing.add(library().LineFill(outline, _steps(now, highest)).color("none").fill(COLORS["main"]))
    if before is not None:
        drawing.add(library().PolyLine(outline, _steps(before, highest)).color(COLORS["third"]).strokewidth(1.5))
    return finish(drawing, stretch=size != BARS_SIZE)


def course_mark(
    values: Sequence[float | None], *, band: tuple[Sequence[float | None], Sequence[float | None]] | None = None, boundary: int = 0
) -> Markup:
    """Return a line over the spans, on a band from low to high if one is given; a hairline stands where the window begins."""
    known = [value for side in (values, *(band or ())) for value in side if value is not None]
    if len(values) < 2 or not known:  # noqa: PLR2004 - a line has two points
        return Markup()
    low, high = min(known), max(known)
    drawing = bare_graph(*COURSE_SIZE, (0, len(values) - 1))
    if boundary:
        drawing.add(library().PolyLine([boundary - 0.5] * 2, [0, 1]).color(COLORS["quiet"]).strokewidth(1))
    for piece in _unbroken(values):
        if band and len(piece) > 1 and all(side[index] is not None for side in band for index in piece):
            lower, upper = ([_height(side[index], low, high) for index in piece] for side in band)
            drawing.add(library().LineFill(piece, upper, lower).color("none").fill(COLORS["band"]))
        heights = [_height(values[index], low, high) for index in piece]
        line = library().PolyLine(piece * (3 - min(2, len(piece))), heights * (3 - min(2, len(heights)))).color(COLORS["main"])
        drawing.add(line.strokewidth(1.5 if len(piece) > 1 else 3))
    return finish(drawing)


def rank_mark(ranks: Sequence[tuple[int, int]]) -> Markup:
    """Return the counts by rank as a line, both logarithmic: a straight one is Zipf's law, a flat one all alike."""
    drawing = bare_graph(*COURSE_SIZE, (0, math.log(ranks[-1][0])))
    low, high = math.log(ranks[-1][1]), math.log(ranks[0][1])
    heights = [_height(math.log(n_rows), low, high) for _, n_rows in ranks]
    drawing.add(library().PolyLine([math.log(rank) for rank, _ in ranks], heights).color(COLORS["main"]).strokewidth(1.5))
    return finish(drawing)


def _shares(counts: Sequence[int]) -> list[float]:
    total = sum(counts) or 1
    return [number / total for number in counts]


def _steps(shares: Sequence[float], highest: float) -> list[float]:
    return [share / highest for share in shares for _ in (0, 1)]


def _height(value: float | None, low: float, high: float) -> float:
    """Return where a value stands between 0.08 and 0.92 of the height; a course that never moves runs in the middle."""
    return 0.5 if value is None or high <= low else 0.08 + 0.84 * (value - low) / (high - low)


def _unbroken(values: Sequence[float | None]) -> list[list[int]]:
    known = [index for index, value in enumerate(values) if value is not None]
    pieces = [known[:1]] if known else []
    for left, right in pairwise(known):
        if right == left + 1:
            pieces[-1].append(right)
        else:
            pieces.append([right])
    return pieces
