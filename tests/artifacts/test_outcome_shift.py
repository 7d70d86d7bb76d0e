"""Outcome shift is how the positive share moved, and what explains it."""

from pathlib import Path

from components.artifacts.outcome_shift import FeatureShift, OutcomeShift
from tests.saving import loaded_again

SHIFT = OutcomeShift(0.2, 0.3, 900, 300, 14, 7, 5.1, (FeatureShift("hour", 0.1, 0.08, 0.02, None),))


def test_an_outcome_shift_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    assert loaded_again(SHIFT, tmp_path) == SHIFT


def test_shares_that_are_not_known_are_not_summarised() -> None:
    assert SHIFT.summary() == {"state": "checked", "n_before": 900, "n_now": 300, "before": 0.2, "now": 0.3}
    assert OutcomeShift(state="labels-not-mature").summary() == {"state": "labels-not-mature", "n_before": 0, "n_now": 0}
