"""The one place that speaks to the chart library: a graph in the page's tokens, and its SVG made fit for a page."""

import math
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from markupsafe import Markup

from components.reports.formats import visible

if TYPE_CHECKING:
    from ziaplot import Graph  # type: ignore[import-untyped]

FONT_SIZE = 11
"""Pixels; charts are drawn at the size at which they are shown, so this is the size on screen."""

NAME_LENGTH = 16
"""Characters of a category under an axis; a span key of any grain fits."""

COLORS = {name: f"var(--chart-{name})" for name in ("main", "second", "third", "quiet", "band", "grid", "text")}
"""Colour by role; each is a token of ``assets/tokens.css``, so one drawing serves light and dark."""

NO_EDGE = "edge_color: none; edge_width: 0"
"""Style of bars: the library would outline each in black."""

_AXES = f"""
* {{ edge_color: none; edge_width: 0; font_size: {FONT_SIZE}; }}
Canvas {{ color: none; }}
Graph {{ color: none; edge_color: none; edge_width: 0; }}
Graph.GridX {{ color: none; }}
Graph.GridY {{ color: {COLORS["grid"]}; stroke: solid; stroke_width: 1; }}
Graph.TickX {{ color: {COLORS["text"]}; font_size: {FONT_SIZE}; stroke_width: 0; height: 2; margin: 5; pad: 0; }}
Graph.TickY {{ color: {COLORS["text"]}; font_size: {FONT_SIZE}; stroke_width: 0; height: 0; margin: 6; pad: 0; }}
Graph.Legend {{ edge_width: 0; }}
"""


def library() -> ModuleType:
    """Return the chart library, set to draw text as text with coordinates of a tenth of a pixel.

    The settings are the library's own globals: with a font package installed it would draw letters as paths, which no reader can search.
    """
    import ziaplot

    ziaplot.config.text = "text"
    ziaplot.config.precision = 1
    return ziaplot  # type: ignore[no-any-return]


def graph(width: int, height: int) -> "Graph":
    """Return an empty graph of this size in the page's colours: grid lines and tick names, no frame."""
    return library().Graph().size(width, height).legend("none").css(_AXES)


def bare_graph(width: int, height: int, domain: tuple[float, float]) -> "Graph":
    """Return a graph without axes whose x runs over `domain` and y from 0 to 1: the ground of a mark in a table cell."""
    drawing = graph(width, height).css(_AXES + "Graph.GridY { color: none; } Graph.TickY { font_size: 0; }")
    drawing.showxticks = drawing.showyticks = False
    low, high = domain
    return drawing.xrange(low, high).yrange(0, 1).xticks([low, high], ["", ""]).yticks([0, 1], ["", ""])


def finish(drawing: "Graph", *, label: str = "", stretch: bool = False) -> Markup:
    """Return the SVG text of a graph, ready to stand in a page.

    Drops what paints nothing, clip paths and identifiers (two charts of one page would share them), and font names (the page's own
    holds). With a `label` the picture is an image of that name; without one it is hidden from assistive technology, for marks whose
    numbers stand beside them. `stretch` lets the width follow the cell. Every text is escaped by the XML writer.
    """
    root = drawing.svgxml()
    for unwanted in [child for child in root if child.tag == "defs" or _paints_nothing(child)]:
        root.remove(unwanted)
    for element in root.iter():
        for name in ("clip-path", "font-family"):
            element.attrib.pop(name, None)
    root.attrib.pop("xmlns", None)
    if stretch:
        root.attrib.pop("width", None)
        root.set("preserveAspectRatio", "none")
    root.attrib.update({"role": "img", "aria-label": visible(label)} if label else {"aria-hidden": "true"})
    root.set("focusable", "false")
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 - written by ElementTree, which escapes text and attributes


def _paints_nothing(element: ET.Element) -> bool:
    if element.tag == "text":
        return not element.text
    no_stroke = element.get("stroke", "none") == "none" or element.get("stroke-width") == "0"
    return no_stroke and element.get("fill", "none") == "none"


def round_ticks(low: float, high: float, at_most: int = 5) -> list[float]:
    """Return at most `at_most` round numbers (1, 2 or 5 times a power of ten) that lie within [low, high], in order.

    Examples
    --------
    >>> round_ticks(0, 930)
    [0.0, 200.0, 400.0, 600.0, 800.0]
    >>> round_ticks(0.61, 0.74, at_most=3)
    [0.65, 0.7]
    """
    if not (high - low) / at_most > 0:
        return [low]
    power = 10.0 ** math.floor(math.log10((high - low) / at_most))
    for step in (power, 2 * power, 5 * power, 10 * power, 20 * power):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if 0 <= last - first < at_most:
            return list(dict.fromkeys(float(f"{index * step:.12g}") for index in range(first, last + 1)))
    return [low, high]


def short_number(value: float) -> str:
    """Return a number as an axis shows it: three significant digits, and k, M, G from ten thousand on.

    Examples
    --------
    >>> [short_number(number) for number in (0, 0.05, 950, 1500, 12000, 3400000)]
    ['0', '0.05', '950', '1500', '12k', '3.4M']
    """
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (1e3 if letter == 'k' else size):.3g}{letter}"
    return f"{value:.4g}"


def set_y_axis(drawing: "Graph", low: float, high: float, *, percent: bool = False) -> None:
    """Give the graph a y axis from `low` to `high` with about four round ticks, named as numbers or as percentages."""
    ticks = round_ticks(low, high, at_most=4)
    drawing.yrange(low, high).yticks(ticks, [f"{100 * tick:.3g} %" if percent else short_number(tick) for tick in ticks])


def spread_names(names: Sequence[str], at_most: int) -> tuple[list[float], list[str]]:
    """Return positions and names of at most `at_most` of the categories, evenly spread and with the first among them."""
    every = max(1, math.ceil(len(names) / max(1, at_most)))
    shown = range(0, len(names), every)
    texts = [visible(names[index]) for index in shown]
    return [float(index) for index in shown], [f"{text[: NAME_LENGTH - 1]}…" if len(text) > NAME_LENGTH else text for text in texts]
