"""Which names a piece of Python binds, and which names of its module and of other modules it uses (Python's scoping rules)."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
Path = tuple[str, ...]
"""A dotted path in parts: `components.measures.slices` or `np.linalg.norm`."""


@dataclass(frozen=True, order=True)
class Target:
    """What an import gives: a module, and the attributes that lead on from it. `from a.b import c` is `c` of the module `a.b`."""

    module: Path
    attributes: Path = ()

    @property
    def path(self) -> Path:
        """The whole dotted path."""
        return self.module + self.attributes

    def follow(self, attributes: Path) -> Target:
        """Return the target that further attributes lead to."""
        return Target(self.module, self.attributes + attributes)


@dataclass
class Bindings:
    """The names that some statements bind, each with the import targets that it may stand for, and the names declared elsewhere."""

    names: dict[str, list[Target]] = field(default_factory=dict)
    global_names: set[str] = field(default_factory=set)
    nonlocal_names: set[str] = field(default_factory=set)
    stars: list[Path] = field(default_factory=list)
    is_class: bool = False

    def bind(self, name: str | None, *targets: Target) -> None:
        """Add a name, and what it imports."""
        if name is not None:
            self.names.setdefault(name, []).extend(targets)


def bindings(nodes: Iterable[ast.AST], package: Path, *, is_class: bool = False) -> Bindings:
    """Return what some nodes bind in their own scope; nested functions, classes and comprehensions keep their names.

    Parameters
    ----------
    package
        The package that relative imports start from.
    """
    found = Bindings(is_class=is_class)
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        _bind(node, found, package)
        waiting.extend(_same_scope(node))
    return found


@dataclass(frozen=True)
class Reference:
    """A use of a name with the attributes that follow it: a global of the module, or what a local import gives."""

    path: Path
    imported: Target | None
    line: int


def references(statements: Iterable[ast.stmt], package: Path, module_names: Iterable[str]) -> list[Reference]:
    """Return the uses of globals and of locally imported names in statements of a module, each path once, in order of paths."""
    visitor = _Uses(package, frozenset(module_names))
    for statement in statements:
        visitor.visit(statement)
    return sorted(visitor.found.values(), key=lambda used: (used.path, used.imported or Target(())))


class _Uses(ast.NodeVisitor):
    """Walks code with a stack of scopes and keeps each use of a name that leads out of them."""

    def __init__(self, package: Path, module_names: frozenset[str]) -> None:
        self.package = package
        self.module_names = module_names
        self.scopes: list[Bindings] = []
        self.found: dict[Path | Target, Reference] = {}

    def visit_Name(self, node: ast.Name) -> None:
        """Use a name on its own."""
        if isinstance(node.ctx, ast.Load):
            self._use((node.id,), node.lineno)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Use a name with the attributes that follow it."""
        attributes = [node.attr]
        value = node.value
        while isinstance(value, ast.Attribute):
            attributes.append(value.attr)
            value = value.value
        if isinstance(value, ast.Name):
            self._use((value.id, *reversed(attributes)), node.lineno)
        else:
            self.visit(value)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Visit decorators and defaults in the scope around, the body in a new one with the parameters."""
        self._visit_all(node.decorator_list)
        self._visit_function(node, node.body)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """Visit defaults in the scope around, the body in a new one."""
        self._visit_function(node, [node.body])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Visit decorators, bases and keywords in the scope around, the body in a scope that its functions do not see."""
        self._visit_all([*node.decorator_list, *node.bases, *node.keywords])
        self._visit_in(bindings(node.body, self.package, is_class=True), node.body)

    def visit_ListComp(self, node: Comprehension) -> None:
        """Visit the first iterable in the scope around, everything else in a new one."""
        self.visit(node.generators[0].iter)
        inner = bindings((generator.target for generator in node.generators), self.package)
        elements = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        conditions = chain.from_iterable(generator.ifs for generator in node.generators)
        targets = [generator.target for generator in node.generators]
        self._visit_in(inner, [*targets, *conditions, *(generator.iter for generator in node.generators[1:]), *elements])

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp  # noqa: N815

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Leave the annotation out."""
        self._visit_all([node.target, *([node.value] if node.value else [])])

    def visit_TypeAlias(self, node: ast.AST) -> None:
        """Leave a type out."""

    def _visit_function(self, node: Function, body: Iterable[ast.AST]) -> None:
        self._visit_all(_defaults(node.args))
        inner = bindings(body, self.package)
        for argument in _arguments(node.args):
            inner.bind(argument)
        for parameter in getattr(node, "type_params", ()):
            inner.bind(parameter.name)
        self._visit_in(inner, body)

    def _visit_in(self, scope: Bindings, nodes: Iterable[ast.AST]) -> None:
        self.scopes.append(scope)
        self._visit_all(nodes)
        self.scopes.pop()

    def _visit_all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def _use(self, path: Path, line: int) -> None:
        for scope in reversed(self.scopes):
            innermost = scope is self.scopes[-1]
            if path[0] in scope.global_names:
                break
            if path[0] not in scope.names or (scope.is_class and not innermost) or path[0] in scope.nonlocal_names:
                continue
            for target in scope.names[path[0]]:
                reached = target.follow(path[1:])
                self.found.setdefault(reached, Reference(reached.path, reached, line))
            if not (scope.is_class and path[0] in self.module_names):
                return
            break  # a class body may read the module's name before it binds its own
        self.found.setdefault(path, Reference(path, None, line))


def _bind(node: ast.AST, found: Bindings, package: Path) -> None:
    """Add what one node binds by itself, without its children."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            found.bind(name)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            found.bind(node.name)
        case ast.ExceptHandler(name=name) | ast.MatchAs(name=name) | ast.MatchStar(name=name) | ast.MatchMapping(rest=name):
            found.bind(name)
        case ast.Global(names=names):
            found.global_names.update(names)
        case ast.Nonlocal(names=names):
            found.nonlocal_names.update(names)
        case ast.Import() | ast.ImportFrom():
            _bind_import(node, found, package)


def _bind_import(node: ast.Import | ast.ImportFrom, found: Bindings, package: Path) -> None:
    """Add each imported name with what it stands for; `import a.b` binds `a`."""
    base: Path = ()
    if isinstance(node, ast.ImportFrom):
        around = package[: len(package) - node.level + 1] if node.level else ()
        base = (*around, *(node.module.split(".") if node.module else ()))
    for alias in node.names:
        parts = tuple(alias.name.split("."))
        if alias.name == "*":
            found.stars.append(base)
        elif isinstance(node, ast.ImportFrom):
            found.bind(alias.asname or alias.name, Target(base, parts))
        else:
            found.bind(alias.asname or parts[0], Target(parts if alias.asname else parts[:1]))


def _same_scope(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the children of a node that bind names in the same scope."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield from (*node.decorator_list, *_defaults(node.args))
        case ast.Lambda():
            yield from _defaults(node.args)
        case ast.ClassDef():
            yield from (*node.decorator_list, *node.bases, *node.keywords)
        case ast.comprehension():
            yield from (node.iter, *node.ifs)
        case ast.AnnAssign():
            yield from (child for child in (node.target, node.value) if child is not None)
        case _:
            yield from ast.iter_child_nodes(node)


def _defaults(arguments: ast.arguments) -> list[ast.expr]:
    return [default for default in (*arguments.defaults, *arguments.kw_defaults) if default is not None]


def _arguments(arguments: ast.arguments) -> Iterator[str]:
    named = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
    yield from (argument.arg for argument in named if argument is not None)
