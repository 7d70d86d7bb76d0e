"""A registered model in a fresh process and behind MLflow's scoring server; what it served is read back by ingestion."""

import asyncio
import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import mlflow
import numpy as np
import polars as pl
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from components.adapters.mlflow import sync
from components.adapters.mlflow.serving_app import lines, scoring_app
from components.adapters.mlflow.serving_check import probe
from components.artifacts.model import Model, features_of
from components.ingestion.partition import read_source
from components.ingestion.sources.json import JsonSource
from components.ingestion.sources.source import EventTime
from components.run.mirror import ModelRecord, RunRecord
from components.runtime.spans import Calendar, Grain
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


async def post(app, body: object) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        return await client.post("/invocations", json=body)


@pytest.mark.system
@pytest.mark.filterwarnings("ignore:.*hint is inferred as AnyType", "default::DeprecationWarning")
def test_served_predictions_are_feedback_that_ingestion_reads(registered: str, mlflow_uri: str, tmp_path: Path) -> None:
    mlflow.set_tracking_uri(mlflow_uri)
    asked = FRAME.head(4)
    app = scoring_app(registered, tmp_path)
    answer = asyncio.run(post(app, {"dataframe_split": {"columns": asked.columns, "data": [list(row) for row in asked.rows()]}}))
    assert np.allclose(answer.json()["predictions"], MODEL.predict_proba(asked), rtol=0, atol=1e-12)
    assert asyncio.run(post(app, {"nothing": 1})).status_code == 400
    (file,) = tmp_path.glob("*.jsonl")
    columns = {"hour": "integer", "temp": "float", "prediction_1": "float", "model": "string"}
    source = JsonSource(location=str(file), columns=columns, event_time=EventTime("served_at"))
    (part,) = read_source(source, Calendar(Grain.DAY, "UTC")).parts.values()
    rows = pl.from_arrow(part.to_arrow()).sort("hour")
    assert rows["hour"].to_list() == [1, 5, 9, 20]
    assert rows["prediction_1"].to_list() == MODEL.predict_proba(asked)[:, 1].tolist()
    assert rows["model"].unique().to_list() == [registered]


def test_every_answered_row_is_a_line_whatever_form_it_was_asked_in() -> None:
    now = datetime(2013, 6, 1, tzinfo=UTC)
    split = {"dataframe_split": {"columns": ["a"], "data": [[1], [2]]}}
    records = {"dataframe_records": [{"a": 1}, {"a": 2}]}
    found = [list(lines(asked, {"predictions": [0.5, 0.7]}, now, "m")) for asked in (split, records)]
    assert found[0] == found[1]
    assert len(found[0]) == 2
    assert list(lines({"inputs": [1]}, {"predictions": [0.5]}, now, "m")) == []
