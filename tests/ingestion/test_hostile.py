"""Damaged and hostile files: every case ends in rows, in quarantine with counts that add up, or in a finding; soon, and in little memory."""

import bz2
import gzip
import io
import json
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from components.ingestion.partition import read_source
from components.ingestion.sources.arrow import ArrowSource
from components.ingestion.sources.avro import AvroSource
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.json import JsonSource
from components.ingestion.sources.orc import OrcSource
from components.ingestion.sources.parquet import ParquetSource
from components.ingestion.sources.source import EventTime, Source
from components.ingestion.sources.tfrecord import TfRecordSource
from components.runtime.errors import DataError
from tests.ingestion.damaged import DAYS, Reader

fastavro = pytest.importorskip("fastavro", reason="fastavro is not installed")

N_MUTATIONS = {"orc": 12}
"""Of each format 240 copies; ORC starts a process for each."""

ROWS = [{"id": f"ä{i}", "n": i * 7 - 20, "x": i / 8, "at": datetime(2013, 1, 1 + i % 3, i % 24, tzinfo=UTC)} for i in range(40)]
TABLE = pa.Table.from_pylist(ROWS)
CSV = "id,n,x,at\n" + "".join(f'"{row["id"]}",{row["n"]},{row["x"]},{row["at"]:%Y-%m-%dT%H:%M:%SZ}\n' for row in ROWS)
JSON = [{**row, "at": row["at"].isoformat()} for row in ROWS]
AVRO = {
    "type": "record",
    "name": "row",
    "fields": [
        {"name": "id", "type": "string"},
        {"name": "n", "type": ["null", "long"]},
        {"name": "x", "type": "double"},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
    ],
}


def written(write: Callable[[io.BytesIO], object]) -> bytes:
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


def zipped(content: bytes) -> bytes:
    def write(buffer: io.BytesIO) -> None:
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("rows.csv", content)

    return written(write)


def ipc(buffer: io.BytesIO) -> None:
    with pa.ipc.new_file(buffer, TABLE.schema) as writer:
        writer.write_table(TABLE)


def tfrecords() -> bytes:
    from tests.ingestion.sources.test_tfrecord import example, framed

    rows = [example(id=[row["id"].encode()], n=[row["n"]], x=[row["x"]], at=[int(row["at"].timestamp())]) for row in ROWS]
    return b"".join(map(framed, rows))


FORMATS: dict[str, tuple[type[Source], str, Callable[[], bytes]]] = {
    "csv": (CsvSource, ".csv", CSV.encode),
    "csv.gz": (CsvSource, ".csv.gz", lambda: gzip.compress(CSV.encode())),
    "csv.bz2": (CsvSource, ".csv.bz2", lambda: bz2.compress(CSV.encode())),
    "csv.zip": (CsvSource, ".csv.zip", lambda: zipped(CSV.encode())),
    "csv.zst": (CsvSource, ".csv.zst", lambda: bytes(pa.compress(CSV.encode(), "zstd", asbytes=True))),
    "json lines": (JsonSource, ".json", lambda: "\n".join(map(json.dumps, JSON)).encode()),
    "json array": (JsonSource, ".json", lambda: json.dumps(JSON, ensure_ascii=False).encode()),
    "parquet": (ParquetSource, ".parquet", lambda: written(lambda buffer: pq.write_table(TABLE, buffer))),
    "arrow": (ArrowSource, ".arrow", lambda: written(ipc)),
    "orc": (OrcSource, ".orc", lambda: written(lambda buffer: orc.write_table(TABLE, buffer))),
    "avro": (AvroSource, ".avro", lambda: written(lambda buffer: fastavro.writer(buffer, AVRO, ROWS))),
    "tfrecord": (TfRecordSource, ".tfrecord", tfrecords),
}


def declared(kind: type[Source], path: Path, **more: object) -> Source:
    when = EventTime("at", "epoch-s") if kind is TfRecordSource else EventTime("at")
    columns = {"id": "string", "n": "integer", "x": "float"}
    return kind(**{"location": str(path), "columns": columns, "event_time": when, "max_quarantined_share": 1.0, **more})


@pytest.fixture(scope="module")
def outcome() -> Iterator[Reader]:
    """Return how a read ends, done in a process that is ended if it hangs."""
    reader = Reader()
    yield reader
    reader.close()


