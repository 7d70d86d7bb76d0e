import inspect
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import pytest

from components.artifacts.examples import Examples
from components.artifacts.statistics import Statistics
from components.runtime.component import component
from components.runtime.errors import DefinitionError
from components.runtime.resources import INLINE, Engine
from components.runtime.spans import Span
from components.runtime.window import Each, Window
from tests.pipelines import Extremes, Limit, Total, double, find_extremes, gather

LIMIT = Limit()


def test_a_component_called_by_hand_just_runs():
    assert double(Total(3)) == Total(6)
    assert gather([Total(1), Total(2)]).value == 3


def test_a_component_keeps_the_name_and_documentation_of_its_function():
    assert double.__name__ == double.name == "double"
    assert double.__doc__ == "Return twice the number."
    assert double.__module__ == "tests.pipelines"


def test_inputs_resources_and_configuration_are_read_from_the_signature():
    @component
    def everything(
        one: Total,
        maybe: Total | None,
        many: Window[Examples],
        listed: Sequence[Total],
        span: Span,
        as_of: datetime,
        given: Total | None = None,
        *,
        config: Limit = LIMIT,
        times: int,
        engine: Engine = INLINE,
    ) -> Statistics: ...

    assert {name: one.shape for name, one in everything.inputs.items()} == {
        "one": "one", "maybe": "optional", "many": "window", "listed": "sequence", "span": "span", "as_of": "as_of", "given": "optional",
    }  # fmt: skip
    assert [name for name, one in everything.inputs.items() if not one.required] == ["given"]
    assert everything.inputs["many"].type is Examples
    assert list(everything.configuration) == ["config", "times"]
    assert everything.resources == {"engine"}
    assert {name: (output.type, output.each) for name, output in everything.outputs.items()} == {"statistics": (Statistics, False)}


def test_a_parameter_called_engine_that_is_no_engine_is_configuration():
    @component
    def driven(total: Total, *, engine: str = "steam") -> Total: ...

    assert list(driven.configuration) == ["engine"]
    assert not driven.resources


def test_several_outputs_are_called_by_their_fields():
    assert list(find_extremes.outputs) == ["low", "high"]
    assert find_extremes.named(Extremes(Total(1), Total(2))) == {"low": Total(1), "high": Total(2)}


def test_one_output_is_called_by_its_kind():
    assert double.named(Total(1)) == {"total": Total(1)}


def test_a_list_to_fan_out_over_is_declared_as_each():
    @component
    def several(total: Total) -> Each[Total]: ...

    assert several.outputs["total"].each
    assert several.named(Each([Total(1)])) == {"total": (Total(1),)}


def test_a_parameter_without_annotation_is_refused():
    @component
    def untyped(total) -> Total: ...

    with pytest.raises(DefinitionError, match="'total' has no annotation"):
        _ = untyped.inputs


@pytest.mark.parametrize("annotation", [int, list[Total], Total | Examples, "str | None"])
def test_an_input_that_is_no_value_type_is_refused(annotation):
    def odd(value) -> Total: ...

    odd.__annotations__["value"] = annotation
    with pytest.raises(DefinitionError, match=r"input 'value'.*keyword-only"):
        _ = component(odd).inputs


@pytest.mark.parametrize("parameter", ["name", "group"])
def test_a_parameter_that_a_step_has_itself_is_refused(parameter):
    def odd(total: Total, *, value: str) -> Total: ...

    odd.__signature__ = inspect.signature(odd)
    odd.__signature__ = odd.__signature__.replace(
        parameters=[one.replace(name=parameter) for one in [*odd.__signature__.parameters.values()][1:]]
    )
    odd.__annotations__[parameter] = str
    with pytest.raises(DefinitionError, match=f"cannot be called '{parameter}'"):
        _ = component(odd).inputs


def test_any_number_of_values_is_refused():
    @component
    def greedy(*totals: Total) -> Total: ...

    with pytest.raises(DefinitionError, match=r"'\*totals.*any number"):
        _ = greedy.inputs


@pytest.mark.parametrize("returned", [int, None, Sequence[Total], Each[int]])
def test_an_output_that_is_no_value_type_is_refused(returned):
    def odd(total: Total): ...

    odd.__annotations__["return"] = returned
    with pytest.raises(DefinitionError, match="output 'return'"):
        _ = component(odd).outputs


def test_the_field_of_several_outputs_that_is_no_value_is_named():
    class Mixed(NamedTuple):
        total: Total
        count: int

    @component
    def mixed(total: Total) -> Mixed: ...

    mixed.__wrapped__.__annotations__["return"] = Mixed
    with pytest.raises(DefinitionError, match="output 'count'"):
        _ = mixed.outputs


def test_libraries_and_how_it_repeats_are_declared():
    @component(repeats="numbers", libraries=("numpy",))
    def fitted(total: Total) -> Total: ...

    assert (fitted.repeats, fitted.libraries) == ("numbers", ("numpy",))
    assert (double.repeats, double.libraries) == ("bytes", ())
