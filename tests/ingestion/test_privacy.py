import json
import logging
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from components.ingestion.component import ingest_examples
from components.ingestion.partition import read_source
from components.ingestion.privacy import Bucket, Drop, KeyedHash, Mask, Truncate
from components.ingestion.sources.avro import AvroSource
from components.ingestion.sources.column import Column
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.json import JsonSource
from components.ingestion.sources.source import EventTime, Source
from components.runtime.errors import DataError, DefinitionError
from components.runtime.spans import Calendar

MakeSource = Callable[..., CsvSource]
KEY = "0123456789abcdef-planted-key"
PLANTED = "zq7-ada@example.org"
PRIVATE = {
    "id": Column("string", privacy=KeyedHash("people")),
    "name": Column("string", privacy=Mask()),
    "mail": Column("string", privacy=Drop()),
    "age": Column("integer", privacy=Bucket(10)),
    "born": Column("date", privacy=Truncate("month")),
    "zip": Column("string", privacy=Truncate(2)),
}
ROWS = [
    {"id": PLANTED, "name": PLANTED, "mail": PLANTED, "age": 37, "born": "1985-12-24", "zip": "94-zq7", "ok": True, "at": "2013-01-01"},
    {"id": PLANTED, "name": None, "mail": None, "age": -1, "born": None, "zip": "7", "ok": True, "at": "2013-01-01"},
    {"id": "b", "name": PLANTED, "mail": PLANTED, "age": 5, "born": "1985-12-24", "zip": "1", "ok": False, "at": "2013-01-01"},
]


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALMANAC_KEY_PEOPLE", KEY)


def source(path: Path, kind: type[Source] = JsonSource, **more: object) -> Source:
    return kind(**{"location": str(path), "columns": PRIVATE, "event_time": EventTime("at"), "max_quarantined_share": 1.0, **more})


def test_each_rule_does_what_it_says(tmp_path: Path, days: Calendar) -> None:
    (tmp_path / "rows.json").write_text("\n".join(map(json.dumps, ROWS)))
    table = read_source(source(tmp_path / "rows.json"), days).parts["2013-01-01"].to_arrow()
    assert table.column_names == ["row_id", "event_time", "id", "name", "age", "born", "zip"]
    rows = sorted(table.drop_columns(["row_id", "event_time"]).to_pylist(), key=lambda row: row["age"])
    assert [(row["name"], row["age"], row["born"], row["zip"]) for row in rows] == [
        (None, -10, None, "7"), ("***", 0, date(1985, 12, 1), "1"), ("***", 30, date(1985, 12, 1), "94")
    ]  # fmt: skip
    assert rows[0]["id"] == rows[2]["id"] != rows[1]["id"]
    assert len(rows[0]["id"]) == 32


def test_another_key_gives_other_hashes_and_no_key_none(monkeypatch: pytest.MonkeyPatch) -> None:
    values = pa.array(["a", None, "a"])
    first = KeyedHash("people").applied(values)
    assert first.to_pylist()[1] is None
    monkeypatch.setenv("ALMANAC_KEY_PEOPLE", KEY[::-1])
    assert KeyedHash("people").applied(values) != first
    for bad in ("short", ""):
        monkeypatch.setenv("ALMANAC_KEY_PEOPLE", bad)
        with pytest.raises(DefinitionError, match=r"too short|not set"):
            KeyedHash("people").applied(values)


