"""Metrics against scikit-learn, ties and weights included."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from components.measures.metrics import METRICS, brier, log_loss, positive_rate, roc_auc

N_RESAMPLES = 3


@st.composite
def scored(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw outcomes of both classes, probabilities with ties, and whole weights of which no row of resamples is all of one class."""
    n = draw(st.integers(2, 40))
    outcomes = np.array([0, 1, *draw(st.lists(st.integers(0, 1), min_size=n - 2, max_size=n - 2))], dtype=float)
    probabilities = np.array(draw(st.lists(st.integers(1, 9), min_size=n, max_size=n))) / 10
    weights = np.array(draw(st.lists(st.lists(st.integers(0, 3), min_size=n, max_size=n), min_size=N_RESAMPLES, max_size=N_RESAMPLES)))
    weights[:, :2] += 1
    return outcomes, probabilities, weights.astype(float)


@settings(max_examples=40)
@given(scored())
def test_the_area_is_that_of_scikit_learn(drawn: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    y, p, weights = drawn
    expected = [reference.roc_auc_score(y, p, sample_weight=w) for w in weights]
    assert roc_auc(y, p, weights) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=40)
@given(scored())
def test_the_losses_are_those_of_scikit_learn(drawn: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    y, p, weights = drawn
    assert log_loss(y, p, weights) == pytest.approx([reference.log_loss(y, p, sample_weight=w) for w in weights], abs=1e-12)
    assert brier(y, p, weights) == pytest.approx([reference.brier_score_loss(y, p, sample_weight=w) for w in weights], abs=1e-12)
    assert positive_rate(y, p, weights) == pytest.approx([np.average(y, weights=w) for w in weights], abs=1e-12)


@settings(max_examples=50)
@given(scored())
def test_whole_weights_are_repeated_rows(drawn: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    y, p, weights = drawn
    repeats = weights[0].astype(int)
    y_again, p_again = np.repeat(y, repeats), np.repeat(p, repeats)
    for metric in METRICS.values():
        assert metric(y, p, weights[:1]) == pytest.approx(metric(y_again, p_again, np.ones((1, len(y_again)))), abs=1e-12)


def test_the_area_of_one_class_is_undefined_and_of_equal_scores_a_half() -> None:
    y, same = np.array([0.0, 1.0, 1.0]), np.full(3, 0.3)
    both, ones = np.array([[1.0, 1, 1], [0, 1, 1]]), np.ones((1, 3))
    assert roc_auc(y, same, ones).tolist() == [0.5]
    assert np.isnan(roc_auc(y, np.array([0.1, 0.2, 0.3]), both)).tolist() == [False, True]


def test_a_resample_without_weight_has_no_figure() -> None:
    nothing = np.zeros((1, 2))
    for metric in METRICS.values():
        assert np.isnan(metric(np.array([0.0, 1.0]), np.array([0.2, 0.8]), nothing)).all()


def test_a_certain_mistake_costs_much_and_not_infinitely() -> None:
    assert np.isfinite(log_loss(np.array([1.0, 0.0]), np.array([0.0, 1.0]), np.ones((1, 2)))).all()
