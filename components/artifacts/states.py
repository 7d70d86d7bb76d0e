"""The states that statistics are kept in: one per column and span, small, and enough to merge without the rows."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Literal

from components.artifacts.histogram import Histogram

if TYPE_CHECKING:
    import pyarrow as pa

Measure = Literal["value", "days", "micros", "characters", "bytes", "elements"]
"""What the numbers of a column are: its values (booleans 0 and 1), days or microseconds (since 1970, UTC; durations: long), or lengths."""

COUNTS = ("n_rows", "n_null", "n_nan", "n_zero", "n_positive_infinite", "n_negative_infinite")
HISTOGRAM = ("histogram_values", "histogram_counts", "histogram_coarseness")


@dataclass(frozen=True, eq=False)
class ColumnState:
    """One column of one span. Minimum, maximum, moments and histogram are of its finite numbers, in the unit `measure`.

    `moments` are count, mean and the sums of the 2nd, 3rd and 4th powers of the deviations (`measures.moments`). The histogram is empty
    where relative buckets say nothing (timestamps, dates). `registers` are HyperLogLog's (`measures.distinct`), empty where not hashed.
    `top` has the frequent texts, booleans or integers as texts, most frequent first: the true count of any lies in
    [count, count + `top_error`], count 0 if absent.
    """

    column: str
    type: str
    measure: Measure | None
    n_rows: int
    n_null: int
    n_nan: int = 0
    n_zero: int = 0
    n_positive_infinite: int = 0
    n_negative_infinite: int = 0
    minimum: int | float | None = None
    maximum: int | float | None = None
    moments: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0)
    histogram: Histogram = field(default_factory=Histogram)
    registers: bytes = b""
    top: Mapping[str, int] = field(default_factory=dict)
    top_error: int = 0

    def content(self) -> bytes:
        """Return bytes that are equal only for equal states: what breaks ties when spans are put in order."""
        texts = repr((self.column, self.type, self.measure, self.minimum, self.maximum, [*self.top.items()], self.top_error))
        counts = [getattr(self, name) for name in COUNTS]
        arrays = b"%d" % self.histogram.coarseness + self.histogram.values.tobytes() + self.histogram.counts.tobytes()
        return b"".join([struct.pack("<6q5d", *counts, *self.moments), self.registers, texts.encode("utf-8", "surrogatepass"), arrays])


@dataclass(frozen=True, eq=False)
class Leaf:
    """The states of one span by column, in schema order, and the first and last event time in it (microseconds; None if it is empty)."""

    columns: Mapping[str, ColumnState]
    first_event: int | None = None
    last_event: int | None = None

    @property
    def n_rows(self) -> int:
        """The rows of the span: those of its first column, since what is derived from a column may have more."""
        return next((state.n_rows for state in self.columns.values()), 0)

    def __lt__(self, other: Leaf) -> bool:
        """Whether this span comes first: by time, empty spans before all others, then by content."""
        if self._time() != other._time():
            return self._time() < other._time()
        return self._content() < other._content()

    def _time(self) -> tuple[int, ...]:
        return () if self.first_event is None or self.last_event is None else (self.first_event, self.last_event, self.n_rows)

    def _content(self) -> bytes:
        return b"".join(state.content() for state in self.columns.values())


def total_top(states: Sequence[ColumnState]) -> dict[str, int]:
    """Return the frequent values of several spans added up, most frequent first, then by text; their errors add too."""
    if len(states) == 1:
        return dict(states[0].top)
    counts: dict[str, int] = {}
    for state in states:
        for text, count in state.top.items():
            counts[text] = counts.get(text, 0) + count
    return dict(most_first(counts))


def most_first(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return texts with their counts, most frequent first, then by text: two sorts without a step of Python an entry."""
    return sorted(sorted(counts.items()), key=itemgetter(1), reverse=True)


def to_table(leaves: Sequence[Leaf]) -> pa.Table:
    """Return the states as an Arrow table, one row per leaf and column; numbers of any size as JSON texts."""
    import pyarrow as pa

    rows = [(index, leaf, state) for index, leaf in enumerate(leaves) for state in leaf.columns.values()]
    states = [state for _, _, state in rows]
    return pa.table(
        {
            "leaf": pa.array([index for index, _, _ in rows], pa.int32()),
            "first_event": pa.array([leaf.first_event for _, leaf, _ in rows], pa.int64()),
            "last_event": pa.array([leaf.last_event for _, leaf, _ in rows], pa.int64()),
            **{name: pa.array([getattr(state, name) for state in states], pa.string()) for name in ("column", "type", "measure")},
            **{name: pa.array([getattr(state, name) for state in states], pa.int64()) for name in COUNTS},
            **{name: pa.array([json.dumps(getattr(state, name)) for state in states], pa.string()) for name in ("minimum", "maximum")},
            "moments": pa.array([state.moments for state in states], pa.list_(pa.float64())),
            "histogram_values": pa.array([state.histogram.values for state in states], pa.list_(pa.float64())),
            "histogram_counts": pa.array([state.histogram.counts for state in states], pa.list_(pa.int64())),
            "histogram_coarseness": pa.array([state.histogram.coarseness for state in states], pa.int8()),
            "registers": pa.array([state.registers for state in states], pa.binary()),
            "top_values": pa.array([list(state.top) for state in states], pa.list_(pa.string())),
            "top_counts": pa.array([list(state.top.values()) for state in states], pa.list_(pa.int64())),
            "top_error": pa.array([state.top_error for state in states], pa.int64()),
        }
    )


def from_table(table: pa.Table) -> tuple[Leaf, ...]:
    """Return the leaves that `to_table` wrote."""
    histograms = [
        Histogram(values.values.to_numpy(), counts.values.to_numpy(), coarseness.as_py())
        for values, counts, coarseness in zip(*(table.column(name) for name in HISTOGRAM), strict=True)
    ]
    leaves: dict[int, tuple[dict[str, ColumnState], int | None, int | None]] = {}
    for row, histogram in zip(table.drop(list(HISTOGRAM)).to_pylist(), histograms, strict=True):
        columns, _, _ = leaves.setdefault(row["leaf"], ({}, row["first_event"], row["last_event"]))
        columns[row["column"]] = ColumnState(
            **{name: row[name] for name in ("column", "type", "measure", "registers", "top_error", *COUNTS)},
            minimum=json.loads(row["minimum"]),
            maximum=json.loads(row["maximum"]),
            moments=tuple(row["moments"]),
            histogram=histogram,
            top=dict(zip(row["top_values"], row["top_counts"], strict=True)),
        )
    return tuple(Leaf(*leaf) for leaf in leaves.values())
