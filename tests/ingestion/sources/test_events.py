import gzip
from pathlib import Path

import pytest

from components.ingestion.partition import read_source
from components.ingestion.sources.events import EventLogSource
from components.ingestion.sources.source import EventTime
from components.runtime.spans import Calendar

FLUENTD = '2013-01-01T05:00:00+02:00\tapp.click\t{"id":"a","n":1}\n'
FLUENT_BIT = 'app.click: [1356998400.250000000, {"id":"a","n":1}]\n'
FLUENT_BIT_LINES = '{"date":1356998400.25,"id":"a","n":1}\n'
LOGSTASH = '{"@timestamp":"2013-01-01T03:00:00.000Z","@version":"1","id":"a","n":1,"host":{"name":"web"}}\n'


def source(path: Path | str, when: EventTime, **more: object) -> EventLogSource:
    columns = {"id": "string", "n": "integer"}
    return EventLogSource(**{"location": str(path), "columns": columns, "event_time": when, "max_quarantined_share": 1.0, **more})


@pytest.mark.parametrize(
    ("line", "when", "expected"),
    [
        (FLUENTD, EventTime("time"), "2013-01-01 03:00:00+00:00"),
        (FLUENT_BIT, EventTime("time", "epoch-s"), "2013-01-01 00:00:00.250000+00:00"),
        (FLUENT_BIT_LINES, EventTime("date", "epoch-s"), "2013-01-01 00:00:00.250000+00:00"),
        (LOGSTASH, EventTime("@timestamp"), "2013-01-01 03:00:00+00:00"),
    ],
)
def test_the_lines_of_each_collector_are_read(line: str, when: EventTime, expected: str, tmp_path: Path, days: Calendar) -> None:
    (tmp_path / "events.log").write_text(line + "\n" + line.replace('"a"', '"b"') + line[:-5] + "\n")
    reading = read_source(source(tmp_path / "events.log", when), days)
    table = reading.parts["2013-01-01"].to_arrow()
    assert table.select(["id", "n"]).to_pylist() in ([{"id": "a", "n": 1}, {"id": "b", "n": 1}], [{"id": "b", "n": 1}, {"id": "a", "n": 1}])
    assert str(table.column("event_time")[0]) == expected
    assert reading.quarantine is not None
    assert reading.quarantine.to_arrow(["reason", "raw"]).to_pylist() == [{"reason": "bad-json", "raw": line[:-5].encode()}]


def test_tag_and_nested_fields_are_columns(tmp_path: Path, days: Calendar) -> None:
    (tmp_path / "events.log").write_text(FLUENTD + LOGSTASH.replace("@timestamp", "time"))
    declared = source(
        tmp_path / "events.log", EventTime("time"), columns={"tag": "string", "host": "string"}, renames={"host.name": "host"}
    )
    rows = read_source(declared, days).parts["2013-01-01"].to_arrow(["tag", "host"]).to_pylist()
    assert sorted(rows, key=str) == [{"tag": "app.click", "host": None}, {"tag": None, "host": "web"}]


def test_rotated_and_compressed_files_are_one_source(tmp_path: Path) -> None:
    (tmp_path / "events.log").write_text(FLUENTD)
    (tmp_path / "events.log.1.gz").write_bytes(gzip.compress(FLUENTD.encode()))
    found = source(f"{tmp_path}/events.log*", EventTime("time")).files()
    assert [Path(one.location).name for one in found] == ["events.log", "events.log.1.gz"]
    assert [sum(1 for _ in one.records()) for one in found] == [1, 1]
