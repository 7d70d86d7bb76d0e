"""Small sources on disk."""

from collections.abc import Callable
from pathlib import Path

import pytest

from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.source import EventTime
from components.runtime.spans import Calendar, Grain

MakeSource = Callable[..., CsvSource]


@pytest.fixture
def days() -> Calendar:
    return Calendar(Grain.DAY, "UTC")


@pytest.fixture
def csv_source(tmp_path: Path) -> MakeSource:
    """Write a CSV file and declare it: id, n and x, keyed by id, at the ISO time `at`; any share of its rows may be unreadable."""

    def make(content: bytes | str, **declared: object) -> CsvSource:
        path = tmp_path / "rows.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        defaults = {
            "location": str(path),
            "columns": {"id": "string", "n": "integer", "x": "float"},
            "event_time": EventTime("at"),
            "key": ("id",),
            "null_tokens": ("", "NA"),
            "max_quarantined_share": 1.0,
        }
        return CsvSource(**{**defaults, **declared})

    return make
