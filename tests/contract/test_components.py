"""The battery that every registered component goes through."""

import contextlib
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator

import pytest

import components
from components.runtime.component import Component
from components.runtime.errors import PipelineError
from components.runtime.graph import EachOf
from components.runtime.value import Value
from components.runtime.window import Absent, Window
from components.store.blobs import digest_of
from tests.contract.cases import CASES, SPANS, TWISTS, Days
from tests.saving import loaded_again

UNIMPORTABLE = ("components.store.migrations", "components.adapters.airflow")
"""Modules that Alembic and Airflow run."""


def registered() -> dict[str, Component]:
    """Return every component of the package by name."""
    found = {}
    for module in pkgutil.walk_packages(components.__path__, "components."):
        if module.name.startswith(UNIMPORTABLE) or module.name.endswith("__main__"):
            continue
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Component) and value.__module__ == module.name:
                found[value.name] = value
    return found


COMPONENTS = registered()
PLAIN = Days(lambda frame: frame, ())
every_component = pytest.mark.parametrize("name", COMPONENTS)
with_inputs = pytest.mark.parametrize("name", [name for name in COMPONENTS if name in CASES])


def values_in(one: object) -> Iterator[Value]:
    """Yield the artifact values in an input or output."""
    if isinstance(one, Window):
        yield from (value for value in one.values if not isinstance(value, Absent))
    elif isinstance(one, list | tuple) and not isinstance(one, Value):
        for inner in one:
            yield from values_in(inner)
    elif isinstance(one, Value):
        yield one


def digests(values, folder) -> list[str]:
    found = []
    for i, value in enumerate(values):
        place = folder / f"{len(list(folder.iterdir()))}-{i}"
        place.mkdir()
        value.save(place)
        found.append(digest_of(place)[0])
    return found


def test_every_component_has_example_inputs():
    assert set(CASES) == set(COMPONENTS)


@every_component
def test_the_documentation_says_what_comes_back_and_names_parameters_that_exist(name):
    one = COMPONENTS[name]
    documentation = inspect.cleandoc(one.__doc__ or "")
    first, _, rest = documentation.partition("\n")
    assert re.match(r"[A-Z][a-z]+ .*\.$", first), first
    assert rest == "" or rest.startswith("\n")
    if section := re.search(r"Parameters\n-+\n(.*?)(\n\n\w+\n---|\Z)", documentation, re.DOTALL):
        named = [word.strip() for line in section[1].splitlines() if re.match(r"\w", line) for word in line.split(",")]
        signature = [*one.inputs, *one.configuration, *one.resources]
        assert [parameter for parameter in named if parameter not in signature] == []
        assert named == sorted(named, key=signature.index)


@every_component
def test_the_signature_tells_inputs_from_configuration(name):
    one = COMPONENTS[name]
    assert one.outputs
    for parameter in one.configuration.values():
        assert parameter.kind is parameter.KEYWORD_ONLY
        assert not isinstance(parameter.default, EachOf)
    assert [label for label in one.inputs if label.startswith("_")] == []


@with_inputs
def test_the_same_inputs_give_the_same_bytes_and_stay_as_they_were(name, tmp_path):
    one = COMPONENTS[name]
    given = CASES[name](PLAIN)
    before = digests([value for given_value in given.values() for value in values_in(given_value)], tmp_path)
    first = digests(values_in(tuple(one.named(one(**given)).values())), tmp_path)
    again = digests(values_in(tuple(one.named(one(**CASES[name](PLAIN))).values())), tmp_path)
    if one.repeats == "bytes":
        assert first == again
    assert digests([value for given_value in given.values() for value in values_in(given_value)], tmp_path) == before


@with_inputs
def test_outputs_are_of_the_declared_types_and_load_again(name, tmp_path):
    one = COMPONENTS[name]
    returned = one.named(one(**CASES[name](PLAIN)))
    assert set(returned) == set(one.outputs)
    for label, value in returned.items():
        for i, single in enumerate(values_in(value)):
            assert isinstance(single, one.outputs[label].type)
            (tmp_path / f"{label}{i}").mkdir()
            loaded_again(single, tmp_path / f"{label}{i}")


@with_inputs
@pytest.mark.parametrize("twist", TWISTS)
def test_a_span_of_odd_rows_is_dealt_with(name, twist, tmp_path):
    one = COMPONENTS[name]
    returned = one.named(one(**CASES[name](Days(TWISTS[twist], SPANS[-1:]))))
    for i, value in enumerate(values_in(tuple(returned.values()))):
        (tmp_path / str(i)).mkdir()
        loaded_again(value, tmp_path / str(i))


@with_inputs
@pytest.mark.parametrize("twist", TWISTS)
def test_nothing_but_odd_rows_is_dealt_with_or_refused_in_words(name, twist):
    one = COMPONENTS[name]
    with contextlib.suppress(PipelineError):
        assert one.named(one(**CASES[name](Days(TWISTS[twist], tuple(SPANS)))))
