"""What code reads, as far as its source says so: the names of columns that a function reaches, and the columns that it makes of others."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from components.runtime.code_digest import definitions_of
from components.runtime.source_modules import Definition

NAMING = ("select", "with_columns", "agg", "struct", "rename")
"""Methods of frames whose keywords name what they make."""


def functions_in(target: str) -> dict[str, frozenset[str]]:
    """Return the functions that a code reference (`module:name`) stands for, each with the texts that it reaches: its columns among them.

    A constant that lists functions stands for those, anything else for itself. Names made at run time are not seen.
    """
    module, _, name = target.partition(":")
    reached = _own(module, name)
    start = reached[f"{module}.{name}"]
    listed = [f"{module}.{one.path[0]}" for one in start.references]
    functions = [one for one in listed if one in reached and _is_function(reached[one])] if not _is_function(start) else []
    own = {one.rpartition(".")[2]: _own(module, one.rpartition(".")[2]) for one in functions} or {name: reached}
    return {label: frozenset(text for one in found.values() for text in texts_of(one)) for label, found in own.items()}


def made_of(target: str) -> dict[str, frozenset[str]]:
    """Return the names that code gives to what it makes, each with the texts that it is made of.

    `expression.alias("name")`, `frame.select(name=expression)`, `{"name": expression}` and `Record("name", (...))` name what they make; a local variable
    stands for the texts that it was assigned. It may find too many texts, and misses names made at run time.
    """
    module, _, name = target.partition(":")
    found: dict[str, set[str]] = {}
    for definition in _own(module, name).values():
        for statement in definition.statements:
            for label, texts in _made(statement):
                found.setdefault(label, set()).update(texts - {label})
    return {label: frozenset(texts) for label, texts in found.items() if texts}


def touched(names: Mapping[str, frozenset[str]], start: frozenset[str]) -> frozenset[str]:
    """Return the names that are made of some texts, directly or of one another; `start` itself is not among them.

    >>> sorted(touched({"b": frozenset({"a"}), "c": frozenset({"b"}), "d": frozenset({"x"})}, frozenset({"a"})))
    ['b', 'c']
    """
    found = start
    while more := {label for label, texts in names.items() if texts & found} - found:
        found |= more
    return found - start


def texts_of(definition: Definition) -> frozenset[str]:
    """Return the texts in a definition, without its documentation."""
    return frozenset().union(*(_texts(statement, {}) for statement in definition.statements))


def _own(module: str, name: str) -> dict[str, Definition]:
    """Return the definitions that a name reaches outside of this project's machinery."""
    return {label: one for label, one in definitions_of(module, name).items() if not label.startswith("components.")}


def _is_function(definition: Definition) -> bool:
    return isinstance(definition.statements[0], ast.FunctionDef | ast.ClassDef)


def _made(statement: ast.stmt) -> Iterator[tuple[str, set[str]]]:
    local: dict[str, set[str]] = {}
    for node in ast.walk(statement):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node is not statement:
            local[node.targets[0].id] = _texts(node.value, local)
    for node in ast.walk(statement):
        if isinstance(node, ast.Call):
            method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            yield from ((one.arg, _texts(one.value, local)) for one in node.keywords if one.arg and method in NAMING)
            label = _first_text(node)
            if label and isinstance(node.func, ast.Attribute) and method == "alias":
                yield label, _texts(node.func.value, local)
            elif label and not isinstance(node.func, ast.Attribute):
                yield label, {text for one in node.args[1:] for text in _texts(one, local)}
        elif isinstance(node, ast.Dict):
            yield from ((key, _texts(value, local)) for key, value in zip(map(_text, node.keys), node.values, strict=True) if key)


def _texts(node: ast.AST, local: Mapping[str, set[str]]) -> set[str]:
    """Return the texts in a piece of code, those of local variables included."""
    bare = {id(one.value) for one in ast.walk(node) if isinstance(one, ast.Expr)}
    found = {text for one in ast.walk(node) if (text := _text(one)) and id(one) not in bare}
    return found.union(*(local.get(one.id, ()) for one in ast.walk(node) if isinstance(one, ast.Name)))


def _text(node: ast.AST | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _first_text(node: ast.Call) -> str | None:
    return _text(node.args[0]) if node.args else None
