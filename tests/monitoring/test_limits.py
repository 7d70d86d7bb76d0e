"""Drift that the schema bounds."""

import pytest

from components.artifacts.schema import Schema
from components.monitoring.limits import check_drift_limits
from components.runtime.window import Absent, Window
from tests.spans_of_statistics import SPANS, statistics_of, usual

TIME = {"event_time": {"type": "timestamp"}}


def schema(measure: str, threshold: float | None) -> Schema:
    level = {"type": "float64", "drift": {"measure": measure, "threshold": threshold}}
    return Schema.model_validate({"columns": TIME | {"level": level, "code": {"type": "string"}}})


def moved(by: float):
    return statistics_of(usual(1) | {"level": usual(1)["level"] + by})


@pytest.mark.parametrize("measure", ["jensen_shannon", "kolmogorov_smirnov", "psi"])
def test_a_column_beyond_its_threshold_is_found(measure: str) -> None:
    before = Window(tuple(SPANS[:2]), (statistics_of(usual(0)), Absent("no-delivery")))
    assert [one.where for one in check_drift_limits(moved(6.0), before, schema(measure, 0.5)).findings] == ["level"]
    found = check_drift_limits(moved(0.0), before, schema(measure, 0.5))
    assert (found.findings, found.checked) == ((), 1)


def test_without_a_span_before_there_is_no_baseline() -> None:
    none = Window(tuple(SPANS[:1]), (Absent("no-delivery"),))
    assert check_drift_limits(moved(6.0), none, schema("psi", 0.5)).state == "no-baseline"


def test_a_column_that_cannot_be_compared_is_no_pass() -> None:
    before = Window(tuple(SPANS[:1]), (statistics_of(usual(0)),))
    found = check_drift_limits(statistics_of(usual(1) | {"level": [None] * len(usual(1)["level"])}), before, schema("psi", 0.5))
    assert [(one.code, one.severity, one.where) for one in found.findings] == [("rule-not-evaluated", "fail", "level")]
    assert found.checked == 0


@pytest.mark.parametrize(
    ("ratios", "code"), [({"min_ratio": 0.9}, None), ({"min_ratio": 1.1}, "rows-fell"), ({"max_ratio": 0.9}, "rows-rose")]
)
def test_the_number_of_rows_is_held_against_that_before(ratios: dict[str, float], code: str | None) -> None:
    before = Window(tuple(SPANS[:1]), (statistics_of(usual(0)),))
    bounded = Schema.model_validate({"columns": TIME, "rows": ratios})
    found = check_drift_limits(statistics_of(usual(1)), before, bounded)
    assert ([one.code for one in found.findings], found.checked) == ([code] if code else [], 1)
    assert check_drift_limits(statistics_of(usual(1)), Window((), ()), bounded).state == "no-baseline"


def test_a_schema_without_thresholds_has_nothing_to_check() -> None:
    found = check_drift_limits(moved(6.0), Window((), ()), schema("psi", None))
    assert (found.state, found.checked) == ("checked", 0)
