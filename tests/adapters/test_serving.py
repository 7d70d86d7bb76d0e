"""A registered model in a fresh process and behind MLflow's scoring server; what it served is read back by ingestion."""

import asyncio
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import mlflow
import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from components.adapters.mlflow import sync
from components.adapters.mlflow.serving_app import scoring_app, served_model
from components.adapters.mlflow.serving_check import probe
from components.adapters.mlflow.serving_log import ServedModel, lines
from components.artifacts.evaluation import Evaluation
from components.artifacts.feedback import Feedback
from components.artifacts.model import Model, features_of
from components.evaluation.served import ServedConfig, evaluate_served
from components.ingestion.component import ingest_examples
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.events import EventLogSource
from components.ingestion.sources.source import EventTime
from components.labeling.feedback import FeedbackConfig, join_feedback
from components.run.mirror import ModelRecord, RunRecord
from components.run.opening import Request, deliver
from components.run.session import run_graph
from components.runtime.graph import Pipeline, window
from components.runtime.spans import Calendar, Grain
from components.store.store import Store
from tests.adapters.test_mlflow import Ids

NAME = "served"
FRAME = pl.DataFrame({"hour": [1, 5, 9, 20] * 20, "temp": [0.5, 1.5, -2.0, None] * 20})
MODEL = Model.from_estimator(
    HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=2).fit(FRAME, FRAME["hour"] > 5), features=features_of(FRAME)
)


