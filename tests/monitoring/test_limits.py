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


def test_a_schema_without_thresholds_has_nothing_to_check() -> None:
    found = check_drift_limits(moved(6.0), Window((), ()), schema("psi", None))
    assert (found.state, found.checked) == ("checked", 0)