def mutations(content: bytes, n: int, seed: int) -> Iterator[bytes]:
    """Yield damaged copies: cut, with bits flipped, bytes overwritten, parts doubled, removed or exchanged."""
    chance = random.Random(seed)  # noqa: S311
    for _ in range(n):
        damaged = bytearray(content)
        start, length = chance.randrange(len(content)), chance.choice([1, 2, 4, 16, 200])
        match chance.randrange(6):
            case 0:
                del damaged[start:]
            case 1:
                for _ in range(chance.choice([1, 3, 20])):
                    damaged[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
            case 2:
                damaged[start : start + length] = chance.choice([b"\x00", b"\xff", b'"', b"\n", b"\r", b"9", b"{"]) * length
            case 3:
                damaged[start:start] = damaged[start : start + length]
            case 4:
                del damaged[start : start + length]
            case _:
                other = chance.randrange(len(content))
                damaged[start : start + length], damaged[other : other + length] = (
                    damaged[other : other + length],
                    damaged[start : start + length],
                )
        yield bytes(damaged)


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_a_damaged_file_ends_in_rows_in_quarantine_or_in_a_finding(name: str, tmp_path: Path, outcome: Reader) -> None:
    kind, suffix, make = FORMATS[name]
    path = tmp_path / f"rows{suffix}"
    path.write_bytes(make())
    assert outcome(declared(kind, path)) == "rows"
    outcomes = set()
    for content in mutations(make(), N_MUTATIONS.get(name, 240), seed=len(name)):
        path.write_bytes(content)
        outcomes.add(outcome(declared(kind, path)))
    assert outcomes <= {"rows", "quarantine", "finding"}
    assert outcomes != {"rows"}


ZEROS = 10 << 30


def deflated_zeros(start: bytes) -> bytes:
    """Return some bytes and then 10 GB of zeros as a raw deflate stream: 16 MB of them, as often as it takes (a full flush cuts all ties)."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = packer.compress(start) + packer.flush(zlib.Z_FULL_FLUSH)
    part = packer.compress(bytes(16 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + part * (ZEROS // (16 << 20)) + packer.flush()


def zip_of(deflated: bytes, size: int) -> bytes:
    """Return a ZIP64 archive of one member that is already deflated (PKWARE APPNOTE, 4.3)."""
    sizes = struct.pack("<HHQQ", 1, 16, size, len(deflated))
    fields = struct.pack("<HHHHHIIIHH", 45, 0, 8, 0, 33, 0, 0xFFFFFFFF, 0xFFFFFFFF, 8, len(sizes))
    local = b"PK\3\4" + fields + b"rows.csv" + sizes + deflated
    central = b"PK\1\2" + struct.pack("<H", 45) + fields + struct.pack("<HHHII", 0, 0, 0, 0, 0) + b"rows.csv" + sizes
    return local + central + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "start"), [("csv.gz", "id,n,x,at\n"), ("csv.zip", "id,n,x,at\n"), ("csv.zip", ""), ("json.gz", '{"id":"'), ("json.gz", "[")]
)
def test_a_bomb_of_ten_gigabytes_costs_neither_memory_nor_time(name: str, start: str, tmp_path: Path, outcome: Reader) -> None:
    path, deflated = tmp_path / f"rows.{name}", deflated_zeros(start.encode())
    if name.endswith("zip"):
        path.write_bytes(zip_of(deflated, len(start) + ZEROS))
    else:
        path.write_bytes(b"\x1f\x8b\x08" + bytes(7) + deflated + struct.pack("<II", 0, (len(start) + ZEROS) % (1 << 32)))
    del deflated
    assert outcome(declared(JsonSource if "json" in name else CsvSource, path)) == "finding"


@pytest.mark.slow
@pytest.mark.parametrize("codec", ["deflate", "bzip2", "xz", "zstandard"])
def test_a_bomb_in_a_block_of_avro_is_found_before_it_is_unpacked(codec: str, tmp_path: Path) -> None:
    import lzma

    zeros = bytes(100 << 20)
    packed = {
        "deflate": lambda: zlib.compress(zeros, 1)[2:-4],
        "bzip2": lambda: bz2.compress(zeros, 1),
        "xz": lambda: lzma.compress(zeros, preset=0),
        "zstandard": lambda: pa.compress(zeros, "zstd", asbytes=True),
    }[codec]()
    header = written(lambda buffer: fastavro.writer(buffer, AVRO, []))
    header = header.replace(b"\x08null", bytes([2 * len(codec)]) + codec.encode())
    size, number = 2 * len(packed), b""
    while size:
        number += bytes([size & 0x7F | (0x80 if size > 0x7F else 0)])
        size >>= 7
    path = tmp_path / "rows.avro"
    path.write_bytes(header + b"\x02" + number + packed + header[-16:])
    with pytest.raises(DataError, match="more than 64 MB"):
        read_source(declared(AvroSource, path), DAYS)


def test_a_cell_of_parquet_that_packs_a_hundred_megabytes_is_found(tmp_path: Path, outcome: Reader) -> None:
    table = TABLE.slice(0, 1).set_column(0, "id", pa.array(["x" * (100 << 20)]))
    pq.write_table(table, tmp_path / "rows.parquet", compression="zstd")
    assert outcome(declared(ParquetSource, tmp_path / "rows.parquet")) == "finding"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("x" * 1_000_000, "rows"),
        ("é" * 500_000, "rows"),
        ('"' + "\n" * 1_000_000 + '"', "rows"),
        ("x" * 10_000_000, "finding"),
    ],
)
def test_a_giant_cell_is_read_or_found(cell: str, expected: str, tmp_path: Path, outcome: Reader) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f"id,n,x,at\n{cell},1,1,2013-01-01\nb,1,1,2013-01-01\n")
    assert outcome(declared(CsvSource, path)) == expected


def test_a_hundred_thousand_columns_are_read_past(tmp_path: Path, outcome: Reader) -> None:
    path = tmp_path / "rows.csv"
    more = range(100_000)
    path.write_text("id,n,x,at," + ",".join(f"c{i}" for i in more) + "\na,1,1,2013-01-01," + ",".join("1" for _ in more) + "\n")
    assert outcome(declared(CsvSource, path)) == "rows"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("a,1,nan,2013-01-01", "rows"),
        ("a,1,-inf,2013-01-01", "rows"),
        ("a,1,1e999,2013-01-01", "rows"),
        ("a,123456789012345678901234567890,1,2013-01-01", "quarantine"),
        ("a,1,1,0000-01-01", "quarantine"),
        ("a,1,1,0000-01-01T00:00:00Z", "quarantine"),
        ("a,1,1,9999-12-31T23:59:59.999999Z", "quarantine"),
        ("a,1,1,99999-12-31", "quarantine"),
        ("a,1,1,-292277-01-01T00:00:00Z", "quarantine"),
        ("a,1,1,2013-02-30", "quarantine"),
        ("a,1,1,2013-01-01T24:00:01Z", "quarantine"),
        ("a,1,1,2013-01-01T23:59:60Z", "rows"),
        ("a,1\r\nb,1,1,2013-01-01\rc,1,1,2013-01-01", "quarantine"),
        ("\x00,1,1,2013-01-01", "rows"),
    ],
)
def test_values_at_the_edge_are_read_or_quarantined(row: str, expected: str, tmp_path: Path, outcome: Reader) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(f"id,n,x,at\n{row}\n".encode())
    assert outcome(declared(CsvSource, path)) == expected


@pytest.mark.parametrize("micros", [-(2**63), 2**63 - 1, 0])
def test_any_time_of_a_typed_file_is_read_or_quarantined(micros: int, tmp_path: Path, outcome: Reader) -> None:
    table = pa.table({"id": ["a"], "n": [1], "x": [1.0], "at": pa.array([micros], pa.int64()).cast(pa.timestamp("us", "UTC"))})
    pq.write_table(table, tmp_path / "rows.parquet")
    assert outcome(declared(ParquetSource, tmp_path / "rows.parquet")) in ("rows", "quarantine")


def test_a_packed_length_in_a_record_is_not_believed(tmp_path: Path, outcome: Reader) -> None:
    from tests.ingestion.sources.test_tfrecord import framed

    path = tmp_path / "rows.tfrecord"
    path.write_bytes(framed(b"\x0a" + b"\xff" * 8 + b"\x01") + struct.pack("<Q", 3))
    assert outcome(declared(TfRecordSource, path)) == "finding"
