"""Private values and credentials, planted at the source, must be nowhere in what a run leaves behind."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from components.ingestion.component import ingest_examples
from components.ingestion.privacy import Drop, KeyedHash, Mask
from components.ingestion.sources.column import Column
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.source import EventTime, Source
from components.ingestion.sources.sql import SqlSource
from components.run.delivering import deliver
from components.run.opening import Request
from components.run.session import run_graph
from components.runtime.graph import Pipeline
from components.statistics.component import generate_statistics
from components.store.store import Store

PLANTED = "zq7-ada"
KEY = "zq7-0123456789abcdef"
COLUMNS = {
    "id": Column("string", privacy=KeyedHash("people")),
    "name": Column("string", privacy=Mask()),
    "mail": Column("string", privacy=Drop()),
    "n": "integer",
}
ROWS = [{"id": f"{PLANTED}-{i}", "name": PLANTED, "mail": f"{PLANTED}@example.org", "n": i, "at": "2013-01-01 05:00:00"} for i in range(20)]


@pytest.fixture
def backend() -> str:
    return "sqlite"


def from_csv(folder: Path) -> Source:
    lines = [",".join(str(value) for value in row.values()) for row in ROWS]
    bad = f"{PLANTED},{PLANTED},{PLANTED},{PLANTED},2013-01-01"
    (folder / "rows.csv").write_text("\n".join(["id,name,mail,n,at", *lines, bad, PLANTED]))
    return CsvSource(location=str(folder / "rows.csv"), columns=COLUMNS, event_time=EventTime("at"), key=("id",), max_quarantined_share=0.5)


def from_sql(folder: Path) -> Source:
    engine = sa.create_engine(f"sqlite:///{folder}/rows.db", poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE people (id TEXT, name TEXT, mail TEXT, n INTEGER, at TIMESTAMP)")
        connection.execute(sa.text("INSERT INTO people VALUES (:id, :name, :mail, :n, :at)"), ROWS)
    return SqlSource(connection="people", table="people", columns=COLUMNS, event_time=EventTime("at"), key=("id",))


def left_behind(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield every file below a folder as text, Parquet decoded too."""
    for path in folder.rglob("*"):
        if path.is_file():
            yield path, path.read_bytes().decode("latin-1")
            if path.suffix == ".parquet":
                yield path, str(pq.read_table(path).to_pylist())


@pytest.mark.parametrize("make", [from_csv, from_sql])
def test_planted_values_are_nowhere_in_the_store_or_the_logs(
    make: object, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("ALMANAC_KEY_PEOPLE", KEY)
    sources = tmp_path / "sources"
    sources.mkdir()
    monkeypatch.setenv("ALMANAC_CONN_PEOPLE", f"sqlite:///{sources}/rows.db")
    pipeline = Pipeline("people", grain="day", zone="UTC", start="2013-01-01", end="2013-01-31")
    examples = pipeline.add(ingest_examples, name="examples", deliveries=pipeline.source("people", make(sources)))  # type: ignore[operator]
    pipeline.add(generate_statistics, name="statistics", examples=examples)
    deliver(store, pipeline)
    span = pipeline.calendar.span("2013-01-01")
    run_graph(store, pipeline, Request("data", span, pipeline.span_as_of(span)))
    found = [path for folder in tmp_path.iterdir() if folder != sources for path, text in left_behind(folder) if "zq7" in text]
    assert found == []
    assert "zq7" not in caplog.text
    assert any(path.suffix == ".parquet" for folder in tmp_path.iterdir() for path, _ in left_behind(folder))