@pytest.fixture(scope="module")
def registered(mlflow_uri: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Register the model and return its name in the registry."""
    folder = tmp_path_factory.mktemp("model")
    MODEL.save(folder)
    now = datetime(2013, 6, 1, tzinfo=UTC)
    record = ModelRecord(folder, hashlib.sha256(MODEL.content).hexdigest(), NAME, aliases=("champion",))
    run = RunRecord("serving", NAME, "training", now, "production", "manual", "", "COMPLETE", now, now, model=record)
    (mirrored,) = sync([run], mlflow_uri, Ids()).mirrored
    return f"models:/{NAME}/{mirrored.model_version}"


@pytest.mark.system
@pytest.mark.slow
def test_a_fresh_process_predicts_what_the_store_does_and_says_what_it_costs(registered: str, mlflow_uri: str) -> None:
    check = probe(MODEL, FRAME.head(8), registered, mlflow_uri)
    assert (check.passed, check.n_rows, check.reason) == (True, 8, "same predictions in a fresh process")
    assert check.largest_difference is not None
    assert check.largest_difference <= 1e-9
    assert check.p50_ms is not None
    assert check.p99_ms is not None
    assert check.peak_mb is not None
    assert 0 < check.p50_ms <= check.p99_ms
    assert check.peak_mb > 50


@pytest.mark.system
@pytest.mark.slow
def test_another_model_under_the_name_does_not_pass(registered: str, mlflow_uri: str) -> None:
    other = Model.from_estimator(LogisticRegression().fit(FRAME[["hour"]], FRAME["hour"] > 5), features=features_of(FRAME[["hour"]]))
    check = probe(replace(MODEL, content=other.content, features=MODEL.features[:1]), FRAME.head(3), registered, mlflow_uri)
    assert not check.passed
    assert "does not serve" in check.words


@pytest.mark.system
def test_a_name_that_is_not_registered_does_not_serve(mlflow_uri: str) -> None:
    check = probe(MODEL, FRAME.head(1), "models:/nobody/7", mlflow_uri)
    assert (check.passed, check.p50_ms) == (False, None)
    assert "nobody" in check.words


async def post(app, content: bytes, kind: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        return await client.post("/invocations", content=content, headers={"content-type": kind})


def ask(app, body: object) -> httpx.Response:
    return asyncio.run(post(app, json.dumps(body).encode(), "application/json"))


def logged(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.read_text().splitlines()]


@pytest.mark.system
@pytest.mark.filterwarnings("ignore:.*hint is inferred as AnyType", "default::DeprecationWarning")
def test_every_answered_row_is_logged_whatever_form_it_was_asked_in(registered: str, mlflow_uri: str, tmp_path: Path) -> None:
    mlflow.set_tracking_uri(mlflow_uri)
    served = served_model(NAME, "champion", mlflow_uri)
    assert (served.uri, served.digest) == (registered, hashlib.sha256(MODEL.content).hexdigest())
    asked = FRAME.head(4).with_columns(order=pl.Series(["a", "b", "c", "d"]))
    said = MODEL.predict_proba(asked)
    app = scoring_app(served, tmp_path)
    answer = ask(app, {"dataframe_split": {"columns": asked.columns, "data": [list(row) for row in asked.rows()]}})
    assert np.allclose(answer.json()["predictions"], said, rtol=0, atol=1e-12)
    ask(app, {"dataframe_records": asked.to_dicts()})
    ask(app, {"inputs": asked.drop_nulls().to_dict(as_series=False)})
    asyncio.run(post(app, asked.write_csv().encode(), "text/csv"))
    assert ask(app, {"nothing": 1}).status_code == 400
    lines = logged(tmp_path)
    assert [line["order"] for line in lines] == [*"abcd", *"abcd", *"abc", *"abcd"]
    assert [line["prediction"] for line in lines] == [said["abcd".index(str(line["order"])), 1] for line in lines]
    assert lines[3] == {
        "order": "d", "hour": 20, "temp": None, "prediction": said[3, 1], "model": NAME, "model_version": served.version,
        "model_digest": served.digest, "served_at": lines[3]["served_at"],
    }  # fmt: skip


def test_of_many_classes_each_probability_is_told_and_times_are_iso() -> None:
    rows = pd.DataFrame({"at": [pd.Timestamp("2013-06-01", tz="UTC")], "prediction": ["theirs"]})
    now = datetime(2013, 6, 1, tzinfo=UTC)
    (line,) = lines(rows, np.array([[0.2, 0.3, 0.5]]), now, ServedModel("m", "1"))
    assert json.loads(line)["at"] == "2013-06-01T00:00:00+00:00"
    assert [json.loads(line)[f"prediction_{i}"] for i in range(3)] == [0.2, 0.3, 0.5]
    (number,) = lines(rows, np.array([7.5]), now, ServedModel("m", "1"))
    assert json.loads(number)["prediction"] == 7.5


DAYS = Calendar(Grain.DAY, "UTC").between("2013-06-01", "2013-06-10")


def served_pipeline(folder: Path) -> Pipeline:
    pipeline = Pipeline("shop", grain="day", zone="UTC", start=DAYS[0].key)
    columns = {"order": "string", "hour": "integer", "prediction": "float", "model_version": "string"}
    log = EventLogSource(location=f"{folder}/served/*.jsonl", columns=columns, event_time=EventTime("served_at"), key=("order",))
    returns = CsvSource(location=f"{folder}/returns.csv", columns={"order": "string"}, event_time=EventTime("at"), key=("order",))
    asked = pipeline.add(ingest_examples, name="served", deliveries=pipeline.source("log", log))
    came = pipeline.add(ingest_examples, name="returns", deliveries=pipeline.source("returned", returns))
    both = {name: window(ref, "10 spans", until=pipeline.as_of, on_absent="skip") for name, ref in (("asked", asked), ("came", came))}
    known = pipeline.add(
        join_feedback, name="feedback", examples=both["asked"], events=both["came"], as_of=pipeline.as_of,
        config=FeedbackConfig(("order",), 12),
    )  # fmt: skip
    config = ServedConfig(minimum_rows=10, resamples=100, metrics=("roc_auc", "log_loss"), immature=0.2)
    pipeline.add(evaluate_served, name="served_evaluation", served=both["asked"], feedback=known, config=config)
    return pipeline


@pytest.mark.system
@pytest.mark.filterwarnings("ignore:.*hint is inferred as AnyType", "default::DeprecationWarning")
def test_what_was_served_is_ingested_joined_with_its_outcome_and_evaluated(registered: str, mlflow_uri: str, tmp_path: Path) -> None:
    mlflow.set_tracking_uri(mlflow_uri)
    clock = iter([day.start.replace(hour=9) for day in DAYS])
    app = scoring_app(served_model(NAME, "champion", mlflow_uri), tmp_path / "served", clock.__next__)
    returns = ["order,at"]
    for number, day in enumerate(DAYS):
        rows = [{"order": f"{number}-{i}", "hour": hour, "temp": 0.5} for i, hour in enumerate((1, 5, 9, 20) * 5)]
        assert ask(app, {"dataframe_records": rows}).status_code == 200
        back = [row for i, row in enumerate(rows) if (row["hour"] > 5) != (i % 7 == 0)]
        returns += [f"{row['order']},{day.key}T18:00:00Z" for row in back]
    (tmp_path / "returns.csv").write_text("\n".join(returns) + "\n")
    with Store.open(folder=tmp_path / "state") as store:
        pipeline = served_pipeline(tmp_path)
        deliver(store, pipeline, DAYS[-1].end)
        run = run_graph(store, pipeline, Request("training", None, DAYS[-1].end, "experiment", "manual"))
        found = store.run(run.id)
        evaluation, feedback = found["served_evaluation"], found["feedback"]
    assert isinstance(evaluation, Evaluation)
    assert isinstance(feedback, Feedback)
    rows = pl.DataFrame(logged(tmp_path / "served"))
    truth = rows["order"].is_in([line.split(",")[0] for line in returns]).cast(pl.Int8)
    overall = evaluation.find("roc_auc")
    assert overall is not None
    assert overall.n_rows == 200
    assert overall.value == pytest.approx(roc_auc_score(truth, rows["prediction"]))
    version = evaluation.find("roc_auc", "model_version", registered.rpartition("/")[2])
    assert version is not None
    assert version.value == overall.value
