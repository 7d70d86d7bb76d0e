"""Values at the edge in every format: they are read, or quarantined, or found; nothing crashes, hangs or grows."""

import gzip
import io
import json
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from components.ingestion.sources.arrow import ArrowSource
from components.ingestion.sources.avro import AvroSource
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.json import JsonSource
from components.ingestion.sources.orc import OrcSource
from components.ingestion.sources.parquet import ParquetSource
from components.ingestion.sources.source import EventTime, Source
from components.ingestion.sources.tfrecord import TfRecordSource
from components.runtime.errors import DefinitionError
from tests.ingestion.damaged import Reader
from tests.ingestion.sources.test_tfrecord import example, framed

fastavro = pytest.importorskip("fastavro", reason="fastavro is not installed")

AT = datetime(2013, 1, 1, tzinfo=UTC)
YEARS = {
    "year 0": -62_167_219_200_000_000,
    "year 9999": 253_402_300_799_999_999,
    "before all years": -(2**63),
    "after all years": 2**63 - 1,
}
"""Microseconds since 1970."""

Row = Mapping[str, object]
Write = Callable[[Row], bytes]


def arrow_table(row: Row) -> pa.Table:
    """Return a table of one row: bytes as a text that is no UTF-8, whole numbers of `at` as microseconds."""
    one = pa.array([1])
    return pa.table({name: one if name.startswith("c") else arrow_array(name, value) for name, value in row.items()})


def arrow_array(name: str, value: object) -> pa.Array:
    if isinstance(value, bytes):
        return pa.array([value]).view(pa.string())
    if name == "at" and isinstance(value, int):
        return pa.array([value], pa.int64()).cast(pa.timestamp("us", "UTC"))
    return pa.array([value], pa.decimal128(38) if isinstance(value, int) and value >= 1 << 63 else None)


def with_table(write: Callable[[pa.Table, io.BytesIO], object]) -> Write:
    def written(row: Row) -> bytes:
        buffer = io.BytesIO()
        write(arrow_table(row), buffer)
        return buffer.getvalue()

    return written


def ipc(table: pa.Table, buffer: io.BytesIO) -> None:
    with pa.ipc.new_file(buffer, table.schema) as writer:
        writer.write_table(table)


def avro(row: Row) -> bytes:
    """Return a file of one record, whose bytes stand where a text is declared."""
    kinds: dict[type, object] = {str: "string", bytes: "bytes", int: "long", float: "double", datetime: "string"}
    when = {"type": "long", "logicalType": "timestamp-micros"}
    fields = [{"name": name, "type": when if name == "at" else kinds[type(value)]} for name, value in row.items()]
    buffer = io.BytesIO()
    fastavro.writer(buffer, {"type": "record", "name": "row", "fields": fields}, [dict(row)])
    return buffer.getvalue().replace(b'"bytes"', b'"string"').replace(b'"type": "bytes"', b'"type": "string"')


def json_line(row: Row) -> bytes:
    texts = {name: value.decode("latin-1") if isinstance(value, bytes) else value for name, value in row.items()}
    return json.dumps(texts, default=lambda value: value.isoformat(), ensure_ascii=False).encode("latin-1", errors="replace")


def csv_lines(row: Row) -> bytes:
    header = ",".join(row).encode()
    cells = [value if isinstance(value, bytes) else str(value).encode() for value in row.values()]
    return header + b"\n" + b",".join(cells) + b"\n"


def tfrecord(row: Row) -> bytes:
    values = {name: value.encode() if isinstance(value, str) else value for name, value in row.items()}
    values["at"] = int(values["at"].timestamp()) if isinstance(values["at"], datetime) else values["at"]
    return framed(example(**{name: [value] for name, value in values.items()}))


FORMATS: Mapping[str, tuple[type[Source], Write]] = {
    "csv": (CsvSource, csv_lines),
    "csv.gz": (CsvSource, lambda row: gzip.compress(csv_lines(row))),
    "json": (JsonSource, json_line),
    "parquet": (ParquetSource, with_table(pq.write_table)),
    "arrow": (ArrowSource, with_table(ipc)),
    "orc": (OrcSource, with_table(orc.write_table)),
    "avro": (AvroSource, avro),
    "tfrecord": (TfRecordSource, tfrecord),
}
ROW: Row = {"id": "a", "n": 1, "x": 1.0, "at": AT}
CASES: Mapping[str, Row] = {
    "a cell of a megabyte": {**ROW, "id": "x" * 1_000_000},
    "a hundred thousand columns": {**ROW, **{f"c{i}": 1 for i in range(100_000)}},
    "no UTF-8": {**ROW, "id": b"\xff\xfe\xc3("},
    "NaN": {**ROW, "x": math.nan},
    "infinity": {**ROW, "x": -math.inf},
    "a huge integer": {**ROW, "n": 10**30},
    "the largest integer": {**ROW, "n": 2**63 - 1},
    **{name: {**ROW, "at": micros} for name, micros in YEARS.items()},
}


@pytest.fixture(scope="module")
def outcome() -> Iterator[Reader]:
    """Return how a read ends, done in a process that is ended if it hangs."""
    reader = Reader()
    yield reader
    reader.close()


def declared(kind: type[Source], path: str, form: str | None = None) -> Source:
    columns = {"id": "string", "n": "integer", "x": "float"}
    return kind(location=path, columns=columns, event_time=EventTime("at", form), key=("n",), max_quarantined_share=1.0)


UNREADABLE = {"no UTF-8", "a huge integer", *YEARS}
CANNOT = {
    ("orc", "before all years"),
    ("orc", "after all years"),
    ("avro", "a huge integer"),
    ("tfrecord", "a huge integer"),
    ("tfrecord", "infinity"),
    ("orc", "a hundred thousand columns"),
}
"""What a format cannot say, or its writer cannot write."""


@pytest.mark.slow
@pytest.mark.parametrize(("name", "case"), sorted({(name, case) for name in FORMATS for case in CASES} - CANNOT))
def test_every_value_is_read_or_quarantined_or_found(name: str, case: str, tmp_path: Path, outcome: Reader) -> None:
    kind, write = FORMATS[name]
    row = CASES[case]
    path = tmp_path / f"rows.{name}"
    path.write_bytes(write(row))
    form = "epoch-us" if isinstance(row["at"], int) and kind in (CsvSource, JsonSource) else None
    said = outcome(declared(kind, str(path), "epoch-s" if kind is TfRecordSource else form))
    assert said in (("quarantine", "finding") if case in UNREADABLE else ("rows",))


@pytest.mark.parametrize("kind", [kind for kind, _ in FORMATS.values()])
def test_no_pattern_of_any_format_leads_upwards(kind: type[Source]) -> None:
    with pytest.raises(DefinitionError, match="must not lead upwards"):
        declared(kind, "in/../{YYYY-MM-DD}.csv")
