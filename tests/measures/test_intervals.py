"""The block bootstrap on bins against the exact one on rows, and intervals against known values."""

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from components.measures.intervals import Blocks, interval, resampled, wilson

N_BLOCKS = 7


def rows(n: int = 4000, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return outcomes, probabilities that know a little of them, and blocks that differ in level."""
    random = np.random.default_rng(seed)
    block_of = np.sort(random.integers(0, N_BLOCKS, n))
    level = random.normal(size=N_BLOCKS)[block_of]
    x = random.normal(size=n)
    outcomes = (random.random(n) < 1 / (1 + np.exp(1 - x - level))).astype(float)
    return outcomes, np.round(1 / (1 + np.exp(1 - x)), 4), block_of


@pytest.mark.parametrize(
    ("metric", "exact", "tolerance"), [("roc_auc", roc_auc_score, 1e-3), ("log_loss", log_loss, 1e-3), ("brier", brier_score_loss, 1e-4)]
)
def test_resamples_on_bins_agree_with_resamples_on_rows(metric: str, exact: object, tolerance: float) -> None:
    outcomes, probabilities, block_of = rows()
    blocks = Blocks.of(N_BLOCKS, resamples=40)
    value, found = resampled(metric, outcomes, probabilities, block_of, blocks)
    expected = [exact(outcomes, probabilities, sample_weight=weights[block_of]) for weights in blocks.weights]
    assert value == pytest.approx(exact(outcomes, probabilities), abs=1e-12)
    assert np.abs(found - expected).max() < tolerance


def test_few_distinct_scores_lose_nothing_in_bins() -> None:
    outcomes, probabilities, block_of = rows()
    coarse = np.round(probabilities, 1)
    blocks = Blocks.of(N_BLOCKS, resamples=20)
    expected = [roc_auc_score(outcomes, coarse, sample_weight=weights[block_of]) for weights in blocks.weights]
    assert resampled("roc_auc", outcomes, coarse, block_of, blocks)[1] == pytest.approx(expected, abs=1e-12)


def test_the_same_seed_draws_the_same_blocks_and_another_one_others() -> None:
    one, again, other = (Blocks.of(5, resamples=50, seed=seed).weights for seed in (3, 3, 4))
    assert one.tobytes() == again.tobytes()
    assert one.tobytes() != other.tobytes()
    assert (one.sum(axis=1) == 5).all()


def test_no_rows_have_no_value() -> None:
    value, found = resampled("roc_auc", np.empty(0), np.empty(0), np.empty(0, int), Blocks.of(2, resamples=3))
    assert np.isnan([value, *found]).all()


def test_resamples_of_one_class_are_left_out_of_the_interval() -> None:
    outcomes, block_of = np.array([1.0, 1.0, 0.0, 0.0]), np.array([0, 0, 1, 1])
    value, found = resampled("roc_auc", outcomes, np.array([0.9, 0.4, 0.5, 0.1]), block_of, Blocks.of(2, resamples=30))
    assert value == 0.75
    assert np.isnan(found).any()
    ends = interval(value, found, 0.95)
    assert (ends.low, ends.high) == (0.75, 0.75)


def test_an_interval_without_resamples_is_undefined() -> None:
    ends = interval(0.5, np.array([np.nan]), 0.95)
    assert np.isnan([ends.low, ends.high]).all()


@pytest.mark.parametrize(("successes", "n", "confidence"), [(8, 10, 0.95), (0, 5, 0.95), (5, 5, 0.9), (123, 1000, 0.99)])
def test_wilsons_interval_is_that_of_scipy(successes: int, n: int, confidence: float) -> None:
    expected = binomtest(successes, n).proportion_ci(confidence, method="wilson")
    assert wilson(successes, n, confidence) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_no_trials_say_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
