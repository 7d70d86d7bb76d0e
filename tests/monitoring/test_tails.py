"""How unusual a distance is, by the past."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from components.monitoring.tails import Tail

PAST = st.lists(st.floats(0, 1), min_size=1, max_size=120)


@given(PAST, st.floats(0, 3), st.floats(0, 3))
def test_a_longer_distance_is_never_more_probable(past: list[float], one: float, other: float) -> None:
    tail = Tail.of(past, least=0.01)
    assert tail.probability(max(one, other)) <= tail.probability(min(one, other)) + 1e-12


@given(PAST, st.floats(1e-9, 1e-3))
def test_the_threshold_has_the_probability_that_it_was_asked_for(past: list[float], probability: float) -> None:
    tail = Tail.of(past, least=0.01)
    assert np.isclose(tail.probability(tail.threshold(probability)), probability, rtol=1e-6)


def test_few_spans_give_a_higher_threshold_than_many_of_the_same_distribution() -> None:
    past = np.random.default_rng(0).exponential(0.1, 2000).tolist()
    few = np.mean([Tail.of(past[start : start + 30], least=0.001).threshold(1e-4) for start in range(0, 1800, 30)])
    assert few > Tail.of(past, least=0.001).threshold(1e-4)


def test_of_an_exponential_past_about_one_in_a_thousand_exceeds_the_threshold_of_a_thousandth() -> None:
    random = np.random.default_rng(1)
    tail = Tail.of(random.exponential(0.1, 500).tolist(), least=0.001)
    exceeding = (random.exponential(0.1, 100_000) > tail.threshold(1e-3)).mean()
    assert 1e-4 < exceeding < 1.5e-3


def test_overlapping_windows_count_for_less() -> None:
    past = [0.01 * i for i in range(50)]
    assert Tail.of(past, least=0.001, overlap=7).threshold(1e-4) > Tail.of(past, least=0.001).threshold(1e-4)


def test_a_column_that_never_moved_has_a_tail() -> None:
    tail = Tail.of([0.0] * 40, least=0.01)
    assert tail.probability(0.0) == 1.0
    assert tail.probability(0.2) < 1e-6
