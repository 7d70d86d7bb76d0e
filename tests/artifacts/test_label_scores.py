"""Label scores come back, and leave out what could not be scored."""

from pathlib import Path

from components.artifacts.label_scores import FunctionScore, LabelScores
from tests.saving import loaded_again

FUNCTIONS = (FunctionScore("evening", 0.5, 0.2, 0.1, 0.8, 0.7, 0.9, 40), FunctionScore("noon", 0.0, 0.0, 0.0, None, None, None, 0))


def test_scores_come_back_as_they_were_saved(tmp_path: Path) -> None:
    scores = LabelScores(1, 2, FUNCTIONS, 100, 90, (0.8, 0.2), (0.75, 0.25), 0.15, 0.19)
    assert loaded_again(scores, tmp_path) == scores
    assert scores.summary() == {
        "n_voted": 100, "n_scored": 90, "predicted_0": 0.8, "predicted_1": 0.2, "observed_0": 0.75, "observed_1": 0.25, "brier": 0.15,
        "brier_prior": 0.19,
    }  # fmt: skip


def test_scores_before_any_outcome_have_counts_only(tmp_path: Path) -> None:
    scores = LabelScores(1, 2, FUNCTIONS, 100, 0, (), (), None, None)
    assert loaded_again(scores, tmp_path) == scores
    assert scores.summary() == {"n_voted": 100, "n_scored": 0}
