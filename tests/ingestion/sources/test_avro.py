from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from components.ingestion.partition import read_source
from components.ingestion.sources.avro import AvroSource
from components.ingestion.sources.source import EventTime
from components.runtime.errors import DataError
from components.runtime.spans import Calendar

fastavro = pytest.importorskip("fastavro", reason="fastavro is not installed")

WRITTEN = {
    "type": "record",
    "name": "row",
    "fields": [
        {"name": "id", "type": "string"},
        {"name": "n", "type": ["null", "int"]},
        {"name": "x", "type": {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}},
        {"name": "day", "type": {"type": "int", "logicalType": "date"}},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
    ],
}
RECORDS = [
    {"id": "a", "n": 1, "x": Decimal("1.25"), "day": date(2013, 1, 5), "at": datetime(2013, 1, 1, 1, 2, 3, 4, tzinfo=UTC)},
    {"id": "", "n": None, "x": Decimal("-2.00"), "day": date(1969, 1, 1), "at": datetime(2013, 1, 1, tzinfo=UTC)},
]


def source(path: Path, **declared: object) -> AvroSource:
    columns = {"id": "string", "n": "integer", "x": "float", "day": "date"}
    return AvroSource(**{"location": str(path), "columns": columns, "event_time": EventTime("at"), **declared})


@pytest.mark.parametrize("codec", ["null", "deflate", "bzip2"])
def test_logical_types_read_as_what_they_mean(codec: str, tmp_path: Path, days: Calendar) -> None:
    with (tmp_path / "rows.avro").open("wb") as file:
        fastavro.writer(file, WRITTEN, RECORDS, codec=codec)
    table = read_source(source(tmp_path / "rows.avro"), days).parts["2013-01-01"].to_arrow()
    assert table.select(["id", "n", "x", "day"]).to_pylist() == [
        {"id": "", "n": None, "x": -2.0, "day": date(1969, 1, 1)},
        {"id": "a", "n": 1, "x": 1.25, "day": date(2013, 1, 5)},
    ]
    assert str(table.column("event_time")[1]) == "2013-01-01 01:02:03.000004+00:00"


def test_a_reader_schema_is_resolved_against_the_files(tmp_path: Path, days: Calendar) -> None:
    with (tmp_path / "rows.avro").open("wb") as file:
        fastavro.writer(file, WRITTEN, RECORDS)
    fields = [
        {"name": "key", "type": "string", "aliases": ["id"]},
        {"name": "n", "type": ["null", "long"]},
        {"name": "new", "type": "string", "default": "none"},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
    ]
    declared = source(
        tmp_path / "rows.avro",
        columns={"key": "string", "n": "integer", "new": "string"},
        reader_schema={"type": "record", "name": "row", "fields": fields},
    )
    found = read_source(declared, days).parts["2013-01-01"].to_arrow(["key", "n", "new"]).to_pylist()
    assert found == [{"key": "", "n": None, "new": "none"}, {"key": "a", "n": 1, "new": "none"}]
    assert declared.identity != source(tmp_path / "rows.avro").identity


def test_a_damaged_file_is_unreadable(tmp_path: Path, days: Calendar) -> None:
    path = tmp_path / "rows.avro"
    with path.open("wb") as file:
        fastavro.writer(file, WRITTEN, RECORDS * 1_000)
    whole = path.read_bytes()
    for content in (b"", whole[:50], whole[: len(whole) // 2], whole[:600] + b"\xff" * 20 + whole[620:]):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"source-unreadable|cannot be read"):
            read_source(source(path), days)
