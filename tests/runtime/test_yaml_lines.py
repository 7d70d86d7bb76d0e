import pytest

from components.runtime.errors import ConfigError
from components.runtime.yaml_lines import dotted, read_yaml


@pytest.fixture
def read(tmp_path):
    def document(text: str):
        (tmp_path / "p.yaml").write_text(text, encoding="utf-8")
        return read_yaml(tmp_path / "p.yaml")

    return document


def test_values_keep_their_lines_and_spelling(read):
    document = read("a: 1\nb:\n- x\n- {c: 'on', d: on}\n")
    assert document.values == {"a": 1, "b": ["x", {"c": "on", "d": True}]}
    assert document.lines == {(): 1, ("a",): 1, ("b",): 2, ("b", 0): 3, ("b", 1): 4, ("b", 1, "c"): 4, ("b", 1, "d"): 4}
    assert document.spelling == {("a",): "1", ("b", 0): "x", ("b", 1, "d"): "on"}


def test_dates_become_texts(read):
    assert read("a: 2013-01-05\nb: 2013-01-05 07:00:00\n").values == {"a": "2013-01-05", "b": "2013-01-05T07:00:00"}


def test_an_alias_keeps_the_line_of_its_key(read):
    assert read("a: &x\n  k: 1\nb: *x\n").lines["b",] == 3


def test_problems_are_raised_together_by_line(read):
    document = read("a: 1\n")
    document.problem("second", ("a", "b"), line=7)
    document.problem("first", ("a", "b"))
    with pytest.raises(ConfigError, match=r"1:a\.b: first") as caught:
        document.raise_problems()
    assert [problem.line for problem in caught.value.problems] == [1, 7]


@pytest.mark.parametrize(("location", "text"), [((), ""), (("a", 0, "b"), "a[0].b"), ((0,), "[0]")])
def test_a_location_is_dotted(location, text):
    assert dotted(location) == text
