"""Rows that somebody asks about are what the source would have brought of them, or are refused by name."""

from pathlib import Path

import pytest

from components.ingestion.asked import asked_rows
from components.ingestion.partition import read_source
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.event_time import EventTime
from components.runtime.errors import DataError
from components.runtime.spans import Calendar, Grain

ROWS = [
    {"when": "2013-03-10T07:30:00", "shop": "b", "amount": "3", "price": "0.1"},
    {"when": "2013-03-10T06:30:00", "shop": "a", "amount": "NA", "price": "1e-3"},
]
CALENDAR = Calendar(Grain.DAY, "America/New_York")


@pytest.fixture
def source(tmp_path: Path) -> CsvSource:
    file = tmp_path / "sales.csv"
    file.write_text("when,place,amount,price\n" + "".join(f"{','.join(row.values())}\n" for row in ROWS), encoding="utf-8")
    return CsvSource(
        location=str(file), columns={"shop": "string", "amount": "integer", "price": "float"}, event_time=EventTime("when"),
        key=("shop",), renames={"place": "shop"}, null_tokens=("", "NA"),
    )  # fmt: skip


def asked(row: dict[str, str], **changed: object) -> dict[str, object]:
    named: dict[str, object] = {"place" if name == "shop" else name: value for name, value in row.items()}
    return named | changed


def test_rows_are_those_that_the_source_brings_in_the_order_asked(source: CsvSource) -> None:
    delivered = read_source(source, CALENDAR).parts["2013-03-10"].to_arrow()
    found = asked_rows(source, [asked(row) for row in ROWS])
    assert found["shop"].to_pylist() == ["b", "a"]
    assert found.sort_by("event_time").to_pylist() == delivered.to_pylist()
    assert found.schema.equals(delivered.schema)


def test_numbers_are_read_as_their_texts_and_null_as_a_token(source: CsvSource) -> None:
    numbers = asked_rows(source, [asked(ROWS[0], amount=3, price=0.1), asked(ROWS[1], amount=None, price=0.001)])
    assert numbers.equals(asked_rows(source, [asked(row) for row in ROWS]))


def test_a_column_that_is_not_there_is_not_taken_for_null(source: CsvSource) -> None:
    row = asked(ROWS[0], prise=1.0)
    del row["price"]
    with pytest.raises(DataError, match=r"row 2: the row has no column 'price'\. .*nearest one is 'prise'"):
        asked_rows(source, [asked(ROWS[1]), row])


@pytest.mark.parametrize(("column", "value", "reason"), [("amount", "many", "whole number"), ("when", None, "no event time")])
def test_a_row_that_cannot_be_read_is_refused_with_its_column(source: CsvSource, column: str, value: object, reason: str) -> None:
    with pytest.raises(DataError, match=f"row 1, column '{column}': the row cannot be read: .*{reason}"):
        asked_rows(source, [asked(ROWS[0]) | {column: value}])
