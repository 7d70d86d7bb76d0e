"""Late labels complete a past evaluation as a new artifact; the old one stays, and labels that do not reach back complete nothing."""

from datetime import datetime

import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression

from components.artifacts.features import Features
from components.artifacts.labels import Labels
from components.artifacts.model import Model, features_of
from components.artifacts.split import PARTS, Split
from components.evaluation.component import EvaluationConfig, evaluate_model
from components.ingestion.component import ingest_examples
from components.reports.evaluation_collect import evaluation_view
from components.runtime.component import component
from components.runtime.graph import Pipeline, window
from components.runtime.instants import to_micros
from components.runtime.window import Window
from tests.pipelines import FIRST, ZONE, Shop, days, take_features

LATE_DAYS = 4
"""Days after which the outcomes of even amounts are known; those of odd ones are at once."""


@pytest.fixture
def backend():
    return "sqlite"


@component
def fit_amounts(features: Window[Features], as_of: datetime) -> Model:
    """Return a model of the amount alone."""
    rows = pl.DataFrame({"amount": list(range(20))})
    estimator = LogisticRegression().fit(rows, rows["amount"] > 9)
    return Model.from_estimator(
        estimator, features=features_of(rows), figures={"trained_until": to_micros(as_of), "n": len(features.spans)}
    )


@component
def label_late(features: Window[Features], as_of: datetime) -> Labels:
    """Return whether each amount is beyond nine, where that is known by the date."""
    frames = [value.to_polars().with_columns(span=pl.lit(span.key)) for span, value in features.present()]
    old = (pl.lit(as_of) - pl.col("event_time")) > pl.duration(days=LATE_DAYS)
    outcome = pl.when((pl.col("amount") % 2 == 1) | old).then((pl.col("amount") > 9).cast(pl.Int8))
    rows = pl.concat(frames).with_columns(outcome=outcome, voted=0.5, label=0.5, source=pl.lit("outcome"))
    return Labels(rows.select("row_id", "event_time", "span", "outcome", "voted", "label", "source"))


@component
def split_last(features: Window[Features], as_of: datetime) -> Split:
    """Return the last three spans as the test part."""
    keys = tuple(span.key for span, _ in features.present())[-3:]
    return Split(as_of=to_micros(as_of), cut=0, rows={}, **dict.fromkeys(PARTS, ()) | {"test": keys})


def pipeline_of(shop: Shop, n_spans: int) -> Pipeline:
    pipeline = Pipeline("shop", grain="day", zone=ZONE, start=FIRST)
    examples = pipeline.add(ingest_examples, name="examples", deliveries=pipeline.source("sales", shop.source))
    features = window(
        pipeline.add(take_features, name="features", examples=examples), f"{n_spans} spans", until=pipeline.as_of, on_absent="skip"
    )
    model = pipeline.add(fit_amounts, name="model", features=features, as_of=pipeline.as_of)
    labels = pipeline.add(label_late, name="labels", features=features, as_of=pipeline.as_of)
    split = pipeline.add(split_last, name="split", features=features, as_of=pipeline.as_of)
    pipeline.add(
        evaluate_model, name="evaluate", model=model, champion=pipeline.champion(), features=features, labels=labels, split=split,
        config=EvaluationConfig(metrics=("brier",), minimum_rows=4, resamples=20),
    )  # fmt: skip
    return pipeline


@pytest.fixture
def sales(tmp_path):
    rows = {day: [4, 5, 6, 7, 12, 13, 14, 15] for day in days(14)}
    return Shop(tmp_path / "sales.csv").write(rows)


def completions(store):
    return store.ledger("shop").entries("completion")


def test_a_past_evaluation_is_made_again_once_its_outcomes_are_known(store, sales, train):
    pipeline = pipeline_of(sales, 8)
    past = train(pipeline, "2013-03-16")
    before = store.run(past.id).artifacts["evaluate.evaluation"]
    assert store.load(before).find("brier").state == "labels-not-mature"
    train(pipeline, "2013-03-17")
    assert completions(store) == []
    newest = train(pipeline, "2013-03-20")
    done = {entry.value["run"]: entry for entry in completions(store)}
    found = store.load(store.artifact(done[past.id].value["artifact"]))
    assert (found.n_immature, found.find("brier").state, found.find("brier").n_rows) == (0, "measured", 24)
    assert store.artifact(done[past.id].value["artifact"]).known_at == store.run(newest.id).artifacts["labels"].known_at
    assert store.run(past.id).artifacts["evaluate.evaluation"] == before
    (told,) = evaluation_view(store, past.id).card["Completed by late labels"].values()
    assert "on 24 rows, 0 still waiting" in told
    train(pipeline, "2013-03-21")
    assert [entry.value["run"] for entry in completions(store)].count(past.id) == 1


def test_labels_that_do_not_reach_back_complete_nothing(store, sales, train):
    pipeline = pipeline_of(sales, 4)
    past = train(pipeline, "2013-03-13")
    train(pipeline, "2013-03-20")
    assert past.id not in [entry.value["run"] for entry in completions(store)]


def test_another_lane_is_left_alone(store, sales, train):
    pipeline = pipeline_of(sales, 8)
    train(pipeline, "2013-03-16", lane="backfill")
    train(pipeline, "2013-03-20")
    assert completions(store) == []
