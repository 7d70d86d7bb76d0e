"""A first schema from the statistics of a window: what every span of it keeps, with some slack, and the evidence for each line."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from components.artifacts.examples import EVENT_TIME
from components.artifacts.schema import Schema
from components.artifacts.statistics import ColumnFigures, Statistics
from components.measures.summaries import merge
from components.runtime.errors import DataError

MAX_VALUES = 120
"""Distinct texts up to which a column is taken for a list of values."""

ROWS_PER_VALUE = 20
"""Rows with a value that a listed value must have on average: fewer, and a new day brings new values."""

CODES = 100
"""Distance of the extremes of integers up to which they are taken for codes, whose interval is known."""

SLACK = 0.2
"""How much smaller or larger than any span of the window the number of rows may be."""

WORDS = {
    "int64": "int64", "double": "float64", "string": "string", "large_string": "string", "bool": "bool", "date32[day]": "date",
    "binary": "binary", "large_binary": "binary",
}  # fmt: skip
"""The schema's words for the names that Arrow types have in statistics; more are found by their beginnings."""


@dataclass(frozen=True)
class Inferred:
    """A schema, and by place (`("columns", "carrier")`, `("rows",)`) the evidence for what it says."""

    schema: Schema
    evidence: Mapping[tuple[str, ...], str]


def infer_schema(window: Mapping[str, Statistics], key: Sequence[str] = ()) -> Inferred:
    """Return a schema that every span of a window keeps.

    Types and missing shares are as seen, twice the worst span's missing share being allowed. Texts of few values, each of many rows, get
    their list; integers close together their interval, if spans by themselves fill it; numbers of which none is negative a minimum of 0;
    texts of one length that length. The number of rows may leave the window's by a fifth. Spans without rows say nothing.

    Parameters
    ----------
    window
        Statistics by span key.
    key
        The columns that identify a row, known from the source.

    Raises
    ------
    DataError
        If no span has rows, or a column has a type that a schema has no word for.
    """
    spans, whole = with_rows(window)
    columns: dict[str, object] = {}
    evidence: dict[tuple[str, ...], str] = {("key",): "of the source"}
    for name in whole.columns:
        if is_derived(name, whole.columns):
            continue
        columns[name], evidence["columns", name] = infer_column(name, spans, whole.column(name))
    counts = {span: one.n_rows for span, one in spans.items()}
    fewest, most = min(counts, key=counts.__getitem__), max(counts, key=counts.__getitem__)
    body = {
        "columns": columns,
        "key": [name for name in key if name in columns],
        "rows": {"min": max(1, math.floor(counts[fewest] * (1 - SLACK))), "max": math.ceil(counts[most] * (1 + SLACK))},
        "event_time": {"inside_span": EVENT_TIME in columns},
    }
    evidence["rows",] = f"{counts[fewest]:,} rows on {fewest} to {counts[most]:,} on {most}, in {len(spans)} spans"
    return Inferred(Schema.model_validate(body, strict=False), evidence)


def with_rows(window: Mapping[str, Statistics]) -> tuple[dict[str, Statistics], Statistics]:
    """Return the spans of a window that have rows, and the statistics of all of them; without one there is nothing to say."""
    spans = {span: one for span, one in window.items() if one.n_rows}
    if not spans:
        raise DataError("no span of the window has rows: there is nothing to go by", fix="widen the window, or run its spans first")
    return spans, merge(list(spans.values()))


def infer_column(name: str, spans: Mapping[str, Statistics], whole: ColumnFigures) -> tuple[dict[str, object], str]:
    """Return what a schema would say of one column, as plain values, and why."""
    word = type_word(whole.type)
    if word is None:
        raise DataError(f"a schema has no word for the type {whole.type}", where=name, fix="leave the column out at the source")
    body: dict[str, object] = {"type": word}
    said = []
    share, worst = worst_missing(name, spans)
    if share:
        body["presence"] = {"min_fraction": math.floor(100 * max(0.0, 1 - 2 * share)) / 100}
        said.append(f"missing in up to {share:.1%} of the rows ({worst})")
    steady = _is_steady([one.column(name) for one in spans.values() if name in one.figures])
    for rule, value, why in _rules(word, whole, is_steady=steady):
        body[rule] = value
        said.append(why)
    n_spans = sum(name in one.figures for one in spans.values())
    return body, "; ".join([*said, f"{whole.count:,} values in {n_spans} spans"])


