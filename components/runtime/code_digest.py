"""Digests of code: of one function or class and of every project name that it reaches, read from source files, never imported."""

from __future__ import annotations

import builtins
import hashlib
import inspect
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from components.runtime.errors import DefinitionError, nearest
from components.runtime.scopes import Path as Attributes
from components.runtime.scopes import Reference, Target
from components.runtime.source_modules import IMPLICIT, Definition, Module, find_module

PROJECT_PACKAGES = frozenset({"components", "pipeline_config"})
STOPS = frozenset({"components.runtime", "components.artifacts"})
"""Modules and names at which the walk stops: `FORMAT` and each `format_version` stand in for these two packages."""

OPAQUE = frozenset(f"builtins.{name}" for name in ("exec", "eval", "compile", "globals", "__import__")) | {
    "importlib.import_module",
    "importlib.util.module_from_spec",
    "importlib.util.spec_from_file_location",
    "importlib.machinery",
    "runpy",
    "sys.modules",
}
"""Names that reach code which a reader of the source cannot see."""

CHECKOUT = Path(__file__).parents[2]
ALGORITHM = "1"
"""Enters every digest; to be raised when the walk changes."""


def code_digest(code: Callable[..., object], *, stops: Collection[str] = STOPS, packages: Collection[str] = PROJECT_PACKAGES) -> str:
    """Return the digest (64 hexadecimal digits) of a function, component or class and of all that it reaches.

    See `code_digest_of`; a decorated function is followed through `__wrapped__`, a method stands for its class. The top-level
    package of the module counts as a project package.

    Raises
    ------
    DefinitionError
        If it is not defined at the top level of a file, or reaches a name that cannot be resolved statically.
    """
    plain = inspect.unwrap(code)
    module: str = plain.__module__
    name, _, rest = plain.__qualname__.partition(".")
    try:
        file = Path(inspect.getsourcefile(plain) or "")
    except TypeError:
        file = Path()
    if rest.startswith("<") or "<" in name or not file.is_file():
        raise DefinitionError(
            f"{plain.__qualname__!r} of {module} has no code digest",
            expected="a function or class at the top level of a file",
            fix="Move it there, and name it with `def`.",
        )
    parts = module.split(".")
    located = (file.parent if file.name == "__init__.py" else file.with_suffix("")).parts
    if located[-len(parts) :] != tuple(parts):
        return code_digest_of(file.stem, name, file.parent, stops=stops, packages={*packages, file.stem})
    root = Path(*located[: -len(parts)])
    return code_digest_of(module, name, root, stops=stops, packages={*packages, parts[0]})


def code_digest_of(
    module: str, name: str, root: Path = CHECKOUT, *, stops: Collection[str] = STOPS, packages: Collection[str] = PROJECT_PACKAGES
) -> str:
    """Return the digest of the function, class or constant `name` of a module below `root`, without importing anything.

    It is the sha256 over the canonical syntax (see `syntax_tree`) of every definition reached, sorted by qualified name, with
    what each global name in it stands for. A reached definition is a function, class or constant of a project module, found
    through names, dotted paths, decorators, defaults, base classes and imports, those inside functions included; what the top
    level of its module does to it later (`TABLE["x"] = 1`, `@TABLE.register`) belongs to it. Names of other packages, of the
    built-ins and below `stops` enter as their dotted path. Renaming a local variable changes the digest; comments, docstrings,
    annotations and formatting do not, nor does the folder. A class that only an annotation names is not reached.

    Parameters
    ----------
    root
        The folder that holds the top-level packages; modules absent there are taken from this checkout, the default.
    stops
        Dotted names of modules, functions or classes whose code does not count.
    packages
        Top-level packages whose code counts.

    Raises
    ------
    DefinitionError
        If a name cannot be resolved statically: undefined, star-imported, bound twice or under a condition, assigned
        through `global`, a module used as a value, or one that reaches code out of sight (`exec`, `globals`, `import_module`).
    """
    walk, start = _started(module, name, root, stops, packages)
    return walk.digest(start)


def definitions_of(
    module: str, name: str, root: Path = CHECKOUT, *, stops: Collection[str] = STOPS, packages: Collection[str] = PROJECT_PACKAGES
) -> dict[str, Definition]:
    """Return what the digest of `code_digest_of` is made of: every definition reached, the one asked for first, by qualified name."""
    walk, start = _started(module, name, root, stops, packages)
    return {qualified: definition for qualified, (definition, _) in walk.reached(start).items()}


def _started(module: str, name: str, root: Path, stops: Collection[str], packages: Collection[str]) -> tuple[_Walk, Definition]:
    walk = _Walk(roots=(root.resolve(), CHECKOUT), stops=frozenset(stops), packages=frozenset(packages))
    start = walk.resolve(Target(tuple(module.split(".")), (name,)), _Place(f"{module}.{name}", root, 0))
    if isinstance(start, str):
        raise DefinitionError(f"{start!r} lies outside of the project's code", expected=f"a name in {', '.join(sorted(packages))}")
    return walk, start


