"""Metrics against scikit-learn, ties and weights included, for every kind of prediction."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from components.measures.metrics import METRICS, MetricName, metric
from components.measures.scored import Scored
from components.runtime.errors import DefinitionError

N_RESAMPLES = 3
BINARY = {name: one for name, one in METRICS.items() if "binary" in one.tasks}
CLASSES = {
    "accuracy": lambda y, p: reference.accuracy_score(y, p.argmax(axis=1)),
    "log_loss": reference.log_loss,
    "brier": lambda y, p: ((p - np.eye(p.shape[1])[y.astype(int)]) ** 2).sum(axis=1).mean(),
    "macro_f1": lambda y, p: reference.f1_score(y, p.argmax(axis=1), average="macro"),
    "roc_auc": lambda y, p: reference.roc_auc_score(y, p, multi_class="ovr", average="macro"),
    "average_precision": lambda y, p: reference.average_precision_score(np.eye(p.shape[1])[y.astype(int)], p, average="macro"),
}
NUMBERS = {
    "mae": reference.mean_absolute_error,
    "rmse": reference.root_mean_squared_error,
    "r2": reference.r2_score,
    "bias": lambda y, p: (p - y).mean(),
    "mean_outcome": lambda y, p: y.mean(),
    "mean_score": lambda y, p: p.mean(),
}
SELECTING = {
    "accuracy": reference.accuracy_score,
    "balanced_accuracy": reference.balanced_accuracy_score,
    "precision": reference.precision_score,
    "recall": reference.recall_score,
    "f1": reference.f1_score,
}


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
def test_curves_and_losses_are_those_of_scikit_learn(drawn: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    y, p, weights = drawn
    for name, expected in (
        ("roc_auc", reference.roc_auc_score),
        ("average_precision", reference.average_precision_score),
        ("log_loss", reference.log_loss),
        ("brier", reference.brier_score_loss),
    ):
        assert METRICS[name](y, p, weights) == pytest.approx([expected(y, p, sample_weight=w) for w in weights], abs=1e-12)


@settings(max_examples=40)
@given(scored())
def test_figures_of_the_selected_rows_are_those_of_scikit_learn(drawn: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    y, p, weights = drawn
    guessed = p >= 0.5
    for name, expected in SELECTING.items():
        found = METRICS[name](y, p, weights)
        if name == "precision" and not guessed.any():
            assert np.isnan(found).all()
        elif guessed @ weights[0] > 0:
            assert found[0] == pytest.approx(expected(y, guessed, sample_weight=weights[0]), abs=1e-12)


@settings(max_examples=50)
@given(scored())
def test_whole_weights_are_repeated_rows(drawn: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    y, p, weights = drawn
    repeats = weights[0].astype(int)
    for one in BINARY.values():
        assert one(y, p, weights[:1]) == pytest.approx(one(np.repeat(y, repeats), np.repeat(p, repeats)), abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("name", CLASSES)
def test_figures_of_many_classes_are_those_of_scikit_learn(name: str) -> None:
    random = np.random.default_rng(4)
    y = random.integers(0, 4, 300).astype(float)
    p = random.dirichlet(np.ones(4), 300) + np.eye(4)[y.astype(int)]
    p /= p.sum(axis=1, keepdims=True)
    assert METRICS[name](y, p) == pytest.approx(CLASSES[name](y, p), abs=1e-12)


@pytest.mark.parametrize("name", NUMBERS)
def test_figures_of_numbers_are_those_of_scikit_learn(name: str) -> None:
    random = np.random.default_rng(5)
    y = random.normal(40, 9, 200)
    assert METRICS[name](y, y + random.normal(1, 3, 200)) == pytest.approx(NUMBERS[name](y, y + _noise()), abs=1e-9)


def _noise() -> np.ndarray:
    random = np.random.default_rng(5)
    random.normal(40, 9, 200)
    return random.normal(1, 3, 200)


def test_the_gain_of_ranked_lists_is_that_of_scikit_learn() -> None:
    random = np.random.default_rng(6)
    queries = random.permutation(np.repeat(np.arange(12), 15))
    relevance, scores = random.integers(0, 4, 180).astype(float), random.permutation(180).astype(float)
    lists = [(relevance[queries == q], scores[queries == q]) for q in range(12)]
    rows = Scored(relevance, scores, queries)
    expected = np.mean([reference.ndcg_score([y], [s], k=10) for y, s in lists])
    assert METRICS["ndcg"].exact(rows, np.ones((1, 180)))[0] == pytest.approx(expected, abs=1e-12)
    ranks = [1 / (1 + np.flatnonzero(y[np.argsort(-s)] > 0)[0]) for y, s in lists]
    assert METRICS["reciprocal_rank"].exact(rows, np.ones((1, 180)))[0] == pytest.approx(np.mean(ranks), abs=1e-12)


def test_a_list_without_anything_relevant_gains_nothing() -> None:
    rows = Scored(np.zeros(3), np.arange(3.0), np.zeros(3, int))
    assert METRICS["ndcg"].exact(rows, np.ones((1, 3))).tolist() == [0.0]
    assert METRICS["reciprocal_rank"].exact(rows, np.ones((1, 3))).tolist() == [0.0]


def test_calibration_is_the_mean_distance_over_ten_bins() -> None:
    random = np.random.default_rng(7)
    p = random.random(500)
    y = (random.random(500) < p**2).astype(float)
    bins = np.minimum((p * 10).astype(int), 9)
    expected = sum(abs(p[bins == k].mean() - y[bins == k].mean()) * (bins == k).mean() for k in range(10))
    assert METRICS["calibration_error"](y, p)[0] == pytest.approx(expected, abs=1e-12)


def test_mistakes_cost_what_they_are_said_to_cost() -> None:
    rows = Scored(np.array([1.0, 1, 0, 0]), np.array([0.9, 0.1, 0.8, 0.2]), false_positive=2.0, false_negative=10.0)
    assert METRICS["cost"].exact(rows, np.ones((1, 4))).tolist() == [3.0]
    strict = Scored(rows.outcomes, rows.scores, threshold=0.85, false_positive=2.0, false_negative=10.0)
    assert METRICS["cost"].exact(strict, np.ones((1, 4))).tolist() == [2.5]


def test_skill_is_nothing_for_the_rate_itself_and_everything_for_certainty() -> None:
    y = np.array([1.0, 0, 0, 0])
    assert METRICS["skill"](y, np.full(4, 0.25)) == pytest.approx(0.0, abs=1e-12)
    assert METRICS["skill"](y, y) == pytest.approx(1.0, abs=1e-9)
    assert np.isnan(METRICS["skill"](np.ones(4), np.full(4, 0.9))).all()


def test_the_area_of_one_class_is_undefined_and_of_equal_scores_a_half() -> None:
    y, same = np.array([0.0, 1.0, 1.0]), np.full(3, 0.3)
    both = np.array([[1.0, 1, 1], [0, 1, 1]])
    assert METRICS["roc_auc"](y, same).tolist() == [0.5]
    assert np.isnan(METRICS["roc_auc"](y, np.array([0.1, 0.2, 0.3]), both)).tolist() == [False, True]


def test_without_weight_or_rows_there_is_no_figure() -> None:
    for one in BINARY.values():
        assert np.isnan(one(np.array([0.0, 1.0]), np.array([0.2, 0.8]), np.zeros((1, 2)))).all()
        assert np.isnan(one(np.empty(0), np.empty(0))).all()


def test_a_certain_mistake_costs_much_and_not_infinitely() -> None:
    assert np.isfinite(METRICS["log_loss"](np.array([1.0, 0.0]), np.array([0.0, 1.0]))).all()


def test_a_configuration_may_name_every_metric_and_no_other() -> None:
    assert set(get_args(MetricName)) == set(METRICS)


def test_a_metric_of_another_task_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(DefinitionError, match="no metric 'mae' for binary"):
        metric("mae", "binary")
    with pytest.raises(DefinitionError, match="roc_auc"):
        metric("roc_acu", "binary")
