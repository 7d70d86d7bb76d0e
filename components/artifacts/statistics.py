"""Statistics: what each column of one span, or of several, looks like; the states to merge and the figures to read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import ClassVar, Self

from components.artifacts.histogram import Histogram
from components.artifacts.states import ColumnState, Leaf, Measure, from_table, to_table, total_top
from components.artifacts.tiles import write_table
from components.runtime.errors import DefinitionError, nearest

STATES = "states.parquet"
FIGURES = "figures.json"
QUANTILES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
"""The quantiles that `figures.json` lists; `ColumnFigures.quantile` gives any other."""

SHOWN_TOP = 20
"""The frequent values that `figures.json` lists; `ColumnFigures.top` has all that were kept."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ColumnFigures:
    """The finished figures of one column.

    Attributes
    ----------
    name, type : the column and its Arrow type.
    measure : what the numbers are: "value" (booleans 0 and 1), "days" or "micros" (since 1970, UTC; durations: long), "characters",
        "bytes" or "elements" (lengths of texts and lists); None for a type that is only counted.
    n_rows, n_missing : rows and nulls. `n_nan`, `n_zero`, `n_positive_infinite`, `n_negative_infinite` count numbers.
    minimum, maximum, mean, standard_deviation, skewness, kurtosis : of the finite numbers; the deviation divides by n, kurtosis is in excess
        of the normal's. None without numbers, where a constant leaves them undefined, and on overflow.
    distinct, distinct_error : HyperLogLog's estimate and its relative standard error; None if not hashed.
    top, top_error : frequent texts, booleans or integers (as texts), most frequent first; the true count of any lies in
        [count, count + top_error], count 0 if absent.
    histogram : the finite numbers on the grid that all statistics share; empty for timestamps and dates.
    """

    name: str
    type: str
    measure: Measure | None
    n_rows: int
    n_missing: int
    n_nan: int
    n_zero: int
    n_positive_infinite: int
    n_negative_infinite: int
    minimum: int | float | None
    maximum: int | float | None
    mean: float | None
    standard_deviation: float | None
    skewness: float | None
    kurtosis: float | None
    distinct: float | None
    distinct_error: float | None
    top_error: int
    top: Mapping[str, int] = field(default_factory=dict)
    histogram: Histogram = field(default_factory=Histogram)

    @property
    def count(self) -> int:
        """The values that are not null."""
        return self.n_rows - self.n_missing

    @property
    def missing_fraction(self) -> float | None:
        """The share of nulls; None without rows."""
        return self.n_missing / self.n_rows if self.n_rows else None

    def quantile(self, q: float) -> float | None:
        """Return a value within `quantile_error` of the true quantile (0: the minimum, 1: the maximum); None without a histogram."""
        value = self.histogram.quantile(q)
        if value is None or self.minimum is None or self.maximum is None:
            return None
        if q in (0, 1):
            return float(self.maximum if q else self.minimum)
        return min(max(value, float(self.minimum)), float(self.maximum))

    @property
    def quantile_error(self) -> float | None:
        """The relative error of a quantile at most: 2^-7, more where a column has more than 8,192 buckets; None without a histogram."""
        return self.histogram.relative_error if self.histogram.n else None

    @property
    def ranks(self) -> tuple[int, ...]:
        """The rank histogram: the counts of the frequent values from the first rank on; as exact as `top_error` says."""
        return tuple(self.top.values())

    @property
    def is_categorical(self) -> bool:
        """Whether the values are texts or booleans, which have no distances between them."""
        return self.measure == "characters" or self.type == "bool"

    @property
    def is_constant(self) -> bool:
        """Whether there are values, and all are one: one text without error, or one finite number and nothing beside it."""
        odd = self.n_nan + self.n_positive_infinite + self.n_negative_infinite
        if self.top or self.measure in ("characters", "bytes", "elements"):
            return len(self.top) == 1 and not self.top_error
        return self.count > 0 and not odd and self.minimum is not None and self.minimum == self.maximum

    def to_dict(self) -> dict[str, object]:
        """Return the figures as JSON values, with the listed quantiles and the most frequent values."""
        scalars = asdict(replace(self, top={}, histogram=Histogram()))
        del scalars["histogram"]
        top = [[text, count] for text, count in islice(self.top.items(), SHOWN_TOP)]
        quantiles = {str(q): self.quantile(q) for q in QUANTILES} if self.histogram.n else {}
        return scalars | {"top": top, "quantiles": quantiles, "quantile_error": self.quantile_error}


@dataclass(frozen=True, eq=False)
class Statistics:
    """The states of each span, in order of time, and the figures over all of them.

    Files: `states.parquet`, one row per span and column (`artifacts.states.ColumnState` has the fields; lists for histogram, moments and top
    texts), and `figures.json`, what `to_json` gives. Both repeat byte for byte. `measures.summaries.merge` makes one of several.
    """

    kind: ClassVar[str] = "statistics"
    format_version: ClassVar[int] = 2

    leaves: tuple[Leaf, ...]
    figures: Mapping[str, ColumnFigures]

    @property
    def n_rows(self) -> int:
        """The rows of all spans."""
        return sum(leaf.n_rows for leaf in self.leaves)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in schema order."""
        return tuple(self.figures)

    def column(self, name: str) -> ColumnFigures:
        """Return the figures of a column; an unknown name is a `DefinitionError`."""
        if name not in self.figures:
            raise DefinitionError("the statistics have no such column", got=repr(name), nearest=nearest(name, self.figures))
        return self.figures[name]

    def to_json(self) -> str:
        """Return the figures of all columns for machines: sorted keys, undefined figures null."""
        body = {"n_rows": self.n_rows, "n_spans": len(self.leaves), "columns": [one.to_dict() for one in self.figures.values()]}
        return json.dumps(body, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)

    def save(self, directory: Path) -> None:
        """Write `states.parquet` and `figures.json`."""
        write_table(to_table(self.leaves), directory / STATES, extremes=False)
        (directory / FIGURES).write_text(self.to_json(), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the statistics back."""
        import pyarrow.parquet as pq

        with pq.ParquetFile(directory / STATES) as file:
            leaves = from_table(file.read(use_threads=False))
        body = json.loads((directory / FIGURES).read_text(encoding="utf-8"))
        return cls(leaves, {one["name"]: _figures(one, leaves) for one in body["columns"]})

    def summary(self) -> dict[str, int | float]:
        """Give the numbers of rows, columns and spans and the share of missing cells."""
        n_cells = sum(one.n_rows for one in self.figures.values())
        n_missing = sum(one.n_missing for one in self.figures.values())
        share = n_missing / n_cells if n_cells else 0.0
        return {"n_rows": self.n_rows, "n_columns": len(self.figures), "n_spans": len(self.leaves), "missing_fraction": share}


def alike(leaves: Sequence[Leaf], column: str) -> list[ColumnState]:
    """Return the states of a column in span order that can be added: those with the latest measure, or with none (all null, say)."""
    states = [leaf.columns[column] for leaf in leaves if column in leaf.columns]
    latest = next((state.measure for state in reversed(states) if state.measure), None)
    return [state for state in states if state.measure in (None, latest)]


def _figures(scalars: dict[str, object], leaves: Sequence[Leaf]) -> ColumnFigures:
    """Return stored figures together with the arrays that only the states hold."""
    states = alike(leaves, str(scalars["name"]))
    kept = {name: value for name, value in scalars.items() if name not in ("quantiles", "quantile_error", "top")}
    return ColumnFigures(**kept, histogram=Histogram.total([state.histogram for state in states]), top=total_top(states))  # type: ignore[arg-type]
