"""Rules that say late (1) or on time (0) of flights whose arrival is not known yet; a null abstains."""

from datetime import date

import polars as pl

from components.labeling.functions import labeling_function

ON_TIME, LATE = 0, 1
ZONE = "America/New_York"

HOLIDAYS = (
    date(2013, 1, 1),
    date(2013, 1, 21),
    date(2013, 2, 18),
    date(2013, 5, 27),
    date(2013, 7, 4),
    date(2013, 9, 2),
    date(2013, 10, 14),
    date(2013, 11, 11),
    date(2013, 11, 28),
    date(2013, 12, 25),
)
"""Federal holidays of 2013 (5 U.S.C. 6103)."""

AFTERNOON, EVENING, MORNING_ENDS = 14 * 60, 17 * 60, 10 * 60
THURSDAY, FRIDAY, SATURDAY = 4, 5, 6


@labeling_function
def hour_of_day() -> pl.Expr:
    """Judge by the hour: delays add up over the day, so evening departures are late and morning ones on time."""
    departure = pl.col("departure_minute")
    return pl.when(departure >= EVENING).then(LATE).when(departure < MORNING_ENDS).then(ON_TIME)


@labeling_function
def hour_record() -> pl.Expr:
    """Judge by how often departures of this hour at this airport were late recently, compared with all."""
    return _far_from_others("hour_record", 0.08)


@labeling_function
def carrier_record() -> pl.Expr:
    """Judge by how often the carrier was late recently, compared with all."""
    return _far_from_others("carrier_record", 0.05)


@labeling_function
def route_record() -> pl.Expr:
    """Judge by how often flights of this route were late recently, compared with all."""
    return _far_from_others("route_record", 0.05)


@labeling_function
def end_of_week() -> pl.Expr:
    """Judge by the weekday: Thursday and Friday afternoons are crowded, Saturdays are not."""
    crowded = pl.col("weekday").is_between(THURSDAY, FRIDAY) & (pl.col("departure_minute") >= AFTERNOON)
    return pl.when(crowded).then(LATE).when(pl.col("weekday") == SATURDAY).then(ON_TIME)


@labeling_function
def holiday() -> pl.Expr:
    """Expect the few flights of a federal holiday on time."""
    day = pl.col("event_time").dt.convert_time_zone(ZONE).dt.date()
    return pl.when(day.is_in(HOLIDAYS)).then(ON_TIME)


@labeling_function
def long_haul() -> pl.Expr:
    """Expect flights of 2,000 miles and more on time: they make up for a late start."""
    return pl.when(pl.col("distance") >= 2000).then(ON_TIME)  # noqa: PLR2004


@labeling_function
def muggy_air() -> pl.Expr:
    """Expect thunderstorms after a dew point of 65 °F or more the day before (National Weather Service: muggy above 65)."""
    return pl.when(pl.col("dewp") >= 65).then(LATE)  # noqa: PLR2004


@labeling_function
def rain_or_mist() -> pl.Expr:
    """Expect bad weather to last: rain at the origin the day before, or less than five miles to see (marginal VFR of the FAA)."""
    return pl.when((pl.col("precip") > 0) | (pl.col("visib") < 5)).then(LATE)  # noqa: PLR2004


FUNCTIONS = (hour_of_day, hour_record, carrier_record, route_record, end_of_week, holiday, long_haul, muggy_air, rain_or_mist)


def _far_from_others(record: str, margin: float) -> pl.Expr:
    """Return late for a record at least ``margin`` above the share of all flights, on time for as much below."""
    return pl.when(pl.col(record) >= margin).then(LATE).when(pl.col(record) <= -margin).then(ON_TIME)
