"""Suites from schemas and schemas from suites."""

from pathlib import Path

import pyarrow as pa
import pytest

from components.adapters.expectation_export import to_suite
from components.adapters.expectation_import import from_suite
from components.adapters.expectation_suite import Expectation, Suite, known_expectations, read_suite
from components.adapters.great_expectations import check_suite
from components.artifacts.schema import Schema
from components.artifacts.schema_text import differences
from components.runtime.errors import ConfigError
from tests.adapters.test_great_expectations import examples_of

FLIGHTS = Path(__file__).parents[2] / "pipeline_config" / "flights"
pytest.importorskip("great_expectations", reason="Great Expectations is not installed", exc_type=ImportError)
FULL = Schema.model_validate(
    {
        "columns": {
            "id": {"type": "string", "unique": True, "length": {"min": 3, "max": 3}, "domain": {"pattern": "[a-z]+"}},
            "day": {"type": "string", "presence": {"min_fraction": 0.9}, "domain": {"parses_as": "%Y-%m-%d"}},
            "code": {"type": "string", "domain": {"values": ["a", "b"], "max_unseen_share": 0.1}, "distinct": {"min": 2}},
            "port": {"type": "string", "domain": {"values": ["x"], "new_values": "fail"}},
            "dep": {"type": "int64", "domain": {"min": 0, "max": 2359}, "distribution": {"quantiles": {"p50": {"min": 900}, "p99": {"max": 2300}}}},
            "arr": {"type": "float64", "presence": {"required": False, "min_fraction": 0.0}, "distribution": {"mean": {"max": 5.0}}},
            "flag": {"type": "bool"},
        },
        "key": ("id", "day"),
        "rows": {"min": 5, "max": 50},
        "rules": {"order": {"holds": "dep > arr", "max_share": 0.01}, "same": {"holds": "arr >= dep", "severity": "warn"}},
        "event_time": {"inside_span": False},
    },
    strict=False,
)  # fmt: skip


@pytest.fixture(scope="module")
def flights():
    return examples_of(
        event_time=pa.array(range(700), pa.timestamp("us", tz="UTC")),
        time_hour=pa.array(range(700), pa.timestamp("us", tz="UTC")),
        **{name: pa.array([7] * 700) for name in ("month", "day", "hour", "minute", "sched_dep_time", "sched_arr_time")},
        year=pa.array([2013] * 700),
        carrier=pa.array(["AA"] * 700),
        flight=pa.array(range(1, 701)),
        tailnum=pa.array(["N1", None] + ["N2"] * 698),
        origin=pa.array(["JFK"] * 700),
        dest=pa.array(["ATL"] * 700),
        distance=pa.array([760] * 700),
    )


def test_a_schema_comes_back_from_its_suite():
    suite, left_out = to_suite(FULL, "full")
    assert left_out == []
    again, not_read = from_suite(suite)
    assert not_read == []
    assert differences(FULL, again) == []


def test_every_expectation_that_is_written_exists_and_reads_as_json(tmp_path):
    suite, _ = to_suite(FULL, "full")
    assert {one.type for one in suite.expectations} <= known_expectations()
    (tmp_path / "suite.json").write_text(suite.model_dump_json(exclude_defaults=True))
    assert from_suite(read_suite(tmp_path / "suite.json"))[0] == FULL


@pytest.mark.slow
def test_a_span_that_keeps_a_schema_keeps_its_suite(flights):
    suite, _ = to_suite(Schema.from_yaml(FLIGHTS / "schema.yaml"), "flights")
    findings = check_suite(flights, suite=suite)
    assert findings.findings == ()
    assert findings.checked == len(suite.expectations)


def test_what_a_suite_cannot_say_of_the_flights_is_named():
    flights = Schema.from_yaml(FLIGHTS / "schema.yaml")
    suite, left_out = to_suite(flights, "flights")
    again, _ = from_suite(suite)
    changed = {one.path.removeprefix("columns.").partition(".")[0] for one in differences(flights, again)}
    assert {line.split(":")[0] for line in left_out} == {"event_time", "time_hour", "hour", "tailnum", "distance"}
    assert changed == {"event_time", "time_hour", "hour", "tailnum", "distance"}


def test_the_users_suite_of_the_flights_becomes_a_schema():
    schema, left_out = from_suite(read_suite(FLIGHTS / "expectations.json"))
    assert list(schema.columns) == ["carrier", "tailnum", "distance"]
    assert schema.columns["carrier"].distinct.max == 16
    assert schema.columns["tailnum"].domain.pattern == "N[0-9A-Z]{1,5}"
    assert schema.columns["distance"].distribution.quantiles["p50"].min == 700
    assert left_out == [
        "expectations[0]: expect_column_distinct_values_to_equal_set origin",
        "expectations[2]: expect_compound_columns_to_be_unique tailnum, event_time",
    ]


def test_expectations_of_rows_in_part_are_left_out():
    partly = {"column": "x", "max_value": 3, "mostly": 0.9}
    bounded = {"column": "x", "max_value": 3, "row_condition": "y > 1"}
    listed = [
        Expectation(type="expect_column_values_to_be_between", kwargs=kwargs)
        for kwargs in (partly, bounded, {"column": "x", "max_value": 3})
    ]
    schema, left_out = from_suite(Suite(name="own", expectations=tuple(listed)))
    assert schema.columns["x"].domain.max == 3
    assert len(left_out) == 2


def test_bounds_that_contradict_each_other_are_refused():
    one = Expectation(type="expect_column_values_to_be_between", kwargs={"column": "x", "min_value": 3, "max_value": 1})
    with pytest.raises(ConfigError, match="min 3 lies above max 1"):
        from_suite(Suite(name="own", expectations=(one,)))
    with pytest.raises(ConfigError, match="at least 1 item"):
        from_suite(Suite(name="own", expectations=()))
