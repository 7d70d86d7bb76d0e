"""A tiny pipeline with labels: amounts that functions and raters judge, outcomes two days later, and a model of one number."""

from pathlib import Path

import polars as pl
import pytest

from components.artifacts.labels import Labels
from components.ingestion.component import ingest_examples
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.known import KnownColumn
from components.ingestion.sources.source import EventTime
from components.labeling.batch import BatchConfig, pick_batch
from components.labeling.component import apply_labeling_functions, resolve_labels
from components.labeling.functions import labeling_function
from components.labeling.rating import RatingConfig, combine_ratings
from components.runtime import keys
from components.runtime.component import component
from components.runtime.graph import Pipeline, window
from components.runtime.keys import CodeRef
from tests.pipelines import Level, days, take_features

N_DAYS, ROWS = 6, 8


@labeling_function
def much() -> pl.Expr:
    """Call an amount above 4 high."""
    return pl.when(pl.col("amount") > 4).then(1).when(pl.col("amount") < 2).then(0)


@labeling_function
def odd() -> pl.Expr:
    """Call odd amounts high."""
    return pl.when(pl.col("amount") % 2 == 1).then(1)


FUNCTIONS = (much, odd)


def high() -> pl.Expr:
    return pl.col("high") == 1


@component
def fit_share(labels: Labels) -> Level:
    """Return the number of labels."""
    return Level(labels.rows["label"].count())


def count_as_project_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this module's functions stand for those of a pipeline: their names are their versions."""
    monkeypatch.setattr(keys, "_code_of", lambda target: target)


def write(folder: Path) -> None:
    """Write sales, outcomes and ratings of a few days."""
    sales, outcomes, ratings = ["id,at,amount"], ["id,at,high"], ["id,event_time,rater,label,rated_at"]
    for day in days(N_DAYS):
        for one in range(ROWS):
            at = f"{day}T17:{one:02}:00+00:00"
            sales.append(f"{day}-{one},{at},{one}")
            outcomes.append(f"{day}-{one},{at},{int(one > 3)}")
        ratings += [
            f"{day}-3,{day}T17:03:00+00:00,{rater},{label},{day}T18:00:00+00:00" for rater, label in (("ann", 1), ("bob", 0), ("cy", 1))
        ]
    (folder / "ratings").mkdir()
    for name, lines in (("sales", sales), ("outcomes", outcomes), ("ratings/first", ratings)):
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def build(folder: Path) -> Pipeline:
    """Return the pipeline on the files of a folder."""
    shop = Pipeline("shop", grain="day", zone="UTC", start=days(1)[0])

    def source(name: str, lag: str, key: tuple[str, ...], **columns: str) -> object:
        read = CsvSource(location=str(folder / f"{name}.csv"), columns=columns, event_time=EventTime("at"), key=key)  # type: ignore[arg-type]
        return shop.add(ingest_examples, name=name, deliveries=shop.source(name, read, known_after=lag))

    sales = source("sales", "0 days", ("id",), id="string", amount="integer")
    outcomes = source("outcomes", "2 days", ("id",), id="string", high="integer")
    said = CsvSource(
        location=str(folder / "ratings" / "*.csv"),
        columns={"id": "string", "rater": "string", "label": "integer", "rated_at": "timestamp"},
        event_time=EventTime("event_time"),
        key=("id", "rater"),
        known_by=KnownColumn("rated_at"),
    )
    ratings = shop.add(ingest_examples, name="ratings", deliveries=shop.source("ratings", said))
    taken = shop.add(take_features, examples=sales)
    votes = shop.add(apply_labeling_functions, name="votes", features=taken, functions=_code("FUNCTIONS"))
    until = shop.as_of
    rated = shop.add(
        combine_ratings, name="rated", ratings=window(ratings, "5 spans", until=until, on_absent="skip"), config=RatingConfig(item=("id",))
    )
    labels = shop.add(
        resolve_labels,
        name="labels",
        votes=window(votes, "5 spans", until=until, on_absent="skip"),
        outcomes=window(outcomes, "5 spans", until=until, on_absent="skip"),
        rated=rated,
        as_of=until,
        outcome=_code("high"),
    )
    shop.add(
        pick_batch,
        name="batch",
        labels=labels,
        votes=window(votes, "5 spans", until=until, on_absent="skip"),
        features=window(taken, "5 spans", until=until, on_absent="skip"),
        config=BatchConfig(budget=4, show=("id", "amount")),
    )
    shop.add(fit_share, name="model", labels=labels)
    return shop


def _code(name: str) -> CodeRef:
    return CodeRef(f"tests.labeled_shop:{name}")
