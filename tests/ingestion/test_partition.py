from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.ingestion.partition import Reading, read_source
from components.ingestion.reasons import REASONS
from components.ingestion.sources import blocks, csv
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.source import EventTime
from components.runtime.errors import DataError
from components.runtime.spans import Calendar, Grain

MakeSource = Callable[..., CsvSource]
HEADER = "id,n,x,at\n"


def reasons_of(reading: Reading) -> list[tuple[int, str | None, str]]:
    assert reading.quarantine is not None
    rows = reading.quarantine.to_arrow().to_pylist()
    return [(row["row"], row["column"], row["reason"]) for row in rows]


def saved(reading: Reading, directory: Path) -> dict[str, bytes]:
    found = {}
    for key, part in reading.parts.items():
        (directory / key).mkdir(parents=True)
        part.save(directory / key)
        found[key] = (directory / key / "rows.parquet").read_bytes()
    return found


def test_rows_fall_into_the_spans_of_their_event_time(csv_source: MakeSource, days: Calendar) -> None:
    source = csv_source(HEADER + "a,1,1.5,2013-01-02T00:00:00Z\nb,2,NA,2013-01-01T23:59:59.999999Z\nc,,2,2013-01-04T12:00:00Z\n")
    reading = read_source(source, days)
    assert {key: part.n_rows for key, part in reading.parts.items()} == {"2013-01-01": 1, "2013-01-02": 1, "2013-01-04": 1}
    assert reading.counts == {"read": 3, "partitioned": 3, "quarantined": 0}
    assert reading.quarantine is None
    table = reading.parts["2013-01-01"].to_arrow()
    assert table.schema.names == ["row_id", "event_time", "id", "n", "x"]
    assert table.schema.types[0] == pa.binary(16)
    assert table.schema.types[1] == pa.timestamp("us", "UTC")
    assert table.select(["id", "n", "x"]).to_pylist() == [{"id": "b", "n": 2, "x": None}]


def test_a_local_day_of_25_hours_is_one_span(csv_source: MakeSource) -> None:
    hours = [f"2013-11-03T{hour:02}:30:00Z" for hour in range(4, 24)] + [f"2013-11-04T{hour:02}:30:00Z" for hour in range(5)]
    source = csv_source(HEADER + "".join(f"r{i},1,1,{at}\n" for i, at in enumerate([*hours, "2013-11-04T05:00:00Z"])))
    parts = read_source(source, Calendar(Grain.DAY, "America/New_York")).parts
    assert [part.n_rows for part in parts.values()] == [25, 1]


def test_local_times_follow_the_zone_and_a_skipped_one_is_quarantined(csv_source: MakeSource, days: Calendar) -> None:
    when = EventTime("at", format="%Y-%m-%d %H:%M", zone="America/New_York")
    source = csv_source(HEADER + "a,1,1,2013-03-10 01:30\nb,1,1,2013-03-10 02:30\nc,1,1,2013-11-03 01:30\n", event_time=when)
    reading = read_source(source, days)
    times = {key: str(part.to_arrow(["event_time"]).column(0)[0]) for key, part in reading.parts.items()}
    assert times == {"2013-03-10": "2013-03-10 06:30:00+00:00", "2013-11-03": "2013-11-03 05:30:00+00:00"}
    assert reasons_of(reading) == [(3, "at", "skipped-time")]


def test_local_times_that_occur_twice_are_counted(csv_source: MakeSource, days: Calendar) -> None:
    when = EventTime("at", zone="America/New_York")
    times = ["2013-11-03T01:30:00", "2013-11-03T00:30:00", "2013-11-03T01:30:00-05:00", "2013-11-03T01:00:00", "2013-11-03T02:00:00"]
    reading = read_source(csv_source(HEADER + "".join(f"{i},1,1,{at}\n" for i, at in enumerate(times)), event_time=when), days)
    assert reading.n_ambiguous == 2
    assert reading.counts["partitioned"] == 5


def test_minutes_are_added_to_the_event_time(csv_source: MakeSource, days: Calendar) -> None:
    source = csv_source(HEADER + "a,90,1,2013-01-01T23:00:00Z\nb,,1,2013-01-01T23:00:00Z\n", event_time=EventTime("at", plus_minutes="n"))
    reading = read_source(source, days)
    assert str(reading.parts["2013-01-02"].to_arrow().column("event_time")[0]) == "2013-01-02 00:30:00+00:00"
    assert reasons_of(reading) == [(3, "at", "missing-time")]


def test_minutes_beyond_64_bits_do_not_wrap_around(csv_source: MakeSource, days: Calendar) -> None:
    source = csv_source(HEADER + f"a,{2**58},1,2013-01-01T23:00:00Z\n", event_time=EventTime("at", plus_minutes="n"))
    assert reasons_of(read_source(source, days)) == [(2, "at", "outside-history")]


