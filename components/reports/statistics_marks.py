"""The pictures of the statistics page: a column's bars on its baseline's outline, and its course over the spans.

A page has a thousand of them, without axes or text, so they are written as paths: the chart library takes 5 ms for each.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from markupsafe import Markup

from components.reports.drawing import COLORS
from components.reports.statistics_view import Bars

Size = tuple[int, int]
Points = Iterable[tuple[float, float]]
"""Places from 0 to 1, from the lower left corner."""

BARS_SIZE = (180, 30)
COURSE_SIZE = (190, 34)
WIDE_BARS = (320, 96)
GAP = 0.1
"""Share of its place that a bar of a text leaves free on either side."""


def bars_mark(bars: Bars | None, size: Size = BARS_SIZE) -> Markup:
    """Return the shares of the bins or texts as bars, those of the baseline as an outline; nothing without bars. Equal widths."""
    if bars is None or not sum(bars.counts) + sum(bars.baseline or ()):
        return Markup()
    now, before = _shares(bars.counts), _shares(bars.baseline) if bars.baseline else None
    highest = max([*now, *(before or ())]) or 1.0
    gap = GAP if bars.names else 0.0
    filled = [(0.0, 0.0), *_steps([share / highest for share in now], gap), (1.0, 0.0)]
    outline = [_line(size, _steps([share / highest for share in before]), "third", 1.5)] if before is not None else []
    return _drawing(size, [_area(size, filled, "main"), *outline], stretch=size != BARS_SIZE)


def course_mark(
    values: Sequence[float | None], *, band: tuple[Sequence[float | None], Sequence[float | None]] | None = None, boundary: int = 0
) -> Markup:
    """Return a line over the spans, on a band from low to high if one is given; a hairline stands where the window begins."""
    known = [value for side in (values, *(band or ())) for value in side if value is not None]
    if len(values) < 2 or not known:  # noqa: PLR2004 - a line has two points
        return Markup()
    low, high, last = min(known), max(known), len(values) - 1
    parts = [_line(COURSE_SIZE, [((boundary - 0.5) / last, 0), ((boundary - 0.5) / last, 1)], "quiet", 1)] if boundary else []
    for piece in _unbroken(values):
        if band and len(piece) > 1 and all(side[index] is not None for side in band for index in piece):
            lower, upper = ([(index / last, _height(side[index], low, high)) for index in piece] for side in band)
            parts.append(_area(COURSE_SIZE, [*upper, *reversed(lower)], "band"))
        places = [(index / last, _height(values[index], low, high)) for index in piece]
        parts.append(_line(COURSE_SIZE, places if len(places) > 1 else places * 2, "main", 1.5 if len(places) > 1 else 3))
    return _drawing(COURSE_SIZE, parts)


def rank_mark(ranks: Sequence[tuple[int, int]]) -> Markup:
    """Return the counts by rank as a line, both logarithmic: a straight one is Zipf's law, a flat one all alike."""
    last, low, high = math.log(ranks[-1][0]), math.log(ranks[-1][1]), math.log(ranks[0][1])
    return _drawing(
        COURSE_SIZE, [_line(COURSE_SIZE, [(math.log(rank) / last, _height(math.log(n), low, high)) for rank, n in ranks], "main", 1.5)]
    )


def _drawing(size: Size, parts: Sequence[str], *, stretch: bool = False) -> Markup:
    """Return the SVG of some parts, hidden from assistive technology, since the numbers stand beside it; it holds no text."""
    width = 'preserveAspectRatio="none"' if stretch else f'width="{size[0]}"'
    head = f'<svg height="{size[1]}" {width} viewBox="0 0 {size[0]} {size[1]}" aria-hidden="true" focusable="false">'
    return Markup("".join([head, *parts, "</svg>"]))  # noqa: S704 - numbers and the names of our own colours


def _line(size: Size, points: Points, role: str, width: float) -> str:
    caps = ' stroke-linecap="round"' if width > 2 else ""  # noqa: PLR2004 - a lone value is a dot
    return f'<path d="M{_places(size, points)}" stroke="{COLORS[role]}" stroke-width="{width:g}" fill="none"{caps} />'


def _area(size: Size, points: Points, role: str) -> str:
    return f'<polygon points="{_places(size, points)}" fill="{COLORS[role]}" />'


def _places(size: Size, points: Points) -> str:
    return " ".join(f"{x * size[0]:.1f},{(1 - y) * size[1]:.1f}".replace(".0", "") for x, y in points)


def _shares(counts: Sequence[int]) -> list[float]:
    total = sum(counts) or 1
    return [number / total for number in counts]


def _steps(heights: Sequence[float], gap: float = 0.0) -> list[tuple[float, float]]:
    """Return the outline of bars of equal width; with a gap, each stands alone on the ground."""
    n, found = len(heights), []
    for place, height in enumerate(heights):
        left, right = (place + gap) / n, (place + 1 - gap) / n
        found += [(left, 0.0), (left, height), (right, height), (right, 0.0)] if gap else [(left, height), (right, height)]
    return found


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
