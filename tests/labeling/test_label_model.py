"""Label models: algebra of the pattern counts, and what the probabilities must obey."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from components.labeling.label_model import MajorityVote, NaiveBayes, PatternCounts, count_patterns, fit_label_model, merge_patterns

N_FUNCTIONS = 3
votes_of = arrays.arrays(np.int8, st.tuples(st.integers(0, 40), st.just(N_FUNCTIONS)), elements=st.integers(-1, 1))


@st.composite
def labeled(draw: st.DrawFn, lowest: int = -1) -> tuple[np.ndarray, np.ndarray]:
    votes = draw(votes_of)
    return votes, draw(arrays.arrays(np.int8, len(votes), elements=st.integers(lowest, 1)))


def simulated(n_rows: int = 4000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return votes of three independent functions (right in 80, 70 and 60 % of their votes, abstaining on a third) and outcomes."""
    random = np.random.default_rng(seed)
    outcomes = (random.random(n_rows) < 0.3).astype(np.int8)
    right = random.random((n_rows, N_FUNCTIONS)) < [0.8, 0.7, 0.6]
    votes = np.where(right, outcomes[:, None], 1 - outcomes[:, None])
    return np.where(random.random(votes.shape) < 1 / 3, -1, votes).astype(np.int8), outcomes


@settings(max_examples=50, deadline=None)
@given(labeled(), st.integers(0, 40))
def test_merged_counts_of_parts_equal_the_counts_of_all_rows(rows: tuple[np.ndarray, np.ndarray], cut: int) -> None:
    votes, outcomes = rows
    parts = [count_patterns(votes[cut:], outcomes[cut:]), count_patterns(votes[:cut], outcomes[:cut])]
    whole, merged = count_patterns(votes, outcomes), merge_patterns(parts)
    assert np.array_equal(whole.patterns, merged.patterns)
    assert np.array_equal(whole.counts, merged.counts)
    assert whole.counts.sum() == (outcomes >= 0).sum()


@settings(max_examples=50, deadline=None)
@given(labeled(), votes_of)
def test_probabilities_are_positive_and_sum_to_one(rows: tuple[np.ndarray, np.ndarray], asked: np.ndarray) -> None:
    for model in (NaiveBayes.fit(count_patterns(*rows)), MajorityVote((0.7, 0.3))):
        probabilities = model.predict(asked)
        assert probabilities.shape == (len(asked), 2)
        assert (probabilities > 0).all()
        assert probabilities.sum(axis=1) == pytest.approx(1.0)


@settings(max_examples=50, deadline=None)
@given(labeled(), votes_of, st.permutations(range(N_FUNCTIONS)))
def test_naive_bayes_does_not_depend_on_the_order_of_functions(
    rows: tuple[np.ndarray, np.ndarray], asked: np.ndarray, order: list[int]
) -> None:
    votes, outcomes = rows
    usual = NaiveBayes.fit(count_patterns(votes, outcomes)).predict(asked)
    moved = NaiveBayes.fit(count_patterns(votes[:, order], outcomes)).predict(asked[:, order])
    assert moved == pytest.approx(usual, rel=1e-12)


@settings(max_examples=50, deadline=None)
@given(labeled(), votes_of)
def test_exchanging_the_classes_exchanges_the_probabilities(rows: tuple[np.ndarray, np.ndarray], asked: np.ndarray) -> None:
    def swap(values: np.ndarray) -> np.ndarray:
        return np.where(values >= 0, 1 - values, values).astype(np.int8)

    votes, outcomes = rows
    usual = NaiveBayes.fit(count_patterns(votes, outcomes)).predict(asked)
    swapped = NaiveBayes.fit(count_patterns(swap(votes), swap(outcomes))).predict(swap(asked))
    assert swapped[:, ::-1] == pytest.approx(usual, rel=1e-12)


@settings(max_examples=50, deadline=None)
@given(labeled(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_change_a_bit(rows: tuple[np.ndarray, np.ndarray], random: object) -> None:
    votes, outcomes = rows
    order = list(range(len(votes)))
    random.shuffle(order)  # type: ignore[attr-defined]
    usual = NaiveBayes.fit(count_patterns(votes, outcomes)).predict(votes)
    shuffled = NaiveBayes.fit(count_patterns(votes[order], outcomes[order])).predict(votes)
    assert usual.tobytes() == shuffled.tobytes()


def test_unanimous_functions_that_are_better_than_chance_are_followed() -> None:
    model = NaiveBayes.fit(count_patterns(*simulated()))
    unanimous = np.array([[0, 0, 0], [1, 1, 1], [-1, -1, -1]], dtype=np.int8)
    late = model.predict(unanimous)[:, 1]
    assert late[0] < late[2] < late[1]
    assert late[0] < 0.1
    assert late[1] > 0.8


def test_independent_functions_get_the_probabilities_that_they_were_drawn_with() -> None:
    model = NaiveBayes.fit(count_patterns(*simulated(200_000)), strength=1e12)
    late = 0.3 * 0.8 * 0.3 / (0.3 * 0.8 * 0.3 + 0.7 * 0.2 * 0.7)  # the first votes late, the second on time, the third abstains
    assert model.predict(np.array([[1, 0, -1]], dtype=np.int8))[0, 1] == pytest.approx(late, abs=0.01)


def test_a_function_copied_makes_naive_bayes_too_sure_and_what_rows_of_like_confidence_turned_out_to_be_corrects_it() -> None:
    votes, outcomes = simulated()
    copied = np.concatenate([votes[:, :1]] * 4, axis=1)
    share = outcomes[votes[:, 0] == 1].mean()
    known, asked = count_patterns(copied, outcomes), np.ones((1, 4), np.int8)
    model = NaiveBayes.fit(known, strength=1e12)
    assert replace(model, off=np.zeros_like(model.off)).predict(asked)[0, 1] - share > 0.2
    assert model.predict(asked)[0, 1] == pytest.approx(share, abs=0.02)
    assert NaiveBayes.fit(known).predict(asked)[0, 1] == pytest.approx(share, abs=0.02)


def test_too_few_outcomes_or_a_class_without_any_fall_back_to_the_majority() -> None:
    votes, outcomes = simulated()
    prior = (0.75, 0.25)
    nothing = PatternCounts(np.empty((0, N_FUNCTIONS), np.int8), np.empty((0, 2), np.int64))
    assert fit_label_model(nothing, prior=prior) == MajorityVote(prior)
    assert fit_label_model(count_patterns(votes[:99], outcomes[:99]), prior=prior) == MajorityVote(prior)
    assert fit_label_model(count_patterns(votes, np.zeros_like(outcomes)), prior=prior) == MajorityVote(prior)
    assert isinstance(fit_label_model(count_patterns(votes[:100], outcomes[:100]), prior=prior), NaiveBayes)


def test_a_model_describes_itself_in_plain_values() -> None:
    described = fit_label_model(count_patterns(*simulated()), prior=(0.5, 0.5)).describe()
    assert (described["method"], described["n_known"]) == ("naive-bayes", 4000)
    assert MajorityVote((0.5, 0.5)).describe() == {"method": "majority-vote", "prior": [0.5, 0.5]}
