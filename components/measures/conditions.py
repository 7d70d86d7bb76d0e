"""Conditions as column expressions: the one small language of the schema's rules and of slices."""

from __future__ import annotations

import ast
import functools
import operator
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

from components.artifacts.condition import Condition
from components.artifacts.schema_columns import scalar

if TYPE_CHECKING:
    import polars as pl

COMPARISONS: Mapping[type[ast.cmpop], Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip
CALCULATIONS: Mapping[type[ast.operator], Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Mod: operator.mod,
}  # fmt: skip


def expression(text: str, types: Mapping[str, str]) -> pl.Expr:
    """Return a condition as an expression over columns, given their types as a schema calls them (``float64``, ``timestamp``).

    NaN is null, and a text beside a timestamp or date column is read as one.
    """
    return _Translation(types).of(Condition(text).tree)


class _Translation(ast.NodeVisitor):
    """Turns the tree of a checked condition into an expression, node by node."""

    def __init__(self, types: Mapping[str, str]) -> None:
        self.types = types

    def of(self, node: ast.expr) -> pl.Expr:
        found: pl.Expr = self.visit(node)
        return found

    def visit_Constant(self, node: ast.Constant) -> pl.Expr:
        """Translate a constant."""
        import polars as pl

        return pl.lit(node.value)

    def visit_Name(self, node: ast.Name) -> pl.Expr:
        """Translate the name of a column."""
        return self._column(node.id)

    def visit_BoolOp(self, node: ast.BoolOp) -> pl.Expr:
        """Translate `and` and `or`."""
        return functools.reduce(operator.and_ if isinstance(node.op, ast.And) else operator.or_, map(self.of, node.values))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> pl.Expr:
        """Translate `not` and a minus sign."""
        return ~self.of(node.operand) if isinstance(node.op, ast.Not) else -self.of(node.operand)

    def visit_BinOp(self, node: ast.BinOp) -> pl.Expr:
        """Translate a calculation."""
        return CALCULATIONS[type(node.op)](self.of(node.left), self.of(node.right))

    def visit_Compare(self, node: ast.Compare) -> pl.Expr:
        """Translate a comparison or a chain of them, such as `0 < a <= b`."""
        if isinstance(node.ops[0], ast.In | ast.NotIn):
            found = self.of(node.left).is_in(list(ast.literal_eval(node.comparators[0])))
            return ~found if isinstance(node.ops[0], ast.NotIn) else found
        sides = [node.left, *node.comparators]
        kinds = {self._kind(one) for one in sides}
        parts = [self._beside(kinds, one) for one in sides]
        return functools.reduce(
            operator.and_, [COMPARISONS[type(op)](one, other) for op, one, other in zip(node.ops, parts, parts[1:], strict=False)]
        )

    def visit_Call(self, node: ast.Call) -> pl.Expr:
        """Translate a call of one of the functions."""
        import polars as pl

        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "col":
            return self._column(str(ast.literal_eval(node.args[0])))
        value, text = self.of(node.args[0]), str(ast.literal_eval(node.args[1])) if len(node.args) > 1 else ""
        calls: Mapping[str, Callable[[], pl.Expr]] = {
            "is_null": value.is_null,
            "abs": value.abs,
            "length": value.list.len if self._kind(node.args[0]).startswith("list") else value.str.len_chars,
            "lower": value.str.to_lowercase,
            "upper": value.str.to_uppercase,
            "starts_with": lambda: value.str.starts_with(text),
            "ends_with": lambda: value.str.ends_with(text),
            "contains": lambda: value.str.contains(text, literal=True),
            "matches": lambda: value.str.contains(f"^(?:{text})$"),
        }
        return calls[name]() if name in calls else getattr(value.dt, name)().cast(pl.Int64)

    def _kind(self, node: ast.expr) -> str:
        """Return the type of a side that is a column, else nothing."""
        return self.types[node.id] if isinstance(node, ast.Name) else ""

    def _column(self, name: str) -> pl.Expr:
        import polars as pl

        return pl.col(name).fill_nan(None) if self.types[name] == "float64" else pl.col(name)

    def _beside(self, kinds: Collection[str], node: ast.expr) -> pl.Expr:
        """Return one side of a comparison; a text beside a column of timestamps or dates is the instant or date that it says."""
        import polars as pl

        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if "timestamp" in kinds:
                return pl.lit(scalar("timestamp", node.value)).cast(pl.Datetime("us", "UTC"))
            if "date" in kinds:
                return pl.lit(scalar("date", node.value)).cast(pl.Int32).cast(pl.Date)
        return self.of(node)
