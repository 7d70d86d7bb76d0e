"""What the page of statistics shows, as plain frozen values: built from the statistics of spans, written as JSON, rendered."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np

from components.artifacts.statistics import ColumnFigures, Statistics
from components.measures.changes import Comparison, compare
from components.measures.summaries import merge

FORMAT_VERSION = 1
"""Of the JSON beside a page."""
N_BINS, N_TEXTS = 24, 12
TAIL = 0.005
"""Share of the numbers on either side that fall into the outer bins, so that one outlier does not flatten the rest."""
STRONGEST = 100.0
"""Strength that a column which came, went or changed its type is shown with."""
SERIES = ("missing", "mean", "low", "median", "high", "distinct", "top")


@dataclass(frozen=True)
class Bars:
    """Counts of bins of numbers (`edges` [n + 1]) or of texts (`names` [n]), of the window and of its baseline, [n] each."""

    counts: tuple[int, ...]
    baseline: tuple[int, ...] | None = None
    edges: tuple[float, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Frequent:
    """A frequent value with its rows in the window and in the baseline; None without a baseline."""

    value: str
    n_rows: int
    n_baseline_rows: int | None = None


@dataclass(frozen=True)
class ColumnView:
    """One column: its figures in the window and the baseline, what changed, and its course over the spans ([n_spans], None where absent).

    `ranks` are the counts of the frequent values, (rank, rows), thinned by doubling ranks' quarters; empty where few values are told apart.
    """

    name: str
    type: str
    figures: Mapping[str, object]
    baseline: Mapping[str, object] | None
    strength: float
    changes: tuple[str, ...]
    distances: Mapping[str, float | None]
    notes: tuple[str, ...] = ()
    bars: Bars | None = None
    series: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict)
    frequent: tuple[Frequent, ...] = ()
    ranks: tuple[tuple[int, int], ...] = ()

    @property
    def top_text(self) -> str:
        """The most frequent value; empty if there is none."""
        return self.frequent[0].value if self.frequent else ""


@dataclass(frozen=True)
class StatisticsView:
    """All that the page shows. `spans` are those of the baseline, then those of the window, of which there are `n_window`."""

    pipeline: str
    step: str
    as_of: str
    spans: tuple[str, ...]
    n_window: int
    n_rows: int
    n_baseline_rows: int | None
    columns: tuple[ColumnView, ...]

    @property
    def changed(self) -> tuple[ColumnView, ...]:
        """The columns that changed, strongest first."""
        return tuple(column for column in self.columns if column.changes)

    def to_json(self) -> str:
        """Return the same values as JSON with sorted keys: what a script reads instead of the page."""
        body = {"format_version": FORMAT_VERSION, **asdict(self)}
        return json.dumps(body, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def view_of(
    window: Mapping[str, Statistics], baseline: Mapping[str, Statistics], *, pipeline: str, step: str, as_of: str
) -> StatisticsView:
    """Return the view of a window of spans beside an earlier one; both map a span's key to its statistics, in order.

    Columns come by how much they changed; without a baseline nothing has changed and they come in the order of the schema.
    """
    now, before = merge(list(window.values())), merge(list(baseline.values())) if baseline else None
    spans = [*baseline.values(), *window.values()]
    compared = compare(before, now) if before is not None else [Comparison(name, {}) for name in now.columns]
    twins = _twins(now)
    columns = [_column(one, now, before, spans, twins) for one in compared]
    n_before = before.n_rows if before is not None else None
    return StatisticsView(pipeline, step, as_of, (*baseline, *window), len(window), now.n_rows, n_before, tuple(columns))


def _column(
    one: Comparison, now: Statistics, before: Statistics | None, spans: Sequence[Statistics], twins: Mapping[str, str]
) -> ColumnView:
    new, old = now.figures.get(one.column), before.figures.get(one.column) if before is not None else None
    shown = new or old
    if shown is None:
        raise ValueError(f"no side has the column {one.column}")
    frequent = _frequent(new or shown, old if new else None)
    return ColumnView(
        name=one.column,
        type=shown.type,
        figures=new.to_dict() if new else {},
        baseline=old.to_dict() if old else None,
        strength=min(one.strength, STRONGEST),
        changes=tuple(change.message for change in one.changes),
        distances=one.distances,
        notes=_notes(new, twins) if new else (),
        bars=bars_of(new or shown, old if new else None),
        series=_series([span.figures.get(one.column) for span in spans], frequent[0].value if frequent else ""),
        frequent=frequent,
        ranks=_ranks(shown),
    )


def _frequent(column: ColumnFigures, baseline: ColumnFigures | None) -> tuple[Frequent, ...]:
    """Return the most frequent values of the window and, where these are few, what else the baseline had."""
    old = baseline.top if baseline is not None and baseline.count else None
    values = list(dict.fromkeys([*column.top, *(old or ())]))[:N_TEXTS]
    return tuple(Frequent(value, column.top.get(value, 0), old.get(value, 0) if old is not None else None) for value in values)


def _ranks(column: ColumnFigures) -> tuple[tuple[int, int], ...]:
    """Return the rank histogram at ranks a quarter of a power of two apart; nothing for what the table of frequent values has whole."""
    if len(column.ranks) <= N_TEXTS:
        return ()
    places = sorted({min(len(column.ranks), round(2 ** (step / 4))) for step in range(4 * len(column.ranks).bit_length() + 1)})
    return tuple((place, column.ranks[place - 1]) for place in places)


def _notes(column: ColumnFigures, twins: Mapping[str, str]) -> tuple[str, ...]:
    """Say what is odd about a column by itself."""
    found = []
    if column.n_rows and not column.count:
        found.append("all null")
    if column.is_constant:
        found.append("constant")
    if column.name in twins:
        found.append(f"same values as {twins[column.name]}")
    if column.distinct is not None and column.count > 100 and column.distinct > 0.95 * column.count and column.measure == "characters":  # noqa: PLR2004
        found.append("unique values")
    return tuple(found)


def _twins(statistics: Statistics) -> dict[str, str]:
    """Return the columns whose states are those of an earlier column, which they repeat but for chance, by that column's name."""
    first: dict[bytes, str] = {}
    found = {}
    for name, column in statistics.figures.items():
        registers = b"".join(leaf.columns[name].registers for leaf in statistics.leaves if name in leaf.columns)
        figures = (column.measure, column.n_missing, column.mean, column.standard_deviation, column.minimum, column.maximum)
        content = registers + repr((figures, [*column.top.items()])).encode("utf-8", "surrogatepass")
        if registers and column.count and not column.is_constant and first.setdefault(content, name) != name:
            found[name] = first[content]
    return found


