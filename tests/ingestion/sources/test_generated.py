"""Generated sources: a file a day or month, whose digest follows the code that makes it up."""

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from components.ingestion.partition import read_source
from components.ingestion.sources.generated import GeneratedSource
from components.ingestion.sources.source import EventTime
from components.runtime.errors import DataError
from components.runtime.keys import CodeRef
from components.runtime.spans import Calendar, Grain

DAYS = Calendar(Grain.DAY, "UTC")


def count(day: date) -> pa.Table:
    at = datetime.combine(day, datetime.min.time(), UTC)
    return pa.table({"n": [1, 2, 3], "at": [at + timedelta(hours=hour) for hour in range(3)]})


def double(day: date) -> pa.Table:
    return count(day).slice(0, 2)


def source(generate: str = "count", **changed: object) -> GeneratedSource:
    usual = {"columns": {"n": "integer"}, "event_time": EventTime("at"), "first": "2026-01-30", "last": "2026-02-02"}
    return GeneratedSource(generate=CodeRef(f"tests.ingestion.sources.test_generated:{generate}"), **usual | changed)  # type: ignore[arg-type]


def test_there_is_a_file_a_day_or_one_on_the_first_of_each_month() -> None:
    assert [str(one.day) for one in source().files()] == ["2026-01-30", "2026-01-31", "2026-02-01", "2026-02-02"]
    assert [str(one.day) for one in source(every="month").files()] == ["2026-02-01"]


def test_without_a_last_day_they_go_on_to_today_and_not_beyond() -> None:
    newest = source(last=None).files()[-1].day
    assert newest is not None
    assert timedelta(0) <= datetime.now(UTC).date() - newest <= timedelta(days=1)
    assert source(first="2999-01-01", last=None).files() == []


def test_a_file_holds_its_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CodeRef, "canonical", lambda self: self.target)
    reading = read_source(source().files()[2], DAYS)
    assert list(reading.parts) == ["2026-02-01"]
    assert reading.parts["2026-02-01"].to_arrow().column("n").to_pylist() == [1, 2, 3]
    other = read_source(source("double").files()[2], DAYS)
    assert other.content_sha256 != reading.content_sha256 != read_source(source().files()[1], DAYS).content_sha256
    assert other.counts == {"read": 2, "partitioned": 2, "quarantined": 0}


def test_a_column_that_is_not_made_up_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CodeRef, "canonical", lambda self: self.target)
    with pytest.raises(DataError, match="does not have the declared columns"):
        read_source(source(columns={"m": "integer"}).files()[0], DAYS)
