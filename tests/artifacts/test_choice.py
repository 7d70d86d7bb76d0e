"""A choice keeps every trial."""

from pathlib import Path

from components.artifacts.choice import Candidate, Choice, Trial
from tests.saving import content, loaded_again

TRIALS = (
    Trial(Candidate("a", parameters={"max_iter": 10, "early_stopping": False}), {"log_loss": 0.5}, 100),
    Trial(Candidate("b", "sklearn.linear_model.LogisticRegression", {"C": 0.5, "penalty": None}), {}, 100),
)


def test_a_choice_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    choice = Choice(TRIALS, 1, "because")
    assert loaded_again(choice, tmp_path) == choice
    assert choice.candidate.name == "b"
    assert choice.summary() == {"chosen": "b", "n_candidates": 2}


def test_the_order_of_parameters_changes_no_byte(tmp_path: Path) -> None:
    for name, parameters in (("one", {"a": 1, "b": 2}), ("other", {"b": 2, "a": 1})):
        (tmp_path / name).mkdir()
        Choice((Trial(Candidate("c", parameters=parameters), {}, 1),), 0, "").save(tmp_path / name)
    assert content(tmp_path / "one") == content(tmp_path / "other")
