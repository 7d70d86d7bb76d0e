"""A split is a manifest of spans."""

from pathlib import Path

from components.artifacts.split import Fold, Split
from tests.saving import loaded_again

SPLIT = Split(
    20, 10, ("a", "b"), ("b2",), ("c",), ("d",), ("e", "f"), (), {"train": 7, "validation": 3, "gap": 0, "test": 5, "immature": 0},
    (Fold(("a", "b"), ("c",)),), ("00ff",),
)  # fmt: skip


def test_a_split_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    assert loaded_again(SPLIT, tmp_path) == SPLIT


def test_the_summary_has_the_rows_and_the_edges() -> None:
    assert SPLIT.summary() == {
        "n_train": 7, "n_embargo": 0, "n_validation": 3, "n_gap": 0, "n_test": 5, "n_immature": 0, "train": "a/b", "test": "e/f",
        "n_folds": 1, "n_held_out": 1,
    }  # fmt: skip
