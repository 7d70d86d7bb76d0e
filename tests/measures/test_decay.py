"""Half-lives and cadences of curves that are known."""

import numpy as np
import pytest

from components.measures.decay import cadence, half_life


@pytest.mark.parametrize("life", [3.0, 30.0, 400.0])
def test_an_exponential_has_its_own_half_life(life: float) -> None:
    ages = np.array([0.0, 7, 14, 28, 56])
    assert half_life(list(ages), list(0.2 * 2 ** (-ages / life))) == pytest.approx(life, rel=1e-6)


def test_what_grows_or_stays_or_is_a_single_point_has_none() -> None:
    assert half_life([0, 7], [0.1, 0.2]) is None
    assert half_life([0, 7, 14], [0.1, 0.1, 0.1]) is None
    assert half_life([0], [0.1]) is None
    assert half_life([], []) is None


def test_points_after_the_advantage_is_gone_do_not_count() -> None:
    assert half_life([0, 10, 20, 30], [0.2, 0.1, -0.01, 0.3]) == pytest.approx(10.0)


def test_order_does_not_matter_and_undefined_points_are_left_out() -> None:
    assert half_life([20, 0, 10, 5], [0.05, 0.2, 0.1, float("nan")]) == pytest.approx(10.0)


def test_a_model_is_trained_anew_before_waiting_surely_costs_too_much() -> None:
    assert cadence([28, 0, 7, 14], [0.05, 0.0, 0.001, 0.02], 0.01) == 7
    assert cadence([0, 7], [0.02, 0.03], 0.01) == 0
    assert cadence([0, 7], [0.0, 0.0], 0.01) is None
