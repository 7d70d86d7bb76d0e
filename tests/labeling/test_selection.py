"""Label models from votes alone: how near they come to the truth, what they never do, and what they do not depend on."""

from itertools import pairwise
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from components.labeling.selection import Method, fit_votes
from components.labeling.vote_model import VoteModel
from components.runtime.errors import ConfigError

METHODS = get_args(Method)
NDArray = np.ndarray


def independent(
    n_rows: int = 4000, accuracies: tuple[float, ...] = (0.9, 0.8, 0.7, 0.65, 0.6), k: int = 2, seed: int = 0, share: float = 0.5
):
    random = np.random.default_rng(seed)
    truth = random.choice(k, n_rows, p=[share, *[(1 - share) / (k - 1)] * (k - 1)])
    wrong = (truth[:, None] + random.integers(1, k, (n_rows, len(accuracies)))) % k
    votes = np.where(random.random(wrong.shape) < accuracies, truth[:, None], wrong)
    return np.where(random.random(wrong.shape) < 0.4, -1, votes).astype(np.int8), truth


def accuracy(votes: NDArray, truth: NDArray, method: Method = "auto", k: int = 2) -> float:
    return float((fit_votes(votes, k, method=method).model.predict(votes).argmax(axis=1) == truth).mean())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("k", [2, 4])
def test_probabilities_are_those_of_the_classes_and_rows_without_votes_get_no_label(method: Method, k: int) -> None:
    votes, _ = independent(1500, k=k)
    model = fit_votes(votes, k, method=method).model
    probabilities = model.predict(votes)
    assert probabilities.shape == (1500, k)
    assert probabilities.sum(axis=1) == pytest.approx(1.0)
    assert (probabilities > 0).all()
    assert ((model.label(votes) == -1) == (votes == -1).all(axis=1)).all()


