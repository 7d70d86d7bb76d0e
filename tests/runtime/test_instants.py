# ruff: noqa: DTZ001 (times without a zone are given on purpose)
from datetime import UTC, datetime, timedelta

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.runtime.errors import DefinitionError
from components.runtime.instants import Duration, from_micros, local_edge, parse_instant, shift, to_micros, zone_named

NEW_YORK = "America/New_York"
ZONES = [NEW_YORK, "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu", "UTC", "Pacific/Apia"]
instants = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@given(instants)
def test_microseconds_round_trip(instant):
    assert from_micros(to_micros(instant)) == instant


@given(st.integers(-(10**15), 10**15))
def test_instants_round_trip(micros):
    assert to_micros(from_micros(micros)) == micros


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(DefinitionError, match="without a time zone"):
        to_micros(datetime(2013, 1, 1))


def test_an_unknown_zone_names_the_nearest():
    with pytest.raises(DefinitionError, match="Nearest valid name: 'America/New_York'"):
        zone_named("America/New_Yrok")


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../UTC"])
def test_a_path_is_no_zone(name):
    with pytest.raises(DefinitionError, match="unknown time zone"):
        zone_named(name)


@pytest.mark.parametrize(
    ("text", "zone", "instant"),
    [
        ("2013-06-01", NEW_YORK, utc(2013, 6, 1, 4)),
        ("2018-11-04", "America/Sao_Paulo", utc(2018, 11, 4, 3)),
        ("2013-06-01T12:00", NEW_YORK, utc(2013, 6, 1, 16)),
        ("2013-06-01T12:00Z", NEW_YORK, utc(2013, 6, 1, 12)),
        ("2013-06-01 12:00:00.000001+02:00", NEW_YORK, utc(2013, 6, 1, 10, 0, 0, 1)),
    ],
)
def test_a_text_names_an_instant(text, zone, instant):
    assert parse_instant(text, zone) == instant
    assert parse_instant(text, zone).tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2013-11-03T01:30", "occurs twice in America/New_York. Write its UTC offset: 2013-11-03T01:30:00-05:00"),
        ("2013-03-10T02:30", "does not exist"),
        ("2013-02-30", "not a date"),
        ("yesterday", "not a date"),
        ("", "not a date"),
    ],
)
def test_an_unclear_text_is_refused(text, reason):
    with pytest.raises(DefinitionError, match=reason):
        parse_instant(text, NEW_YORK)


def test_a_gap_that_starts_before_midnight_begins_the_day_at_the_jump():
    toronto = zone_named("America/Toronto")
    assert local_edge(datetime(1919, 3, 31), toronto).astimezone(toronto).isoformat() == "1919-03-31T00:30:00-04:00"


@pytest.mark.parametrize("text", ["2 days", "24 hours", "1 week", "0 days", "90 minutes", "3 months"])
def test_a_duration_is_written_as_it_is_read(text):
    assert str(Duration.parse(text)) == text


@pytest.mark.parametrize("text", ["2 dys", "days", "-1 day", "1.5 days", "2 days 3 hours", "", "1 fortnight", 3, None])
def test_nonsense_is_no_duration(text):
    with pytest.raises(DefinitionError, match="not a duration"):
        Duration.parse(text)


def test_a_misspelt_unit_names_the_nearest():
    with pytest.raises(DefinitionError, match="Nearest valid name: 'days'"):
        Duration.parse("2 dyas")


def test_a_day_moves_the_local_clock_and_a_day_of_hours_does_not():
    before_the_change = utc(2013, 3, 9, 17)
    assert shift(before_the_change, Duration.parse("1 day"), NEW_YORK) == utc(2013, 3, 10, 16)
    assert shift(before_the_change, Duration.parse("24 hours"), NEW_YORK) == utc(2013, 3, 10, 17)
    assert shift(utc(2013, 3, 10, 16), Duration.parse("1 day"), NEW_YORK, -1) == before_the_change


@pytest.mark.parametrize(
    ("start", "months", "sign", "end"),
    [
        (utc(2013, 1, 31), 1, 1, utc(2013, 2, 28)),
        (utc(2013, 12, 31), 2, 1, utc(2014, 2, 28)),
        (utc(2013, 3, 31), 1, -1, utc(2013, 2, 28)),
        (utc(2013, 1, 15), 13, -1, utc(2011, 12, 15)),
    ],
)
def test_a_month_ends_where_the_shorter_month_ends(start, months, sign, end):
    assert shift(start, Duration(months, "month"), "UTC", sign) == end


@pytest.mark.parametrize("unit", ["hour", "day", "week", "month"])
@given(instant=instants, zone=st.sampled_from(ZONES))
def test_a_shift_by_zero_changes_nothing(unit, instant, zone):
    assert shift(instant, Duration(0, unit), zone) == instant


@given(instants, st.sampled_from(ZONES), st.integers(0, 400))
def test_a_shift_by_days_keeps_the_order_and_nearly_the_length(instant, zone, count):
    moved = shift(instant, Duration(count, "day"), zone)
    assert abs(moved - instant - timedelta(days=count)) <= timedelta(hours=25)
    assert shift(instant, Duration(count + 1, "day"), zone) >= moved


def test_a_configuration_field_reads_and_writes_a_duration_as_text():
    adapter = pydantic.TypeAdapter(Duration)
    assert adapter.validate_json('"2 days"') == Duration(2, "day")
    assert adapter.dump_python(Duration(2, "day")) == "2 days"
    with pytest.raises(pydantic.ValidationError, match="not a duration"):
        adapter.validate_python("soon")
