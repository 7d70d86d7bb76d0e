"""Holm's procedure against its definition, and the chance behind an interval against Student's t."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t

from components.measures.multiplicity import holm, p_above


@given(st.lists(st.floats(0, 1), max_size=12), st.floats(0.001, 0.2))
def test_a_hypothesis_falls_if_every_smaller_one_keeps_its_level(p_values: list[float], level: float) -> None:
    ordered = sorted(p_values)
    n = len(ordered)
    stops = next((rank for rank, p in enumerate(ordered) if p > level / (n - rank)), n)
    assert sum(holm(p_values, level)) == stops
    if stops:
        assert all(fell == (p <= ordered[stops - 1]) for p, fell in zip(p_values, holm(p_values, level), strict=True))


def test_true_hypotheses_are_seldom_rejected_however_many_there_are() -> None:
    drawn = np.random.default_rng(1).random((400, 50))
    assert np.mean([any(holm(list(p_values), 0.05)) for p_values in drawn]) < 0.09


@pytest.mark.parametrize(("value", "bound"), [(0.3, 0.0), (0.1, 0.1), (-0.2, 0.05)])
def test_the_p_value_is_that_of_a_t_test_whose_interval_it_was(value: float, bound: float) -> None:
    error, n_blocks = 0.07, 9
    reach = error * t.ppf(0.975, n_blocks - 1)
    expected = t.sf((value - bound) / error, n_blocks - 1)
    assert p_above(value, reach, bound, n_blocks=n_blocks, confidence=0.95) == pytest.approx(expected, abs=1e-12)


def test_a_certain_value_is_above_or_not_and_one_block_says_nothing() -> None:
    assert p_above(0.2, 0.0, 0.1, n_blocks=5, confidence=0.95) == 0.0
    assert p_above(0.1, 0.0, 0.1, n_blocks=5, confidence=0.95) == 1.0
    assert p_above(0.2, 0.1, 0.1, n_blocks=1, confidence=0.95) == 1.0
