"""Cache keys: what an answer depends on, and nothing else."""

import functools
import hashlib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version

from components.runtime.canonical import Canonical, Plain, canonical, plain_json
from components.runtime.code_digest import code_digest, code_digest_of
from components.runtime.component import Component
from components.runtime.errors import DefinitionError
from components.runtime.feeds import EachOf
from components.runtime.value import FORMAT


@dataclass(frozen=True)
class CodeRef(Canonical):
    """Code that a step takes as configuration, by import path ("pipeline_config.flights.labeling:FUNCTIONS").

    Its digest (of all code that it reaches) enters the key; it is read from the source, and imported only when the step runs.
    """

    target: str

    def load(self) -> object:
        """Import the module and return the named object."""
        module, _, name = self.target.partition(":")
        return getattr(importlib.import_module(module), name)

    def canonical(self) -> Plain:
        """Return the code digest, without importing the module."""
        return {"code": _code_of(self.target)}


@dataclass(frozen=True)
class Key:
    """A cache key and the parts that it was made of, in terms of JSON, for ``explain``."""

    parts: Mapping[str, object]
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        """Hash the parts."""
        object.__setattr__(self, "digest", hashlib.sha256(plain_json(self.parts)).hexdigest())

    @property
    def libraries(self) -> Mapping[str, str]:
        """The minor versions that it holds."""
        return self.parts["libraries"]  # type: ignore[return-value]


def make_key(component: "Component[..., object]", config: Mapping[str, object], inputs: Mapping[str, object], span: str = "") -> Key:
    """Return the key of one execution.

    ``inputs`` holds plain values: (span, kind, digest) of artifacts, reasons of absences, edges of a span, microseconds of an as-of.
    ``span`` is the one that the outputs belong to: where no input names it, equal inputs still make another artifact at each span.
    """
    plain = {name: _plain(value) for name, value in sorted(config.items())}
    return Key({**_fixed(component), "config": plain, "inputs": dict(inputs), "span": span})


def differing_parts(old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    """Name what differs between two keys' parts, in plain words; empty where nothing does.

    >>> differing_parts({"code": "a", "inputs": {"x": 1}}, {"code": "b", "inputs": {"x": 1}})
    ['code']
    """
    changed = []
    for name in sorted({*old, *new}):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        if name in {"config", "inputs", "libraries"} and isinstance(before, Mapping) and isinstance(after, Mapping):
            changed += [f"{name}: {inner}" for inner in sorted({*before, *after}) if before.get(inner) != after.get(inner)]
        else:
            changed.append(name)
    return changed


@functools.cache
def minor_version(distribution: str) -> str:
    """Return "major.minor" of an installed distribution."""
    try:
        return ".".join(version(distribution).split(".")[:2])
    except PackageNotFoundError as error:
        raise DefinitionError(f"the library '{distribution}' is not installed", fix="install it: `make up`") from error


@functools.cache
def _fixed(component: "Component[..., object]") -> Mapping[str, object]:
    """Return the parts of a key that only the checkout decides."""
    types = {i.type for i in component.inputs.values() if i.type} | {o.type for o in component.outputs.values()}
    return {
        "component": component.name,
        "code": code_digest(component.function),
        "format": FORMAT,
        "kinds": {t.kind: t.format_version for t in sorted(types, key=lambda t: t.kind)},
        "libraries": {name: minor_version(name) for name in component.libraries},
    }


def _plain(value: object) -> object:
    if isinstance(value, EachOf):
        return {"each": _plain(value.over) if isinstance(value.over, tuple) else [value.over.step, value.over.output]}
    return canonical(value)


@functools.cache
def _code_of(target: str) -> str:
    module, _, name = target.partition(":")
    return code_digest_of(module, name)
