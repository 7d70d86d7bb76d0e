"""A table that is written to while it is read, day after day, by its watermark: each delivery brings what changed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from components.cli.services import postgres
from components.ingestion.component import ingest_examples
from components.ingestion.sources.adbc import AdbcSource
from components.ingestion.sources.known import KnownColumn
from components.ingestion.sources.source import EventTime
from components.ingestion.sources.sql import SqlSource
from components.run.delivering import deliver
from components.run.opening import Request
from components.run.session import run_graph
from components.runtime.errors import DefinitionError
from components.runtime.graph import Pipeline
from components.store.store import Store

DAY = datetime(2013, 1, 1)  # noqa: DTZ001 - columns without a zone


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture(params=["sqlite", "postgresql"])
def table(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> sa.Engine:
    """Make an empty table of orders."""
    url = f"sqlite:///{tmp_path}/rows.db"
    if request.param == "postgresql":
        url = postgres.uri(request.getfixturevalue("postgres_cluster"), "postgres")
    monkeypatch.setenv("ALMANAC_CONN_SHOP", url)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS orders")
        connection.exec_driver_sql("CREATE TABLE orders (id VARCHAR(20) PRIMARY KEY, n INTEGER, at TIMESTAMP, changed TIMESTAMP)")
    return engine


def put(engine: sa.Engine, *rows: tuple[str, int, int, float]) -> None:
    """Write orders (id, n, day, days after the first at which it was changed)."""
    text = "INSERT INTO orders VALUES (:i, :n, :at, :changed) ON CONFLICT (id) DO UPDATE SET n = excluded.n, changed = excluded.changed"
    statement = sa.text(text).bindparams(*(sa.bindparam(name, type_=sa.DateTime()) for name in ("at", "changed")))
    with engine.begin() as connection:
        for key, n, day, changed in rows:
            when = {"at": DAY + timedelta(days=day), "changed": DAY + timedelta(days=changed)}
            connection.execute(statement, {"i": key, "n": n, **when})


def shop(kind: type[SqlSource], **more: object) -> Pipeline:
    declared = {"connection": "shop", "table": "orders", "columns": {"id": "string", "n": "integer"}, "event_time": EventTime("at")}
    declared |= {"key": ("id",), "watermark": "changed", "incremental": True, "known_by": KnownColumn("changed")}
    pipeline = Pipeline("shop", grain="day", zone="UTC", start="2013-01-01")
    pipeline.add(ingest_examples, name="examples", deliveries=pipeline.source("orders", kind(**{**declared, **more})))
    return pipeline


@pytest.mark.parametrize("kind", [SqlSource, AdbcSource])
def test_each_delivery_reads_what_changed_and_each_date_sees_its_own_state(kind: type[SqlSource], table: sa.Engine, store: Store) -> None:
    if kind is AdbcSource:
        pytest.importorskip("adbc_driver_manager", reason="the ADBC drivers are not installed")
    pipeline = shop(kind)
    put(table, ("a", 1, 0, 0.5), ("b", 1, 0, 0.75), ("c", 1, 0, 0.75))
    (first,) = deliver(store, pipeline)
    assert first.n_read == 3
    assert deliver(store, pipeline) == []
    put(table, ("a", 2, 0, 2.5), ("d", 1, 0, 2.25), ("e", 1, 1, 2.5))
    (second,) = deliver(store, pipeline)
    assert second.n_read == 5  # two at the watermark once more
    put(table, ("f", 1, 1, 2.5), ("g", 1, 1, 2.5), ("h", 1, 1, 2.5))  # committed with the same time, after the read
    (third,) = deliver(store, pipeline)
    assert third.n_read == 5  # as many as before, and others
    assert deliver(store, pipeline) == []

    def seen(day: str, as_of: datetime) -> dict[str, int]:
        run = run_graph(store, pipeline, Request("data", pipeline.calendar.span(day), as_of.replace(tzinfo=UTC)))
        rows = store.run(run.id)["examples"].to_arrow(["id", "n"]).to_pylist()  # type: ignore[attr-defined]
        return {row["id"]: row["n"] for row in rows}

    assert seen("2013-01-01", DAY + timedelta(days=1)) == {"a": 1, "b": 1, "c": 1}
    assert seen("2013-01-01", DAY + timedelta(days=3)) == {"a": 2, "b": 1, "c": 1, "d": 1}
    assert seen("2013-01-02", DAY + timedelta(days=3)) == {"e": 1, "f": 1, "g": 1, "h": 1}


def test_an_incremental_read_needs_a_watermark_and_a_key(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DefinitionError, match="needs a watermark"):
        shop(SqlSource, watermark=None)
    with pytest.raises(DefinitionError, match="only what is new"):
        deliver(store, shop(SqlSource, key=None, known_by="observed"))
