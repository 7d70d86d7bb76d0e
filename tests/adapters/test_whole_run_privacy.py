"""A whole run on rows with planted private values, from the source to a model in a real MLflow: they must be nowhere in what it leaves."""

import functools
import logging
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest

from components.adapters.mlflow.outbox import sync_outbox
from components.artifacts.choice import Candidate
from components.features.component import build_features, record_outcomes
from components.features.records import Record, daily_records
from components.ingestion.component import ingest_examples
from components.ingestion.privacy import Bucket, Drop, KeyedHash, Mask, Truncate
from components.ingestion.sources.column import Column
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.source import EventTime
from components.labeling.component import apply_labeling_functions
from components.labeling.functions import labeling_function
from components.recipes.graph import TrainingGraph
from components.recipes.sections import EvaluationSection, TrainedSections, TrainingSection
from components.recipes.training import add_training
from components.reports.collect import write_report
from components.run import catalog
from components.run.delivering import deliver
from components.run.opening import Request
from components.run.session import run_graph
from components.run.setup import approve_first_schemas
from components.runtime import keys
from components.runtime.graph import Pipeline, window
from components.runtime.instants import Duration
from components.runtime.keys import CodeRef
from components.statistics.component import generate_statistics
from components.store.store import Store
from components.validation.component import validate_examples

pytestmark = [pytest.mark.system, pytest.mark.slow]

PLANTED = "zq7"
START = datetime(2013, 1, 1, tzinfo=UTC)
PEOPLE = {
    "id": Column("string", privacy=KeyedHash("people")),
    "name": Column("string", privacy=Mask()),
    "mail": Column("string", privacy=Drop()),
    "age": Column("integer", privacy=Bucket(10)),
    "zip": Column("string", privacy=Truncate(2)),
    "spent": "float",
}
SCHEMA = """
columns:
  event_time: {type: timestamp}
  id: {type: string, presence: {min_fraction: 0}, domain: {values: [nobody]}}
  name: {type: string, domain: {values: [nobody]}}
  age: {type: int64}
  zip: {type: string, domain: {values: ["00"]}}
  spent: {type: float64}
"""


def paid() -> pl.Expr:
    return pl.col("paid") == 1


def count(outcomes: pl.DataFrame) -> pl.DataFrame:
    return daily_records(outcomes, paid(), [Record("usual", ("zip",))])


def day_before(start: datetime) -> datetime:
    return start - timedelta(hours=24)


def build(examples: pl.DataFrame, _lookup: object, _records: object) -> pl.DataFrame:
    return examples.select("row_id", "event_time", "zip", "name", pl.col("age").cast(pl.Float64), "spent")


@labeling_function
def spends() -> pl.Expr:
    return pl.when(pl.col("spent") > 60).then(1).when(pl.col("spent") < 40).then(0)


FUNCTIONS = (spends,)


def code(name: str) -> CodeRef:
    return CodeRef(f"{__name__}:{name}")


def write(path: Path) -> None:
    chance = np.random.default_rng(7)
    lines = ["id,name,mail,age,zip,spent,paid,agreed,at"]
    for hour in range(24 * 12):
        for n in range(2):
            spent = chance.uniform(0, 100)
            who = f"{PLANTED}-{hour}-{n}"
            at = f"{START + timedelta(hours=hour):%Y-%m-%dT%H:%M:%SZ}"
            row = (who, f"Ada {PLANTED}", f"{who}@example.org", chance.integers(18, 80), f"9{n}-{PLANTED}", f"{spent:.2f}")
            lines.append(",".join(map(str, (*row, int(spent + chance.normal(0, 20) > 50), "false" if hour % 7 == 0 else "true", at))))
    lines += [f"{PLANTED},{PLANTED},{PLANTED},{PLANTED},{PLANTED},1,1,true,{at}", PLANTED]
    path.write_text("\n".join(lines))


