"""A choice keeps every trial."""

from pathlib import Path

from components.artifacts.choice import Candidate, Choice, Proposal, TrainingWindow, Trial
from tests.saving import content, loaded_again

TRIALS = (
    Trial(Proposal(Candidate("a", parameters={"max_iter": 10})), {"log_loss": 0.5}, 100, 8),
    Trial(Proposal(Candidate("b", "sklearn.linear_model.LogisticRegression", {"C": 0.5}), TrainingWindow("week", 7, 2), 0.5), {}, 100),
)


def test_a_choice_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    choice = Choice(TRIALS, 1, "because")
    assert loaded_again(choice, tmp_path) == choice
    assert choice.candidate.name == "b"
    assert choice.summary() == {"chosen": "b, week, 50% of the rows", "n_candidates": 2}


def test_the_order_of_parameters_changes_no_byte(tmp_path: Path) -> None:
    for name, parameters in (("one", {"a": 1, "b": 2}), ("other", {"b": 2, "a": 1})):
        (tmp_path / name).mkdir()
        Choice((Trial(Proposal(Candidate("c", parameters=parameters)), {}, 1),), 0, "").save(tmp_path / name)
    assert content(tmp_path / "one") == content(tmp_path / "other")


def test_a_proposal_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    for number, trial in enumerate(TRIALS):
        (tmp_path / str(number)).mkdir()
        assert loaded_again(trial.proposal, tmp_path / str(number)) == trial.proposal


def test_a_window_never_reaches_beyond_what_is_on_offer() -> None:
    keys = ("1", "2", "3")
    assert TrainingWindow().of(keys) == keys
    assert TrainingWindow("long", spans=9).of(keys) == keys
    assert TrainingWindow("old", spans=9, stale=5).of(keys) == ()
