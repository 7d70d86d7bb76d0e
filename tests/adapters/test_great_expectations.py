import socket
from pathlib import Path

import pyarrow as pa
import pytest

from components.adapters.expectation_suite import Suite, read_suite
from components.adapters.great_expectations import SuiteConfig, check_suite
from components.artifacts.examples import Examples
from components.artifacts.tiles import TILE_ROWS
from components.runtime.code_digest import code_digest_of
from components.runtime.errors import ConfigError
from components.runtime.keys import CodeRef

FLIGHTS = Path(__file__).parents[2] / "pipeline_config" / "flights" / "expectations.json"
pytestmark = pytest.mark.slow
pytest.importorskip("great_expectations", reason="Great Expectations is not installed", exc_type=ImportError)


def suite_of(*expectations):
    return Suite.model_validate({"name": "own", "expectations": expectations}, strict=False)


def expectation(kind, severity="critical", description=None, **kwargs):
    return {"type": f"expect_{kind}", "kwargs": kwargs, "severity": severity, "description": description}


def examples_of(**columns):
    n_rows = len(next(iter(columns.values())))
    ids = pa.array([row.to_bytes(16, "big") for row in range(n_rows)], pa.binary(16))
    times = pa.array(range(n_rows), pa.timestamp("us", tz="UTC"))
    return Examples.from_arrow(pa.table({"row_id": ids, "event_time": times} | columns))


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    def refuse(_, address):
        raise AssertionError(f"a connection to {address}")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_a_missed_expectation_is_counted_and_shows_its_values(capfd):
    suite = suite_of(
        expectation("column_values_to_be_between", "warning", "small", column="x", max_value=3), expectation("column_to_exist", column="x")
    )
    findings = check_suite(examples_of(x=[1, 2, *range(10, 20)], name=list("abcdefghijkl")), suite=suite, config=SuiteConfig(key=("name",)))
    (finding,) = findings.findings
    assert (finding.code, finding.severity, finding.where, finding.message) == ("expectation-failed", "warn", "x", "small")
    assert (finding.count, finding.examples) == (10, ("name=c x=10", "name=d x=11", "name=e x=12", "name=f x=13", "name=g x=14"))
    assert finding.got == "10 of 12 rows unexpected"
    assert findings.checked == 2
    assert capfd.readouterr().err == ""


def test_an_expectation_of_a_whole_column_shows_what_was_observed():
    findings = check_suite(examples_of(x=[1, 2, 30]), suite=suite_of(expectation("column_median_to_be_between", column="x", max_value=1)))
    (finding,) = findings.findings
    assert (finding.severity, finding.got, finding.count) == ("fail", "2.0", None)


def test_several_columns_show_together():
    suite = suite_of(expectation("compound_columns_to_be_unique", column_list=["x", "y"]))
    (finding,) = check_suite(examples_of(x=["a", "a", "b"], y=[1, 1, 1]), suite=suite).findings
    assert (finding.where, finding.count, finding.examples) == ("x, y", 2, tuple(f"row_id={0:031}{row} x=a y=1" for row in (0, 1)))


def test_what_cannot_be_evaluated_is_no_pass():
    suite = suite_of(
        expectation("column_values_to_not_be_null", "info", column="gone"),
        expectation("column_mean_to_be_between", column="x", max_value=1),
        expectation("column_values_to_not_be_null", column="x"),
    )
    findings = check_suite(examples_of(x=["a", "b"]), suite=suite)
    assert [(finding.code, finding.severity, finding.where) for finding in findings.findings] == [
        ("expectation-not-evaluated", "fail", "gone"),
        ("expectation-not-evaluated", "fail", "x"),
    ]
    assert "gone" in findings.findings[0].got
    assert findings.checked == 1


def test_one_span_after_another_is_judged_by_its_own_rows():
    suite = suite_of(expectation("column_max_to_be_between", column="x", max_value=3))
    verdicts = [check_suite(examples_of(x=[value]), suite=suite).failed for value in (1, 5, 2, 9)]
    assert verdicts == [False, True, False, True]


def test_a_span_too_large_or_empty_is_no_pass():
    suite = suite_of(expectation("column_max_to_be_between", column="x", max_value=9))
    large = check_suite(examples_of(x=[1, 2, 3]), suite=suite, config=SuiteConfig(max_rows=2))
    assert [(finding.code, finding.severity) for finding in large.findings] == [("suite-too-large", "fail")]
    assert (large.state, large.checked) == ("too-large", 0)
    empty = check_suite(examples_of(x=pa.array([], pa.int64())), suite=suite)
    assert (empty.findings, empty.state, empty.checked) == ((), "empty", 0)


