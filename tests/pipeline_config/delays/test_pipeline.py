"""The delays pipeline: a number from the flights' sources, by way of the same training graph."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from components.engines.local import Threads
from components.run.catalog import load_pipeline
from components.run.leakage import prove
from components.run.opening import Request, deliver
from components.run.session import run_graph
from components.run.setup import approve_first_schemas
from components.runtime.errors import DataError
from components.store.lineage import lineage
from components.store.records import ArtifactRecord, RunRecord
from components.store.store import Store
from components.store.tables import artifact
from pipeline_config.delays.features import LONGEST, RECORDS, count_outcomes

SMALL = {
    "training.window": "6 spans", "training.validation_spans": 2, "training.test_spans": 2, "record_spans": 3, "training.candidates": [
        {"name": "ridge", "estimator": "sklearn.linear_model.Ridge"},
        {"name": "boosting", "estimator": "sklearn.ensemble.HistGradientBoostingRegressor", "parameters": {"max_iter": 5}},
    ],
}  # fmt: skip


def test_the_sums_of_a_day_are_whole_minutes_and_long_delays_are_cut() -> None:
    day = {"carrier": ["UA", "UA", "B6"], "origin": ["JFK"] * 3, "dest": ["BOS"] * 3, "hour": [9, 9, 10], "arr_delay": [400.0, -20.0, None]}
    counts = count_outcomes(pl.DataFrame(day)).filter(pl.col("record") == RECORDS[0].name)
    assert counts.rows() == [("carrier_delay", "UA", 2, LONGEST - 20)]


def trained(folder: Path) -> tuple[Store, RunRecord]:
    folder.mkdir()
    store = Store.open(url=f"sqlite:///{folder}/metadata.db", folder=folder)
    pipeline = load_pipeline("delays", SMALL)
    approve_first_schemas(store, pipeline)
    deliver(store, pipeline)
    request = Request("training", None, datetime(2013, 2, 15, 5, tzinfo=UTC), parameters=SMALL)
    return store, run_graph(store, pipeline, request, engine=Threads())


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Mapping[str, ArtifactRecord]]]:
    store, record = trained(tmp_path_factory.mktemp("delays") / "one")
    with store:
        yield store, store.run(record.id).artifacts


@pytest.mark.slow
def test_a_training_run_predicts_minutes_and_gives_the_same_bytes_again(run, tmp_path) -> None:
    _, artifacts = run
    summary = artifacts["evaluate.evaluation"].summary
    assert float(str(summary["mae_low"])) < float(str(summary["mae"])) < float(str(summary["mae_high"]))
    assert 5 < float(str(summary["mae"])) < 60
    assert artifacts["gate.decision"].summary["verdict"] in {"bless", "inconclusive"}
    store, again = trained(tmp_path / "other")
    with store:
        assert {n: r.digest for n, r in store.run(again.id).artifacts.items()} == {n: r.digest for n, r in artifacts.items()}


@pytest.mark.slow
def test_every_model_is_proven_to_know_nothing_of_after_its_date(run) -> None:
    rehearsal, model = sorted(prove(*run), key=lambda proof: proof.trained_until)
    assert (rehearsal.step, model.step) == ("rehearsal", "model")
    assert rehearsal.latest <= rehearsal.trained_until < model.latest <= model.trained_until
    assert min(rehearsal.n_roots, model.n_roots) > 3 * 6  # flights, weather and arrivals of each day of the window


@pytest.mark.slow
@pytest.mark.parametrize("source", ["flights", "observations", "arrivals"])
def test_a_row_a_label_and_a_lookup_from_after_the_date_are_each_found(run, source: str) -> None:
    store, artifacts = run
    model = artifacts["rehearsal.model"]
    used = {link.artifact.id for link in lineage(store.database, model.id, without=("split",))}
    parts = store.roots("delays").parts(source)
    part = next(record for span in sorted(parts) for _, record in parts[span] if record.id in used)
    try:
        known_at(store, part.id, int(str(model.summary["trained_until"])) + 1)
        with pytest.raises(DataError, match=f"rehearsal leaks: 1 of its .* roots were known after.*{part.span}"):
            prove(store, artifacts)
    finally:
        known_at(store, part.id, part.known_at)
    assert len(prove(store, artifacts)) == 2


def known_at(store: Store, number: int, instant: int) -> None:
    """Say of an artifact that it became known at another instant."""
    with store.database.write() as connection:
        connection.execute(sa.update(artifact).where(artifact.c.id == number).values(known_at=instant))
