"""Rules over several columns of a row: the schema's conditions as column expressions."""

from __future__ import annotations

import ast
import functools
import operator
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from components.artifacts.condition import Condition
from components.artifacts.schema import Rule
from components.artifacts.schema_columns import Column, scalar
from components.validation.breach import Breach, RowRule, Subject, Verdict, tried

if TYPE_CHECKING:
    import polars as pl

COMPARISONS: Mapping[type[ast.cmpop], Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip
CALCULATIONS: Mapping[type[ast.operator], Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Mod: operator.mod,
}  # fmt: skip


def rules(subject: Subject) -> Iterator[Verdict]:
    """Check each condition (`rule-broken`): up to `max_share` of the rows may break it; unknown because of a null holds.

    A condition that the columns' types do not allow is `rule-not-evaluated`. One over a column that the span lacks is not judged: the
    missing column is a finding of its own.
    """
    for label, rule in subject.schema.rules.items():
        if set(rule.columns) <= set(subject.examples.schema.names):
            judge = functools.partial(_broken, label, rule, subject.examples.n_rows)
            broken = ~expression(rule.holds, subject.schema.columns)
            yield tried(subject, label, rule.holds, RowRule(rule.columns, broken, judge))


def expression(text: str, columns: Mapping[str, Column]) -> pl.Expr:
    """Return a condition as an expression over columns; NaN is null, and a text beside a timestamp or date column is read as one."""
    return _Translation(columns).of(Condition(text).tree)


def _broken(label: str, rule: Rule, n_rows: int, count: int) -> Breach | None:
    if not count or count <= rule.max_share * n_rows:
        return None
    allowed = f" in all but {rule.max_share:.4g} of the rows" if rule.max_share else ""
    fix = "Correct the rows at the source, or the rule in schema.yaml."
    message = rule.description or "rows break the rule"
    return Breach("rule-broken", label, message, rule.holds + allowed, f"{count} of {n_rows} rows break it", fix, severity=rule.severity)


class _Translation(ast.NodeVisitor):
    """Turns the tree of a checked condition into an expression, node by node."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self.columns = columns

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
        return self.columns[node.id].type if isinstance(node, ast.Name) else ""

    def _column(self, name: str) -> pl.Expr:
        import polars as pl

        return pl.col(name).fill_nan(None) if self.columns[name].type == "float64" else pl.col(name)

    def _beside(self, kinds: Collection[str], node: ast.expr) -> pl.Expr:
        """Return one side of a comparison; a text beside a column of timestamps or dates is the instant or date that it says."""
        import polars as pl

        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if "timestamp" in kinds:
                return pl.lit(scalar("timestamp", node.value)).cast(pl.Datetime("us", "UTC"))
            if "date" in kinds:
                return pl.lit(scalar("date", node.value)).cast(pl.Int32).cast(pl.Date)
        return self.of(node)
