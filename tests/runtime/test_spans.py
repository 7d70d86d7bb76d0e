# ruff: noqa: DTZ001 (times without a zone are given on purpose)
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.runtime.errors import DefinitionError
from components.runtime.instants import MICROSECOND, to_micros
from components.runtime.spans import Calendar, Grain, Span

NEW_YORK = "America/New_York"
ZONES = [NEW_YORK, "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu", "UTC", "Pacific/Apia", "America/St_Johns"]
calendars = st.builds(Calendar, st.sampled_from(Grain), st.sampled_from(ZONES))
CHANGES = [
    datetime(2011, 12, 30, 10, tzinfo=UTC),  # Apia skips a day
    datetime(2013, 3, 10, 7, tzinfo=UTC),
    datetime(2013, 11, 3, 6, tzinfo=UTC),
    datetime(2013, 4, 6, 15, tzinfo=UTC),  # Lord Howe, half an hour
    datetime(2013, 10, 5, 15, 30, tzinfo=UTC),
    datetime(2018, 2, 18, 2, tzinfo=UTC),  # Sao Paulo, at midnight
    datetime(2018, 11, 4, 3, tzinfo=UTC),
    datetime(2010, 11, 7, 2, 31, tzinfo=UTC),  # St Johns, from 00:01 back to 23:01
    datetime(1985, 12, 31, 18, 30, tzinfo=UTC),  # Kathmandu, a quarter of an hour
]
instants = st.datetimes(datetime(1890, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)) | st.builds(
    lambda change, minutes: change + timedelta(minutes=minutes), st.sampled_from(CHANGES), st.integers(-3000, 3000)
)


@given(calendars, instants)
def test_the_span_at_an_instant_holds_it(calendar, instant):
    assert instant in calendar.span_at(instant)


@given(calendars, instants)
def test_a_key_maps_one_to_one(calendar, instant):
    span = calendar.span_at(instant)
    assert calendar.span(span.key) == span


@given(calendars, instants)
def test_spans_tile_time_without_gap_or_overlap(calendar, instant):
    spans = [*calendar.ending_by(instant, 5), calendar.span_at(instant)]
    spans += [calendar.next(spans[-1], n) for n in (1, 2, 3)]
    assert all(one.end == other.start for one, other in pairwise(spans))
    assert spans == sorted(spans)
    assert len({span.key for span in spans}) == len(spans)


@given(calendars, instants)
def test_every_instant_of_a_span_leads_to_it(calendar, instant):
    span = calendar.span_at(instant)
    assert calendar.span_at(span.start) == calendar.span_at(span.end - MICROSECOND) == span


@given(calendars, instants, st.integers(0, 9))
def test_walking_forward_and_back_returns(calendar, instant, n):
    span = calendar.span_at(instant)
    assert calendar.previous(calendar.next(span, n), n) == span
    assert calendar.between(span.key, calendar.next(span, n).key)[-1] == calendar.next(span, n)


@given(calendars, instants)
def test_the_spans_ending_by_an_instant_are_the_last_ones(calendar, instant):
    last = calendar.ending_by(instant, 3)[-1]
    assert last.end <= instant < calendar.next(last).end


@pytest.mark.parametrize(
    ("zone", "key", "hours"),
    [
        (NEW_YORK, "2013-03-10", 23),
        (NEW_YORK, "2013-11-03", 25),
        ("America/Sao_Paulo", "2018-11-04", 23),
        ("Asia/Beirut", "2013-03-31", 23),
    ],
)
def test_a_day_of_a_change_has_its_own_length(zone, key, hours):
    span = Calendar(Grain.DAY, zone).span(key)
    assert span.end - span.start == timedelta(hours=hours)


def test_a_midnight_that_does_not_exist_is_the_moment_of_the_jump():
    span = Calendar(Grain.DAY, "America/Sao_Paulo").span("2018-11-04")
    assert span.start.astimezone(ZoneInfo("America/Sao_Paulo")).isoformat() == "2018-11-04T01:00:00-02:00"


def test_a_day_that_the_clock_skips_has_no_span():
    days = Calendar(Grain.DAY, "Pacific/Apia")
    assert [span.key for span in days.between("2011-12-29", "2011-12-31")] == ["2011-12-29", "2011-12-31"]
    with pytest.raises(DefinitionError, match="no day of Pacific/Apia has this key"):
        days.span("2011-12-30")