def people(path: Path) -> Pipeline:
    pipeline = Pipeline("people", grain="day", zone="UTC", start="2013-01-01", end="2013-01-12")
    declared = {"location": str(path), "event_time": EventTime("at"), "key": ("id",), "consent": "agreed", "max_quarantined_share": 0.1}
    rows = CsvSource(columns=PEOPLE, **declared)
    known = CsvSource(columns={"id": PEOPLE["id"], "zip": PEOPLE["zip"], "paid": "integer"}, **declared)
    examples = pipeline.add(ingest_examples, name="examples", deliveries=pipeline.source("people", rows))
    outcomes = pipeline.add(ingest_examples, name="outcomes", deliveries=pipeline.source("paid", known, known_after="1 day"))
    records = pipeline.add(record_outcomes, name="records", outcomes=outcomes, count=code("count"))
    statistics = pipeline.add(generate_statistics, name="statistics", examples=examples)
    pipeline.add(validate_examples, name="findings", examples=examples, statistics=statistics, schema=pipeline.schema())
    features = pipeline.add(
        build_features, name="features", examples=examples, lookup=window(examples, "1 spans", on_absent="skip"),
        records=window(records, "2 spans", back=3, on_absent="skip"), build=code("build"), known_by=code("day_before"),
        outcome_lag=Duration(1, "day"), zone="UTC",
    )  # fmt: skip
    votes = pipeline.add(apply_labeling_functions, name="votes", features=features, functions=code("FUNCTIONS"))
    training = TrainingSection(
        window="5 spans", validation_spans=1, test_spans=2, gap_spans=0, candidates=(Candidate("small", parameters={"max_iter": 5}),)
    )
    evaluation = EvaluationSection(slices=("zip",), minimum_rows=5, resamples=20)
    config = TrainedSections(outcome_lag=Duration(1, "day"), training=training, evaluation=evaluation)
    shown = ("id", "name", "zip")
    add_training(
        TrainingGraph(
            pipeline,
            config,
            features,
            votes,
            outcomes,
            outcome=code("paid"),
            excluded=("name",),
            functions=code("FUNCTIONS"),
            shown=shown[1:],
        )
    )
    return pipeline


def left_behind(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield every file below a folder as text, Parquet decoded and archives unpacked too."""
    for path in folder.rglob("*"):
        if path.is_file():
            yield path, f"{path.name} {path.read_bytes().decode('latin-1')}"
            if path.suffix == ".parquet":
                yield path, str(pq.read_table(path).to_pylist())
            elif zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    yield from ((path, archive.read(name).decode("latin-1")) for name in archive.namelist())


@pytest.fixture
def backend() -> str:
    return "sqlite"


def test_planted_values_are_in_no_artifact_log_report_or_field_of_mlflow(
    store: Store, mlflow_uri: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("ALMANAC_KEY_PEOPLE", f"{PLANTED}-0123456789abcdef")
    monkeypatch.setattr(catalog, "FOLDER", tmp_path)
    monkeypatch.setattr(keys, "code_digest_of", functools.partial(keys.code_digest_of, packages={"components", "tests"}))
    sources = tmp_path / "people"
    sources.mkdir()
    (sources / "schema.yaml").write_text(SCHEMA)
    write(sources / "rows.csv")
    pipeline = people(sources / "rows.csv")
    approve_first_schemas(store, pipeline)
    deliver(store, pipeline)
    span = pipeline.calendar.span("2013-01-10")
    requests = (
        Request("data", span, pipeline.span_as_of(span)),
        Request("training", None, datetime(2013, 1, 12, tzinfo=UTC), "production"),
    )
    runs = [run_graph(store, pipeline, request) for request in requests]
    for run in runs:
        write_report(store, run.id)
    result = sync_outbox(store, mlflow_uri)
    assert (len(result.mirrored), result.refused) == (2, {})
    assert store.run(runs[0].id)["findings"].summary()["warn"]  # that had values to show
    places = [store.folder, *(one for one in tmp_path_factory.getbasetemp().iterdir() if one.name.startswith("mlflow"))]
    found = {path for folder in places for path, text in left_behind(folder) if PLANTED in text}
    assert found == set()
    assert PLANTED not in caplog.text
    suffixes = {path.suffix for folder in places for path, _ in left_behind(folder)}
    assert {".parquet", ".html", ".json", ".skops", ".sqlite"} <= suffixes
