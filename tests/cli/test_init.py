"""A new user's first minute, with three files of different shapes."""

import functools
import importlib.util
import json
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.cli.init import init
from components.run.backfilling import backfill
from components.runtime.config import load_config
from components.runtime.errors import DataError, DefinitionError
from components.store.store import Store

START = datetime(2024, 3, 1, tzinfo=UTC)


@pytest.fixture
def backend() -> str:
    return "sqlite"


def orders(path: Path) -> Path:
    """Return a German export: semicolons, Windows-1252, postal codes with leading zeros, blanks for null."""
    lines = [f"{1000 + i};{START + timedelta(hours=i):%Y-%m-%d %H:%M:%S};Mühlweg {i};0{i}1;{i / 7:.2f};NA" for i in range(60)]
    (path / "orders.csv").write_bytes("\n".join(["Nr;Zeit;Straße;PLZ;Betrag;Ort", *lines]).encode("cp1252"))
    return path / "orders.csv"


def clicks(path: Path) -> Path:
    """Return JSON lines with seconds since 1970 and a nested object."""
    rows = [{"ts": 1709251200 + i * 900, "user": {"id": i % 7}, "page": "/", "ms": i if i % 9 else None} for i in range(200)]
    (path / "clicks.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return path / "clicks.jsonl"


def sensors(path: Path) -> Path:
    """Return Parquet with a key of two columns."""
    times = pa.array([START + timedelta(hours=i // 2) for i in range(100)], pa.timestamp("ms", "UTC"))
    pq.write_table(
        pa.table({"sensor": ["a", "b"] * 50, "measured_at": times, "value": [i / 3 for i in range(100)]}), path / "sensors.parquet"
    )
    return path / "sensors.parquet"


def loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("written_pipeline", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "told"), [(orders, "event time Zeit, key Nr"), (clicks, "event time ts"), (sensors, "key sensor, measured_at")]
)
def test_the_pipeline_that_it_writes_runs_at_once(
    make: object, told: str, folder: Path, tmp_path: Path, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    init("trial", str(make(tmp_path)))  # type: ignore[operator]
    assert told in capsys.readouterr().out
    written = loaded(folder / "trial" / "pipeline.py")
    pipeline = written.build(load_config(folder / "trial" / "pipeline.yaml", written.Config))
    outcome = backfill(store, pipeline, pipeline.calendar.between("2024-03-01", "2024-03-02"))
    assert not outcome.failures
    assert "6 steps computed" in outcome.sentence


def receipts(path: Path) -> Path:
    """Return what a till writes in Germany: dates by day, decimal commas."""
    lines = [f"{i};{START + timedelta(hours=9 * i):%d.%m.%Y %H:%M};{i},{i % 90 + 10}" for i in range(40)]
    (path / "receipts.csv").write_text("\n".join(["Beleg;Verkauft am;Preis", *lines]))
    return path / "receipts.csv"


def bookings(path: Path) -> Path:
    """Return a JSON array of objects in objects, on the clock of Berlin through the change of March."""
    rows = [{"booking": {"no": f"b{i}", "made": f"2024-03-{25 + i // 4}T{i % 4 * 6:02}:00+01:00"}, "total": i / 2} for i in range(24)]
    for row in rows[-4:]:
        row["booking"]["made"] = row["booking"]["made"].replace("2024-03-30", "2024-04-02").replace("+01:00", "+02:00")  # type: ignore[index]
    (path / "bookings.json").write_text(json.dumps(rows))
    return path / "bookings.json"


def revenue(path: Path) -> Path:
    lines = [f"2024-{month:02}-01,{region},{month * 7}" for month in range(1, 13) for region in "NS"]
    (path / "revenue.csv").write_text("\n".join(["month,region,revenue", *lines]))
    return path / "revenue.csv"


def ticks(path: Path) -> Path:
    lines = [f"{i},{START + timedelta(seconds=30 * i):%Y-%m-%dT%H:%M:%SZ}" for i in range(2_000)]
    (path / "ticks.csv").write_text("\n".join(["n,at", *lines]))
    return path / "ticks.csv"


def turnover(path: Path) -> Path:
    """Return what a spreadsheet exports: titles filled up with delimiters above the header, the total below."""
    lines = [f"{START + timedelta(days=i % 30):%d.%m.%Y};{'ABC'[i % 3]};{i};{1000 + i},50" for i in range(300)]
    titles = ["Umsatz im März;;;", "Erstellt am: 01.04.2024;;;", ";;;", "Datum;Filiale;Artikel;Umsatz"]
    (path / "turnover.csv").write_text("\ufeff" + "\r\n".join([*titles, *lines, "Summe;;;345000,00"]))
    return path / "turnover.csv"


def stock(path: Path) -> Path:
    """Return Parquet whose only days are whole numbers."""
    days = [int(f"{START + timedelta(days=i // 20):%Y%m%d}") for i in range(200)]
    pq.write_table(pa.table({"period": days, "sku": [f"S{i % 20:03}" for i in range(200)]}), path / "stock.parquet")
    return path / "stock.parquet"


def signal(path: Path) -> Path:
    """Return an Arrow stream in which nothing has the name of a time."""
    table = pa.table({"c1": [1709251200000 + i * 600_000 for i in range(400)], "c2": [i / 7 for i in range(400)]})
    with pa.ipc.new_stream(path / "signal.arrows", table.schema) as writer:
        writer.write_table(table)
    return path / "signal.arrows"


@pytest.mark.parametrize(
    ("make", "wanted"),
    [
        (turnover, ("skip_lines=3", "'%d.%m.%Y'", "decimal_point=','", "start: '2024-03-01'")),
        (stock, ("'period': 'timestamp'", "'%Y%m%d'", "key=('sku', 'period')")),
        (signal, ("'epoch-ms'", "for want of others")),
        (receipts, ("grain: day", "zone: UTC", "'Verkauft am'", "'%d.%m.%Y %H:%M'", "decimal_point=','")),
        (bookings, ("grain: day", "zone: Europe/Berlin", "'booking.made': 'booking_made'", "key=('booking_no',)")),
        (revenue, ("grain: month", "start: '2024-01'", "end: '2024-12'", "key=('region', 'month')")),
        (ticks, ("grain: hour", "start: '2024-03-01T00'", "key=('n',)")),
    ],
)
def test_clock_grain_and_nested_fields_are_guessed_and_the_pipeline_runs(
    make: object, wanted: tuple[str, ...], folder: Path, tmp_path: Path, store: Store
) -> None:
    init("trial", str(make(tmp_path)))  # type: ignore[operator]
    text = "".join((folder / "trial" / name).read_text().replace('"', "'") for name in ("pipeline.py", "pipeline.yaml"))
    assert [line for line in wanted if line not in text] == []
    written = loaded(folder / "trial" / "pipeline.py")
    pipeline = written.build(load_config(folder / "trial" / "pipeline.yaml", written.Config))
    outcome = backfill(store, pipeline, [pipeline.start, pipeline.calendar.next(pipeline.start)])
    assert not outcome.failures


def readings(path: Path) -> Path:
    """Return 1,000 rows with one stray letter among whole numbers, a code for null among others, and a damaged date."""
    lines = [f"{i},{START + timedelta(minutes=30 * i):%Y-%m-%d %H:%M},{i},{i / 2},{i % 3}" for i in range(1000)]
    lines[16] = lines[16].replace(",16,", ",a1,")
    for i in range(100, 120):
        lines[i] = lines[i].rpartition(",")[0] + ",unknown"
    lines[500] = lines[500].replace("2024-", "2O24-")
    (path / "readings.csv").write_text("\ufeff" + "\r\n".join(["id,at,x,y,z", *lines]))
    return path / "readings.csv"


def daily(path: Path) -> Path:
    for day in range(1, 4):
        folder = path / "in" / f"2024/03/{day:02}"
        folder.mkdir(parents=True)
        (folder / "rows.csv").write_text("id,at\n" + "".join(f"{day}-{i},2024-03-{day:02}T{i:02}:00\n" for i in range(5)))
    return path / "in"


def shop_database(path: Path) -> Path:
    with closing(sqlite3.connect(path / "shop.db")) as connection, connection:
        connection.execute("CREATE TABLE cities (name TEXT)")
        connection.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, ordered_at TIMESTAMP, amount REAL)")
        rows = [(i, f"2024-03-0{1 + i // 24} {i % 24:02}:00:00", i / 3) for i in range(48)]
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?)", rows)
    return path / "shop.db"


def nested(path: Path) -> Path:
    times = pa.array([START + timedelta(hours=i) for i in range(30)], pa.timestamp("ns", "America/New_York"))
    table = pa.table(
        {"when": times, "code": [f"{i:03}" for i in range(30)], "values": [[1, 2]] * 30, "kind": pa.array(["a"] * 30).dictionary_encode()}
    )
    pq.write_table(table, path / "nested.parquet")
    return path / "nested.parquet"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "told"),
    [
        (readings, ("1000 rows, 2 of them unreadable", "column x: 999 of 1,000 cells are whole numbers, 1 is not (row 18: 'a1'): its row goes",
                    "unreadable: readings.csv, row 502, column at: bad-timestamp")),
        (daily, ("3 files, 15 rows", "key id")),
        (shop_database, ("event time ordered_at, key id", "table orders: the others are not read: cities", "export ALMANAC_CONN_TRIAL=sqlite:////")),
        (nested, ("values: left out: values are list<element: int64>", "days of America/New_York")),
    ],
)  # fmt: skip
def test_what_it_met_is_told_and_every_shape_runs_without_a_finding(
    make: Callable[[Path], Path], told: tuple[str, ...], folder: Path, tmp_path: Path, store: Store, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("ALMANAC_CONN_TRIAL", f"sqlite:///{tmp_path}/shop.db")
    init("trial", str(make(tmp_path)))
    output = capsys.readouterr().out
    assert [line for line in told if line not in output] == []
    written = loaded(folder / "trial" / "pipeline.py")
    pipeline = written.build(load_config(folder / "trial" / "pipeline.yaml", written.Config))
    outcome = backfill(store, pipeline, [pipeline.start, pipeline.calendar.next(pipeline.start)])
    assert not outcome.failures
    newest = store.runs_of("trial").recent(graph="data", limit=1)[0]
    assert store.run(newest.id)["findings"].findings == ()


def test_every_line_of_the_schema_has_its_evidence_and_a_remark_stands_at_its_column(folder: Path, tmp_path: Path) -> None:
    init("trial", str(readings(tmp_path)))
    schema, pipeline = ((folder / "trial" / name).read_text() for name in ("schema.yaml", "pipeline.py"))
    assert all("#" in line for line in schema.splitlines() if line.startswith(("  ", "key", "rows")))
    assert (
        "\"z\": \"string\",  # 980 of 1,000 cells are whole numbers, 20 are not (row 102: 'unknown'): text. If 'unknown' means null"
        in pipeline
    )


def test_a_folder_without_dates_in_its_names_is_read_whole(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in "ab":
        (tmp_path / "in" / f"{name}.csv").write_text("id,at\n" + "".join(f"{name}{i},2024-03-01T0{i}:00\n" for i in range(5)))
    init("trial", str(tmp_path / "in"))
    assert f'location: "{tmp_path}/in/*.csv"' in (folder / "trial" / "pipeline.yaml").read_text()


def test_a_url_is_looked_at_over_the_wire(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("aiohttp", reason="aiohttp is not installed")
    revenue(tmp_path)
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        init("trial", f"http://127.0.0.1:{server.server_port}/revenue.csv")
        server.shutdown()
    assert "grain: month" in (folder / "trial" / "pipeline.yaml").read_text()


def test_airflow_gets_its_dag_where_there_is_a_folder_for_it(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "dags").mkdir()
    init("trial", str(orders(tmp_path)))
    assert 'to_dags("trial")' in (tmp_path / "dags" / "trial.py").read_text()


def test_types_are_guessed_as_a_person_would(folder: Path, tmp_path: Path) -> None:
    init("trial", str(orders(tmp_path)))
    text = (folder / "trial" / "pipeline.py").read_text()
    for line in ('"PLZ": "string"', '"Nr": "integer"', '"Betrag": "float"', 'delimiter=";"', 'encoding="cp1252"', 'null_tokens=("", "NA")'):
        assert line in text


def test_what_cannot_become_a_pipeline_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "untimed.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="no column of the file holds times"):
        init("trial", str(tmp_path / "untimed.csv"))
    (tmp_path / "short.csv").write_text("day,n\n" + "".join(f"{day:02}.03.2024,{day}\n" for day in range(1, 31)) + "total,465\n")
    with pytest.raises(DataError, match=r"times: of day 30 of 31 cells are times \(%d.%m.%Y\), not 'total'"):
        init("trial", str(tmp_path / "short.csv"))
    with pytest.raises(DefinitionError, match="not a name"):
        init("Trial 1", str(tmp_path / "untimed.csv"))
    (folder / "taken").mkdir(parents=True)
    with pytest.raises(DefinitionError, match="is there already"):
        init("taken", str(tmp_path / "untimed.csv"))
    assert sorted(one.name for one in folder.iterdir()) == ["taken"]