def test_the_two_hours_of_a_repeated_hour_carry_their_offset():
    hours = Calendar(Grain.HOUR, NEW_YORK)
    keys = [span.key for span in hours.between("2013-11-03T00", "2013-11-03T02")]
    assert keys == ["2013-11-03T00", "2013-11-03T01-0400", "2013-11-03T01-0500", "2013-11-03T02"]


def test_half_an_hour_is_an_hour_of_its_own():
    hours = Calendar(Grain.HOUR, "Australia/Lord_Howe")
    halves = [hours.span("2013-04-07T01+1030"), hours.span("2013-10-06T02+1100")]
    assert [span.end - span.start for span in halves] == [timedelta(minutes=30)] * 2


def test_weeks_start_on_monday_and_follow_iso_8601():
    weeks = Calendar(Grain.WEEK, "UTC")
    assert weeks.span("2013-W01").start == datetime(2012, 12, 31, tzinfo=UTC)
    assert weeks.next(weeks.span("2015-W53")).key == "2016-W01"


def test_months_end_where_they_end():
    assert [span.end.day for span in Calendar(Grain.MONTH, "UTC").between("2012-01", "2012-03")] == [1, 1, 1]


@pytest.mark.parametrize(
    ("grain", "key"),
    [
        (Grain.DAY, "2013-1-5"),
        (Grain.DAY, "20130105"),
        (Grain.DAY, "2013-W01-6"),
        (Grain.DAY, "2013-02-30"),
        (Grain.DAY, ""),
        (Grain.WEEK, "2013-W1"),
        (Grain.WEEK, "2013-W53"),
        (Grain.WEEK, "2013-01"),
        (Grain.MONTH, "2013-13"),
        (Grain.MONTH, "2013-01-05"),
        (Grain.HOUR, "2013-01-05"),
        (Grain.HOUR, "2013-01-05T07-0500"),
        (Grain.HOUR, "2013-03-10T02"),
        (Grain.HOUR, "2013-11-03T01"),
        (Grain.HOUR, "2013-01-05T25"),
    ],
)
def test_a_key_that_is_not_canonical_is_refused(grain, key):
    with pytest.raises(DefinitionError, match=f"no {grain} of America/New_York has this key"):
        Calendar(grain, NEW_YORK).span(key)


def test_an_ambiguous_hour_names_the_full_key():
    with pytest.raises(DefinitionError, match="Nearest valid name: '2013-11-03T01-0400'"):
        Calendar(Grain.HOUR, NEW_YORK).span("2013-11-03T01")


def test_an_unknown_zone_is_refused_at_once():
    with pytest.raises(DefinitionError, match="unknown time zone"):
        Calendar(Grain.DAY, "Mars/Olympus")


def test_a_reversed_range_is_refused():
    with pytest.raises(DefinitionError, match="lies after"):
        Calendar(Grain.DAY, "UTC").between("2013-01-02", "2013-01-01")


def test_edges_partition_a_column():
    days = Calendar(Grain.DAY, NEW_YORK)
    spans = days.between("2013-03-09", "2013-03-11")
    edges = days.edges_micros(spans)
    assert edges == [*(to_micros(span.start) for span in spans), to_micros(spans[-1].end)]
    assert days.edges_micros([]) == []
    with pytest.raises(DefinitionError, match="not adjacent"):
        days.edges_micros(spans[::2])


@pytest.mark.parametrize(("start", "end"), [(1, 1), (2, 1)])
def test_a_span_has_a_length(start, end):
    with pytest.raises(DefinitionError, match="not a span"):
        Span("2013", datetime(2013, 1, start, tzinfo=UTC), datetime(2013, 1, end, tzinfo=UTC))


def test_a_span_stands_in_utc():
    with pytest.raises(DefinitionError, match="both in UTC"):
        Span("2013", datetime(2013, 1, 1), datetime(2013, 1, 2))


def test_ten_thousand_spans_leave_no_gap_across_every_clock_change():
    spans = Calendar(Grain.DAY, NEW_YORK).between("1995-01-01", "2022-05-18")
    assert len(spans) == 10_000
    assert all(earlier.end == later.start for earlier, later in pairwise(spans))
