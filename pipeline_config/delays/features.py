"""What is known of a flight the day before: as for `flights`, with the mean delays of the last days in place of shares of late flights."""

import polars as pl

from components.features.records import Record, daily_records
from pipeline_config.flights import features as flights

LONGEST = 180
"""Minutes at which a delay is cut: a flight of the next day is not seven times as late as one of three hours, for whoever waits."""

RECORDS = (
    Record("carrier_delay", ("carrier",), weight=50.0),
    Record("route_delay", ("origin", "dest"), weight=50.0),
    Record("hour_delay", ("origin", "hour"), weight=50.0),
)
earliest_prediction = flights.earliest_prediction


def delay() -> pl.Expr:
    """Return the minutes by which a flight arrived late, at most `LONGEST`; null for cancelled and diverted flights."""
    return pl.col("arr_delay").clip(upper_bound=LONGEST)


def count_outcomes(outcomes: pl.DataFrame) -> pl.DataFrame:
    """Return the sums of one day's delays by record and key, see `components.features.records`."""
    return daily_records(outcomes, delay(), RECORDS)


def build_features(rows: pl.DataFrame, weather: pl.DataFrame | None, records: pl.DataFrame) -> pl.DataFrame:
    """Return the feature rows, see `pipeline_config.flights.features.build_features`."""
    return flights.describe(rows, weather, records, RECORDS)
