"""SQL sources against SQLite, DuckDB and a real PostgreSQL server."""

import logging
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from components.cli.services import postgres
from components.ingestion.partition import read_source
from components.ingestion.sources.source import EventTime
from components.ingestion.sources.sql import SqlSource
from components.runtime.errors import DataError, DefinitionError
from components.runtime.spans import Calendar

START = datetime(2013, 1, 1)  # noqa: DTZ001 - a column without a zone
PLANTED = "planted-secret-7151"


@pytest.fixture
def postgresql(postgres_cluster: Path) -> str:
    return postgres.uri(postgres_cluster, "postgres")


@pytest.fixture(params=["sqlite", "duckdb", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "duckdb":
        pytest.importorskip("duckdb_engine", reason="duckdb-engine is not installed")
    return request.getfixturevalue("postgresql") if request.param == "postgresql" else f"{request.param}:///{tmp_path}/rows.db"


@pytest.fixture
def shop(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Engine]:
    """Fill a table of 100 hours; row 7 has no time."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS sales")
        connection.exec_driver_sql('CREATE TABLE sales (id VARCHAR(20), n INTEGER, x FLOAT, "sold_at" TIMESTAMP, version INTEGER)')
        rows = [{"i": f"r{i}", "n": i, "x": i / 4, "t": START + timedelta(hours=i) if i != 7 else None} for i in range(100)]
        connection.execute(sa.text("INSERT INTO sales VALUES (:i, :n, :x, :t, 1)").bindparams(sa.bindparam("t", type_=sa.DateTime())), rows)
    monkeypatch.setenv("ALMANAC_CONN_SHOP", url)
    yield engine
    engine.dispose()


def source(**declared: object) -> SqlSource:
    columns = {"id": "string", "n": "integer", "x": "float"}
    defaults = {"connection": "shop", "columns": columns, "event_time": EventTime("sold_at"), "key": ("id",), "max_quarantined_share": 0.1}
    if "query" not in declared:
        defaults["table"] = "sales"
    return SqlSource(**{**defaults, **declared})


def statements(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect what is executed by engines that are made from now on."""
    seen: list[str] = []
    make = sa.create_engine

    def watched(*args: object, **kwargs: object) -> sa.Engine:
        made = make(*args, **kwargs)
        sa.event.listen(made, "before_cursor_execute", lambda _c, _cur, statement, *_: seen.append(statement))
        return made

    monkeypatch.setattr(sa, "create_engine", watched)
    return seen


def test_a_table_is_read_into_spans(shop: sa.Engine, days: Calendar) -> None:
    reading = read_source(source(), days)
    assert reading.counts == {"read": 100, "partitioned": 99, "quarantined": 1}
    assert {key: part.n_rows for key, part in reading.parts.items()} == {
        "2013-01-01": 23, "2013-01-02": 24, "2013-01-03": 24, "2013-01-04": 24, "2013-01-05": 4
    }  # fmt: skip
    assert reading.parts["2013-01-05"].to_arrow(["id", "n", "x"]).to_pylist()[1] == {"id": "r97", "n": 97, "x": 24.25}
    assert reading.quarantine is not None
    assert reading.quarantine.reasons == {"missing-time": 1}


def test_columns_and_time_range_are_pushed_down(shop: sa.Engine, days: Calendar, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = statements(shop, monkeypatch)
    reading = read_source(source(between=("2013-01-03", "2013-01-04"), columns={"id": "string"}, watermark="version"), days)
    assert list(reading.parts) == ["2013-01-03"]
    asked = [one for one in seen if "sales.id" in one]
    assert asked
    assert all("sold_at >=" in one and "sales.x" not in one for one in asked)


def test_a_query_is_read_by_its_bounds(shop: sa.Engine, days: Calendar) -> None:
    query = "SELECT id, n, x, sold_at FROM sales WHERE sold_at >= :since AND sold_at < :until AND n < 50;"
    reading = read_source(source(query=query, between=("2013-01-02", "2013-01-03")), days)
    assert reading.counts == {"read": 24, "partitioned": 24, "quarantined": 0}


def test_a_query_without_bounds_is_refused() -> None:
    with pytest.raises(DefinitionError, match="no bounds of time"):
        source(query="SELECT * FROM sales WHERE sold_at::date >= :since")


@pytest.mark.parametrize("watermark", [None, "version"])
def test_the_fingerprint_follows_the_rows(watermark: str | None, shop: sa.Engine) -> None:
    declared = source(watermark=watermark)
    before = declared.fingerprint()
    assert before.sha256 == declared.fingerprint().sha256
    with shop.begin() as connection:
        connection.exec_driver_sql("UPDATE sales SET n = 0, version = 2 WHERE id = 'r3'")
    assert declared.fingerprint().sha256 != before.sha256


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)  # the others lock their file: nobody can write meanwhile
def test_what_is_written_during_the_read_is_not_seen(shop: sa.Engine, days: Calendar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.ingestion.sources.sql.PAGE_ROWS", 10)
    read = iter(source().records())
    first = next(read)
    with shop.begin() as connection:
        connection.exec_driver_sql("UPDATE sales SET n = -1")
    assert all(record.values["n"] >= 0 for record in [first, *read])


def test_a_missing_table_and_column_are_named(shop: sa.Engine, days: Calendar) -> None:
    with pytest.raises(DataError, match="source-missing"):
        read_source(source(table="sale"), days)
    with pytest.raises(DataError, match="column-missing idd"):
        read_source(source(columns={"idd": "string"}, key=None), days)


@pytest.mark.parametrize("url", ["sqlite", "postgresql"], indirect=True)  # DuckDB hands over its result at once
def test_a_read_writes_nothing_and_its_memory_does_not_grow_with_the_table(shop: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.ingestion.sources.sql.PAGE_ROWS", 100)
    with shop.begin() as connection:
        for _ in range(7):
            connection.exec_driver_sql("INSERT INTO sales SELECT id, n, x, sold_at, version FROM sales")
    records = source().records()
    next(records)
    tracemalloc.start()
    n_rows = sum(1 for _ in records)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert n_rows == 12_799
    assert peak < 1_000_000


@pytest.mark.parametrize(
    ("address", "code"),
    [
        (f"postgresql://user:{PLANTED}@127.0.0.1:9/none", "source-unreachable"),
        (f"nonsense {PLANTED}", "not a|no SQLAlchemy URL"),
        (f"nosuch://user:{PLANTED}@host/none", "no SQLAlchemy URL"),
    ],
)
def test_credentials_show_in_no_message_log_or_declaration(
    address: str, code: str, days: Calendar, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("ALMANAC_CONN_SHOP", address)
    with pytest.raises((DataError, DefinitionError), match=code) as raised:
        read_source(source(), days)
    told = f"{raised.value!r} {raised.value} {getattr(raised.value, 'findings', ())} {caplog.text} {source().identity}"
    assert PLANTED not in told


def test_a_connection_is_named_and_never_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DefinitionError, match="not the name of a connection") as raised:
        source(connection=f"postgresql://user:{PLANTED}@host/db")
    assert PLANTED not in str(raised.value)
    monkeypatch.setenv("ALMANAC_CONN_SHOP", "sqlite://")
    with pytest.raises(DefinitionError, match="Nearest valid name: 'shop'"):
        source(connection="shopp").fingerprint()
    monkeypatch.delenv("ALMANAC_CONN_SHOP")
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", "postgres://user@127.0.0.1:9/none")
    with pytest.raises(DataError, match="source-unreachable"):
        source().fingerprint()


def test_local_times_of_a_column_without_a_zone_follow_the_declared_one(shop: sa.Engine, days: Calendar) -> None:
    reading = read_source(source(event_time=EventTime("sold_at", zone="America/New_York")), days)
    assert str(reading.parts["2013-01-05"].to_arrow(["event_time"]).column(0)[-1]) == str(START.replace(tzinfo=UTC) + timedelta(hours=104))
