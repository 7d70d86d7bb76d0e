"""Promotion follows the infra check, with a real registry, without one, and with one that is away or holds another model."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from mlflow.tracking import MlflowClient
from sklearn.linear_model import LogisticRegression

from components.adapters.mlflow.outbox import sync_outbox
from components.adapters.mlflow.promotion import promote_checked, promote_waiting
from components.adapters.mlflow.registry import MODEL_ID, find_version
from components.artifacts.decision import Check, Decision
from components.artifacts.examples import Examples
from components.artifacts.features import Features
from components.artifacts.model import FILE, FeatureColumn, Model
from components.ingestion.component import ingest_examples
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.source import EventTime
from components.run.mirror import MirrorUnavailable
from components.run.opening import Request, deliver
from components.run.session import run_graph
from components.runtime.component import component
from components.runtime.errors import StoreError
from components.runtime.graph import Pipeline, window
from components.runtime.window import Window
from components.store.connections import Connections
from components.store.store import Store
from tests.pipelines import take_features

pytestmark = [pytest.mark.system, pytest.mark.slow]
DAYS = ("2013-03-11", "2013-03-12", "2013-03-13")
NAMES = iter(f"checked_{number}" for number in range(100))


@component
def fit_high(features: Window[Features]) -> Model:
    """Return a model that says whether an amount is above 4."""
    import polars as pl

    rows = pl.concat([value.to_polars() for _, value in features.present()]).select("amount")
    return Model.from_estimator(LogisticRegression().fit(rows, rows["amount"] > 4), features=[FeatureColumn("amount", "Int64")])


@component
def bless_all(model: Model) -> Decision:
    """Bless any model."""
    return Decision.of("model", (Check("features", "pass", "some", str(len(model.features))),))


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    """Return a small pipeline under a name that the registry does not know yet."""
    lines = [f"{day}-{i},{day}T17:{i:02}:00+00:00,{i}" for day in DAYS for i in range(8)]
    (tmp_path / "sales.csv").write_text("\n".join(["id,at,amount", *lines]) + "\n")
    made = Pipeline(next(NAMES), grain="day", zone="UTC", start=DAYS[0])
    columns = {"id": "string", "amount": "integer"}
    source = CsvSource(location=str(tmp_path / "sales.csv"), columns=columns, event_time=EventTime("at"), key=("id",))
    sales: Examples = made.add(ingest_examples, name="sales", deliveries=made.source("sales", source))
    taken = made.add(take_features, examples=sales)
    model = made.add(fit_high, name="model", features=window(taken, "2 spans", until=made.as_of, on_absent="skip"))
    made.add(bless_all, name="gate", model=model)
    return made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(folder=tmp_path / "state") as opened:
        yield opened


def train(store: Store, pipeline: Pipeline, day: int = 13) -> str:
    deliver(store, pipeline)
    return run_graph(store, pipeline, Request("training", None, datetime(2013, 3, day, tzinfo=UTC), "production")).id


def decided(store: Store, pipeline: Pipeline) -> list[str]:
    """Return the kinds of the ledger's decisions in the order in which they were made."""
    ledger = store.ledger(pipeline.name)
    entries = [entry for kind in ("blessing", "serving-check", "promotion") for entry in ledger.entries(kind)]
    return [entry.kind for entry in sorted(entries, key=lambda entry: entry.id)]


def aliases(uri: str, name: str) -> dict[str, str]:
    return dict(MlflowClient(uri, registry_uri=uri).get_registered_model(name).aliases)


def test_a_blessed_model_is_checked_by_the_registrys_name_then_promoted_then_called_champion(
    store: Store, pipeline: Pipeline, mlflow_uri: str
) -> None:
    Connections(mlflow=mlflow_uri).save(store.folder)
    run = train(store, pipeline)
    said = promote_checked(store, pipeline.name, run)
    assert said.startswith(f"models:/{pipeline.name}/1 serves; p50")
    assert decided(store, pipeline) == ["blessing", "serving-check", "promotion"]
    assert {name: str(version) for name, version in aliases(mlflow_uri, pipeline.name).items()} == {"champion": "1"}
    sync_outbox(store, mlflow_uri)
    assert promote_checked(store, pipeline.name, run) == "promoted already"


def test_a_model_that_the_registry_has_otherwise_is_not_promoted(store: Store, pipeline: Pipeline, mlflow_uri: str, tmp_path: Path) -> None:
    Connections(mlflow=mlflow_uri).save(store.folder)
    run = train(store, pipeline)
    sync_outbox(store, mlflow_uri)
    client = MlflowClient(mlflow_uri, registry_uri=mlflow_uri)
    version = find_version(client, pipeline.name, store.run(run).artifacts["model.model"].digest)
    assert version is not None
    frame = store.run(run)["model"]
    assert isinstance(frame, Model)
    other = LogisticRegression(C=1e-3).fit([[0], [1], [5], [6]], [False, False, True, True])
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / FILE).write_bytes(Model.from_estimator(other, features=frame.features).content)
    client.log_model_artifacts(version.tags[MODEL_ID], str(tmp_path / "other"))
    with pytest.raises(StoreError, match=r"not promoted: .* predictions differ by"):
        promote_checked(store, pipeline.name, run)
    assert decided(store, pipeline) == ["blessing", "serving-check"]
    assert aliases(mlflow_uri, pipeline.name) == {}
    assert promote_waiting(store, pipeline.name) == ""


def test_while_the_registry_is_away_the_promotion_waits(store: Store, pipeline: Pipeline, mlflow_uri: str) -> None:
    Connections(mlflow="http://127.0.0.1:9").save(store.folder)
    run = train(store, pipeline)
    with pytest.raises(MirrorUnavailable):
        promote_checked(store, pipeline.name, run)
    assert decided(store, pipeline) == ["blessing"]
    Connections(mlflow=mlflow_uri).save(store.folder)
    assert "promoted" in promote_waiting(store, pipeline.name)
    assert promote_waiting(store, pipeline.name) == ""
    assert decided(store, pipeline) == ["blessing", "serving-check", "promotion"]


def test_without_a_registry_a_fresh_process_loads_it_from_the_store(store: Store, pipeline: Pipeline) -> None:
    assert "promoted" in promote_checked(store, pipeline.name, train(store, pipeline))
    assert decided(store, pipeline) == ["blessing", "serving-check", "promotion"]
    (check,) = store.ledger(pipeline.name).entries("serving-check")
    assert check.value["passed"] is True