def test_a_large_span_is_judged_row_by_row_in_batches_and_never_as_a_whole():
    n_rows = TILE_ROWS + 100
    suite = suite_of(
        expectation("column_values_to_be_between", "warning", column="x", max_value=n_rows - 4),
        expectation("column_values_to_be_between", column="x", max_value=n_rows - 60, mostly=0.999),
        expectation("column_values_to_not_be_null", column="y", mostly=0.5),
        expectation("column_values_to_be_unique", column="x"),
        expectation("column_to_exist", column="gone"),
    )
    halves = pa.array([1] * TILE_ROWS + [None] * 100)
    findings = check_suite(examples_of(x=pa.array(range(n_rows)), y=halves), suite=suite, config=SuiteConfig(max_rows=10, key=("x",)))
    assert [(one.code, one.where, one.count) for one in findings.findings] == [
        ("expectation-failed", "gone", None),
        ("suite-too-large", "table", n_rows),
        ("expectation-failed", "x", 3),
    ]
    assert findings.findings[1].message.startswith("1 of 5 expectations")
    assert "expect_column_values_to_be_unique" in findings.findings[1].expected
    assert findings.findings[2].examples == tuple(f"x={n_rows - back}" for back in (3, 2, 1))
    assert (findings.state, findings.checked) == ("too-large", 4)


def test_a_suite_may_be_code():
    code = CodeRef("tests.adapters.own_suite:suite")
    assert len(code_digest_of("tests.adapters.own_suite", "suite", packages={"tests"})) == 64
    findings = check_suite(examples_of(x=[1, 3, 30]), suite=code)
    assert [(one.severity, one.message, one.got) for one in findings.findings] == [
        ("warn", "the middle is even", "3.0"),
        ("info", "x is small", "1 of 3 rows unexpected"),
    ]


def test_code_that_makes_no_suite_and_a_key_that_is_not_there_are_refused():
    with pytest.raises(ConfigError, match=r"Expected great_expectations\.ExpectationSuite, got int"):
        check_suite(examples_of(x=[1]), suite=CodeRef("tests.adapters.own_suite:NONE"))
    with pytest.raises(ConfigError, match="Nearest valid name: 'flight'"):
        check_suite(examples_of(flight=[1]), suite=suite_of(), config=SuiteConfig(key=("fligth",)))


def test_an_argument_that_the_expectation_does_not_take_is_refused_with_the_nearest_one():
    suite = suite_of(expectation("column_to_exist", column="x"), expectation("column_values_to_match_regex", column="x", regx="a"))
    with pytest.raises(ConfigError, match=r"expectations\[1\]\.kwargs\.regx.*'regex'"):
        check_suite(examples_of(x=["a"]), suite=suite)


def test_an_expectation_of_which_only_the_file_is_installed_is_refused():
    suite = suite_of(expectation("multicolumn_values_to_be_unique", column_list=["x"]))
    with pytest.raises(ConfigError, match="unknown expectation"):
        check_suite(examples_of(x=["a"]), suite=suite)


def test_the_same_span_gives_the_same_bytes_and_nothing_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    suite, examples = read_suite(FLIGHTS), flights()
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        check_suite(examples, suite=suite).save(tmp_path / name)
    assert (tmp_path / "one" / "findings.json").read_bytes() == (tmp_path / "other" / "findings.json").read_bytes()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["one", "other"]


def test_the_flights_suite_passes_a_good_day_and_misses_an_airport():
    suite = read_suite(FLIGHTS)
    assert check_suite(flights(), suite=suite).findings == ()
    (finding,) = check_suite(flights(origins=("EWR", "JFK")), suite=suite).findings
    assert (finding.code, finding.severity, finding.where) == ("expectation-failed", "fail", "origin")
    assert "LGA" in finding.got


def flights(origins=("EWR", "JFK", "LGA")):
    carriers = [f"{letter}{digit}" for letter in "ABC" for digit in range(5)]
    return examples_of(
        origin=pa.array([origins[row % len(origins)] for row in range(60)]),
        carrier=pa.array([carriers[row % 15] for row in range(60)]),
        tailnum=pa.array([f"N{row}AA" for row in range(60)]),
        distance=pa.array([800 + row for row in range(60)]),
    )
