import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.ingestion.partition import Reading, read_source
from components.ingestion.sources.source import EventTime
from components.ingestion.sources.tf_example import parsed_example
from components.ingestion.sources.tfrecord import TfRecordSource
from components.measures.crc32c import masked_crc32c
from components.runtime.errors import DataError
from components.runtime.spans import Calendar


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def feature(values: list[bytes] | list[float] | list[int]) -> bytes:
    match values:
        case [bytes(), *_]:
            return field(1, b"".join(field(1, one) for one in values))
        case [float(), *_]:
            return field(2, field(1, struct.pack(f"<{len(values)}f", *values)))
        case _:
            return field(3, field(1, b"".join(map(varint, values))))


def example(**features: list[bytes] | list[float] | list[int]) -> bytes:
    return field(1, b"".join(field(1, field(1, name.encode()) + field(2, feature(values))) for name, values in features.items()))


def framed(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", masked_crc32c(length)) + data + struct.pack("<I", masked_crc32c(data))


def read(path: Path, content: bytes, days: Calendar) -> Reading:
    path.write_bytes(content)
    columns = {"id": "string", "n": "integer", "x": "float", "many": "string"}
    source = TfRecordSource(location=str(path), columns=columns, event_time=EventTime("at", "epoch-s"), max_quarantined_share=1.0)
    return read_source(source, days)


GOOD = example(id=["ä".encode()], n=[-7], x=[0.1], many=[1, 2], at=[1356998400])


def test_examples_are_read_without_tensorflow(tmp_path: Path, days: Calendar) -> None:
    reading = read(tmp_path / "rows.tfrecord", framed(GOOD) + framed(example(id=[b"b"], n=[], at=[1356998401])), days)
    found = reading.parts["2013-01-01"].to_arrow(["id", "n", "x", "many"]).to_pylist()
    assert found == [{"id": "ä", "n": -7, "x": 0.1, "many": "[1, 2]"}, {"id": "b", "n": None, "x": None, "many": None}]


def test_numbers_may_be_written_one_by_one() -> None:
    unpacked_int = field(1, field(1, field(1, b"n") + field(2, field(3, varint(1 << 3) + varint(-1) + varint(1 << 3) + varint(5)))))
    unpacked_float = field(1, field(1, field(1, b"x") + field(2, field(2, varint(1 << 3 | 5) + struct.pack("<f", 0.25)))))
    assert parsed_example(unpacked_int + unpacked_float) == {"n": [-1, 5], "x": 0.25}


def test_a_record_that_does_not_match_its_checksum_is_quarantined_alone(tmp_path: Path, days: Calendar) -> None:
    flipped = bytearray(framed(GOOD))
    flipped[14] ^= 1
    reading = read(tmp_path / "rows", framed(GOOD) + bytes(flipped) + framed(b"\x0a\xff") + framed(GOOD), days)
    assert reading.quarantine is not None
    assert reading.quarantine.to_arrow(["row", "reason"]).to_pylist() == [
        {"row": 2, "reason": "bad-checksum"},
        {"row": 3, "reason": "bad-example"},
    ]
    assert reading.counts == {"read": 4, "partitioned": 2, "quarantined": 2}


@pytest.mark.parametrize("cut", [3, 11, 20, -1])
def test_a_file_that_ends_within_a_record_is_unreadable(cut: int, tmp_path: Path, days: Calendar) -> None:
    with pytest.raises(DataError, match="source-unreadable"):
        read(tmp_path / "rows", framed(GOOD)[:cut], days)


def test_a_length_beyond_the_bound_is_refused_before_it_is_read(tmp_path: Path, days: Calendar) -> None:
    length = struct.pack("<Q", 1 << 60)
    with pytest.raises(DataError, match="claims"):
        read(tmp_path / "rows", length + struct.pack("<I", masked_crc32c(length)), days)


@given(st.binary(max_size=60))
def test_any_bytes_are_an_example_or_a_value_error(data: bytes) -> None:
    try:
        found = parsed_example(data)
    except ValueError:
        return
    assert isinstance(found, dict)