@pytest.mark.parametrize("method", METHODS)
def test_new_names_of_functions_and_classes_change_nothing_but_names(method: Method) -> None:
    votes, _ = independent(1200, k=3, share=0.5)
    usual = fit_votes(votes, 3, method=method).model.predict(votes)
    moved = votes[:, [3, 0, 4, 1, 2]]
    assert fit_votes(moved, 3, method=method).model.predict(moved) == pytest.approx(usual, abs=1e-6)
    renamed = np.where(votes < 0, -1, np.array([2, 0, 1], np.int8)[votes]).astype(np.int8)
    assert fit_votes(renamed, 3, method=method).model.predict(renamed)[:, [2, 0, 1]] == pytest.approx(usual, abs=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_the_same_votes_give_the_same_bytes(method: Method) -> None:
    votes, _ = independent(800)
    first, second = (fit_votes(votes, 2, method=method) for _ in range(2))
    assert first.model.predict(votes).tobytes() == second.model.predict(votes).tobytes()
    assert first.diagnostics == second.diagnostics


@settings(max_examples=25, deadline=None)
@given(arrays.arrays(np.int8, st.tuples(st.integers(0, 40), st.integers(1, 4)), elements=st.integers(-1, 2)), st.sampled_from(METHODS))
def test_unanimous_functions_believed_better_than_chance_are_not_contradicted(votes: NDArray, method: Method) -> None:
    model = fit_votes(votes, 3, method=method).model
    probabilities, trusted = model.predict(votes), model.trusted()
    silence = model.emissions()[:, 0]
    mute = silence.max(axis=1) <= 1.01 * silence.min(axis=1)
    for row, found in zip(votes, probabilities, strict=True):
        said = set(row[row >= 0].tolist())
        if len(said) == 1 and mute[row < 0].all() and trusted[row >= 0, min(said)].all():
            assert found[min(said)] >= found.max() - 1e-12


@settings(max_examples=25, deadline=None)
@given(arrays.arrays(np.int8, st.tuples(st.integers(0, 30), st.integers(0, 5)), elements=st.integers(-1, 1)), st.sampled_from(METHODS))
def test_any_votes_can_be_fitted(votes: NDArray, method: Method) -> None:
    fit = fit_votes(votes, 2, method=method)
    assert fit.model.predict(votes).sum(axis=1) == pytest.approx(1.0)
    assert VoteModel.of(fit.model.describe()).predict(votes).tobytes() == fit.model.predict(votes).tobytes()


def test_looking_patterns_up_gives_the_bytes_of_predicting_each_row() -> None:
    votes, _ = independent(20_000)
    model = fit_votes(votes, 2).model
    assert model.predict(votes).tobytes() == np.concatenate([model.predict(part) for part in np.array_split(votes, 5)]).tobytes()


def test_better_functions_weigh_more_than_a_majority_of_worse_ones() -> None:
    votes, truth = independent()
    assert accuracy(votes, truth) > accuracy(votes, truth, "majority") + 0.02


@pytest.mark.parametrize("share", [0.5, 0.85])
def test_the_balance_is_found_without_being_given(share: float) -> None:
    votes, _ = independent(20_000, share=share)
    assert fit_votes(votes, 2).diagnostics.balance[0] == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize(("n_functions", "k", "low", "high"), [(10, 2, 0.52, 0.6), (50, 2, 0.52, 0.6), (10, 4, 0.3, 0.4)])
@pytest.mark.slow
def test_weak_functions_are_no_worse_together_than_majority_vote(n_functions: int, k: int, low: float, high: float) -> None:
    gains = []
    for seed in range(4):
        accuracies = tuple(np.random.default_rng(seed).uniform(low, high, n_functions))
        votes, truth = independent(8000, accuracies, k=k, seed=seed, share=1 / k)
        gains.append(accuracy(votes, truth, "auto", k) - accuracy(votes, truth, "majority", k))
    assert np.mean(gains) > -0.002


def test_functions_that_cannot_be_told_apart_are_held_for_alike() -> None:
    weak, _ = independent(4000, (0.58, 0.52, 0.6, 0.54, 0.56, 0.53))
    spread = np.ptp(fit_votes(weak, 2, method="generative").model.accuracies())
    assert spread < np.ptp(fit_votes(weak, 2, method="dawid-skene").model.accuracies())
    strong, _ = independent(4000)
    assert fit_votes(strong, 2, method="generative").model.accuracies() == pytest.approx([0.9, 0.8, 0.7, 0.65, 0.6], abs=0.04)


@pytest.mark.slow
def test_functions_that_share_a_blind_spot_do_not_take_the_place_of_the_class() -> None:
    for seed in range(3):
        votes, truth = independent(6000, (0.85, 0.65, 0.8, 0.65, 0.7, 0.75, 0.6, 0.8, 0.7, 0.65), seed=seed, share=0.8)
        random = np.random.default_rng(seed + 50)
        trapped = (random.random(6000) < 0.25)[:, None] & (votes >= 0) & (np.arange(10) >= 6)
        votes = np.where(trapped, 1 - truth[:, None], votes).astype(np.int8)
        assert accuracy(votes, truth) > accuracy(votes[:, :6], truth) - 0.03


@pytest.mark.slow
def test_classes_keep_their_places_where_a_shared_opinion_is_taken_out() -> None:
    for seed in range(6):
        votes, truth = independent(6000, (0.85, 0.6, 0.7, 0.65, 0.6, 0.75), seed=seed, share=0.8)
        bad, _ = independent(6000, (0.5,), seed=seed + 100)
        votes = np.column_stack([votes, bad, bad, bad, bad]).astype(np.int8)
        assert accuracy(votes, truth) > 0.75


def test_a_given_balance_is_kept() -> None:
    votes, _ = independent()
    assert fit_votes(votes, 2, balance=(0.3, 0.7)).diagnostics.balance == (0.3, 0.7)


def test_copies_of_a_bad_function_have_one_voice() -> None:
    votes, truth = independent(8000)
    random = np.random.default_rng(1)
    bad = random.integers(0, 2, 8000).astype(np.int8)
    copies = np.stack([np.where(random.random(8000) < 0.9, bad, random.integers(0, 2, 8000)) for _ in range(4)], axis=1).astype(np.int8)
    both = np.concatenate([votes, copies], axis=1)
    fit = fit_votes(both, 2)
    assert [one.group for one in fit.diagnostics.functions] == [None] * 5 + [0] * 4
    assert accuracy(both, truth) > accuracy(votes, truth) - 0.01
    assert accuracy(both, truth) > accuracy(both, truth, "dawid-skene") + 0.1


def test_functions_of_one_class_each_say_something_by_silence() -> None:
    random = np.random.default_rng(0)
    truth = random.integers(0, 2, 8000)
    rates = [(0.6, 0.1), (0.5, 0.15), (0.4, 0.2), (0.6, 0.2), (0.5, 0.1), (0.4, 0.1)]
    fires = np.stack([random.random(8000) < np.where(truth == j % 2, *rate) for j, rate in enumerate(rates)], axis=1)
    votes = np.where(fires, np.arange(6) % 2, -1).astype(np.int8)
    assert accuracy(votes, truth) > accuracy(votes, truth, "majority") + 0.01


@pytest.mark.parametrize("k", [2, 4])
@pytest.mark.parametrize("long", [0.0, 0.5])
def test_votes_of_functions_of_one_class_each_are_believed_as_often_as_they_are_right(k: int, long: float) -> None:
    random = np.random.default_rng(k)
    truth, length = random.integers(0, k, 20_000), 1 + long * random.choice([-1, 1], 20_000)
    own = np.arange(12) % k
    rates = np.where(truth[:, None] == own, 0.14, 0.06 / (k - 1)) * length[:, None]
    votes = np.where(random.random((20_000, 12)) < rates, own, -1).astype(np.int8)
    right = (votes == truth[:, None])[votes >= 0].mean()
    for method in ("majority", "weighted"):
        assert fit_votes(votes, k, method=method).model.accuracies() == pytest.approx(np.full(12, right), abs=0.04)
    topic = np.column_stack([votes, votes[:, :2], votes[:, :2]])
    assert fit_votes(topic, k, method="weighted").model.accuracies()[0] == pytest.approx(right, abs=0.06)


def test_rare_keywords_of_shared_topics_are_left_to_a_vote() -> None:
    random = np.random.default_rng(0)
    truth, topics = random.integers(0, 2, 6000), random.integers(0, 6, 6000)
    fires = np.stack([(topics == j // 2) & (random.random(6000) < 0.5) & (truth == j // 2 % 2) for j in range(12)], axis=1)
    noise = random.random(fires.shape) < 0.02
    votes = np.where(fires | noise, np.arange(12) // 2 % 2, -1).astype(np.int8)
    fit = fit_votes(votes, 2)
    assert fit.model.method == "weighted"
    assert "majority-not-beaten" in {one.code for one in fit.diagnostics.doubts}


def test_a_labeled_sample_decides_and_the_reason_says_so() -> None:
    votes, truth = independent()
    labeled = np.where(np.arange(len(truth)) < 400, truth, -1).astype(np.int8)
    fit = fit_votes(votes, 2, labeled=labeled)
    losses = {one.method: one.log_loss for one in fit.diagnostics.evidence}
    assert set(losses) == set(METHODS) - {"auto"}
    assert losses[fit.model.method] == min(losses.values())
    assert "labeled rows" in fit.diagnostics.reason


def test_a_sample_on_which_nothing_beats_majority_vote_keeps_it() -> None:
    votes, _ = independent()
    random = np.random.default_rng(3)
    fit = fit_votes(votes, 2, labeled=random.integers(0, 2, len(votes)).astype(np.int8))
    assert fit.model.method == "majority" or "below majority" in fit.diagnostics.reason


@pytest.mark.parametrize(("columns", "code"), [([0, 1], "too-few-functions"), ([], "too-few-functions")])
def test_too_few_functions_are_a_doubt_and_are_left_to_majority_vote(columns: list[int], code: str) -> None:
    votes, _ = independent(500)
    fit = fit_votes(votes[:, columns], 2)
    assert fit.model.method == "majority"
    assert code in {one.code for one in fit.diagnostics.doubts}


def test_a_function_worse_than_chance_is_named() -> None:
    votes, _ = independent(8000, (0.9, 0.85, 0.8, 0.2, 0.75))
    fit = fit_votes(votes, 2, names=["a", "b", "c", "bad", "d"])
    assert [one.message for one in fit.diagnostics.doubts if one.code == "worse-than-chance"] == [
        "believed right less often than a guess: bad"
    ]


def test_a_class_that_nothing_votes_for_is_a_doubt() -> None:
    votes, _ = independent(500)
    assert "class-without-votes" in {one.code for one in fit_votes(votes, 3).diagnostics.doubts}


def test_an_unknown_method_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="majority"):
        fit_votes(np.zeros((1, 1), np.int8), 2, method="majorty")  # type: ignore[arg-type]


def test_triplets_find_the_accuracies_in_closed_form() -> None:
    votes, _ = independent(30_000, (0.9, 0.8, 0.7, 0.6))
    found = fit_votes(votes, 2, method="triplets").model.accuracies()
    assert found == pytest.approx([0.9, 0.8, 0.7, 0.6], abs=0.03)
    assert all(a > b for a, b in pairwise(found))


def test_where_no_model_explains_the_votes_unseen_functions_decide() -> None:
    """A campaign makes three functions right or silent together; most of what the others need is how right each of them is."""
    random = np.random.default_rng(0)
    truth, campaign = random.integers(0, 2, 8000), random.random(8000) < 0.3
    skills = (0.95, 0.9, 0.6, 0.55, 0.55, 0.55)
    votes = np.stack([np.where(random.random(8000) < skill, truth, 1 - truth) for skill in skills], axis=1)
    fires = np.stack([random.random(8000) < np.where(campaign, 0.9, 0.05) for _ in range(3)], axis=1)
    together = np.where(fires & (truth == 1)[:, None], 1, -1)
    fit = fit_votes(np.concatenate([votes, together], axis=1).astype(np.int8), 2)
    told = {one.method: one.foretold for one in fit.diagnostics.evidence if one.foretold is not None}
    assert set(told) == {"majority", "weighted", "dawid-skene"}
    assert fit.model.method in told
    assert "has not seen" in fit.diagnostics.reason