def test_times_and_numbers_are_coarsened() -> None:
    times = pa.array([datetime(2013, 5, 6, 7, 8, 9, tzinfo=UTC), None], pa.timestamp("us", "UTC"))
    assert Truncate("hour").applied(times).to_pylist() == [datetime(2013, 5, 6, 7, tzinfo=UTC), None]
    assert Bucket(5).applied(pa.array([-0.1, 12.0, None, float("inf")])).to_pylist() == [-5.0, 10.0, None, None]
    assert Bucket(10).applied(pa.array([2**62 + 3])).to_pylist() == [(2**62 + 3) // 10 * 10]


def test_rows_without_consent_are_left_out_and_counted(tmp_path: Path, days: Calendar) -> None:
    more = {"id": "c", "ok": None, "at": "2013-01-01"}
    (tmp_path / "rows.json").write_text("\n".join(map(json.dumps, [*ROWS, more])))
    reading = read_source(source(tmp_path / "rows.json", consent="ok"), days)
    assert reading.counts == {"read": 2, "partitioned": 2, "quarantined": 0}
    assert reading.n_withheld == 2
    assert "ok" not in reading.parts["2013-01-01"].to_arrow().column_names


def damaged(kind: str, directory: Path) -> Source:
    """Return a source whose rows cannot all be read, with planted values wherever they could leak."""
    path = directory / f"rows.{kind}"
    bad = {**ROWS[0], "age": PLANTED}
    if kind == "json":
        path.write_text("\n".join([*map(json.dumps, [*ROWS, bad]), f'{{"id": "{PLANTED}"']))
        return source(path)
    if kind == "csv":
        header = list(ROWS[0])
        lines = [",".join(str(row[name]) for name in header) for row in [*ROWS, bad]]
        path.write_text("\n".join([",".join(header), *lines, f"{PLANTED},{PLANTED}", f'"{PLANTED}']))
        return source(path, CsvSource)
    fastavro = pytest.importorskip("fastavro", reason="fastavro is not installed")
    fields = [{"name": name, "type": ["null", "string"]} for name in [*PRIVATE, "at"]]
    rows = [{name: None if row[name] is None else str(row[name]) for name in [*PRIVATE, "at"]} for row in [*ROWS, bad]]
    with path.open("wb") as file:
        fastavro.writer(file, {"type": "record", "name": "row", "fields": fields}, rows)
    return source(path, AvroSource)


@pytest.mark.parametrize("kind", ["json", "csv", "avro"])
def test_planted_values_are_in_no_artifact_error_log_or_declaration(
    kind: str, tmp_path: Path, days: Calendar, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("components.ingestion.spill.BUDGET_BYTES", 0)
    declared = damaged(kind, tmp_path)
    written, told = tmp_path / "written", ""
    try:
        reading = read_source(declared, days)
    except DataError as error:
        told = f"{error} {error.findings} {error.__cause__}"
    else:
        for number, value in enumerate(
            [*reading.parts.values(), reading.quarantine, ingest_examples([*reading.parts.values()], days.span("2013-01-01"))]
        ):
            assert value is not None
            (written / str(number)).mkdir(parents=True)
            value.save(written / str(number))
        told = "".join(str(path.read_bytes()) + _shown(path) for path in written.rglob("*") if path.is_file())
    for secret in ("zq7", KEY, "1985-12-24"):
        assert secret not in told + caplog.text + json.dumps(declared.identity)


def _shown(path: Path) -> str:
    import pyarrow.parquet as pq

    return str(pq.read_table(path).to_pylist()) if path.suffix == ".parquet" else path.read_text()


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"id": Column("string", privacy=Bucket(3))}, "only numbers fall into buckets"),
        ({"id": Column("integer", privacy=Truncate("day"))}, "cannot be truncated"),
        ({"id": Column("string", privacy=Drop())}, "key names a column that is not kept"),
    ],
)
def test_rules_that_do_not_suit_a_column_are_refused(columns: dict[str, Column], message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        CsvSource(location="rows.csv", columns=columns, event_time=EventTime("at"), key=("id",))


def test_null_tokens_and_forms_of_a_column_apply_to_it_alone(csv_source: MakeSource, days: Calendar) -> None:
    columns = {
        "id": "string",
        "n": Column("integer", null_tokens=("-999", "")),
        "x": Column("string", null_tokens=(), canonical={"0.0": "0", "-": "none"}),
        "y": "string",
    }
    lines = ["a,-999,0.0,NA", "b,,,x", "c,7,NA,", "d,8,-,-999", "e,9,0,-"]
    for more in ("", "ragged\n"):
        source = csv_source("id,n,x,y,at\n" + "".join(f"{line},2013-01-01\n" for line in lines) + more, columns=columns)
        rows = read_source(source, days).parts["2013-01-01"].to_arrow(["id", "n", "x", "y"]).to_pylist()
        assert sorted(rows, key=lambda row: row["id"]) == [
            {"id": "a", "n": None, "x": "0", "y": None},
            {"id": "b", "n": None, "x": "", "y": "x"},
            {"id": "c", "n": 7, "x": "NA", "y": None},
            {"id": "d", "n": 8, "x": "none", "y": "-999"},
            {"id": "e", "n": 9, "x": "0", "y": "-"},
        ]


def test_a_token_that_is_not_declared_for_a_column_cannot_be_read_in_it(csv_source: MakeSource, days: Calendar) -> None:
    source = csv_source(
        "id,n,x,at\na,NA,1,2013-01-01\nb,,1,2013-01-01\n", columns={"id": "string", "n": Column("integer", null_tokens=("NA",))}
    )
    reading = read_source(source, days)
    assert reading.quarantine is not None
    assert reading.quarantine.to_arrow(["row", "reason"]).to_pylist() == [{"row": 3, "reason": "bad-integer"}]
