"""Labels keep their sources and the label model through a save and a load."""

from pathlib import Path

from components.artifacts.labels import Labels
from tests.saving import loaded_again
from tests.windows import days, labels

SPANS = days(3)


def test_labels_come_back_as_they_were_saved(tmp_path: Path) -> None:
    made = labels(SPANS, SPANS[-1].end, voted=SPANS[-1:])
    loaded = loaded_again(made, tmp_path)
    assert loaded.rows.equals(made.rows)
    assert loaded.rows.schema == made.rows.schema
    assert loaded.label_model == made.label_model
    assert loaded.summary() == {
        "n_rows": 60, "n_outcome": 38, "n_feedback": 0, "n_rated": 0, "n_label_model": 20, "n_no_outcome": 2, "n_uncovered": 0, "coverage": 0.966667,
    }  # fmt: skip


def test_no_rows_are_labels_too(tmp_path: Path) -> None:
    loaded = loaded_again(Labels(labels(SPANS).rows.clear()), tmp_path)
    assert loaded.summary() == {
        "n_rows": 0,
        "n_outcome": 0,
        "n_feedback": 0,
        "n_rated": 0,
        "n_label_model": 0,
        "n_no_outcome": 0,
        "n_uncovered": 0,
        "coverage": 0.0,
    }
