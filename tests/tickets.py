"""A pipeline on tickets to a help desk: billing, bug or other; closed days later, moved between teams, rated by two who disagree."""

import json
from pathlib import Path

import numpy as np
import polars as pl

from components.ingestion.component import ingest_examples
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.known import KnownColumn
from components.ingestion.sources.source import EventTime
from components.labeling.component import apply_labeling_functions
from components.labeling.feedback import FeedbackConfig
from components.labeling.functions import labeling_function
from components.labeling.kinds import decided, keywords
from components.labeling.rating import RatingConfig
from components.recipes.graph import Events, TrainingGraph
from components.recipes.sections import TrainedSections
from components.recipes.training import add_training
from components.runtime.graph import Pipeline, Ref
from components.runtime.keys import CodeRef
from tests.pipelines import days, take_features

N_DAYS, ROWS, RATED = 16, 40, 10
CHOICES = ("billing", "bug", "other")
BILLING, BUG, OTHER = CLASSES = (0, 1, 2)
WORDS = (
    ("invoice", "refund", "charged", "payment", "card"), ("crash", "error", "freeze", "broken", "slow"),
    ("how", "question", "feature", "thanks", "account"),
)  # fmt: skip
NUMBER_OF = {name: number for number, name in enumerate(CHOICES)}
SKILLS = {"ann": 0.95, "bob": 0.7}
MISTAKEN = ("2013-03-14-1", "2013-03-15-2", "2013-03-16-6")
"""Tickets that were closed as something else than they were, and than the form says."""
FORMS = ("payments", "technical", "contact")
KINDS = np.random.default_rng(1).choice(3, (N_DAYS, ROWS), p=(0.3, 0.5, 0.2))
CONFIG = {
    "outcome_lag": "2 days",
    "training": {
        "window": "10 spans", "validation_spans": 2, "test_spans": 3, "gap_spans": 0, "folds": 1,
        "candidates": [{"name": "boosting", "parameters": {"max_iter": 10}}],
    },
    "labeling": {"method": "dawid-skene", "batch": 12, "suspects": True},
    "evaluation": {"task": "multi-class", "slices": ["plan"], "minimum_rows": 10, "resamples": 50},
    "gate": {"metric": "log_loss", "margin": 0.1, "floors": [{"metric": "log_loss", "bound": 0.9}]},
}  # fmt: skip


def closed_as() -> pl.Expr:
    return pl.col("kind").replace_strict(NUMBER_OF, return_dtype=pl.Int8)


def moved_to() -> pl.Expr:
    return pl.col("team").replace_strict(NUMBER_OF, default=None, return_dtype=pl.Int8)


@labeling_function(classes=CLASSES)
def pays() -> pl.Expr:
    """Speak of money."""
    return keywords(BILLING, WORDS[BILLING][:3], ["text"])


@labeling_function(classes=CLASSES)
def breaks() -> pl.Expr:
    """Speak of what broke."""
    return keywords(BUG, WORDS[BUG][:3], ["text"])


@labeling_function(classes=CLASSES)
def asks() -> pl.Expr:
    """Ask for something."""
    return keywords(OTHER, WORDS[OTHER][:3], ["text"])


@labeling_function(classes=CLASSES)
def amount_or_attachment() -> pl.Expr:
    """Name an amount, or attach a screenshot."""
    return pl.when(pl.col("amount") > 0).then(BILLING).when(pl.col("n_attachments") > 1).then(BUG)


@labeling_function(classes=CLASSES)
def form() -> pl.Expr:
    """Believe the form that was chosen."""
    return decided("form", dict(zip(FORMS, CLASSES, strict=True)))


FUNCTIONS = (pays, breaks, asks, amount_or_attachment, form)


def kind_of(ticket: str) -> int:
    """Return what a ticket really is."""
    day, place = ticket.rsplit("-", 1)
    return int(KINDS[days(N_DAYS).index(day), int(place)])


