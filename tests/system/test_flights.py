"""The whole chain on real flights: one short training, and the same digests whoever computes, where and in which order."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from components.artifacts.features import Features
from components.artifacts.labels import Labels
from components.artifacts.model import Model
from components.cli import application
from components.cli.services import postgres
from components.engines.local import Threads
from components.reports.evaluation_collect import write_evaluation
from components.run.backfilling import backfill
from components.run.blast_radius import blast_radius
from components.run.catalog import load_pipeline
from components.run.opening import Request, deliver
from components.run.session import run_graph
from components.run.setup import approve_first_schemas
from components.run.window_statistics import statistics_records
from components.runtime.graph import Pipeline
from components.runtime.instants import parse_instant, to_micros
from components.runtime.value import Value
from components.store.lineage import lineage
from components.store.records import RunRecord
from components.store.store import Store
from tests.pipelines import made

pytestmark = pytest.mark.slow

CHECKOUT = Path(__file__).resolve().parents[2]
AS_OF, CUT, WINDOW = "2013-01-16", "2013-01-10", 8
OVERRIDES: dict[str, object] = {
    "training.window": f"{WINDOW} spans", "training.test_spans": 3, "training.validation_spans": 2, "training.candidates": [
        {"name": "boosting", "parameters": {"max_iter": 30, "max_leaf_nodes": 7}},
    ],
    "evaluation.resamples": 100,
}  # fmt: skip
DAYS = ("2013-01-09", "2013-01-11")


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return load_pipeline("flights", OVERRIDES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("flights")


@pytest.fixture(scope="module")
def flights(folder: Path, pipeline: Pipeline) -> Iterator[Store]:
    """Give a store on SQLite in which one short training ran, and the data steps of three days before it, oldest first."""
    with Store.open(folder=folder) as store:
        backfill(store, pipeline, pipeline.calendar.between(*DAYS))
        train(store, pipeline)
        yield store


def train(store: Store, pipeline: Pipeline, as_of: str = AS_OF) -> RunRecord:
    approve_first_schemas(store, pipeline)
    deliver(store, pipeline)
    instant = parse_instant(as_of, pipeline.calendar.zone)
    return run_graph(store, pipeline, Request("training", None, instant, "production", parameters=OVERRIDES), engine=Threads())


def named(store: Store, name: str) -> Value:
    run = store.runs_of("flights").recent(graph="training")[-1]
    return store.run(run.id)[name]


def test_a_run_gives_its_values_by_name(flights: Store) -> None:
    data = flights.runs_of("flights").recent(graph="data")[0]
    examples = flights.run(data.id)["examples"]
    assert examples.to_polars().height > 600  # type: ignore[attr-defined]
    model, predictions = named(flights, "model"), named(flights, "evaluate.predictions")
    assert isinstance(model, Model)
    assert predictions.rows.height > 1500  # type: ignore[attr-defined]
    assert "hour" not in [column.name for column in model.features]


def test_nothing_later_than_its_date_was_trained_on(flights: Store, pipeline: Pipeline) -> None:
    for step, labels_name, until in (("rehearsal", "labels_then", CUT), ("model", "labels", AS_OF)):
        model, labels = named(flights, step), named(flights, labels_name)
        assert isinstance(model, Model)
        assert isinstance(labels, Labels)
        limit = parse_instant(until, pipeline.calendar.zone)
        assert model.figures["trained_until"] == to_micros(limit)
        assert labels.rows["event_time"].max() < limit  # type: ignore[operator]
        assert labels.rows["span"].n_unique() == WINDOW
        known = labels.rows.filter(pl.col("outcome").is_not_null())["span"].max()
        assert known == {CUT: "2013-01-07", AS_OF: "2013-01-13"}[until]  # outcomes are known two days after their day


def test_a_first_training_has_no_champion_to_hold_its_days_against(flights: Store) -> None:
    assert named(flights, "since_training").state == "no-champion"  # type: ignore[attr-defined]


def test_the_test_days_begin_a_day_after_the_cut(flights: Store) -> None:
    split = named(flights, "split")
    assert (split.gap, split.test, split.immature) == (  # type: ignore[attr-defined]
        ("2013-01-10",), ("2013-01-11", "2013-01-12", "2013-01-13"), ("2013-01-14", "2013-01-15"),
    )  # fmt: skip


def test_scores_of_labels_reach_nothing_else(flights: Store) -> None:
    run = flights.runs_of("flights").recent(graph="training")[-1]
    artifacts = flights.run(run.id).artifacts
    scores = artifacts["score_labels"]
    assert [link.artifact.id for link in lineage(flights.database, scores.id, upstream=False)] == [scores.id]
    for name in ("try_candidate", "choice", "rehearsal", "model", "gate"):
        assert scores.id not in {link.artifact.id for link in lineage(flights.database, artifacts[name].id)}
    above = {link.artifact.id for link in lineage(flights.database, artifacts["rehearsal"].id)}
    assert artifacts["labels"].id not in above
    assert artifacts["labels_then"].id in above


def test_labels_of_a_date_do_not_change_by_the_outcomes_that_came_after(flights: Store) -> None:
    """The labels as of the cut, made when six more days had outcomes, are those of a run whose own date is the cut."""
    pipeline_then = load_pipeline("flights", OVERRIDES | {"training.test_spans": 1, "training.validation_spans": 1})
    then = flights.run(train(flights, pipeline_then, CUT).id).artifacts["labels"]
    assert then.digest == flights.run(flights.runs_of("flights").recent(graph="training")[-1].id).artifacts["labels_then"].digest


def test_all_of_it_verifies_as_the_same(flights: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALMANAC_HOME", str(folder))
    run = flights.runs_of("flights").recent(graph="training")[-1]
    result = CliRunner().invoke(application(), ["verify", run.id])
    assert result.exit_code == 0, result.output
    assert "differs" not in result.output
    assert result.output.strip().splitlines()[-1].endswith("artifacts have the same bytes")


def test_postgresql_gives_the_same_digests(flights: Store, pipeline: Pipeline, postgres_cluster: Path, tmp_path: Path) -> None:
    engine = sa.create_engine(postgres.uri(postgres_cluster, "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE DATABASE flights"))
    with Store.open(postgres.uri(postgres_cluster, "flights"), tmp_path / "other") as store:
        train(store, pipeline)
        backfill(store, pipeline, pipeline.calendar.between(*DAYS)[::-1])
        assert made(store) <= made(flights)
        wanted = {span.key for span in pipeline.calendar.between(*DAYS)}
        data = [{one for one in made(each) if one[1] in wanted} for each in (store, flights)]
        assert data[0] == data[1]
        assert {one[0] for one in data[0]} == {step.name for step in pipeline.of_graph("data")}
    engine.dispose()


def test_another_checkout_folder_gives_the_same_digests(flights: Store, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere" / "checkout"
    for name in ("components", "pipeline_config"):
        shutil.copytree(CHECKOUT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    script = (
        "import components; from components.run.backfilling import backfill; from components.run.catalog import load_pipeline\n"
        "from components.store.store import Store\n"
        "from pathlib import Path\n"
        f"p = load_pipeline('flights'); s = Store.open(folder=Path({str(tmp_path / 'home')!r}))\n"
        f"print(components.__file__, backfill(s, p, [p.calendar.span({DAYS[0]!r})]).sentence)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=copy, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(str(copy / "components"))
    with Store.open(folder=tmp_path / "home") as store:
        found = made(store)
    assert {one[0] for one in found if one[1] == DAYS[0]} >= {"examples", "statistics", "suite_findings", "features", "votes"}
    assert found <= made(flights)


def test_the_features_of_a_day_are_stored_sorted_and_identified(flights: Store) -> None:
    data = flights.runs_of("flights").recent(graph="data")[0]
    values = flights.run(data.id)
    features, examples = values["features"], values["examples"]
    assert isinstance(features, Features)
    identity = ["row_id", "event_time"]
    assert features.to_polars(identity).equals(examples.to_polars(identity))  # type: ignore[attr-defined]
    assert features.to_polars(identity).equals(features.to_polars(identity).sort("event_time", "row_id"))


def test_a_change_of_a_column_touches_the_models_trained_on_its_rows(flights: Store, pipeline: Pipeline) -> None:
    spans = pipeline.calendar.between("2013-01-10", "2013-01-12")
    instant = parse_instant(AS_OF, pipeline.calendar.zone)
    records = statistics_records(flights, pipeline, spans, instant).values()
    touches = blast_radius(flights, pipeline, ["dest"], records)
    assert touches.features == ("dest", "flight_record", "route_record")
    assert touches.functions == ("route_record",)
    digests = [model.split()[1] for model in touches.models]
    run = flights.run(flights.runs_of("flights").recent(graph="training", limit=1)[0].id)
    assert run.artifacts["model"].digest[:12] in digests
    assert blast_radius(flights, pipeline, ["tailnum"], records).models == ()


def test_curves_that_a_pipeline_asks_for_stand_on_the_page_of_its_evaluation(flights: Store) -> None:
    asked = {"curves.ages": [0, 2], "curves.shares": [0.5, 1.0], "curves.sources": ["label_model"]}
    run = train(flights, load_pipeline("flights", {**OVERRIDES, **asked}))
    view, page = write_evaluation(flights, run.id)
    assert {curve.axis: [point.name for point in curve.of_slice()] for curve in view.curves} == {
        "age": ["0 spans old", "2 spans old"], "rows": ["50% of the rows", "100% of the rows"], "name": ["all sources", "without label_model"],
    }  # fmt: skip
    text = page.read_text(encoding="utf-8")
    for said in ("How the model ages", "What more data bring", "What each source of labels is worth", "carrier B6", "Candidates"):
        assert said in text
