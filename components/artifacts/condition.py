"""A condition on a row: a small expression over its columns, such as `arr_time > dep_time or is_null(arr_time)`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from components.runtime.errors import nearest

FUNCTIONS = {
    "col": 1, "is_null": 1, "abs": 1, "length": 1, "lower": 1, "upper": 1, "starts_with": 2, "ends_with": 2, "contains": 2,
    "matches": 2, "year": 1, "month": 1, "day": 1, "weekday": 1, "hour": 1, "minute": 1,
}  # fmt: skip
"""The functions and how many arguments each takes; `col("a name")` is for columns whose names are no words."""

NODES = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt,
    ast.GtE, ast.In, ast.NotIn, ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Mod, ast.Name, ast.Load, ast.Constant, ast.Call,
    ast.List, ast.Tuple,
)  # fmt: skip
MAX_LENGTH = 2_000
"""Characters of a condition: far more than anybody reads, and few enough that its tree cannot nest too deep."""


@dataclass(frozen=True)
class Condition:
    """A checked expression: its tree has nothing in it but comparisons, arithmetic, `and`, `or`, `not`, `in`, constants and `FUNCTIONS`.

    Raises
    ------
    ValueError
        If the text is not such an expression; a misspelt function comes with the nearest one.

    Examples
    --------
    >>> sorted(Condition("dep_time <= arr_time or is_null(arr_time)").columns)
    ['arr_time', 'dep_time']
    """

    text: str

    def __post_init__(self) -> None:
        """Refuse anything else."""
        for node in ast.walk(self.tree):
            if not _is_allowed(node):
                raise ValueError(f"not part of a condition: {ast.unparse(node)!r}; null is asked for by is_null(column)")
            if isinstance(node, ast.Call):
                _check_call(node)
            if isinstance(node, ast.Compare) and any(isinstance(one, ast.In | ast.NotIn) for one in node.ops):
                _check_membership(node)
        if not self.columns:
            raise ValueError("a condition is about columns, and this one names none")

    @property
    def tree(self) -> ast.expr:
        """The expression."""
        if len(self.text) > MAX_LENGTH:
            raise ValueError(f"a condition has at most {MAX_LENGTH} characters")
        try:
            return ast.parse(self.text.strip(), mode="eval").body
        except (SyntaxError, RecursionError, MemoryError) as error:
            raise ValueError(f"not an expression: {getattr(error, 'msg', 'nested too deep')}") from error

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it reads, each once, in order of names."""
        return tuple(sorted(set(_columns(self.tree))))

    @property
    def texts(self) -> Iterator[tuple[str, str]]:
        """The columns that stand in a comparison beside a text, each with the text."""
        for node in ast.walk(self.tree):
            sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
            for text in (one.value for one in sides if isinstance(one, ast.Constant) and isinstance(one.value, str)):
                yield from ((one.id, text) for one in sides if isinstance(one, ast.Name))


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_allowed(node: ast.AST) -> bool:
    return isinstance(node, NODES) and not (isinstance(node, ast.Constant) and not isinstance(node.value, bool | int | float | str))


def _columns(tree: ast.AST) -> Iterator[str]:
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and id(node) not in called:
            yield node.id
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "col":
            yield str(node.args[0].value) if isinstance(node.args[0], ast.Constant) else ""


def _check_call(node: ast.Call) -> None:
    name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
    if name not in FUNCTIONS:
        near = nearest(name, FUNCTIONS)
        raise ValueError(f"no function {name!r}" + (f"; nearest valid name: {near!r}" if near else f"; there are {', '.join(FUNCTIONS)}"))
    if len(node.args) != FUNCTIONS[name] or node.keywords:
        raise ValueError(f"{name} takes {FUNCTIONS[name]} arguments")
    if any(not _is_text(one) for one in (node.args if name == "col" else node.args[1:])):
        raise ValueError(f"{name} takes a text in quotes")


def _check_membership(node: ast.Compare) -> None:
    listed = node.comparators[0]
    plain = isinstance(listed, ast.List | ast.Tuple) and listed.elts and all(isinstance(one, ast.Constant) for one in listed.elts)
    if len(node.ops) > 1 or not plain:
        raise ValueError("'in' wants a list of values, such as origin in ['EWR', 'JFK']")
