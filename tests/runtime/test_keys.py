import importlib.util
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.runtime import keys
from components.runtime.errors import DefinitionError
from components.runtime.feeds import Ref, each
from components.runtime.keys import CodeRef, Key, differing_parts, make_key, minor_version
from tests.pipelines import Limit, add_up, check_amounts, double

INPUT = {"total": ["2013-01-01", "total", "ab" * 32]}

MODULE = '''
"""A module."""
from components.runtime.component import component
from tests.pipelines import Total

BASE = 1

def shifted(value: int) -> int:
    return value + BASE

def elsewhere(value: int) -> int:
    return value - 1

@component(libraries=("numpy",))
def shift(total: Total, *, times: int = 1) -> Total:
    """Return the number, moved."""
    return Total(shifted(total.value) * times)
'''


@pytest.fixture
def key_of(tmp_path):
    """Return the key of the component `shift` in a module of the given text."""

    def key(text=MODULE, config=None, inputs=INPUT, span=""):
        name = f"written_{abs(hash((text, str(tmp_path))))}"
        path = tmp_path / name / "steps.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        spec = importlib.util.spec_from_file_location("steps", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return make_key(module.shift, config or {"times": 1}, inputs, span).digest

    return key


@pytest.mark.parametrize(
    "edit",
    [
        ("BASE = 1", "BASE = 2"),
        ("value + BASE", "value + BASE + 0"),
        ("* times", "+ times"),
    ],
)
def test_changed_code_changes_the_key(key_of, edit):
    assert key_of(MODULE.replace(*edit)) != key_of()


@pytest.mark.parametrize(
    "edit",
    [
        ('"""Return the number, moved."""', '"""Say something else."""'),
        ("BASE = 1", "BASE = 1  # one"),
        ("value: int", "value: float"),
        ("value - 1", "value - 2"),  # a function that the step does not reach
        ("\n\n", "\n\n\n\n"),
    ],
)
def test_what_does_not_change_the_answer_does_not_change_the_key(key_of, edit):
    assert key_of(MODULE.replace(*edit)) == key_of()


def test_the_folder_does_not_enter_the_key(key_of, tmp_path):
    before = key_of()
    (tmp_path / "elsewhere").mkdir()
    assert key_of(MODULE + "\n") == before


def test_configuration_changes_the_key(key_of):
    assert key_of(config={"times": 2}) != key_of()
    assert make_key(check_amounts, {"config": Limit(1)}, {}) != make_key(check_amounts, {"config": Limit(2)}, {})


def test_the_order_of_configuration_does_not_enter_the_key():
    assert make_key(double, {"a": 1, "b": 2}, INPUT).digest == make_key(double, {"b": 2, "a": 1}, INPUT).digest


@pytest.mark.parametrize("changed", [["2013-01-02", "total", "ab" * 32], ["2013-01-01", "total", "cd" * 32], ["absent", "empty"]])
def test_a_changed_input_changes_the_key(key_of, changed):
    assert key_of(inputs={"total": changed}) != key_of()


def test_the_span_of_the_outputs_changes_the_key(key_of):
    assert key_of(span="2013-01-01") != key_of(span="2013-01-02")


def test_a_librarys_minor_version_changes_the_key_and_its_patch_does_not(key_of, monkeypatch):
    def at(version):
        keys.minor_version.cache_clear()
        monkeypatch.setattr(keys, "version", {"numpy": version}.get)
        return key_of()

    try:
        assert at("2.4.6") == at("2.4.7")
        assert at("2.4.6") != at("2.5.0")
    finally:
        keys.minor_version.cache_clear()


def test_a_library_that_is_not_declared_does_not_enter_the_key():
    assert make_key(double, {}, INPUT).libraries == {}


def test_a_library_that_is_not_installed_is_named():
    with pytest.raises(DefinitionError, match="'no-such-library' is not installed"):
        minor_version("no-such-library")


def test_format_and_format_versions_enter_the_key(monkeypatch):
    parts = make_key(double, {}, INPUT).parts
    assert (parts["format"], parts["kinds"]) == (keys.FORMAT, {"total": 1})


def test_two_components_of_equal_inputs_have_two_keys():
    assert make_key(double, {}, INPUT) != make_key(add_up, {}, INPUT)


def test_a_fan_out_enters_the_key_with_all_that_it_is_over():
    assert make_key(add_up, {"times": each([1, 2])}, {}) != make_key(add_up, {"times": each([1, 3])}, {})
    lists = [Ref(name, "total", "total", each=True) for name in ("one", "other")]
    assert make_key(double, {"total": each(lists[0])}, {}) != make_key(double, {"total": each(lists[1])}, {})


@dataclass(frozen=True)
class Voting:
    functions: tuple[CodeRef, ...]


def test_code_named_in_configuration_enters_by_its_digest_wherever_it_stands(monkeypatch):
    ref = CodeRef("components.measures.intervals:wilson")
    nested = make_key(double, {"config": Voting((ref,))}, {})
    monkeypatch.setattr(keys, "_code_of", lambda target: "other")
    assert nested != make_key(double, {"config": Voting((ref,))}, {})


def test_code_is_read_and_imported_only_when_it_is_loaded(monkeypatch):
    ref = CodeRef("tests.pipelines:Limit")
    assert ref.load() is Limit
    monkeypatch.setattr(keys.importlib, "import_module", pytest.fail)
    assert len(CodeRef("components.measures.distances:N_CELLS").canonical()["code"]) == 64


def test_what_differs_is_named_part_by_part():
    old = make_key(double, {"a": 1, "b": 1}, INPUT).parts
    new = make_key(double, {"a": 2, "b": 1}, {"total": ["2013-01-01", "total", "00"]}).parts
    assert differing_parts(old, new) == ["config: a", "inputs: total"]
    assert differing_parts(old, old) == []
    assert differing_parts({}, {"code": "a", "libraries": {"numpy": "2.4"}}) == ["code", "libraries"]


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3), max_leaves=6
)


@given(st.dictionaries(st.text(max_size=4), plain, max_size=3), st.dictionaries(st.text(max_size=4), plain, max_size=3))
def test_keys_are_equal_exactly_where_their_parts_are(one, other):
    def exact(value):
        return [type(value).__name__, [exact(v) for v in value] if isinstance(value, list) else value]

    same = {name: exact(value) for name, value in one.items()} == {name: exact(value) for name, value in other.items()}
    assert (Key(one).digest == Key(other).digest) == same
