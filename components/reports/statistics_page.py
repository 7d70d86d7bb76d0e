"""The page of statistics: `StatisticsView` in, one HTML text out; written beside the same values as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from markupsafe import Markup

from components.reports.drawing import short_number
from components.reports.formats import NO_FIGURE, count, figure, plural, share, visible
from components.reports.layout import render
from components.reports.statistics_marks import WIDE_BARS, bars_mark, course_mark, rank_mark
from components.reports.statistics_view import ColumnView, StatisticsView

PAGE, DATA = "statistics.html", "statistics.json"
LISTED = 20
"""Columns listed in the terminal."""
OPEN = 3
"""Columns whose details stand open at first: those that changed most."""
COURSES = {"missing": "Missing", "mean": "Mean", "median": "Median, 10 to 90 %", "distinct": "Distinct", "top": "Top value"}
DISTANCES = {
    "l_infinity": "L-infinity", "jensen_shannon": "Jensen-Shannon", "psi": "population stability", "hellinger": "Hellinger",
    "kolmogorov_smirnov": "Kolmogorov-Smirnov", "wasserstein": "Wasserstein", "cramer_v": "chi-square's effect (Cramer's V)",
    "chi_square_p": "its p-value",
}  # fmt: skip
"""The names of distances, and in which order they are told."""
SMALLEST_P = 0.001
LENGTHS = ("characters", "bytes", "elements")


def write_statistics_page(view: StatisticsView, directory: Path, *, index: str = "../index.html") -> Path:
    """Write ``statistics.html`` and ``statistics.json`` into a folder and return the path of the page."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / DATA).write_text(view.to_json(), encoding="utf-8")
    page = directory / PAGE
    page.write_text(render_statistics(view, index=index), encoding="utf-8")
    return page


def render_statistics(view: StatisticsView, *, index: str = "../index.html") -> str:
    """Return the page as one HTML text that needs nothing else; `index` is the address that its head leads back to."""
    name = f"{view.pipeline[:1].upper()}{view.pipeline[1:]}"
    values = {
        "view": view,
        "heading": f"{name} {view.step}, {window_words(view)}",
        "tone": "warn" if view.changed else "good" if view.n_baseline_rows else "idle",
        "verdict": verdict_words(view),
        "sentence": sentence_of(view),
        "index": index,
        "json_name": DATA,
        "facts": _facts(view),
        "n_open": OPEN if view.changed else 0,
        "bars_mark": bars_mark,
        "wide_bars": WIDE_BARS,
        "courses_of": lambda column: _courses(column, len(view.spans) - view.n_window),
        "figures_of": _figures,
        "rank_mark": rank_mark,
        "error_words": _error_words,
        "distance_words": _distance_words,
        "distinct_words": _whole,
        "lengths": LENGTHS,
        "short_number": _number,
    }
    contents = {"verdict": "Verdict", "overview": "Overview", "columns": "Columns"}
    return render("statistics.html", title=f"{name} {view.step} · {window_words(view)}", contents=contents, values=values)


def window_words(view: StatisticsView) -> str:
    """Return the window in words: its only span, or from the first to the last."""
    return _between(view.spans[len(view.spans) - view.n_window :])


def verdict_words(view: StatisticsView) -> str:
    """Return the verdict in two words."""
    if view.n_baseline_rows is None:
        return "No baseline"
    return "Columns changed" if view.changed else "Nothing changed"


def sentence_of(view: StatisticsView) -> str:
    """Return what the window has and how it differs, in one sentence."""
    rows = f"{plural(view.n_rows, 'row')} of {plural(len(view.columns), 'column')}"
    if view.n_baseline_rows is None:
        return f"{rows}; no earlier span is there to compare with."
    if not view.changed:
        return f"{rows}; no column differs from the baseline by more than chance and its limit."
    named = ", ".join(column.name for column in view.changed[:5])
    rest = len(view.changed) - 5
    return f"{rows}; {len(view.changed)} changed: {named}{f' and {rest} more' if rest > 0 else ''}."


def table_lines(view: StatisticsView) -> list[str]:
    """Return the columns as lines of a terminal, what changed most first: share missing, distinct values, a typical value, what is odd."""
    shown = [_line(column) for column in view.columns[:LISTED]]
    rest = len(view.columns) - LISTED
    return [
        _spaced("column", "missing", "distinct", "typical", "change"),
        *shown,
        *([f"and {plural(rest, 'more column')}"] if rest > 0 else []),
    ]


def _line(column: ColumnView) -> str:
    figures = column.figures
    n_rows, n_missing, distinct, mean = (figures.get(key) for key in ("n_rows", "n_missing", "distinct", "mean"))
    missing = share(int(str(n_missing)) / int(str(n_rows))) if n_rows else NO_FIGURE
    typical = (
        f"mean {_number(float(str(mean)))}" if mean is not None and figures.get("measure") == "value" else column.top_text or NO_FIGURE
    )
    words = "; ".join([*column.changes, *column.notes])
    return _spaced(column.name, missing, _whole(float(str(distinct))) if distinct is not None else NO_FIGURE, typical, words)


