"""Flights' delays in minutes: the sources of the flights pipeline, a number to predict, and no labeling functions."""

from pydantic import Field

from components.features.component import build_features, record_outcomes
from components.ingestion.component import ingest_examples
from components.ingestion.sources.csv import CsvSource
from components.recipes.graph import TrainingGraph
from components.recipes.sections import TrainedSections
from components.recipes.training import add_training
from components.runtime.graph import Pipeline, window
from components.runtime.keys import CodeRef
from components.statistics.component import generate_statistics
from components.validation.component import validate_examples
from pipeline_config.flights.pipeline import (
    ACROSS_ROWS,
    DATA,
    DEPARTURE,
    FLIGHT,
    FLIGHTS,
    HOURLY,
    NULLS,
    OUTCOME,
    SCHEDULE,
    SLICE_ONLY,
    WEATHER,
    ZONE,
)


class Config(TrainedSections):
    """``pipeline.yaml``."""

    start: str
    end: str
    record_spans: int = Field(7, ge=1)


def build(config: Config) -> Pipeline:
    """Return the delays pipeline: days of New York, a data graph a day, a training graph as of a date."""
    pipeline = Pipeline("delays", grain="day", zone=ZONE, start=config.start, end=config.end)
    schedule = CsvSource(location=FLIGHTS, columns=SCHEDULE, event_time=DEPARTURE, key=FLIGHT, null_tokens=NULLS)
    outcome = CsvSource(location=FLIGHTS, columns=OUTCOME, event_time=DEPARTURE, key=FLIGHT, null_tokens=NULLS)
    weather = CsvSource(location=f"{DATA}/weather.csv", columns=WEATHER, event_time=HOURLY, key=("origin", "time_hour"), null_tokens=NULLS)
    lag = config.outcome_lag

    flights = pipeline.add(ingest_examples, name="examples", group="ingest", deliveries=pipeline.source("flights", schedule))
    observed = pipeline.add(ingest_examples, name="weather", group="ingest", deliveries=pipeline.source("observations", weather))
    arrivals = pipeline.source("arrivals", outcome, known_after=str(lag))
    outcomes = pipeline.add(ingest_examples, name="outcomes", group="ingest", deliveries=arrivals)
    records = pipeline.add(record_outcomes, name="records", group="ingest", outcomes=outcomes, count=code("features:count_outcomes"))
    statistics = pipeline.add(generate_statistics, name="statistics", examples=flights)
    findings = pipeline.add(validate_examples, name="findings", examples=flights, statistics=statistics, schema=pipeline.schema())
    features = pipeline.add(
        build_features,
        name="features",
        examples=pipeline.accept(flights, findings),
        lookup=window(observed, "2 spans", on_absent="skip"),
        records=window(records, f"{config.record_spans} spans", back=lag.count + 2, on_absent="skip"),
        build=code("features:build_features"),
        known_by=code("features:earliest_prediction"),
        outcome_lag=lag,
        zone=ZONE,
        across_rows=ACROSS_ROWS,
    )
    add_training(TrainingGraph(pipeline, config, features, None, outcomes, outcome=code("features:delay"), excluded=SLICE_ONLY))
    return pipeline


def code(name: str) -> CodeRef:
    """Name a function or constant of this pipeline's own modules."""
    return CodeRef(f"pipeline_config.delays.{name}")
