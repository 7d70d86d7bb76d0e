"""A breach: one rule of a schema that a span does not keep, before its rows are fetched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.artifacts.examples import Examples
from components.artifacts.findings import Severity
from components.artifacts.schema import Schema
from components.artifacts.schema_codes import Code
from components.artifacts.schema_columns import Column
from components.artifacts.statistics import ColumnFigures, Statistics
from components.runtime.spans import Span

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Subject:
    """What the rules look at: a span's rows and figures, and its schema."""

    examples: Examples
    statistics: Statistics
    schema: Schema
    span: Span

    def columns(self) -> Iterator[tuple[str, Column, ColumnFigures]]:
        """Yield name, rules and figures of each column that the schema and the span share."""
        for name, column in self.schema.columns.items():
            if name in self.statistics.figures:
                yield name, column, self.statistics.column(name)

    def count(self, column: str, rows: pl.Expr) -> int:
        """Return how many rows an expression over one column is true for."""
        return int(self.examples.to_polars([column]).select(rows.sum()).item() or 0)


@dataclass(frozen=True)
class Breach:
    """One broken rule.

    `rows`, an expression over `columns`, is true for the rows that break it; without it the breach is not about single rows.
    `about` is the column whose severities apply; `severity` stands in for them where the rule itself says how bad it is.
    """

    code: Code
    where: str
    message: str
    expected: str
    got: str
    fix: str
    about: str | None = None
    severity: Severity | None = None
    columns: tuple[str, ...] = ()
    rows: pl.Expr | None = None
