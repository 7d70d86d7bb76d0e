"""The canonical bytes of a piece of Python: what it says, not how it is written, the same in every Python from 3.11 on."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import groupby
from typing import cast

SKIPPED_FIELDS = frozenset({"annotation", "returns", "type_comment", "type_params", "type_ignores", "ctx", "kind", "simple"})
"""Annotations, and fields that follow from the place of a node (`ctx`, `simple`) or from spelling (`kind`: the u of u"text")."""

FIELDS = {
    kind.__name__: tuple(sorted(set(kind._fields) - SKIPPED_FIELDS))
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}
"""The fields of each type of node that count, in a fixed order."""


def canonical_bytes(node: ast.AST) -> bytes:
    """Return the canonical bytes of a syntax tree: node types and non-empty fields, without positions and annotations.

    Comments, docstrings (every statement that is a bare constant) and formatting do not enter. An annotated assignment
    reads as a plain one, except in a class body, where it makes a field. Constants carry their type: `1`, `True`, `1.0` and
    `"1"` differ. Neighbouring pieces of an f-string are joined, since Pythons split them differently.

    Examples
    --------
    >>> canonical_bytes(ast.parse("x: int = 1  # one")) == canonical_bytes(ast.parse("x = (1)"))
    True
    >>> canonical_bytes(ast.parse("x = 1")) == canonical_bytes(ast.parse("x = True"))
    False
    """
    return b"".join(_node(node, in_class=False))


def _node(node: ast.AST, *, in_class: bool) -> Iterator[bytes]:
    if isinstance(node, ast.Constant):
        yield from (b"(", *_constant(node.value), b")")  # apart from the None that stands for `**a` in a dict
        return
    if isinstance(node, ast.AnnAssign) and not in_class:
        node = ast.Assign(targets=[node.target], value=node.value) if node.value else ast.Pass()
    yield b"(" + type(node).__name__.encode()
    for name in FIELDS[type(node).__name__]:
        value = _pieces(node) if isinstance(node, ast.JoinedStr) else getattr(node, name, None)
        if value is None or value == []:
            continue
        yield b" " + name.encode() + b"="
        yield from _value(value, in_class=isinstance(node, ast.ClassDef) and name == "body")
    yield b")"


def _value(value: object, *, in_class: bool) -> Iterator[bytes]:
    if isinstance(value, ast.AST):
        yield from _node(value, in_class=in_class)
    elif isinstance(value, list):
        yield b"["
        for item in value:
            if not is_bare_constant(item):
                yield from _value(item, in_class=in_class)
        yield b"]"
    else:
        yield from _constant(value)


def is_bare_constant(node: object) -> bool:
    """Return whether a node is a statement without effect: a docstring, a text beside a constant, an ellipsis."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _constant(value: object) -> Iterator[bytes]:
    """Yield a type tag, a length and the exact content of a constant."""
    match value:
        case str():
            content = value.encode("utf-8", "surrogatepass")
        case bytes():
            content = value
        case float():
            content = value.hex().encode()
        case complex():
            content = f"{value.real.hex()},{value.imag.hex()}".encode()
        case bool() | None:
            content = repr(value).encode()
        case int():
            content = f"{value:x}".encode()
        case _:
            content = b""  # the ellipsis has no content
    yield f"<{type(value).__name__} {len(content)}:".encode() + content + b">"


def _pieces(node: ast.JoinedStr) -> list[ast.expr]:
    """Return the pieces of an f-string with neighbouring texts joined and empty ones dropped."""
    pieces: list[ast.expr] = []
    for is_text, group in groupby(node.values, lambda piece: isinstance(piece, ast.Constant)):
        if not is_text:
            pieces.extend(group)
        elif text := "".join(cast("str", cast("ast.Constant", piece).value) for piece in group):
            pieces.append(ast.Constant(text))
    return pieces
