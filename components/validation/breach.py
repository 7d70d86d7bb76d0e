"""What rules yield: a breach, which is known to be one, or a rule about rows, which they have yet to be counted for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from components.artifacts.examples import Examples
from components.artifacts.findings import Severity
from components.artifacts.schema import Schema
from components.artifacts.schema_codes import Code
from components.artifacts.schema_columns import Column
from components.artifacts.statistics import ColumnFigures, Statistics
from components.runtime.spans import Span
from components.validation.types import type_name

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
        """Yield name, rules and figures of each column that the schema checks and the span has."""
        for name, column in self.schema.columns.items():
            if name in self.statistics.figures and column.is_checked:
                yield name, column, self.statistics.column(name)

    def filled(self) -> Iterator[tuple[str, Column, ColumnFigures]]:
        """Yield the columns that have values of the schema's type; the others have a finding of their own."""
        for name, column, figures in self.columns():
            if figures.count and type_name(self.examples.schema.field(name).type) == column.type:
                yield name, column, figures

    @cached_property
    def no_rows(self) -> pl.DataFrame:
        """The columns of the span without a row."""
        import polars as pl

        return pl.DataFrame(self.examples.schema.empty_table())


@dataclass(frozen=True)
class Breach:
    """One broken rule.

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


@dataclass(frozen=True)
class RowRule:
    """A rule about rows.

    `broken`, an expression over `columns`, is true for the rows that break it; `judge` gets their number and returns the breach, if it is
    one. `whole` says that a row is judged beside all others, so that tiles will not do.
    """

    columns: tuple[str, ...]
    broken: pl.Expr
    judge: Callable[[int], Breach | None]
    whole: bool = False


Verdict = Breach | RowRule | None
"""What a rule says: broken, to be counted, or kept."""


def known(breach: Breach) -> Callable[[int], Breach]:
    """Return the judgement of a rule that the statistics show to be broken: however many rows break it."""
    return lambda _: breach


def if_any(breach: Callable[[int], Breach]) -> Callable[[int], Breach | None]:
    """Return the judgement that one row is enough to break a rule."""
    return lambda count: breach(count) if count else None


def tried(subject: Subject, label: str, what: str, rule: RowRule) -> Breach | RowRule:
    """Return a rule that a user wrote, or the breach `rule-not-evaluated` where the columns' types or the engine do not allow it."""
    import polars as pl

    try:
        found = subject.no_rows.select(rule.broken.alias("broken")).schema["broken"]
        reason = "" if found == pl.Boolean else f"it gives {found} instead of true and false"
    except (pl.exceptions.PolarsError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split("This error occurred")[0].split())
    fix = "Correct the rule in schema.yaml; one that cannot be judged is no pass."
    return Breach("rule-not-evaluated", label, "the rule could not be judged", what, reason, fix) if reason else rule
