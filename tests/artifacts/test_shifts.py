"""Shifts are distances by subject."""

from pathlib import Path

from components.artifacts.shifts import Shift, Shifts
from tests.saving import loaded_again

SHIFTS = Shifts((Shift("", "level", "values", 1.5, {"nearest": 0.1}, {"nearest": 0.05}), Shift("", "", "rows", None)))


def test_shifts_come_back_as_they_were_saved(tmp_path: Path) -> None:
    assert loaded_again(SHIFTS, tmp_path) == SHIFTS


def test_the_summary_counts_those_that_have_a_reference() -> None:
    assert SHIFTS.summary() == {"n_shifts": 2, "n_compared": 1}
