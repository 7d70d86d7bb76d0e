"""What type a column seems to have, and what is told of cells that are not of it."""

import pytest

from components.ingestion.inferred_types import Seen, has_decimal_commas, seen_type

NUMBERS = [str(i) for i in range(1000)]


def seen(cells: list[str], *, strict: bool = False, comma: bool = False) -> Seen:
    return seen_type(cells, ("", "NA"), range(2, len(cells) + 2), comma=comma, strict=strict)


@pytest.mark.parametrize(
    ("strays", "kind", "told"),
    [
        ([], "integer", ""),
        (["NA", ""] * 100, "integer", ""),
        (["a1"], "integer", "1 is not (row 1,002: 'a1'): its row goes to quarantine"),
        (["x", "y", "z"], "integer", "3 are not (row 1,002: 'x'): their rows go to quarantine"),
        (["?"] * 20, "string", "If '?' means null: Column('integer', null_tokens=('', '?'))"),
        ([f"a{i}" for i in range(20)], "string", "Declared as 'integer', those rows go to quarantine"),
        ([f"a{i}" for i in range(500)], "string", ""),
        (["1.5"], "float", ""),
        (["007"], "string", ""),
    ],
)
def test_strays_are_quarantined_where_few_and_told_where_not(strays: list[str], kind: str, told: str) -> None:
    found = seen(NUMBERS + strays)
    assert found.kind == kind
    assert told in found.remark if told else not found.remark


def test_a_strict_look_takes_no_stray() -> None:
    assert seen([*NUMBERS, "a1"], strict=True).kind == "string"


def test_dates_and_times_may_have_strays_too() -> None:
    assert seen([f"2024-01-{1 + i % 28:02}" for i in range(300)] + ["soon"]).kind == "date"
    assert "times, 1 is not" in seen([f"2024-01-{1 + i % 28:02}T10:00" for i in range(300)] + ["soon"]).remark


def test_digits_in_groups_are_told() -> None:
    assert "('1.234,50')" in seen([f"{i}.234,50" for i in range(1, 50)], comma=True).remark
    assert seen(["one", "two"]) == Seen("string")


def test_decimal_commas_are_found_beside_a_stray() -> None:
    assert has_decimal_commas([*(f"{i},5" for i in range(400)), "a1"])
    assert not has_decimal_commas(["a,b", "1,5"])
