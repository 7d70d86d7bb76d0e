"""Search: what each round proposes, the same whatever the order in which trials ended."""

import random

import pytest

from components.artifacts.choice import Candidate, Choice, Proposal, TrainingWindow, Trial
from components.artifacts.split import Fold, Split
from components.runtime.errors import ConfigError
from components.training.component import TrainingConfig, choose_candidate
from components.training.search import Parameter, SearchConfig, propose_candidates

DAYS = tuple(f"2013-01-{day:02}" for day in range(1, 29))
SPLIT = Split(2, 1, DAYS[:20], (), DAYS[20:], (), (), (), {}, (Fold(DAYS[:20], DAYS[20:]),))
BASE = Candidate("boosting", parameters={"max_iter": 50})
SPACE = {
    "learning_rate": Parameter(low=0.01, high=0.3, log=True),
    "max_leaf_nodes": Parameter(choices=(7, 15, 31)),
    "min_samples_leaf": Parameter(low=5, high=50),
}


def tried(proposals: tuple[Proposal, ...]) -> list[Choice]:
    """Return trials whose loss is the learning rate."""
    loss = [float(str(one.candidate.parameters.get("learning_rate", 0.2))) for one in proposals]
    return [Choice((Trial(one, {"log_loss": figure}, 1),), 0, "") for one, figure in zip(proposals, loss, strict=True)]


def searched(config: SearchConfig) -> Choice:
    choice = None
    for position in range(config.rounds):
        proposals = propose_candidates(SPLIT, choice, config=config, position=position)
        choice = choose_candidate(tried(tuple(proposals)), choice, config=TrainingConfig())
    assert choice is not None
    return choice


def test_each_candidate_is_tried_on_each_window() -> None:
    windows = (TrainingWindow(), TrainingWindow("week", 7), TrainingWindow("a week old", stale=7))
    found = propose_candidates(SPLIT, config=SearchConfig((BASE, Candidate("other")), windows))
    assert [one.name for one in found] == [
        "boosting", "other", "boosting, week", "other, week", "boosting, a week old", "other, a week old",
    ]  # fmt: skip


def test_windows_that_the_short_history_makes_equal_are_tried_once() -> None:
    windows = (TrainingWindow(), TrainingWindow("half a year", 182), TrainingWindow("gone", stale=99))
    assert [one.name for one in propose_candidates(SPLIT, config=SearchConfig((BASE,), windows))] == ["boosting"]


def test_a_random_search_draws_new_values_each_round_and_the_same_ones_again() -> None:
    config = SearchConfig((BASE,), method="random", space=SPACE, rounds=2, batch=5, seed=4)
    choice = searched(config)
    assert choice == searched(config)
    assert len(choice.trials) == 1 + 5 + 5
    drawn = [trial.candidate.parameters for trial in choice.trials[1:]]
    assert len({str(sorted(one.items())) for one in drawn}) == 10
    for one in drawn:
        assert 0.01 <= float(str(one["learning_rate"])) <= 0.3
        assert one["max_leaf_nodes"] in (7, 15, 31)
        assert isinstance(one["min_samples_leaf"], int)
        assert 5 <= one["min_samples_leaf"] <= 50
        assert one["max_iter"] == 50
    assert searched(SearchConfig((BASE,), method="random", space=SPACE, rounds=2, batch=5, seed=5)) != choice


def test_whole_numbers_reach_both_ends_of_their_range() -> None:
    config = SearchConfig((BASE,), method="random", space={"depth": Parameter(low=1, high=3)}, batch=60)
    found = {one.candidate.parameters["depth"] for one in propose_candidates(SPLIT, config=config)[1:]}
    assert found == {1, 2, 3}


def test_halving_keeps_the_better_half_on_twice_the_rows() -> None:
    choice = searched(SearchConfig((BASE,), method="halving", space=SPACE, rounds=3, batch=8))
    shares = [trial.proposal.share for trial in choice.trials]
    assert shares == [1.0] + [0.25] * 8 + [0.5] * 4 + [1.0] * 2
    rates = [float(str(trial.candidate.parameters["learning_rate"])) for trial in choice.trials[1:]]
    assert sorted(rates[8:12]) == sorted(rates[:8])[:4]
    assert sorted(rates[12:]) == sorted(rates[:8])[:2]
    assert choice.trial.metrics["log_loss"] == min([0.2, *rates])


def test_the_answer_does_not_depend_on_which_trial_ended_first() -> None:
    proposals = tuple(propose_candidates(SPLIT, config=SearchConfig((BASE,), method="random", space=SPACE, batch=6)))
    trials = tried(proposals)
    later = trials.copy()
    random.Random(3).shuffle(later)  # noqa: S311 (no secret)
    chosen = choose_candidate(trials, config=TrainingConfig())
    assert chosen.trial == choose_candidate(sorted(later, key=trials.index), config=TrainingConfig()).trial


def test_a_trial_on_a_stale_window_or_a_share_is_not_chosen_where_there_is_another() -> None:
    stale, part, whole = (
        Trial(proposal, {"log_loss": loss}, 1)
        for proposal, loss in (
            (Proposal(BASE, TrainingWindow("old", stale=7)), 0.1), (Proposal(BASE, share=0.5), 0.2), (Proposal(BASE), 0.3),
        )
    )  # fmt: skip
    assert choose_candidate([Choice((one,), 0, "") for one in (stale, part, whole)], config=TrainingConfig()).trial == whole
    assert choose_candidate([Choice((one,), 0, "") for one in (stale, part)], config=TrainingConfig()).trial == stale


def test_nothing_to_try_and_an_impossible_range_are_refused() -> None:
    with pytest.raises(ConfigError, match="nothing to try"):
        propose_candidates(SPLIT, config=SearchConfig((BASE,), method="random"))
    with pytest.raises(ConfigError, match="not a range to draw from"):
        propose_candidates(SPLIT, config=SearchConfig((BASE,), method="random", space={"C": Parameter(low=0.0, high=1.0, log=True)}))
