"""Which mail is spam: a made-up world, any day of it, today included; the daily data graph and the training graph."""

from collections.abc import Mapping

from components.features.component import build_features, record_outcomes
from components.ingestion.component import ingest_examples
from components.ingestion.sources.answers import AnswersSource
from components.ingestion.sources.generated import GeneratedSource
from components.ingestion.sources.source import ColumnType, EventTime
from components.labeling.component import VotingConfig, apply_labeling_functions
from components.labeling.rating import RatingConfig
from components.labeling.tables import look_back, look_beside
from components.labeling.voting import OnFault
from components.recipes.graph import TrainingGraph
from components.recipes.sections import TrainedSections
from components.recipes.training import add_training
from components.runtime.graph import Pipeline, Ref, window
from components.runtime.keys import CodeRef
from components.statistics.component import StatisticsConfig, generate_statistics
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


class Config(TrainedSections):
    """``pipeline.yaml``."""

    start: str
    end: str | None = None
    on_fault: OnFault = "fail"


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
    asked = pipeline.source("answers", AnswersSource.of("spam", {"message_id": "string"}))
    answers = pipeline.add(ingest_examples, name="answers", group="ingest", deliveries=asked)
    corpus = ingested("corpus", CORPUS, "published_at", "message_id", monthly=True)
    records = pipeline.add(record_outcomes, name="records", group="ingest", outcomes=outcomes, count=code("features:count_outcomes"))

    statistics = pipeline.add(generate_statistics, name="statistics", examples=mail, config=StatisticsConfig(details=True))
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
    votes = _add_votes(pipeline, config, features, blacklist, corpus, ratings)
    _add_training(pipeline, config, features, votes, outcomes, (ratings, answers))
    return pipeline


def _add_votes(pipeline: Pipeline, config: Config, features: Ref, blacklist: Ref, corpus: Ref, ratings: Ref) -> Ref:
    """Add the tables that labeling functions look rows up in, and their votes."""
    listed = look_back_on(pipeline, blacklist, "blacklist", BLACKLIST, BLACKLIST_SPANS)
    modelled = look_back_on(pipeline, corpus, "corpus", CORPUS, CORPUS_SPANS, listed)
    tables = pipeline.add(look_beside, name="tables", group="vote", rows=ratings, others=modelled, table="ratings", columns=tuple(RATINGS))
    return pipeline.add(
        apply_labeling_functions,
        name="votes",
        group="vote",
        features=features,
        lookups=tables,
        functions=code("labeling:FUNCTIONS"),
        config=VotingConfig(config.on_fault),
    )


def _add_training(pipeline: Pipeline, config: Config, features: Ref, votes: Ref, outcomes: Ref, said: tuple[Ref, Ref]) -> None:
    """Add the training graph, with raters, regular ones and those who answer batches, as a further source of labels."""
    add_training(
        TrainingGraph(
            pipeline, config, features, votes, outcomes, outcome=code("features:spam"), excluded=NOT_FOR_MODELS,
            functions=code("labeling:FUNCTIONS"), shown=("message_id", "sender_domain", "subject", "body"),
            ratings=said[0], rating=RatingConfig(item=("message_id",), rater="worker"), answers=said[1],
        )
    )  # fmt: skip


def look_back_on(
    pipeline: Pipeline, ref: Ref, table: str, columns: Mapping[str, ColumnType], n_spans: int, others: Ref | None = None
) -> Ref:
    """Add the newest version of a table of the spans before to the ``others``."""
    versions = window(ref, f"{n_spans} spans", on_absent="skip")
    before = {"others": others} if others else {}
    return pipeline.add(look_back, name=f"{table}_then", group="vote", versions=versions, table=table, columns=tuple(columns), **before)


def code(name: str) -> CodeRef:
    """Name a function or constant of this pipeline's own modules."""
    return CodeRef(f"pipeline_config.spam.{name}")
