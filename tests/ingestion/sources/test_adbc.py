"""ADBC sources against SQLite and a real PostgreSQL server, beside what `SqlSource` reads of the same table."""

import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from components.cli.services import postgres
from components.ingestion.partition import Reading, read_source
from components.ingestion.sources.adbc import AdbcSource
from components.ingestion.sources.source import EventTime
from components.ingestion.sources.sql import SqlSource
from components.runtime.errors import DataError, DefinitionError
from components.runtime.spans import Calendar

pytest.importorskip("adbc_driver_manager", reason="the ADBC drivers are not installed")
START = datetime(2013, 1, 1)  # noqa: DTZ001 - a column without a zone
PLANTED = "planted-secret-7151"


@pytest.fixture(params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> sa.Engine:
    """Fill a table of 100 hours; row 7 has no time."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/rows.db"
    else:
        url = postgres.uri(request.getfixturevalue("postgres_cluster"), "postgres")
    monkeypatch.setenv("ALMANAC_CONN_SHOP", url)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    kind = "TEXT" if request.param == "sqlite" else "TIMESTAMP"
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS sold")
        connection.exec_driver_sql(
            f"CREATE TABLE sold (id VARCHAR(20), n INTEGER, x FLOAT, price NUMERIC, sold_at {kind}, version INTEGER)"
        )
        rows = [{"i": f"r{i}", "n": i, "x": i / 4, "t": str(START + timedelta(hours=i)) if i != 7 else None} for i in range(100)]
        cast = "CAST(:t AS TIMESTAMP)" if request.param == "postgresql" else ":t"
        connection.execute(sa.text(f"INSERT INTO sold VALUES (:i, :n, :x, :n, {cast}, 1)"), rows)
    return engine


def source(kind: type[SqlSource] = AdbcSource, **declared: object) -> SqlSource:
    columns = {"id": "string", "n": "integer", "x": "float", "price": "float"}
    defaults = {"connection": "shop", "columns": columns, "event_time": EventTime("sold_at"), "key": ("id",), "max_quarantined_share": 0.1}
    return kind(**{**defaults, **({} if "query" in declared else {"table": "sold"}), **declared})


def content(reading: Reading) -> dict[str, object]:
    return {key: part.to_arrow() for key, part in reading.parts.items()} | dict(reading.counts)


def test_the_same_rows_are_read_as_by_sqlalchemy(shop: sa.Engine, days: Calendar) -> None:
    reading = read_source(source(), days)
    assert reading.counts == {"read": 100, "partitioned": 99, "quarantined": 1}
    assert content(reading) == content(read_source(source(SqlSource), days))
    bounded = {"between": ("2013-01-03", "2013-01-04")}
    assert content(read_source(source(**bounded), days)) == content(read_source(source(SqlSource, **bounded), days))


def test_a_query_is_read_by_its_bounds(shop: sa.Engine, days: Calendar) -> None:
    query = "SELECT id, n, x, price, sold_at FROM sold WHERE sold_at >= :since AND sold_at < :until AND n < 50;"
    assert read_source(source(query=query, between=("2013-01-02", "2013-01-03")), days).counts["read"] == 24
    with pytest.raises(DefinitionError, match="no bounds of time"):
        source(query="SELECT id FROM sold")


@pytest.mark.parametrize("watermark", [None, "version"])
def test_the_fingerprint_follows_the_rows(watermark: str | None, shop: sa.Engine) -> None:
    declared = source(watermark=watermark)
    before = declared.fingerprint()
    assert (before.size, before.sha256) == (100, declared.fingerprint().sha256)
    with shop.begin() as connection:
        connection.exec_driver_sql("UPDATE sold SET n = 0, version = 2 WHERE id = 'r3'")
    assert declared.fingerprint().sha256 != before.sha256


def test_nothing_is_written_and_what_is_missing_is_named(shop: sa.Engine, days: Calendar) -> None:
    with pytest.raises(DataError, match="source-missing"):
        read_source(source(table="sole"), days)
    with pytest.raises(DataError, match="column-missing idd"):
        read_source(source(columns={"idd": "string"}, key=None), days)
    if shop.dialect.name == "postgresql":
        with pytest.raises(DataError, match="read-only"):
            read_source(source(query="SELECT * FROM sold WHERE sold_at >= :since AND sold_at < :until AND lo_create(0) > 0"), days)
    with shop.connect() as connection:
        assert connection.exec_driver_sql("SELECT COUNT(*) FROM sold").scalar() == 100


def test_credentials_show_in_no_message(days: Calendar, monkeypatch: pytest.MonkeyPatch) -> None:
    for address, code in (
        (f"postgresql://user:{PLANTED}@127.0.0.1:9/none", "source-unreachable"),
        (f"nosuch://{PLANTED}", "no ADBC driver"),
    ):
        monkeypatch.setenv("ALMANAC_CONN_SHOP", address)
        with pytest.raises((DataError, DefinitionError), match=code) as raised:
            read_source(source(), days)
        assert PLANTED not in f"{raised.value!r} {raised.value} {getattr(raised.value, 'findings', ())}"


def test_pages_by_keyset_read_every_row_once_in_one_snapshot(shop: sa.Engine, days: Calendar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.ingestion.sources.sql.PAGE_ROWS", 7)
    assert content(read_source(source(SqlSource, pages="keyset"), days)) == content(read_source(source(SqlSource), days))
    if shop.dialect.name == "postgresql":
        rows = iter(source(SqlSource, pages="keyset").records())
        next(rows)
        with shop.begin() as connection:
            connection.exec_driver_sql("UPDATE sold SET n = -1")
        assert all(record.values["n"] >= 0 for record in rows)
    with shop.begin() as connection:
        connection.exec_driver_sql("UPDATE sold SET id = 'same'")
    with pytest.raises(DataError, match="key-repeated"):
        read_source(source(SqlSource, pages="keyset"), days)
    with pytest.raises(DefinitionError, match="need a key"):
        source(SqlSource, pages="keyset", key=None)


def test_memory_does_not_grow_with_a_table_that_is_read_by_keyset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("duckdb_engine", reason="duckdb-engine is not installed")
    monkeypatch.setattr("components.ingestion.sources.sql.PAGE_ROWS", 100)
    monkeypatch.setenv("ALMANAC_CONN_SHOP", f"duckdb:///{tmp_path}/rows.db")
    engine = sa.create_engine(f"duckdb:///{tmp_path}/rows.db", poolclass=sa.NullPool)
    with engine.begin() as connection:
        made = "SELECT 'r' || range AS id, range AS n, 0.5 AS x, 1 AS price, TIMESTAMP '2013-01-01' AS sold_at FROM range(5000)"
        connection.exec_driver_sql(f"CREATE TABLE sold AS {made}")
    engine.dispose()
    records = source(SqlSource, pages="keyset").records()
    next(records)
    tracemalloc.start()
    assert sum(1 for _ in records) == 4_999
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


def test_the_first_hour_is_utc(shop: sa.Engine, days: Calendar) -> None:
    first = read_source(source(), days).parts["2013-01-01"].to_arrow(["event_time"]).column(0)[0].as_py()
    assert first == START.replace(tzinfo=UTC)