def _series(columns: Sequence[ColumnFigures | None], top: str) -> dict[str, tuple[float | None, ...]]:
    """Return each figure over the spans; those that no span has are left out."""
    rows = [_at_span(column, top) if column else {} for column in columns]
    found = {name: tuple(row.get(name) for row in rows) for name in SERIES}
    return {name: values for name, values in found.items() if any(value is not None for value in values)}


def _at_span(column: ColumnFigures, top: str) -> dict[str, float | None]:
    has_values = column.histogram.n > 0
    return {
        "missing": column.missing_fraction,
        "mean": column.mean if has_values else None,
        **{name: column.quantile(q) if has_values else None for name, q in (("low", 0.1), ("median", 0.5), ("high", 0.9))},
        "distinct": column.distinct,
        "top": column.top.get(top, 0) / column.count if top and column.count else None,
    }


def bars_of(column: ColumnFigures, baseline: ColumnFigures | None) -> Bars | None:
    """Return the bars of a column: of its frequent texts if they are exact, else of its numbers or lengths; None without either."""
    if column.is_categorical and column.top:
        found = _frequent(column, baseline)
        old = tuple(one.n_baseline_rows or 0 for one in found) if baseline and baseline.count else None
        return Bars(tuple(one.n_rows for one in found), old, names=tuple(one.value for one in found))
    if not column.histogram.n:
        return None
    sides = [side for side in (column, baseline) if side is not None and side.histogram.n]
    low = min(_quantile(side, TAIL) for side in sides)
    high = max(_quantile(side, 1 - TAIL) for side in sides)
    if all((side.histogram.values % 1 == 0).all() for side in sides):
        width = math.ceil((high - low + 1) / N_BINS)  # bins of as many integers each
        n_bins = math.ceil((high - low + 1) / width)
        low, high = low - 0.5, low - 0.5 + n_bins * width
    else:
        n_bins = N_BINS
    edges, counts = column.histogram.equal_width(n_bins, low, high if high > low else low + 1.0)
    old_counts = baseline.histogram.equal_width(n_bins, low, float(edges[-1]))[1] if len(sides) > 1 and baseline else None
    return Bars(_integers(counts), _integers(old_counts) if old_counts is not None else None, tuple(float(edge) for edge in edges))


def _quantile(column: ColumnFigures, q: float) -> float:
    return float(column.histogram.quantile(q) or 0.0)


def _integers(counts: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> tuple[int, ...]:
    return tuple(int(number) for number in counts)