def _spaced(name: str, missing: str, distinct: str, typical: str, words: str) -> str:
    texts = (visible(text) for text in (f"{name:<24.24}", f"{missing:>8}", f"{distinct:>9}", f"{typical:<20.20}", words))
    return "  ".join(texts).replace("\n", " ").rstrip()


def _number(number: float | None) -> str:
    return NO_FIGURE if number is None else short_number(float(number)).replace("-", "\N{MINUS SIGN}")


def _whole(number: float | None) -> str:
    return count(round(number)) if number is not None and number < 10_000 else _number(number)  # noqa: PLR2004 - five digits and more are rounded


def _facts(view: StatisticsView) -> dict[str, str]:
    before = view.spans[: len(view.spans) - view.n_window]
    return {
        "Window": window_words(view),
        "Baseline": _between(before) if before else "none",
        "As of": view.as_of,
        "Rows": count(view.n_rows),
        "Baseline rows": count(view.n_baseline_rows),
    }


def _between(spans: tuple[str, ...]) -> str:
    if not spans:
        return "no span"
    return spans[0] if len(spans) == 1 else f"{spans[0]} to {spans[-1]}"


def _courses(column: ColumnView, boundary: int) -> list[tuple[str, Markup, str]]:
    """Return the name, the picture and the last value with its range of each course over the spans; one that never moves has no picture."""
    found = []
    is_length = (column.figures or column.baseline or {}).get("measure") in LENGTHS
    for name, plain_words in COURSES.items():
        values = column.series.get(name)
        words = plain_words.replace("Mean", "Mean length").replace("Median", "Median length") if is_length else plain_words
        known = [value for value in values or () if value is not None]
        if values is None or len(values) < 2:  # noqa: PLR2004 - one span has no course
            continue
        text = {"missing": share, "top": share, "distinct": _whole}.get(name, _number)
        band = (column.series["low"], column.series["high"]) if name == "median" else None
        if len({*known, *(value for side in band or () for value in side if value is not None)}) == 1:
            found.append((words, Markup(), f"{text(known[-1])} in every span" + ("" if len(known) == len(values) else " that has values")))
            continue
        picture = course_mark(values, band=band, boundary=boundary)
        found.append((words, picture, f"{text(known[-1])} ({text(min(known))} to {text(max(known))})"))
    return found


def _error_words(figures: Mapping[str, object]) -> str:
    """Return how exact a column's figures are; nothing if all are exact."""
    quantile, distinct, top = (float(str(figures[key] or 0)) for key in ("quantile_error", "distinct_error", "top_error"))
    parts = [f"quantiles within {share(quantile)}"] if quantile else []
    parts += [f"distinct within {share(distinct)} (standard error)"] if distinct else []
    parts += [f"counts of values up to {count(round(top))} too low"] if top else []
    return ", ".join(parts)


def _distance_words(column: ColumnView) -> str:
    """Return the distances of a column from its baseline by name."""
    known = [(name, column.distances[key], key) for key, name in DISTANCES.items() if column.distances.get(key) is not None]
    small = [
        f"{name} <{SMALLEST_P}" if key == "chi_square_p" and (value or 0) < SMALLEST_P else f"{name} {figure(value)}"
        for name, value, key in known
    ]
    return ", ".join(small)


def _figures(figures: dict[str, object] | None) -> dict[str, str]:
    """Return the named figures of a column as texts; nothing for a column that is not there."""
    if not figures:
        return {}
    quantiles = figures["quantiles"] if isinstance(figures["quantiles"], dict) else {}
    numbers = {
        "mean": figures["mean"], "deviation": figures["standard_deviation"], "skewness": figures["skewness"], "kurtosis": figures["kurtosis"],
        "minimum": figures["minimum"], "1 %": quantiles.get("0.01"), "25 %": quantiles.get("0.25"), "median": quantiles.get("0.5"),
        "75 %": quantiles.get("0.75"), "99 %": quantiles.get("0.99"), "maximum": figures["maximum"], "distinct": figures["distinct"],
    }  # fmt: skip
    counted = {"rows": "n_rows", "null": "n_missing", "zero": "n_zero"}
    odd = {"NaN": "n_nan", "infinite": "n_positive_infinite", "negative infinite": "n_negative_infinite"}
    counted |= {name: key for name, key in odd.items() if figures[key]}
    texts = {name: count(int(str(figures[key]))) for name, key in counted.items()}
    known = {name: float(str(value)) for name, value in numbers.items() if value is not None}
    return texts | {name: _whole(value) if name == "distinct" else _number(value) for name, value in known.items()}
