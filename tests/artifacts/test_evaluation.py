"""An evaluation finds its measurements by metric, slice and opponent."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from components.artifacts.evaluation import FILE, CalibrationBin, ClassRows, Evaluation, Measurement
from tests.saving import loaded_again

EVALUATION = Evaluation(
    (
        Measurement("roc_auc", "", "", 0.7, 0.6, 0.8, 100, 7),
        Measurement("roc_auc", "carrier", "Ünïcode & co", 0.65, 0.5, 0.8, 40, 7),
        Measurement("brier", "", "", None, None, None, 3, 1, "too-few-rows"),
        Measurement("roc_auc", "", "", None, None, None, 0, 0, "no-champion", "champion"),
    ),
    (CalibrationBin(0.1, 0.2, 50), CalibrationBin(0.8, 0.7, 50)),
    0.95,
    1000,
)


def test_an_evaluation_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    assert loaded_again(EVALUATION, tmp_path) == EVALUATION
    json.loads((tmp_path / "first" / FILE).read_text(encoding="utf-8"), parse_constant=pytest.fail)


def test_the_classes_of_an_evaluation_come_back_and_tell_what_is_odd_about_them(tmp_path: Path) -> None:
    classes = (ClassRows(0, 9, known=True), ClassRows(1, 0, known=True), ClassRows(2, 4, known=False))
    found = loaded_again(replace(EVALUATION, classes=classes), tmp_path)
    assert found.classes == classes
    assert found.summary()["n_of_unseen_classes"] == 4
    assert [one.words[:23] for one in classes] == ["", "No test row is of class", "Class 2 was never train"]


def test_measurements_are_found_by_metric_slice_and_opponent() -> None:
    assert EVALUATION.find("roc_auc") == EVALUATION.measurements[0]
    assert EVALUATION.find("roc_auc", "carrier", "Ünïcode & co") == EVALUATION.measurements[1]
    assert EVALUATION.find("roc_auc", against="champion") == EVALUATION.measurements[3]
    assert EVALUATION.find("roc_auc", "carrier", "AA") is None


def test_the_summary_has_what_was_measured_overall() -> None:
    assert EVALUATION.summary() == {"n_rows": 100, "n_immature": 0, "roc_auc": 0.7, "roc_auc_low": 0.6, "roc_auc_high": 0.8}
    assert Evaluation((), (), 0.95, 0).summary() == {"n_rows": 0, "n_immature": 0}
