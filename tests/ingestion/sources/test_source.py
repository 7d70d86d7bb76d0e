from pathlib import Path

import pytest

from components.ingestion.privacy import Mask
from components.ingestion.sources.column import Column
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.source import EventTime
from components.runtime.errors import DataError, DefinitionError


def source(**declared: object) -> CsvSource:
    return CsvSource(**{"location": "rows.csv", "columns": {"id": "string"}, "event_time": EventTime("at"), **declared})


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"columns": {"id": "strin"}}, "Nearest valid name: 'string'"),
        ({"columns": {"row_id": "string"}}, "the name is taken"),
        ({"key": ("idd",)}, "Nearest valid name: 'id'"),
        ({"renames": {"ID": "idd"}}, "leads to a column that is not read"),
        ({"columns": {"at": "float"}}, "the event time 'at' is no time"),
        ({"columns": {"m": "float"}, "event_time": EventTime("at", plus_minutes="m")}, "the minutes 'm' are no whole numbers"),
        ({"event_time": EventTime("at", zone="Europe/Berlino")}, "unknown time zone"),
        ({"history": ("1900", "soon")}, "not a history"),
        ({"skip_lines": -1}, "lines cannot be taken back"),
    ],
)
def test_a_declaration_that_cannot_work_is_refused(declared: dict[str, object], message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        source(**declared)


def test_identity_follows_the_meaning_and_not_the_place() -> None:
    assert source().identity == source(location="elsewhere.csv", max_quarantined_share=0.5).identity
    others = [
        {"columns": {"id": "integer"}},
        {"columns": {"id": "string", "n": "float"}},
        {"key": ("id",)},
        {"event_time": EventTime("at", zone="Europe/Berlin")},
        {"null_tokens": ("NA",)},
        {"renames": {"ID": "id"}},
        {"delimiter": ";"},
        {"skip_lines": 1},
        {"history": ("1900-01-01", "2100-01-02")},
    ]
    assert all(source(**other).identity != source().identity for other in others)


def test_columns_that_only_the_event_time_needs_are_read_and_not_kept() -> None:
    declared = source(event_time=EventTime("at", plus_minutes="m"), renames={"AT": "at"})
    assert declared.types == {"id": "string", "at": "timestamp", "m": "integer"}
    assert declared.file_names == {"id": "id", "at": "AT", "m": "m"}


def test_missing_and_repeated_columns_are_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("idd,at,at\n")
    with pytest.raises(DataError) as raised:
        list(source(location=str(path)).batches())
    assert [(finding.code, finding.subject) for finding in raised.value.findings] == [("column-missing", "id"), ("column-repeated", "at")]
    assert "it has idd, at, at." in str(raised.value)
    assert "no such column; the nearest is 'idd'" in str(raised.value)


def test_a_private_file_without_a_header_tells_none_of_its_values(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("ida,2013-01-01\n")
    with pytest.raises(DataError) as raised:
        list(source(location=str(path), columns={"id": Column("string", privacy=Mask())}).batches())
    assert "ida" not in str(raised.value)
