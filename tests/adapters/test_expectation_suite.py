import subprocess
import sys
from pathlib import Path

import pytest

from components.adapters.expectation_suite import known_expectations, read_suite
from components.runtime.errors import ConfigError

FLIGHTS = Path(__file__).parents[2] / "pipeline_config" / "flights" / "expectations.json"


def written(folder, text):
    path = folder / "expectations.json"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_flights_suite_reads_without_importing_great_expectations():
    script = f"""
import sys, pathlib
from components.adapters.expectation_suite import read_suite
from components.adapters.great_expectations import check_suite
assert len(read_suite(pathlib.Path({str(FLIGHTS)!r})).expectations) == 5
assert not {{"great_expectations", "pandas", "pyarrow", "polars"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", script], check=True, cwd=FLIGHTS.parents[2])


def test_every_problem_is_listed_with_its_line_and_the_nearest_word(tmp_path):
    text = """{
 "name": "x",
 "expectations": [
  {"type": "expect_column_values_to_be_betwen", "kwargs": {"column": "a"}},
  {"type": "expect_column_to_exist", "severity": "warn"},
  {"type": "expect_column_to_exist", "kwarg": {}}
 ]
}"""
    with pytest.raises(ConfigError) as error:
        read_suite(written(tmp_path, text))
    found = [(problem.line, problem.key) for problem in error.value.problems]
    assert found == [(4, "expectations[0].type"), (5, "expectations[1].severity"), (6, "expectations[2].kwarg")]
    for word in ("'expect_column_values_to_be_between'", "'warning'", "'kwargs'"):
        assert word in str(error.value)


def test_what_great_expectations_itself_writes_is_taken(tmp_path):
    text = """{
 "name": "x", "id": "11", "meta": {"great_expectations_version": "1.24.1"}, "notes": null,
 "expectations": [{"id": "1", "type": "expect_column_to_exist", "kwargs": {"column": "a"}, "meta": {}, "rendered_content": [{}]}]
}"""
    assert read_suite(written(tmp_path, text)).expectations[0].subject == "a"


@pytest.mark.parametrize(
    ("kwargs", "subject"),
    [
        ('{"column": "a"}', "a"),
        ('{"column_A": "a", "column_B": "b"}', "a, b"),
        ('{"column_list": ["a", "b"]}', "a, b"),
        ('{"min_value": 1}', "table"),
    ],
)
def test_an_expectation_is_about_its_columns_or_the_table(tmp_path, kwargs, subject):
    text = f'{{"name": "x", "expectations": [{{"type": "expect_column_to_exist", "kwargs": {kwargs}}}]}}'
    assert read_suite(written(tmp_path, text)).expectations[0].subject == subject


def test_expectations_are_known_by_name():
    assert "expect_column_values_to_be_between" in known_expectations()
