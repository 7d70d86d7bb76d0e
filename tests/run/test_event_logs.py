"""Outcomes and served predictions from the logs of collectors, which are rotated and compressed while they are read."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from components.ingestion.component import ingest_examples
from components.ingestion.sources.events import EventLogSource
from components.ingestion.sources.source import EventTime
from components.run.backfilling import backfill
from components.run.delivering import deliver
from components.runtime.graph import Pipeline
from components.store.store import Store

START = datetime(2013, 1, 1, 6, tzinfo=UTC)


@pytest.fixture
def backend() -> str:
    return "sqlite"


def served(root: Path) -> Pipeline:
    """Predictions as Logstash writes them, and outcomes behind Fluentd's time and tag."""
    pipeline = Pipeline("served", grain="day", zone="UTC", start="2013-01-01", end="2013-01-31")
    predictions = EventLogSource(
        location=f"{root}/predictions.log*", event_time=EventTime("@timestamp"), key=("id",),
        columns={"id": "string", "score": "float", "model": "string"}, renames={"prediction.score": "score", "prediction.model": "model"},
    )  # fmt: skip
    outcomes = EventLogSource(
        location=f"{root}/outcomes.*",
        event_time=EventTime("time"),
        key=("id",),
        columns={"id": "string", "late": "boolean", "tag": "string"},
    )
    for name, source in (("predictions", predictions), ("outcomes", outcomes)):
        pipeline.add(ingest_examples, name=name, deliveries=pipeline.source(name, source))
    return pipeline


def prediction(n: int) -> str:
    time = f"{START + timedelta(hours=5 * n):%Y-%m-%dT%H:%M:%S.000Z}"
    return json.dumps({"@timestamp": time, "@version": "1", "id": f"r{n}", "prediction": {"score": n / 10, "model": "m7"}}) + "\n"


def outcome(n: int) -> str:
    return f'{(START + timedelta(hours=5 * n)).isoformat()}\tflights.outcome\t{{"id":"r{n}","late":{str(n % 2 == 0).lower()}}}\n'


def ids(store: Store, name: str) -> set[str]:
    parts = store.roots("served").parts(name)
    return {row["id"] for found in parts.values() for _, part in found for row in store.load(part).to_arrow(["id"]).to_pylist()}  # type: ignore[attr-defined]


def test_a_log_that_is_rotated_and_compressed_loses_no_event_and_delivers_none_twice(store: Store, tmp_path: Path) -> None:
    pipeline = served(tmp_path)
    log = tmp_path / "predictions.log"
    log.write_text("".join(map(prediction, range(6))))
    (tmp_path / "outcomes.20130101.log").write_text("".join(map(outcome, range(6))))
    assert len(deliver(store, pipeline)) == 2
    log.rename(tmp_path / "predictions.log.1")
    log.write_text("".join(map(prediction, range(6, 9))))
    (later,) = deliver(store, pipeline)
    assert (later.n_read, ids(store, "predictions")) == (3, {f"r{n}" for n in range(9)})
    (tmp_path / "predictions.log.2.gz").write_bytes(gzip.compress((tmp_path / "predictions.log.1").read_bytes()))
    (tmp_path / "predictions.log.1").unlink()
    assert deliver(store, pipeline) == []
    assert store.source_findings("served").standing() == []


def test_predictions_and_outcomes_become_examples_of_their_days(store: Store, tmp_path: Path) -> None:
    pipeline = served(tmp_path)
    (tmp_path / "predictions.log").write_text("".join(map(prediction, range(3))))
    (tmp_path / "predictions.log.1.gz").write_bytes(gzip.compress("".join(map(prediction, range(3, 8))).encode()))
    (tmp_path / "outcomes.20130101.log").write_text("".join(map(outcome, range(8))))
    done = backfill(store, pipeline, pipeline.calendar.between("2013-01-01", "2013-01-02"))
    assert not done.failures
    assert (done.n_spans, done.computed) == (2, 4)
    day = store.run(store.runs_of("served").recent(graph="data", limit=1)[0].id)
    rows = day["outcomes"].to_arrow(["id", "late", "tag"]).to_pylist()  # type: ignore[attr-defined]
    assert {row["id"]: row["late"] for row in rows} == {"r4": True, "r5": False, "r6": True, "r7": False}
    assert {row["tag"] for row in rows} == {"flights.outcome"}
    assert set(day["predictions"].to_polars()["model"]) == {"m7"}  # type: ignore[attr-defined]
