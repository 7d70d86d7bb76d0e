from datetime import UTC, datetime

import pytest
from airflow.timetables.base import DataInterval, TimeRestriction

from components.adapters.airflow import timetable as module
from components.adapters.airflow.timetable import SpanTimetable
from components.runtime.spans import Calendar, Grain

DAYS = SpanTimetable("day", "America/New_York")
ENDING = SpanTimetable("day", "America/New_York", "2 days", "2014-01-03T05:00:00+00:00")


def instant(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def bounds(first, last=None, *, catchup=True):
    return TimeRestriction(first and instant(first), last and instant(last), catchup)


def starts(timetable, restriction, limit=20):
    """Return the first starts of the runs that a timetable gives, as Airflow asks for them."""
    found, last = [], None
    while len(found) < limit and (info := timetable.next_dagrun_info(last_automated_data_interval=last, restriction=restriction)):
        last = info.data_interval
        found.append(info.logical_date.strftime("%Y-%m-%dT%H"))
    return found


@pytest.fixture
def today(monkeypatch):
    """Return a function that sets the clock."""

    def set_clock(text):
        class Clock(datetime):
            @classmethod
            def now(cls, _zone=None):
                return instant(text)

        monkeypatch.setattr(module, "datetime", Clock)

    return set_clock


def test_the_interval_of_a_run_is_the_local_day_also_where_it_has_23_hours():
    last = DataInterval(instant("2013-03-09T05:00"), instant("2013-03-10T05:00"))
    info = DAYS.next_dagrun_info(last_automated_data_interval=last, restriction=bounds(None))
    assert info.data_interval == (instant("2013-03-10T05:00"), instant("2013-03-11T04:00"))
    assert info.run_after == instant("2013-03-11T04:00")


def test_a_backfill_takes_the_local_days_that_its_bounds_name():
    assert starts(DAYS, bounds("2013-03-09", "2013-03-11")) == ["2013-03-09T05", "2013-03-10T05", "2013-03-11T04"]
    assert starts(DAYS, bounds("2013-03-09T05:00", "2013-03-10T05:00")) == ["2013-03-09T05", "2013-03-10T05"]
    assert starts(DAYS, bounds("2013-03-09T05:01", "2013-03-10T04:59")) == []
    assert starts(SpanTimetable("day", "Asia/Tokyo"), bounds("2013-03-09", "2013-03-10")) == ["2013-03-08T15", "2013-03-09T15"]


def test_a_run_is_due_the_lag_after_its_span():
    info = ENDING.next_dagrun_info(last_automated_data_interval=None, restriction=bounds("2013-06-01"))
    assert info.run_after == instant("2013-06-04T04:00")


def test_the_schedule_ends_with_the_last_span():
    assert starts(ENDING, bounds("2013-12-30")) == ["2013-12-30T05", "2013-12-31T05"]


def test_a_schedule_that_has_ended_is_quiet_today(today):
    today("2026-11-20T12:00")
    assert starts(ENDING, bounds("2013-01-01T05:00", catchup=False)) == []
    assert starts(SpanTimetable("day", "UTC"), bounds(None, catchup=False), 2) == ["2026-11-19T00", "2026-11-20T00"]


def test_without_catchup_the_last_span_that_is_due_comes_first_and_none_twice(today):
    today("2013-06-10T12:00")
    assert starts(ENDING, bounds("2013-01-01T05:00", catchup=False), 2) == ["2013-06-07T04", "2013-06-08T04"]
    last = DataInterval(instant("2013-06-08T04:00"), instant("2013-06-09T04:00"))
    info = ENDING.next_dagrun_info(last_automated_data_interval=last, restriction=bounds("2013-01-01T05:00", catchup=False))
    assert info.logical_date == instant("2013-06-09T04:00")
    assert info.run_after > instant("2013-06-10T12:00")


def test_without_bounds_and_history_nothing_is_due():
    assert starts(DAYS, bounds(None)) == []


def test_a_manual_run_with_a_logical_date_gets_the_last_span_due_then():
    assert DAYS.infer_manual_data_interval(run_after=instant("2013-06-10T12:00")).start == instant("2013-06-09T04:00")
    assert ENDING.infer_manual_data_interval(run_after=instant("2026-11-20")).start == instant("2013-12-31T05:00")


@pytest.mark.parametrize("grain", list(Grain))
def test_every_grain_walks_its_calendar(grain):
    zone = "America/New_York"
    calendar = Calendar(grain, zone)
    span = calendar.next(calendar.span_at(instant("2013-11-02T12:30")))
    found = starts(SpanTimetable(str(grain), zone), bounds("2013-11-02T12:30"), 5)
    assert found == [calendar.next(span, i).start.strftime("%Y-%m-%dT%H") for i in range(5)]


def test_it_survives_being_stored():
    assert SpanTimetable.deserialize(ENDING.serialize()) == ENDING
    assert "until 2014-01-03" in ENDING.summary
    assert ENDING.description.startswith("One run for each day of America/New_York")
