"""The data of a page."""

import json
import math

import pytest

from components.reports.run_view import Estimate, RowFlow, RunView


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_an_estimate_without_a_finite_value_is_absent_and_has_no_interval(value: float | None) -> None:
    found = Estimate(value, 0.1, 0.2, 50)
    assert (found.value, found.low, found.high, found.n, found.absent) == (None, None, None, 50, "absent")


def test_an_absent_estimate_shows_no_value_even_if_one_is_given() -> None:
    assert Estimate(0.9, absent="too-few-rows").value is None


def test_half_an_interval_is_none() -> None:
    assert Estimate(0.5, 0.4, None).low is None


def test_rows_that_vanish_are_counted() -> None:
    assert RowFlow("2013-05-31", "flights", 10, 9, 1, 1, 0, 6).unaccounted == 1


def test_the_json_holds_the_same_values_and_is_the_same_each_time(made: dict[str, RunView]) -> None:
    for view in made.values():
        body = json.loads(view.to_json())
        assert body["run_id"] == view.run_id
        assert len(body["steps"]) == len(view.steps)
        assert view.to_json() == view.to_json()


def test_the_json_has_no_number_that_json_lacks(made: dict[str, RunView]) -> None:
    assert "NaN" not in made["hostile"].to_json()