def test_every_unreadable_row_is_quarantined_with_its_reason(csv_source: MakeSource, days: Calendar) -> None:
    lines = [
        b"a,1,1,2013-01-01T00:00:00Z",
        b"b,1.5,1,2013-01-01T00:00:00Z",
        b"c,1,one,2013-01-01T00:00:00Z",
        b"d,1,1,yesterday",
        b"e,1,1",
        b"f,1,1,NA",
        b"\xff,1,1,2013-01-01T00:00:00Z",
        b"h,1,1,0001-01-01T00:00:00Z",
        b"i,99999999999999999999,1,9999-12-31T00:00:00Z",
        b'"j,\n",x,1,2013-01-01T00:00:00Z',
        b"k,\xff,1,2,3",
        b"l, 2 ,1,2013-01-01T00:00:00Z",
    ]
    source = csv_source(HEADER.encode() + b"\n".join(lines))
    reading = read_source(source, days)
    assert reasons_of(reading) == [
        (3, "n", "bad-integer"),
        (4, "x", "bad-float"),
        (5, "at", "bad-timestamp"),
        (6, None, "ragged-row"),
        (7, "at", "missing-time"),
        (8, "id", "bad-string"),
        (9, "at", "outside-history"),
        (10, "n", "bad-integer"),
        (11, "n", "bad-integer"),
        (12, None, "ragged-row"),
    ]
    assert reading.quarantine is not None
    raw = reading.quarantine.to_arrow(["raw"]).column(0).to_pylist()
    assert raw == lines[1:-1]
    assert {reason for _, _, reason in reasons_of(reading)} <= set(REASONS)
    assert reading.counts == {"read": 12, "partitioned": 2, "quarantined": 10}
    assert sorted(reading.parts["2013-01-01"].to_arrow(["n"]).column(0).to_pylist()) == [1, 2]


def test_more_unreadable_rows_than_allowed_fail_the_read_by_reason(csv_source: MakeSource, days: Calendar) -> None:
    rows = [f"r{i},{'x' if i % 50 == 0 else i},1,2013-01-01T00:00:00Z\n" for i in range(100)]
    with pytest.raises(DataError, match=r"2 of 100 rows cannot be read, more than 1\.00%") as raised:
        read_source(csv_source(HEADER + "".join(rows), max_quarantined_share=0.01), days)
    assert [(finding.code, finding.examples) for finding in raised.value.findings] == [
        ("bad-integer", ("row 2, column n", "row 52, column n"))
    ]
    assert read_source(csv_source(HEADER + "".join(rows), max_quarantined_share=0.02), days).counts["quarantined"] == 2


def test_a_file_without_rows_gives_no_parts(csv_source: MakeSource, days: Calendar) -> None:
    reading = read_source(csv_source(HEADER), days)
    assert reading.parts == {}
    assert reading.counts == {"read": 0, "partitioned": 0, "quarantined": 0}


def test_rows_without_a_key_are_told_apart_by_content_and_occurrence(csv_source: MakeSource, days: Calendar) -> None:
    source = csv_source(HEADER + "a,1,1,2013-01-01T00:00:00Z\n" * 2 + "a,2,1,2013-01-01T00:00:00Z\n", key=None)
    ids = read_source(source, days).parts["2013-01-01"].to_arrow(["row_id"]).column(0)
    assert pc.count_distinct(ids).as_py() == 3


def test_a_file_that_changes_during_the_read_is_refused(csv_source: MakeSource, days: Calendar, monkeypatch: pytest.MonkeyPatch) -> None:
    source = csv_source(HEADER + "a,1,1,2013-01-01T00:00:00Z\n")
    whole = CsvSource.jobs

    def jobs_then_write(self: CsvSource) -> Iterator[Callable[[], pa.Table]]:
        yield from whole(self)
        Path(self.location).write_text(HEADER)

    monkeypatch.setattr(CsvSource, "jobs", jobs_then_write)
    with pytest.raises(DataError, match="changed while it was read"):
        read_source(source, days)


def test_the_same_file_is_read_to_the_same_digest(csv_source: MakeSource, days: Calendar) -> None:
    source = csv_source(HEADER + "a,1,1,2013-01-01T00:00:00Z\n")
    reading = read_source(source, days)
    assert reading.content_sha256 == source.fingerprint().sha256 == read_source(source, days).content_sha256


@settings(max_examples=10, deadline=None)
@given(rows=st.permutations(range(40)), keyed=st.booleans())
def test_the_order_of_rows_in_the_file_does_not_show(rows: list[int], keyed: bool, tmp_path_factory: pytest.TempPathFactory) -> None:
    directory = tmp_path_factory.mktemp("shuffled")
    source = CsvSource(
        location=str(directory / "rows.csv"),
        columns={"id": "string", "n": "integer"},
        event_time=EventTime("at"),
        key=("id",) if keyed else None,
        max_quarantined_share=1.0,
    )
    lines = [f"{i if keyed else i % 7},{i % 5},2013-01-{1 + i % 3:02}T0{i % 2}:00:00Z\n" for i in range(40)]
    calendar = Calendar(Grain.DAY, "UTC")
    (directory / "rows.csv").write_text("id,n,at\n" + "".join(lines))
    in_order = saved(read_source(source, calendar), directory / "in_order")
    (directory / "rows.csv").write_text("id,n,at\n" + "".join(lines[i] for i in rows) + "ragged\n")
    assert saved(read_source(source, calendar), directory / "shuffled") == in_order


@pytest.mark.parametrize("key", [("id",), None])
def test_days_that_were_written_while_the_rest_was_read_have_the_same_bytes(
    key: tuple[str, ...] | None, csv_source: MakeSource, days: Calendar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"{i // 2},{i % 5},{i / 8},2013-01-{1 + i // 40:02}T00:00:{i % 40:02}Z\n" for i in range(400)]
    source = csv_source(HEADER + "".join(lines), key=key)
    at_once = saved(read_source(source, days), tmp_path / "at_once")
    for module in (blocks, csv):
        monkeypatch.setattr(module, "BLOCK_BYTES", 500)
    reading = read_source(source, days)
    assert sum(bool(part.pieces and part.pieces.file) for part in reading.parts.values()) >= 8
    assert saved(reading, tmp_path / "meanwhile") == at_once
    day = tmp_path / "meanwhile" / "2013-01-02"
    reading.parts["2013-01-02"].save(day)
    del reading
    assert (day / "rows.parquet").read_bytes() == at_once["2013-01-02"]