def write(folder: Path) -> None:
    """Write tickets, how they were closed, to which team some were moved, and what two raters say of the first of each day."""
    tickets, closed = ["id,at,text,amount,n_attachments,form,plan"], ["id,at,kind"]
    moved, ratings = ["id,at,team"], ["id,event_time,rater,label,rated_at"]
    luck = np.random.default_rng(2)
    for day in days(N_DAYS):
        for place in range(ROWS):
            ticket, at = f"{day}-{place}", f"{day}T09:{place:02}:00+00:00"
            kind = kind_of(ticket)
            text = " ".join(luck.choice(WORDS[kind if luck.random() < 0.8 else luck.choice(CLASSES)]) for _ in range(3))
            amount = round(luck.uniform(5, 90), 2) if luck.random() < (0.7, 0.1, 0.05)[kind] else 0
            chosen = FORMS[kind if ticket in MISTAKEN or luck.random() < 0.7 else luck.choice(CLASSES)]
            n_attachments = luck.choice((0, 1, 2, 3)) if kind == BUG else luck.choice((0, 0, 0, 1, 2))
            tickets.append(f"{ticket},{at},{text},{amount},{n_attachments},{chosen},{luck.choice(('free', 'paid'))}")
            closed.append(f"{ticket},{at},{CHOICES[(kind + 1) % 3 if ticket in MISTAKEN else kind]}")
            if place % 8 == 3:
                moved.append(f"{ticket},{day}T{'10' if kind == BILLING else '20'}:00:00+00:00,{CHOICES[kind]}")
            if place < RATED:
                for rater, skill in SKILLS.items():
                    said = kind if luck.random() < skill else luck.choice(CLASSES)
                    ratings.append(f"{ticket},{at},{rater},{said},{day}T15:00:00+00:00")
    (folder / "ratings").mkdir()
    for name, lines in {"tickets": tickets, "closed": closed, "moved": moved, "ratings/first": ratings}.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def build(folder: Path) -> Pipeline:
    """Return the pipeline on the files of a folder."""
    pipeline = Pipeline("tickets", grain="day", zone="UTC", start=days(1)[0])

    def source(name: str, lag: str, **columns: str) -> Ref:
        read = CsvSource(location=str(folder / f"{name}.csv"), columns=columns, event_time=EventTime("at"), key=("id",))  # type: ignore[arg-type]
        return pipeline.add(ingest_examples, name=name, deliveries=pipeline.source(name, read, known_after=lag))

    tickets = source("tickets", "0 days", id="string", text="string", amount="float", n_attachments="integer", form="string", plan="string")
    closed, moved = source("closed", "2 days", id="string", kind="string"), source("moved", "0 days", id="string", team="string")
    said = CsvSource(
        location=str(folder / "ratings" / "*.csv"), columns={"id": "string", "rater": "string", "label": "integer", "rated_at": "timestamp"},
        event_time=EventTime("event_time"), key=("id", "rater"), known_by=KnownColumn("rated_at"),
    )  # fmt: skip
    ratings = pipeline.add(ingest_examples, name="ratings", deliveries=pipeline.source("ratings", said))
    features = pipeline.add(take_features, name="features", examples=tickets)
    votes = pipeline.add(apply_labeling_functions, name="votes", features=features, functions=_code("FUNCTIONS"))
    feedback = Events(moved, tickets, FeedbackConfig(("id",), 48, n_classes=3, silence=None), _code("moved_to"))
    add_training(
        TrainingGraph(
            pipeline, TrainedSections.model_validate_json(json.dumps(CONFIG)), features, votes, closed, outcome=_code("closed_as"),
            excluded=("id", "text", "plan"), functions=_code("FUNCTIONS"), shown=("id", "text"), ratings=ratings,
            rating=RatingConfig(("id",), n_classes=3), feedback=feedback,
        )
    )  # fmt: skip
    return pipeline


def _code(name: str) -> CodeRef:
    return CodeRef(f"tests.tickets:{name}")
