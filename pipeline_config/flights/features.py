"""What is known of a flight the day before it departs: schedule, weather at its origin, and recent records of late arrivals."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import polars as pl

from components.features.as_of_join import as_of_join
from components.features.records import Record, daily_records, with_records

LATE_MINUTES = 15
"""A flight that arrives this much behind schedule, or more, is late: the US DOT's definition (14 CFR 234.2)."""

HORIZON = timedelta(hours=24)
"""A prediction is made this long before the scheduled departure."""

OBSERVATION_PERIOD = timedelta(hours=1)
"""Weather rows are stamped with the start of their hour, but the report is mostly made at minute 51: known when the hour is over."""

TOLERANCE = timedelta(hours=6)
"""Oldest weather that is used: the longest gaps of 2013, on 26 October and 3 November, are six hours."""

WIND_LIMIT = 200.0
"""Wind in miles an hour above which a speed is a damaged report: EWR has one of 1,048 (2013-02-12)."""

WEATHER = ("temp", "dewp", "humid", "wind_speed", "precip", "pressure", "visib")
RECORDS = (
    Record("carrier_record", ("carrier",)),
    Record("route_record", ("origin", "dest")),
    Record("hour_record", ("origin", "hour")),
    Record("flight_record", ("carrier", "flight", "origin", "dest"), weight=10.0),
)

CATEGORICAL = ("carrier", "origin", "dest")
SCHEDULE = ("departure_minute", "weekday", "distance", "scheduled_minutes", "departures_in_hour", "departures_in_day")
NUMERIC = (*SCHEDULE, *WEATHER, *(record.name for record in RECORDS))
SLICE_ONLY = ("hour",)
"""Columns to break figures down by; the model has the departure minute."""


def late() -> pl.Expr:
    """Return whether a flight arrived late; null for cancelled and diverted flights, which have no arrival delay."""
    return pl.col("arr_delay") >= LATE_MINUTES


def count_outcomes(outcomes: pl.DataFrame) -> pl.DataFrame:
    """Return the counts of one day's outcomes that the records are made of, see `components.features.records`."""
    return daily_records(outcomes, late(), RECORDS)


def earliest_prediction(start: datetime) -> datetime:
    """Return the earliest prediction time of a span that begins at ``start``: what its rows may know of others' outcomes ends there."""
    return start - HORIZON


def build_features(flights: pl.DataFrame, weather: pl.DataFrame | None, records: pl.DataFrame) -> pl.DataFrame:
    """Return ``row_id`` and ``event_time`` of each flight, ``CATEGORICAL``, ``NUMERIC`` and ``SLICE_ONLY`` columns, in the flights' order.

    Parameters
    ----------
    flights
        All flights of one day; ``event_time`` is the scheduled departure (UTC), ``hour``, ``minute`` and the date are local.
    weather
        Hourly rows of the origins, at least of the two days before; ``event_time`` is the start of the hour (UTC). Null features where
        there is none within ``TOLERANCE`` of the prediction time, and without any.
    records
        Summed counts of days whose outcomes were known by `earliest_prediction`; without any, records are 0.

    """
    return describe(flights, weather, records, RECORDS)


def describe(flights: pl.DataFrame, weather: pl.DataFrame | None, counts: pl.DataFrame, records: Sequence[Record]) -> pl.DataFrame:
    """Return the feature rows of `build_features` with the columns of any ``records``, whose summed counts are given."""
    scheduled = flights.with_columns(_schedule()).with_columns((pl.col("event_time") - HORIZON).alias("prediction_time"))
    joined = as_of_join(scheduled, _observed(weather), at="prediction_time", known="known_at", by=["origin"], tolerance=TOLERANCE)
    numeric = (*SCHEDULE, *WEATHER, *(record.name for record in records))
    return with_records(joined, counts, records).select(
        "row_id",
        "event_time",
        *CATEGORICAL,
        *(pl.col(name).cast(pl.Float64) for name in numeric),
        *SLICE_ONLY,
    )


def _schedule() -> list[pl.Expr]:
    """Return the columns made from the timetable alone; ``scheduled_minutes`` is off by the zones between, the same for every route."""
    departure = pl.col("hour") * 60 + pl.col("minute")
    arrival = pl.col("sched_arr_time") // 100 * 60 + pl.col("sched_arr_time") % 100
    return [
        departure.alias("departure_minute"),
        pl.date("year", "month", "day").dt.weekday().alias("weekday"),
        ((arrival - departure) % (24 * 60)).alias("scheduled_minutes"),
        pl.len().over("origin", "hour").alias("departures_in_hour"),
        pl.len().over("origin").alias("departures_in_day"),
    ]


def _observed(weather: pl.DataFrame | None) -> pl.DataFrame:
    """Return the weather columns by origin and the instant from which each row was known."""
    if weather is None:
        instant = {"known_at": pl.Datetime("us", "UTC")}
        return pl.DataFrame(schema={"origin": pl.String} | instant | dict.fromkeys(WEATHER, pl.Float64))
    believable = pl.when(pl.col("wind_speed") < WIND_LIMIT).then(pl.col("wind_speed")).alias("wind_speed")
    known_at = (pl.col("event_time") + OBSERVATION_PERIOD).alias("known_at")
    return weather.with_columns(believable).select("origin", known_at, *WEATHER)
