"""The labeling functions of flights, each on rows where it speaks and where it does not."""

from datetime import UTC, datetime

import polars as pl
import pytest

from components.labeling.voting import vote_matrix
from pipeline_config.flights.features import CATEGORICAL, NUMERIC
from pipeline_config.flights.labeling import FUNCTIONS

LATE, ON_TIME, ABSTAINS = 1, 0, -1
NAMES = [function.name for function in FUNCTIONS]
SILENT = {"event_time": datetime(2013, 6, 4, 16, tzinfo=UTC)} | dict.fromkeys(NUMERIC, 0.0) | {"departure_minute": 720.0, "visib": 10.0}


def votes(**columns: object) -> dict[str, int]:
    """Return the votes by name of a row on which nobody votes, some of its columns replaced."""
    row = pl.DataFrame([SILENT | columns], schema_overrides={"event_time": pl.Datetime("us", "UTC")})
    return dict(zip(NAMES, vote_matrix(row, FUNCTIONS)[0].tolist(), strict=True))


@pytest.mark.parametrize(
    ("name", "columns", "vote"),
    [
        ("hour_of_day", {"departure_minute": 1020.0}, LATE),
        ("hour_of_day", {"departure_minute": 599.0}, ON_TIME),
        ("hour_record", {"hour_record": 0.08}, LATE),
        ("hour_record", {"hour_record": -0.08}, ON_TIME),
        ("carrier_record", {"carrier_record": 0.06}, LATE),
        ("route_record", {"route_record": -0.06}, ON_TIME),
        ("end_of_week", {"weekday": 5.0, "departure_minute": 900.0}, LATE),
        ("end_of_week", {"weekday": 6.0}, ON_TIME),
        ("holiday", {"event_time": datetime(2013, 7, 5, 3, tzinfo=UTC)}, ON_TIME),  # 23:00 of 4 July in New York
        ("long_haul", {"distance": 2000.0}, ON_TIME),
        ("muggy_air", {"dewp": 65.0}, LATE),
        ("rain_or_mist", {"precip": 0.01}, LATE),
        ("rain_or_mist", {"visib": 4.0}, LATE),
    ],
)
def test_one_reason_makes_one_function_vote(name: str, columns: dict[str, object], vote: int) -> None:
    assert votes(**columns) == dict.fromkeys(NAMES, ABSTAINS) | {name: vote}


def test_nobody_votes_without_a_reason() -> None:
    assert votes() == dict.fromkeys(NAMES, ABSTAINS)
    assert set(votes(**dict.fromkeys(NUMERIC))) == set(NAMES)
    assert set(votes(**dict.fromkeys(NUMERIC)).values()) == {ABSTAINS}


def test_functions_need_only_what_is_known_at_the_prediction() -> None:
    known = {"event_time", *CATEGORICAL, *NUMERIC}
    assert {column for function in FUNCTIONS for column in function.needs} <= known


def test_each_function_says_what_it_does() -> None:
    assert all(len(function.description) > 20 for function in FUNCTIONS)
