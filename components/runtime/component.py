"""A component: a typed function from artifact values to artifact values."""

import functools
import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Generic, Literal, ParamSpec, TypeVar, get_args, get_origin, get_type_hints

from components.runtime.errors import DefinitionError
from components.runtime.resources import Engine, Memo
from components.runtime.spans import Span
from components.runtime.value import Value
from components.runtime.window import Each, Window

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

Shape = Literal["one", "optional", "window", "sequence", "span", "as_of"]
RESERVED = frozenset({"name", "group"})
"""What `Pipeline.add` calls a step and its group by."""

RESOURCES: Mapping[type, str] = {Engine: "engine", Memo: "memo"}


@dataclass(frozen=True)
class Input:
    """One positional parameter: the value type and how many of it."""

    name: str
    shape: Shape
    type: type[Value] | None
    required: bool


@dataclass(frozen=True)
class Output:
    """One returned value: its name, its type, and whether it is a list to fan out over."""

    name: str
    type: type[Value]
    each: bool


@dataclass(frozen=True, eq=False)
class Component(Generic[P, R_co]):
    """A function with its inputs, configuration, resources and outputs read from its signature.

    Called, it just runs. ``repeats`` says what a second run gives: the same ``bytes``, or the same ``numbers`` to 1e-9 relative
    (estimators on BLAS). ``libraries`` are the distributions whose minor version can change the answer; they enter the key.
    """

    function: Callable[P, R_co]
    repeats: Literal["bytes", "numbers"] = "bytes"
    libraries: tuple[str, ...] = ()
    name: str = field(init=False)

    def __post_init__(self) -> None:
        """Take over the function's name and documentation."""
        object.__setattr__(self, "name", self.function.__name__)
        for attribute in functools.WRAPPER_ASSIGNMENTS:
            object.__setattr__(self, attribute, getattr(self.function, attribute, None))
        object.__setattr__(self, "__wrapped__", self.function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Run the function."""
        return self.function(*args, **kwargs)

    @cached_property
    def _parameters(self) -> list[tuple[inspect.Parameter, object]]:
        hints = get_type_hints(self.function)
        found = []
        for parameter in inspect.signature(self.function).parameters.values():
            if parameter.name not in hints:
                raise DefinitionError(f"component {self.name}: parameter '{parameter.name}' has no annotation; components are typed")
            if parameter.name in RESERVED:
                raise DefinitionError(f"component {self.name}: a parameter cannot be called '{parameter.name}'; steps have it")
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                raise DefinitionError(f"component {self.name}: '{parameter}' takes any number of values; components name each parameter")
            found.append((parameter, hints[parameter.name]))
        return found

    @cached_property
    def inputs(self) -> dict[str, Input]:
        """The positional parameters, in order."""
        keyword = inspect.Parameter.KEYWORD_ONLY
        return {p.name: _input(self.name, p, hint) for p, hint in self._parameters if p.kind is not keyword}

    @cached_property
    def configuration(self) -> dict[str, inspect.Parameter]:
        """The keyword-only parameters that are hashed, with their defaults."""
        found = {p.name: p for p, hint in self._parameters if p.kind is inspect.Parameter.KEYWORD_ONLY}
        return {name: parameter for name, parameter in found.items() if name not in self.resources}

    @cached_property
    def annotations(self) -> dict[str, object]:
        """The type of each parameter."""
        return {parameter.name: hint for parameter, hint in self._parameters}

    @cached_property
    def resources(self) -> frozenset[str]:
        """The keyword-only parameters that change the speed and not the answer."""
        return frozenset(p.name for p, hint in self._parameters if RESOURCES.get(typing.cast("type", hint)) == p.name)

    @cached_property
    def outputs(self) -> dict[str, Output]:
        """The returned values by name; one unnamed value is called by its kind."""
        hint = get_type_hints(self.function).get("return")
        if isinstance(hint, type) and issubclass(hint, tuple) and hasattr(hint, "_fields"):
            fields = get_type_hints(hint)
            return {name: _output(self.name, name, fields[name]) for name in hint._fields}
        single = _output(self.name, "", hint)
        return {single.type.kind: Output(single.type.kind, single.type, single.each)}

    def named(self, returned: object) -> dict[str, object]:
        """Return what the function returned by output name."""
        if len(self.outputs) == 1 and not hasattr(returned, "_fields"):
            return {next(iter(self.outputs)): returned}
        return {name: getattr(returned, name) for name in self.outputs}


@typing.overload
def component(function: Callable[P, R], /) -> Component[P, R]: ...
@typing.overload
def component(
    *, repeats: Literal["bytes", "numbers"] = "bytes", libraries: tuple[str, ...] = ()
) -> Callable[[Callable[P, R]], Component[P, R]]: ...
def component(
    function: Callable[P, R] | None = None, /, *, repeats: Literal["bytes", "numbers"] = "bytes", libraries: tuple[str, ...] = ()
) -> Component[P, R] | Callable[[Callable[P, R]], Component[P, R]]:
    """Return ``function`` as a component; plain ``@component`` or with arguments."""
    if function is not None:
        return Component(function, repeats, libraries)
    return lambda decorated: Component(decorated, repeats, libraries)


def _input(owner: str, parameter: inspect.Parameter, hint: object) -> Input:
    required = parameter.default is inspect.Parameter.empty
    if hint is Span:
        return Input(parameter.name, "span", None, required)
    if hint is datetime:
        return Input(parameter.name, "as_of", None, required)
    shape: Shape = "one"
    if get_origin(hint) in (typing.Union, types.UnionType):
        members = [member for member in get_args(hint) if member is not type(None)]
        if len(members) == 1 and len(get_args(hint)) == 2:  # noqa: PLR2004
            hint, shape = members[0], "optional"
    if get_origin(hint) is Window:
        hint, shape = get_args(hint)[0], "window"
    elif get_origin(hint) is Sequence:
        hint, shape = get_args(hint)[0], "sequence"
    if not (isinstance(hint, type) and hasattr(hint, "kind")):
        raise DefinitionError(
            f"component {owner}: input '{parameter.name}' is annotated {hint!r}; expected a value type, Window[...], Sequence[...], "
            "Span or datetime (configuration is keyword-only: put it after a bare *)"
        )
    return Input(parameter.name, shape, hint, required)


def _output(owner: str, name: str, hint: object) -> Output:
    each = get_origin(hint) is Each
    kind = get_args(hint)[0] if each else hint
    if not (isinstance(kind, type) and hasattr(kind, "kind")):
        raise DefinitionError(f"component {owner}: output '{name or 'return'}' is annotated {hint!r}; expected a value type or Each[...]")
    return Output(name, kind, each)
