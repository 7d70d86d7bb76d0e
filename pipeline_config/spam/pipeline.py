"""Which mail is spam: a made-up world, any day of it, today included; the daily data graph and the training graph."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from components.artifacts.choice import Candidate
from components.evaluation.component import EvaluationConfig, evaluate_model
from components.evaluation.gate import Floor, GateConfig, gate_model
from components.features.component import build_features, record_outcomes
from components.ingestion.component import ingest_examples
from components.ingestion.sources.generated import GeneratedSource
from components.ingestion.sources.source import ColumnType, EventTime
from components.labeling.analysis_component import AnalysisConfig, analyze_functions
from components.labeling.component import VotingConfig, apply_labeling_functions, resolve_labels, score_labels
from components.labeling.tables import look_back, look_beside
from components.labeling.voting import OnFault
from components.runtime.config import Configuration
from components.runtime.graph import AsOf, Pipeline, Ref, WindowRef, each, window
from components.runtime.instants import Duration
from components.runtime.keys import CodeRef
from components.splitting.component import SplitConfig, split_by_time
from components.statistics.component import generate_statistics
from components.training.component import TrainingConfig, choose_candidate, fit_model, try_candidate
from components.validation.component import validate_examples

MAIL: Mapping[str, ColumnType] = {
    "message_id": "string", "sender_domain": "string", "subject": "string", "body": "string", "n_links": "integer",
    "n_recipients": "integer", "size_kb": "float", "attachment": "string", "is_reply": "boolean", "filter_verdict": "string",
}  # fmt: skip
REPORTS: Mapping[str, ColumnType] = {"message_id": "string", "sender_domain": "string", "is_spam": "boolean"}
RATINGS: Mapping[str, ColumnType] = {"message_id": "string", "worker": "string", "label": "integer"}
BLACKLIST: Mapping[str, ColumnType] = {"domain": "string", "reason": "string"}
CORPUS: Mapping[str, ColumnType] = {
    "message_id": "string", "subject": "string", "body": "string", "n_links": "integer", "n_recipients": "integer", "size_kb": "float",
    "label": "integer",
}  # fmt: skip
RECORD_SPANS = 28
BLACKLIST_SPANS, CORPUS_SPANS = 3, 31
"""How far back the newest version of a table is looked for: one comes each day, the other each month."""
NOT_FOR_MODELS = ("message_id", "sender_domain", "subject", "body")
"""Feature columns that only labeling functions read."""


class TrainingSection(Configuration):
    """The training window and its parts, and the candidates."""

    window: str = "42 spans"
    validation_spans: int = Field(7, ge=0)
    test_spans: int = Field(7, ge=1)
    gap_spans: int = Field(1, ge=0)
    voted_weight: float = Field(1.0, ge=0)
    metric: Literal["log_loss", "roc_auc", "brier"] = "log_loss"
    candidates: tuple[Candidate, ...] = Field(min_length=1)


class GateSection(Configuration):
    """Floors, and how much worse than the champion a model may be."""

    floors: tuple[Floor, ...] = ()
    metric: Literal["log_loss", "roc_auc", "brier"] = "roc_auc"
    margin: float = Field(0.02, ge=0)


class Config(Configuration):
    """``pipeline.yaml``."""

    start: str
    end: str | None = None
    outcome_lag: Duration
    on_fault: OnFault = "fail"
    training: TrainingSection
    gate: GateSection


def build(config: Config) -> Pipeline:
    """Return the spam pipeline: days of UTC, a data graph a day, a training graph as of a date."""
    pipeline = Pipeline("spam", grain="day", zone="UTC", start=config.start, end=config.end)
    lag = config.outcome_lag

    def ingested(
        name: str, columns: Mapping[str, ColumnType], when: str, *key: str, known_after: str = "0 days", monthly: bool = False
    ) -> Ref:
        made = GeneratedSource(
            generate=code(f"generator:{name}"), first=config.start, last=config.end, every="month" if monthly else "day",
            columns=columns, event_time=EventTime(when), key=key,
        )  # fmt: skip
        step = "examples" if name == "mail" else name
        return pipeline.add(ingest_examples, name=step, group="ingest", deliveries=pipeline.source(name, made, known_after=known_after))

    mail = ingested("mail", MAIL, "received_at", "message_id")
    outcomes = ingested("reports", REPORTS, "received_at", "message_id", known_after=str(lag))
    ratings = ingested("ratings", RATINGS, "received_at", "message_id", "worker")
    blacklist = ingested("blacklist", BLACKLIST, "published_at", "domain")
    corpus = ingested("corpus", CORPUS, "published_at", "message_id", monthly=True)
    records = pipeline.add(record_outcomes, name="records", group="ingest", outcomes=outcomes, count=code("features:count_outcomes"))

    statistics = pipeline.add(generate_statistics, name="statistics", examples=mail)
    findings = pipeline.add(
        validate_examples, name="schema_findings", group="validate", examples=mail, statistics=statistics, schema=pipeline.schema()
    )
    features = pipeline.add(
        build_features,
        name="features",
        group="vote",
        examples=pipeline.accept(mail, findings),
        lookup=window(blacklist, "1 span", on_absent="skip"),
        records=window(records, f"{RECORD_SPANS} spans", back=lag.count + 1, on_absent="skip"),
        build=code("features:build_features"),
        known_by=code("features:earliest_prediction"),
        outcome_lag=lag,
        zone="UTC",
    )
    listed = look_back_on(pipeline, blacklist, "blacklist", BLACKLIST, BLACKLIST_SPANS)
    modelled = look_back_on(pipeline, corpus, "corpus", CORPUS, CORPUS_SPANS, listed)
    tables = pipeline.add(look_beside, name="tables", group="vote", rows=ratings, others=modelled, table="ratings", columns=tuple(RATINGS))
    votes = pipeline.add(
        apply_labeling_functions,
        name="votes",
        group="vote",
        features=features,
        lookups=tables,
        functions=code("labeling:FUNCTIONS"),
        config=VotingConfig(config.on_fault),
    )
    _add_training(pipeline, config, features, votes, outcomes)
    return pipeline


def look_back_on(
    pipeline: Pipeline, ref: Ref, table: str, columns: Mapping[str, ColumnType], n_spans: int, others: Ref | None = None
) -> Ref:
    """Add the newest version of a table of the spans before to the ``others``."""
    versions = window(ref, f"{n_spans} spans", on_absent="skip")
    before = {"others": others} if others else {}
    return pipeline.add(look_back, name=f"{table}_then", group="vote", versions=versions, table=table, columns=tuple(columns), **before)


def _add_training(pipeline: Pipeline, config: Config, features: Ref, votes: Ref, outcomes: Ref) -> None:
    """Add the training graph, as in the flights pipeline: a rehearsal as of the cut, and the model as of the run's date."""
    training, now = config.training, pipeline.as_of
    length = training.window
    since_cut = training.test_spans + training.gap_spans + config.outcome_lag.count
    both_windows = f"{window(votes, length).n + since_cut} spans"
    cut = now.minus(f"{since_cut} days")
    fitting = TrainingConfig(metric=training.metric, excluded=NOT_FOR_MODELS, voted_weight=training.voted_weight)

    def seen(ref: Ref, until: AsOf, spans: str = length) -> WindowRef:
        return window(ref, spans, until=until, on_absent="skip", minimum=training.test_spans)

    def known(until: AsOf, spans: str = length) -> WindowRef:
        return window(outcomes, spans, until=until, on_absent="skip")

    def labels(name: str, until: AsOf) -> Ref:
        return pipeline.add(
            resolve_labels,
            name=name,
            group=name,
            votes=seen(votes, until),
            outcomes=known(until),
            as_of=until,
            outcome=code("features:spam"),
        )

    def fit(name: str, labeled: Ref, until: AsOf) -> Ref:
        return pipeline.add(
            fit_model, name=name, group="train", features=seen(features, until), labels=labeled, choice=choice, as_of=until, config=fitting
        )

    labels_then, labels_now = labels("labels_then", cut), labels("labels", now)
    split = pipeline.add(
        split_by_time, name="split", features=seen(features, now, both_windows), outcomes=known(now, both_windows), as_of=now, cut=cut,
        config=SplitConfig(training.validation_spans, training.test_spans, training.gap_spans),
    )  # fmt: skip
    trials = pipeline.add(
        try_candidate, name="try_candidate", features=seen(features, cut), labels=labels_then, split=split,
        candidate=each(training.candidates), config=fitting,
    )  # fmt: skip
    choice = pipeline.add(choose_candidate, name="choice", group="train", trials=trials, config=fitting)
    rehearsal, model = fit("rehearsal", labels_then, cut), fit("model", labels_now, now)
    evaluated = pipeline.add(
        evaluate_model, name="evaluate", model=rehearsal, champion=pipeline.champion(), features=seen(features, now), labels=labels_now,
        split=split, config=EvaluationConfig(slices=("attachment", "filter_verdict")),
    )  # fmt: skip
    gate = GateConfig("model", config.gate.floors, config.gate.metric, config.gate.margin)
    pipeline.add(gate_model, name="gate", evaluation=evaluated.evaluation, model=model, config=gate)
    pipeline.add(
        analyze_functions, name="label_analysis", group="label_analysis", votes=seen(votes, now), features=seen(features, now),
        outcomes=known(now), labels=labels_now, as_of=now, functions=code("labeling:FUNCTIONS"), outcome=code("features:spam"),
        config=AnalysisConfig(slices=("attachment", "filter_verdict", "is_reply"), shown=("sender_domain", "subject", "body")),
    )  # fmt: skip
    pipeline.add(
        score_labels, name="score_labels", labels=labels_then, votes=seen(votes, cut), outcomes=known(now, both_windows), as_of=now,
        outcome=code("features:spam"),
    )  # fmt: skip


def code(name: str) -> CodeRef:
    """Name a function or constant of this pipeline's own modules."""
    return CodeRef(f"pipeline_config.spam.{name}")