def type_word(kind: str) -> str | None:
    """Return the schema's word for the name of an Arrow type as statistics have it, or None.

    >>> type_word("timestamp[us, tz=UTC]"), type_word("list<item: int64>"), type_word("null")
    ('timestamp', 'list<int64>', None)
    """
    if match := re.fullmatch(r"(?:large_|fixed_size_)?list<\w+: (.*?)(?: not null)?>(?:\[\d+\])?", kind):
        inner = WORDS.get(match[1])
        return f"list<{inner}>" if inner in ("int64", "float64", "string", "bool") else None
    begins = {
        "timestamp": "timestamp",
        "duration": "duration",
        "time": "time",
        "decimal": "decimal",
        "fixed_size_binary": "binary",
        "struct": "struct",
    }
    return WORDS.get(kind) or next((word for start, word in begins.items() if kind.startswith(start)), None)


def worst_missing(name: str, spans: Mapping[str, Statistics]) -> tuple[float, str]:
    """Return the largest share of rows of a span without a value, and the span; spans without the column count none."""
    shares = {
        span: (one.column(name).n_missing + one.column(name).n_nan) / one.column(name).n_rows
        for span, one in spans.items()
        if name in one.figures and one.column(name).n_rows
    }
    worst = max(shares, key=shares.__getitem__, default="")
    return shares.get(worst, 0.0), worst


def _is_steady(spans: Sequence[ColumnFigures]) -> bool:
    """Return whether in half of the spans the values spread over at least half of what they do in all: they do not move with time."""
    ranges = [(one.minimum, one.maximum) for one in spans if one.minimum is not None and one.maximum is not None]
    spread = max((high for _, high in ranges), default=0) - min((low for low, _ in ranges), default=0)
    wide = sum(high - low >= spread / 2 for low, high in ranges)
    return spread > 0 and 2 * wide >= len(ranges)


def _rules(word: str, whole: ColumnFigures, *, is_steady: bool) -> Iterator[tuple[str, object, str]]:
    """Yield key, value and reason of what the values themselves show."""
    low, high = whole.minimum, whole.maximum
    if low is None or high is None:
        return
    if word == "string" and is_listed(whole):
        rarest = min(whole.top.values())
        yield (
            "domain",
            {"values": sorted(whole.top), "max_unseen_share": 0.05},
            f"{len(whole.top)} values, the rarest in {rarest:,} row{'s' if rarest > 1 else ''}",
        )
    elif word == "string" and low == high and whole.count >= ROWS_PER_VALUE:
        yield "length", {"min": low, "max": high}, f"all of {low} characters"
    elif word == "int64" and high - low <= CODES and whole.count >= ROWS_PER_VALUE and is_steady:
        yield "domain", {"min": low, "max": high}, f"{low} to {high}"
    elif word in ("int64", "float64") and low >= 0:
        yield "domain", {"min": 0}, f"{low:g} to {high:g}"


def is_listed(whole: ColumnFigures) -> bool:
    """Return whether a text column is a list of values: few, all of them known, and each in many rows on average."""
    return not whole.top_error and 0 < len(whole.top) <= min(MAX_VALUES, whole.count / ROWS_PER_VALUE)


def is_derived(name: str, names: Sequence[str]) -> bool:
    """Return whether statistics have a column because of another: a field, an element, a part of a time or text."""
    return any(name.startswith((f"{other}.", f"{other}[]", f"{other}:")) for other in names if other != name)
