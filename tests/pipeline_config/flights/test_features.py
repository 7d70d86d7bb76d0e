"""Features of flights: one known flight by hand, the clock changes, and nothing from later than the prediction time."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from components.features.records import recent_records
from pipeline_config.flights.features import (
    CATEGORICAL,
    NUMERIC,
    SLICE_ONLY,
    WEATHER,
    build_features,
    count_outcomes,
    earliest_prediction,
    late,
)

DEPARTURE = datetime(2013, 3, 11, 22, 30, tzinfo=UTC)


def flights(**columns: object) -> pl.DataFrame:
    """Return one flight of Monday 2013-03-11, 18:30 in New York, some of its columns replaced."""
    usual = {
        "row_id": b"0", "event_time": DEPARTURE, "year": 2013, "month": 3, "day": 11, "hour": 18, "minute": 30, "sched_arr_time": 15,
        "carrier": "B6", "flight": 7, "origin": "JFK", "dest": "BOS", "distance": 187,
    }  # fmt: skip
    return pl.DataFrame([usual | columns], schema_overrides={"event_time": pl.Datetime("us", "UTC")})


def weather(first: datetime, n_hours: int, origin: str = "JFK") -> pl.DataFrame:
    """Return hourly rows whose temperature counts the hours."""
    hours = [first + timedelta(hours=hour) for hour in range(n_hours)]
    rows = {"event_time": hours, "origin": origin} | dict.fromkeys(WEATHER, 1.0) | {"temp": [float(hour) for hour in range(n_hours)]}
    return pl.DataFrame(rows, schema_overrides={"event_time": pl.Datetime("us", "UTC"), "origin": pl.String})


NO_WEATHER = weather(DEPARTURE, 0)
NO_RECORDS = recent_records([], known_by=DEPARTURE)


def test_the_columns_are_identity_then_categories_then_numbers() -> None:
    frame = build_features(flights(), NO_WEATHER, NO_RECORDS)
    assert frame.columns == ["row_id", "event_time", *CATEGORICAL, *NUMERIC, *SLICE_ONLY]
    assert set(frame.select(NUMERIC).dtypes) == {pl.Float64}


def test_a_day_without_any_weather_has_nulls() -> None:
    frame = build_features(flights(), None, NO_RECORDS)
    assert frame.equals(build_features(flights(), NO_WEATHER, NO_RECORDS))
    assert set(frame.select(WEATHER).row(0)) == {None}


def test_the_schedule_columns_of_a_flight_over_midnight() -> None:
    row = build_features(flights(), NO_WEATHER, NO_RECORDS).row(0, named=True)
    assert (row["departure_minute"], row["weekday"], row["scheduled_minutes"]) == (1110, 1, 345)


def test_departures_count_the_day_by_origin_and_hour() -> None:
    day = pl.concat([flights(), flights(hour=18, minute=59), flights(hour=19), flights(origin="LGA")])
    frame = build_features(day, NO_WEATHER, NO_RECORDS)
    assert frame.select("departures_in_hour", "departures_in_day").rows() == [(2, 3), (2, 3), (1, 3), (1, 1)]


def test_the_weather_is_that_of_the_last_hour_that_was_over_a_day_before_departure() -> None:
    midday = DEPARTURE.replace(hour=12, minute=0) - timedelta(days=1)
    row = build_features(flights(), weather(midday, 40), NO_RECORDS).row(0, named=True)
    assert row["temp"] == 9.0  # asked at 22:30: the row stamped 21:00 was complete at 22:00, that of 22:00 was not


def test_weather_after_the_prediction_time_changes_nothing() -> None:
    midday = DEPARTURE.replace(hour=12, minute=0) - timedelta(days=1)
    assert build_features(flights(), weather(midday, 10), NO_RECORDS).equals(build_features(flights(), weather(midday, 40), NO_RECORDS))


@pytest.mark.parametrize(("hours_before", "expected"), [(30, 0.0), (31, None)])
def test_weather_older_than_the_tolerance_is_null(hours_before: int, expected: float | None) -> None:
    seen = weather(DEPARTURE.replace(minute=30) - timedelta(hours=hours_before + 1), 1)
    assert build_features(flights(), seen, NO_RECORDS)["temp"].item() == expected


def test_a_wind_that_cannot_be_is_null() -> None:
    seen = weather(DEPARTURE - timedelta(hours=26), 1).with_columns(wind_speed=1048.36)
    assert build_features(flights(), seen, NO_RECORDS).select("wind_speed", "humid").row(0) == (None, 1.0)


def test_records_come_from_the_days_known_by_the_earliest_prediction() -> None:
    start = datetime(2013, 3, 11, 4, tzinfo=UTC)
    cut = earliest_prediction(start)
    assert cut == datetime(2013, 3, 10, 4, tzinfo=UTC)
    delayed = pl.concat([flights().with_columns(arr_delay=30)] * 5 + [flights(carrier="UA").with_columns(arr_delay=0)] * 5)
    known = recent_records([(cut, count_outcomes(delayed))], known_by=cut)
    unknown = recent_records([(cut + timedelta(hours=1), count_outcomes(delayed))], known_by=cut)
    assert build_features(flights(), NO_WEATHER, known)["carrier_record"].item() == pytest.approx((5 + 20 * 0.5) / 25 - 0.5)
    assert build_features(flights(), NO_WEATHER, unknown)["carrier_record"].item() == 0.0


def test_late_is_fifteen_minutes_and_null_without_an_arrival() -> None:
    assert pl.DataFrame({"arr_delay": [14, 15, None]}).select(late()).to_series().to_list() == [False, True, None]