@dataclass(frozen=True)
class _Place:
    """Where a name is used, for messages."""

    name: str
    file: Path
    line: int

    def error(self, reason: str, *, fix: str | None = None, near: str | None = None) -> DefinitionError:
        where = f"{self.file}:{self.line}" if self.line else str(self.file)
        return DefinitionError(f"the name {self.name!r} cannot be resolved statically: {reason}", where=where, fix=fix, nearest=near)


@dataclass(frozen=True)
class _Walk:
    """One walk over the definitions that a start reaches; a file is looked at once per walk."""

    roots: tuple[Path, ...]
    stops: frozenset[str]
    packages: frozenset[str]
    modules: dict[str, Module | None] = field(default_factory=dict)

    def module(self, name: str) -> Module | None:
        if name not in self.modules:
            self.modules[name] = find_module(self.roots, name)
        return self.modules[name]

    def digest(self, start: Definition) -> str:
        contents = {
            qualified: definition.canonical + "\n".join(meanings).encode()
            for qualified, (definition, meanings) in self.reached(start).items()
        }
        total = hashlib.sha256(f"{ALGORITHM} {start.qualified}".encode())
        for qualified, content in sorted(contents.items()):
            total.update(f"\n{qualified} {len(content)}\n".encode() + content)
        return total.hexdigest()

    def reached(self, start: Definition) -> dict[str, tuple[Definition, list[str]]]:
        """Return every definition reached, by qualified name, with what each global name in it stands for."""
        found: dict[str, tuple[Definition, list[str]]] = {start.qualified: (start, [])}
        waiting = [start]
        while waiting:
            definition = waiting.pop()
            _, meanings = found[definition.qualified]
            for reference in definition.references:
                target = self._meaning(definition.module, reference)
                meanings.append(f"{'.'.join(reference.path)}={target if isinstance(target, str) else target.qualified}")
                if not isinstance(target, str) and target.qualified not in found:
                    found[target.qualified] = target, []
                    waiting.append(target)
        return found

    def resolve(self, target: Target, place: _Place, seen: frozenset[Target] = frozenset()) -> Definition | str:
        """Return the project definition that an import leads to, or its dotted path where the walk does not enter."""
        dotted = ".".join(target.path)
        if self._is_below(dotted, OPAQUE):
            raise place.error(f"{dotted} reaches code that cannot be read here", fix="Name what is needed in an import.")
        if target.path[0] not in self.packages or self._is_below(dotted, self.stops):
            return dotted
        if target in seen:
            raise place.error("its imports go in a circle")
        module = self.module(".".join(target.module))
        if module is None:
            raise place.error(f"there is no module {'.'.join(target.module)} in {' or '.join(str(root) for root in self.roots)}")
        for depth, part in enumerate(target.attributes):
            is_own_module = module.bindings.get(part) == Target(tuple(module.name.split(".")), (part,))
            if (part in module.bindings and not is_own_module) or part in module.unclear:
                return self._binding(module, part, target.attributes[depth + 1 :], place, seen | {target})
            if module.stars:
                raise place.error(f"{module.file} has a star import", fix="Import each name there.")
            inner = self.module(f"{module.name}.{part}")
            if inner is None:
                near = nearest(part, module.bindings.keys() - {part})
                raise place.error(f"{module.name} does not define {part!r}", near=near, fix="Import it from the module that defines it.")
            module = inner
        raise place.error(f"the module {module.name} is used as a value", fix="Import the names that are needed from it.")

    def _binding(self, module: Module, name: str, rest: Attributes, place: _Place, seen: frozenset[Target]) -> Definition | str:
        if name in module.unclear:
            raise place.error(module.unclear[name])
        bound = module.bindings[name]
        return self.resolve(bound.follow(rest), place, seen) if isinstance(bound, Target) else bound

    def _meaning(self, module: Module, reference: Reference) -> Definition | str:
        """Return what a reference inside a module stands for."""
        path = reference.path
        place = _Place(".".join(path), module.file, reference.line)
        if reference.imported:
            return self.resolve(reference.imported, place)
        if path[0] in module.bindings or path[0] in module.unclear:
            return self._binding(module, path[0], path[1:], place, frozenset())
        if module.stars:
            raise place.error("the module has a star import", fix="Import each name.")
        if path[0] in IMPLICIT:
            return path[0]
        return self._builtin(path, place, module)

    def _builtin(self, path: tuple[str, ...], place: _Place, module: Module) -> str:
        if not hasattr(builtins, path[0]):
            raise place.error("nothing defines it", near=nearest(path[0], [*module.bindings, *dir(builtins)]))
        return str(self.resolve(Target(("builtins",), path[:1]), place))

    @staticmethod
    def _is_below(dotted: str, names: frozenset[str]) -> bool:
        return any(dotted == name or dotted.startswith(f"{name}.") for name in names)
