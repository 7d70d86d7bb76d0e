"""Spans of which nothing is expected, and those beside them."""

import pytest

from components.runtime.holidays import is_holiday, near_holiday
from components.runtime.spans import Calendar, Grain

CHRISTMAS = ("2013-12-25",)


@pytest.mark.parametrize(
    ("key", "holiday", "near"),
    [("2013-12-23", False, False), ("2013-12-24", False, True), ("2013-12-25", True, True), ("2013-12-26", False, True)],
)
def test_the_days_beside_a_holiday_are_near_it(key: str, *, holiday: bool, near: bool) -> None:
    span = Calendar(Grain.DAY, "America/New_York").span(key)
    assert (is_holiday(span, CHRISTMAS), near_holiday(span, CHRISTMAS)) == (holiday, near)


def test_hours_go_by_their_local_date_and_weeks_and_months_by_their_key() -> None:
    zone = "Europe/Berlin"
    assert near_holiday(Calendar(Grain.HOUR, zone).span("2013-12-24T23"), CHRISTMAS)
    assert not near_holiday(Calendar(Grain.MONTH, zone).span("2013-12"), CHRISTMAS)
    assert near_holiday(Calendar(Grain.MONTH, zone).span("2013-12"), ("2013-12",))


def test_without_a_calendar_no_span_is_near_a_holiday() -> None:
    assert not near_holiday(Calendar(Grain.DAY, "UTC").span("2013-12-25"), ())
