import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from components.ingestion.partition import Reading, read_source
from components.ingestion.sources import json as json_module
from components.ingestion.sources.json import JsonSource
from components.ingestion.sources.source import EventTime
from components.runtime.errors import DataError
from components.runtime.spans import Calendar

Read = Callable[..., Reading]


@pytest.fixture
def read(tmp_path: Path, days: Calendar) -> Read:
    def run(content: str | bytes, suffix: str = ".json", **declared: object) -> Reading:
        path = tmp_path / f"rows{suffix}"
        path.write_bytes(content if isinstance(content, bytes) else content.encode(errors="surrogatepass"))
        columns = {"id": "string", "n": "integer", "x": "float"}
        usual = {"location": str(path), "columns": columns, "event_time": EventTime("at"), "key": ("id",), "max_quarantined_share": 1.0}
        return read_source(JsonSource(**{**usual, **declared}), days)

    return run


def rows_of(reading: Reading) -> list[dict[str, object]]:
    columns = [name for name in reading.parts["2013-01-01"].to_arrow().column_names if name not in ("row_id", "event_time")]
    return sorted(reading.parts["2013-01-01"].to_arrow(columns).to_pylist(), key=lambda row: str(row["id"]))


OBJECTS = [{"id": "ä\n", "n": 1, "x": 0.5, "at": "2013-01-01"}, {"at": "2013-01-01T10:00:00Z", "id": 7, "n": None, "other": [1]}]
ROWS = [{"id": "7", "n": None, "x": None}, {"id": "ä\n", "n": 1, "x": 0.5}]


def test_lines_and_arrays_give_the_same_rows(read: Read) -> None:
    lines = "\n".join(json.dumps(one) for one in OBJECTS)
    assert rows_of(read(lines)) == ROWS
    assert rows_of(read("\ufeff" + lines.replace("\n", "\r\n\r\n") + "\r\n")) == ROWS
    assert rows_of(read(gzip.compress(lines.encode()), ".json.gz")) == ROWS
    assert rows_of(read("\n " + json.dumps(OBJECTS, indent=2, ensure_ascii=False) + "\n")) == ROWS


def test_nested_values_are_reached_by_dots_and_kept_as_text(read: Read) -> None:
    one = {"user": {"id": "a", "tags": [{"n": 5}]}, "at": "2013-01-01", "dotted.x": 2}
    reading = read(
        json.dumps(one),
        columns={"id": "string", "n": "integer", "x": "float", "user": "string"},
        renames={"user.id": "id", "user.tags.0.n": "n", "dotted.x": "x"},
    )
    assert rows_of(reading) == [{"id": "a", "n": 5, "x": 2.0, "user": '{"id": "a", "tags": [{"n": "5"}]}'}]


def test_numbers_keep_all_their_digits_until_they_are_typed(read: Read) -> None:
    reading = read(
        '{"id": 12345678901234567890.10, "n": 9007199254740993, "x": 1e-3, "at": 1356998400.25}', event_time=EventTime("at", "epoch-s")
    )
    assert rows_of(reading) == [{"id": "12345678901234567890.10", "n": 9007199254740993, "x": 0.001}]
    assert str(reading.parts["2013-01-01"].to_arrow(["event_time"]).column(0)[0]) == "2013-01-01 00:00:00.250000+00:00"


def test_lines_that_are_no_objects_are_quarantined(read: Read) -> None:
    deep = '{"a":' * 100_000
    lines = ['{"id": "a", "at": "2013-01-01"}', '{"id": ', "[1]", "7", '{"id": "\ud800", "at": "2013-01-01"}', '{"id":1}x', deep]
    reading = read("\n".join(lines))
    assert reading.quarantine is not None
    found = reading.quarantine.to_arrow(["row", "reason"]).to_pylist()
    assert [(row["row"], row["reason"]) for row in found] == [(n, "bad-json") for n in range(2, 8)]
    assert reading.counts == {"read": 7, "partitioned": 1, "quarantined": 6}


def test_half_a_surrogate_pair_is_no_character(read: Read) -> None:
    reading = read(r'{"id": "\ud800", "at": "2013-01-01"}')
    assert reading.quarantine is not None
    assert reading.quarantine.reasons == {"bad-string": 1}


@pytest.mark.parametrize("content", ['[{"id": 1}, {"id"', "[" * 100_000, '[{"id": "a"} nonsense]', b'[{"id": "\xff"}]'])
def test_a_damaged_array_is_unreadable(content: str | bytes, read: Read) -> None:
    with pytest.raises(DataError, match="source-unreadable"):
        read(content)


def test_elements_over_many_blocks_are_all_read(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_module, "BLOCK_BYTES", 64)
    objects = [{"id": f"€{i}" * (i % 9), "n": i, "at": "2013-01-01"} for i in range(500)]
    for content in (json.dumps(objects, ensure_ascii=False), "\n".join(json.dumps(one, ensure_ascii=False) for one in objects)):
        reading = read(content, key=("n",))
        assert sorted(reading.parts["2013-01-01"].to_arrow(["n"]).column(0).to_pylist()) == list(range(500))


def test_a_line_beyond_the_memory_bound_is_unreadable(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.ingestion.sources.lines.MAX_RECORD_BYTES", 1 << 20)
    with pytest.raises(DataError, match="a line is longer than"):
        read("x" * (3 << 20))
