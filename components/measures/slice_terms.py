"""What rows can be sliced by: a column's values, a condition, quantile bins of a column, a slicing function."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from components.artifacts.condition import FUNCTIONS, Condition
from components.measures.conditions import expression
from components.measures.slicing import SlicingFunction
from components.runtime.errors import DefinitionError, nearest

if TYPE_CHECKING:
    import polars as pl

QUANTILES = re.compile(r"quantiles\(\s*(?P<column>[^,()]+?)\s*,\s*(?P<n>\d+)\s*\)")
NONE = "(none)"
"""What null is called."""


@dataclass(frozen=True)
class Values:
    """A slice for each value of a column."""

    column: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The column."""
        return (self.column,)

    def code(self, schema: Mapping[str, pl.DataType]) -> pl.Expr:  # noqa: ARG002 - as the other terms have it
        """Return the values."""
        import polars as pl

        return pl.col(self.column)


@dataclass(frozen=True)
class Predicate:
    """Two slices, ``yes`` and ``no``: where a condition of the schema's language holds, and where it does not."""

    text: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the condition."""
        return Condition(self.text).columns

    def code(self, schema: Mapping[str, pl.DataType]) -> pl.Expr:
        """Return whether the condition holds."""
        return expression(self.text, {name: _type(dtype) for name, dtype in schema.items()})


@dataclass(frozen=True)
class Quantiles:
    """``n`` bins of a column's numbers that held equally many rows once: ``edges`` are of rows that were known before those that are sliced."""

    column: str
    n: int
    edges: tuple[float, ...] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The column."""
        return (self.column,)

    @property
    def names(self) -> list[str]:
        """The bins, lowest first; fewer than ``n`` where edges coincide, one where there are none.

        >>> Quantiles("distance", 3, (500.0, 1000.0)).names
        ['below 500', '500 to 1000', '1000 or more']
        """
        if not self.edges:
            return ["any number"]
        return [f"below {self.edges[0]:g}", *(f"{a:g} to {b:g}" for a, b in pairwise(self.edges)), f"{self.edges[-1]:g} or more"]

    def code(self, schema: Mapping[str, pl.DataType]) -> pl.Expr:
        """Return the bin's number."""
        import polars as pl

        if self.edges is None:
            raise DefinitionError(
                f"quantiles({self.column}, {self.n}) has no edges: rows cannot say of themselves which of them are many",
                fix="give the step statistics or rows of the spans before",
            )
        if not schema[self.column].is_numeric():
            raise DefinitionError(f"quantiles are of numbers, '{self.column}' is {schema[self.column]}", fix=f"slice by {self.column}")
        number = pl.col(self.column).cast(pl.Float64).fill_nan(None)
        return pl.when(number.is_not_null()).then(pl.sum_horizontal(pl.lit(0), *(number >= edge for edge in self.edges)))


@dataclass(frozen=True)
class Told:
    """The slices that a slicing function tells."""

    function: SlicingFunction

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it reads."""
        return self.function.columns

    def code(self, schema: Mapping[str, pl.DataType]) -> pl.Expr:  # noqa: ARG002
        """Return its expression."""
        return self.function.function()


Term: TypeAlias = Values | Predicate | Quantiles | Told


def read_term(text: str, functions: Mapping[str, SlicingFunction]) -> Term:
    """Return what a text means: ``quantiles(column, n)``, a slicing function's name, a condition, or else a column.

    Raises
    ------
    DefinitionError
        If it has the form of a condition and is none, or of quantiles below 2.
    """
    if found := QUANTILES.fullmatch(text):
        if int(found["n"]) < 2:  # noqa: PLR2004
            raise DefinitionError("quantile bins are at least two", got=text)
        return Quantiles(found["column"], int(found["n"]))
    if text in functions:
        return Told(functions[text])
    if not _is_condition(text):
        return Values(text)
    try:
        return Predicate(Condition(text).text)
    except ValueError as error:
        near = nearest(text.partition("(")[0], ("quantiles", *FUNCTIONS))
        raise DefinitionError(
            f"'{text}' is no slice: {error}", expected="a column, a condition or quantiles(column, n)", nearest=near
        ) from error


def names_of(term: Term, code: pl.Series) -> pl.Expr:
    """Return what the values of a term's code are called; null is ``(none)``."""
    import polars as pl

    if isinstance(term, Quantiles):
        named = pl.col(code.name).replace_strict(dict(enumerate(term.names)), return_dtype=pl.String)
    elif code.dtype == pl.Boolean and not isinstance(term, Values):
        named = pl.when(code.name).then(pl.lit("yes")).when(~pl.col(code.name)).then(pl.lit("no"))
    else:
        named = pl.col(code.name).cast(pl.String)
    return named.fill_null(NONE)


def _is_condition(text: str) -> bool:
    """Tell a comparison, a call or the like from a column's name, which need not be a word."""
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError:
        return any(sign in text for sign in "<>=()")
    return isinstance(tree, ast.Compare | ast.BoolOp | ast.Call) or (isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not))


def _type(dtype: pl.DataType) -> str:
    """Return what a condition has to know of a column's type."""
    import polars as pl

    if dtype.is_float():
        return "float64"
    if isinstance(dtype, pl.List):
        return "list"
    return {pl.Datetime: "timestamp", pl.Date: "date"}.get(dtype.base_type(), "")
