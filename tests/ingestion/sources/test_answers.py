"""Answers of people: none yet is no fault, and each file is a delivery known since somebody answered."""

from pathlib import Path

import pytest

from components.ingestion.sources.answers import AnswersSource
from components.labeling.label_studio import RATING_COLUMNS, write_ratings
from components.runtime.home import answers_folder

RATING = {"message_id": "m1", "rater": "ann", "label": 1}
TIMES = {"event_time": "2026-11-01T08:00:00+00:00", "rated_at": "2026-11-03T09:00:00+00:00"}


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AnswersSource:
    monkeypatch.setenv("ALMANAC_HOME", str(tmp_path))
    return AnswersSource.of("spam", {"message_id": "string"})


def test_before_anybody_answered_there_is_nothing_to_read(source: AnswersSource) -> None:
    assert source.files() == []


def test_each_file_that_an_import_wrote_is_read(source: AnswersSource) -> None:
    for name in ("b", "a"):
        write_ratings([RATING | TIMES], ("message_id",), answers_folder("spam") / f"{name}.csv")
    assert [Path(one.location).name for one in source.files()] == ["a.csv", "b.csv"]
    assert all(one.known_by == source.known_by for one in source.files())


def test_the_columns_are_those_that_an_import_writes(source: AnswersSource) -> None:
    assert set(source.types) == {"message_id", *RATING_COLUMNS}
    assert source.key == ("message_id", "rater")
