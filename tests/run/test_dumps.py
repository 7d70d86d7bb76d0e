"""Sources that deliver a whole table at a time: a span a dump, and what changed between two."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from components.ingestion.changes import table_changes
from components.ingestion.reference import ingest_reference
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.event_time import Dump
from components.ingestion.sources.source import Source
from components.ingestion.sources.sql import SqlSource
from components.run.delivering import deliver
from components.run.opening import Request
from components.run.session import run_graph
from components.runtime.errors import DefinitionError
from components.runtime.graph import Pipeline, window
from components.store.store import Store

COLUMNS = {"id": "string", "price": "float"}


@pytest.fixture
def backend() -> str:
    return "sqlite"


def prices(source: Source, start: str = "2013-01-01") -> Pipeline:
    pipeline = Pipeline("prices", grain="day", zone="Europe/Berlin", start=start)
    table = pipeline.add(ingest_reference, name="table", deliveries=pipeline.source("prices", source))
    pipeline.add(table_changes, name="changes", table=table, earlier=window(table, "7 spans", on_absent="skip"))
    return pipeline


def dumps(root: Path, **more: object) -> CsvSource:
    declared = {"location": f"{root}/{{YYYY-MM-DD}}.csv", "columns": COLUMNS, "event_time": Dump(zone="Europe/Berlin"), "key": ("id",)}
    return CsvSource(**{**declared, **more})


def write(root: Path, name: str, **rows: float) -> None:
    (root / f"{name}.csv").write_text("id,price\n" + "".join(f"{key},{value}\n" for key, value in rows.items()))


def changes_of(store: Store, pipeline: Pipeline, day: str) -> set[tuple[str, float, str]]:
    span = pipeline.calendar.span(day)
    run = run_graph(store, pipeline, Request("data", span, pipeline.span_as_of(span)))
    table = store.run(run.id)["changes"].to_arrow()  # type: ignore[attr-defined]
    return {(row["id"], row["price"], row["change"]) for row in table.to_pylist()}


def test_each_dump_is_a_span_and_the_change_table_says_what_became_of_each_key(store: Store, tmp_path: Path) -> None:
    write(tmp_path, "2013-01-01", a=1, b=2)
    write(tmp_path, "2013-01-02", a=1, b=3, c=4)
    write(tmp_path, "2013-01-05", a=1, c=4)
    pipeline = prices(dumps(tmp_path))
    found = deliver(store, pipeline)
    assert [(one.first_span, one.last_span) for one in found] == [("2013-01-01",) * 2, ("2013-01-02",) * 2, ("2013-01-05",) * 2]
    assert changes_of(store, pipeline, "2013-01-05") == {("b", 3, "removed")}
    assert changes_of(store, pipeline, "2013-01-02") == {("b", 3, "changed"), ("c", 4, "added")}
    assert changes_of(store, pipeline, "2013-01-01") == {("a", 1, "first"), ("b", 2, "first")}
    assert deliver(store, pipeline) == []


def test_an_unchanged_dump_of_another_day_is_delivered_and_told(store: Store, tmp_path: Path) -> None:
    write(tmp_path, "2013-01-01", a=1)
    write(tmp_path, "2013-01-02", a=1)
    pipeline = prices(dumps(tmp_path))
    assert len(deliver(store, pipeline)) == 2
    assert changes_of(store, pipeline, "2013-01-02") == set()
    found = [(one.finding.code, one.span) for one in store.source_findings("prices").standing()]
    assert found == [("source-repeated", "2013-01-02")]
    deliver(store, pipeline)
    assert len(store.source_findings("prices").standing()) == 1


def test_a_dump_that_is_overwritten_belongs_to_the_day_on_which_it_was_seen(store: Store, tmp_path: Path) -> None:
    today = datetime.now(UTC).date().isoformat()
    pipeline = prices(dumps(tmp_path, location=str(tmp_path / "table.csv"), event_time=Dump()), start="2013-01-01")
    write(tmp_path, "table", a=1)
    (first,) = deliver(store, pipeline)
    assert first.first_span >= today
    assert deliver(store, pipeline) == []
    write(tmp_path, "table", a=2)
    assert len(deliver(store, pipeline)) == 1


def test_a_table_of_a_database_may_be_dumped(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path}/shop.db"
    monkeypatch.setenv("ALMANAC_CONN_SHOP", url)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE prices (id TEXT, price FLOAT)")
        connection.exec_driver_sql("INSERT INTO prices VALUES ('a', 1), ('b', 2)")
    source = SqlSource(connection="shop", table="prices", columns=COLUMNS, event_time=Dump(), key=("id",))
    (first,) = deliver(store, prices(source))
    assert (first.n_read, first.n_partitioned) == (2, 2)
    assert deliver(store, prices(source)) == []


def test_a_dump_needs_a_key_and_a_date(store: Store, tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="told apart by a key"):
        dumps(tmp_path, key=None)
    write(tmp_path, "2013-02-31", a=1)
    with pytest.raises(DefinitionError, match="holds no date"):
        deliver(store, prices(dumps(tmp_path)))
