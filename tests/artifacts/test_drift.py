"""Drift is what is unlike the past, and how sure and how bad that is."""

from pathlib import Path

from components.artifacts.drift import Drift, Drifted, Usual
from tests.saving import loaded_again

DRIFTED = Drifted("origin=JFK", "level", "values", "nearest", "sudden", "2013-03-08", 1.5, 1e-6, 3.0, {"nearest": Usual(0.3, 0.1, 84)})
DRIFT = Drift((DRIFTED,), 40, 3, 0.01)


def test_drift_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    assert loaded_again(DRIFT, tmp_path) == DRIFT


def test_a_subject_names_slice_column_and_aspect() -> None:
    assert DRIFTED.subject == "origin=JFK/level/values"


def test_the_summary_has_the_state_and_what_could_not_be_judged() -> None:
    assert DRIFT.summary() == {"state": "checked", "n_drifted": 1, "n_judged": 40, "n_unjudged": 3}
