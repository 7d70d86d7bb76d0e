# ruff: noqa: DTZ001 (times without a zone are given on purpose)
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum, StrEnum

import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.runtime.canonical import canonical, canonical_json
from components.runtime.errors import DefinitionError
from components.runtime.instants import Duration


class Colour(StrEnum):
    RED = "red"


class Shade(Enum):
    RED = "red"


@dataclass(frozen=True)
class Window:
    length: Duration
    bins: tuple[float, ...] = (0.5,)


class Settings(pydantic.BaseModel):
    window: Window | None = None
    colour: Colour = Colour.RED


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=10,
)


def test_a_model_becomes_its_class_and_fields_with_defaults_filled_in():
    assert canonical(Settings(window=Window(Duration(2, "day")))) == {
        "class": "Settings",
        "window": {"class": "Window", "length": {"class": "Duration", "count": 2, "unit": "day"}, "bins": [0.5]},
        "colour": {"class": "Colour", "value": "red"},
    }


def test_values_that_print_alike_differ():
    day = date(2013, 1, 5)
    alike = [1, 1.0, True, "1", None, "None", day, "2013-01-05", Shade.RED, Colour.RED, "red", [1], {1}, -0.0, 0.0, float("inf"), "inf"]
    assert len({canonical_json(value) for value in alike}) == len(alike)


@settings(max_examples=40)
@given(plain)
def test_the_order_of_keys_does_not_matter(value):
    reverse = dict(reversed(value.items())) if isinstance(value, dict) else value
    assert canonical_json(value) == canonical_json(reverse)


@settings(max_examples=40)
@given(st.sets(st.integers() | st.text(st.characters(exclude_categories=["Cs"]))))
def test_a_set_is_sorted(values):
    assert canonical_json(values) == canonical_json(frozenset(reversed(list(values))))


def test_json_is_compact_and_in_utf_8():
    assert canonical_json({"b": [1, 2], "a": "é"}) == '{"a":"é","b":[1,2]}'.encode()


def test_equal_instants_are_equal_in_any_zone():
    instant = datetime(2013, 1, 5, tzinfo=UTC)
    assert canonical(instant) == canonical(instant.astimezone()) == {"instant": 1357344000000000}
    assert canonical(timedelta(seconds=1)) == {"microseconds": 1000000}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": [float("nan")]}, r"configuration.a\[0\]: nan"),
        (datetime(2013, 1, 5), "without a time zone"),
        ({1: 2}, "keys must be texts"),
        ({Colour.RED: 2}, "keys must be texts"),
        ({"f": print}, "configuration.f: a configuration value has no canonical form"),
        (b"bytes", "got bytes"),
        (Settings, "no canonical form"),
        (object(), "got object"),
    ],
)
def test_what_has_no_plain_form_is_refused(value, message):
    with pytest.raises(DefinitionError, match=message):
        canonical(value)
