"""Project modules read as source: what each top-level name stands for, parsed once per version of a file."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from components.runtime import scopes
from components.runtime.errors import DefinitionError
from components.runtime.syntax_tree import canonical_bytes, is_bare_constant

IMPLICIT = frozenset({"__name__", "__file__", "__doc__", "__package__", "__spec__", "__debug__", "__class__", "__qualname__", "__module__"})
"""Names that Python binds in every module, class body or method."""

_parsed: dict[tuple[Path, str], tuple[tuple[int, int], Module]] = {}


@dataclass(eq=False)
class Definition:
    """A function, class or constant at the top level of a module: the statement that binds it and those that change it later."""

    module: Module
    name: str
    statements: list[ast.stmt]

    @property
    def qualified(self) -> str:
        """The dotted name."""
        return f"{self.module.name}.{self.name}"

    @functools.cached_property
    def canonical(self) -> bytes:
        """The canonical syntax of the statements."""
        return b"\n".join(canonical_bytes(statement) for statement in self.statements)

    @functools.cached_property
    def references(self) -> list[scopes.Reference]:
        """The names that the statements use."""
        return scopes.references(self.statements, self.module.package, self.module.bindings)


@dataclass(eq=False)
class Module:
    """The top-level names of a source file.

    `bindings` maps a name to its definition or to what an import gave it, `unclear` maps a name to the
    reason why nobody can tell from the source what it stands for, `stars` lists the modules of star imports.
    """

    name: str
    file: Path
    package: scopes.Path
    bindings: dict[str, Definition | scopes.Target] = field(default_factory=dict)
    unclear: dict[str, str] = field(default_factory=dict)
    stars: list[scopes.Path] = field(default_factory=list)


def find_module(roots: tuple[Path, ...], name: str) -> Module | None:
    """Return the module of a dotted name from the first root that holds it, or None; a folder without `__init__.py` is empty."""
    for root in roots:
        base = root.joinpath(*name.split("."))
        for file in (base / "__init__.py", base.with_name(f"{base.name}.py")):
            try:
                status = file.stat()
            except OSError:
                continue
            version = (status.st_mtime_ns, status.st_size)
            cached = _parsed.get((file, name))
            if cached is None or cached[0] != version:
                cached = _parsed[file, name] = version, _read(file, name)
            return cached[1]
        if base.is_dir():
            return Module(name, base, tuple(name.split(".")))
    return None


def _read(file: Path, name: str) -> Module:
    try:
        tree = ast.parse(file.read_bytes(), filename=str(file))
    except SyntaxError as error:
        raise DefinitionError("the file is not valid Python", where=f"{file}:{error.lineno}", got=error.msg) from error
    parts = tuple(name.split("."))
    module = Module(name, file, parts if file.name == "__init__.py" else parts[:-1])
    is_lazy = any(isinstance(node, ast.FunctionDef) and node.name == "__getattr__" for node in tree.body)
    statements = [node for node in _flattened(tree.body, is_lazy=is_lazy) if not is_bare_constant(node)]
    for statement in statements:
        _add_bindings(module, statement)
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            for changed in node.names:
                module.unclear[changed] = f"a function assigns it through `global` in line {node.lineno}"
    for statement in statements:
        for changed in _changed_names(statement):
            definition = module.bindings.get(changed)
            if isinstance(definition, Definition) and statement not in definition.statements:
                definition.statements.append(statement)
    return module


def _flattened(body: list[ast.stmt], *, is_lazy: bool) -> Iterator[ast.stmt]:
    """Yield the statements that run on import; those under `TYPE_CHECKING` say what a lazy package's `__getattr__` serves."""
    for node in body:
        if isinstance(node, ast.If) and _name_of(node.test) == "TYPE_CHECKING":
            yield from node.body if is_lazy else ()
            yield from _flattened(node.orelse, is_lazy=is_lazy)
        elif not (isinstance(node, ast.If) and isinstance(node.test, ast.Compare) and _name_of(node.test.left) == "__name__"):
            yield node


def _name_of(node: ast.expr) -> str | None:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else None


def _add_bindings(module: Module, statement: ast.stmt) -> None:
    found = scopes.bindings([statement], module.package)
    module.stars.extend(found.stars)
    is_overload = any(_name_of(decorator) == "overload" for decorator in getattr(statement, "decorator_list", ()))
    if is_overload or (isinstance(statement, ast.AnnAssign) and statement.value is None):
        return
    is_plain = isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign)
    for name, targets in found.names.items():
        bound: Definition | scopes.Target = targets[0] if targets else Definition(module, name, [statement])
        if name in module.bindings and module.bindings[name] != bound:
            module.unclear[name] = f"line {statement.lineno} binds it again"
        elif len(set(targets)) > 1 or not (is_plain or isinstance(statement, ast.Import | ast.ImportFrom)):
            module.unclear[name] = f"line {statement.lineno} binds it under a condition or in a loop"
        else:
            module.bindings[name] = bound


def _changed_names(statement: ast.stmt) -> Iterator[str]:
    """Yield the names whose values a top-level statement changes: by item, by attribute, by method or by a method as decorator."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        for decorator in statement.decorator_list:
            target = decorator.func if isinstance(decorator, ast.Call) else decorator
            if isinstance(target, ast.Attribute):
                yield from _root(target)
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            yield from _root(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not isinstance(statement, ast.Assign | ast.AnnAssign):
            yield from _root(node.func)


def _root(node: ast.expr) -> Iterator[str]:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id
