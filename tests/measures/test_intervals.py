"""Resampled blocks, and intervals against known values and in the long run."""

import numpy as np
import pytest
from scipy.stats import binomtest

from components.measures.intervals import Blocks, interval, intervals, wilson


def test_the_same_seed_draws_the_same_blocks_and_another_one_others() -> None:
    one, again, other = (Blocks.of(5, resamples=50, seed=seed).weights for seed in (3, 3, 4))
    assert one.tobytes() == again.tobytes()
    assert one.tobytes() != other.tobytes()
    assert (one.sum(axis=1) == 5).all()


def test_resamples_that_are_undefined_are_left_out() -> None:
    drawn = np.array([0.2, np.nan, 0.4, np.inf, 0.3])
    assert interval(0.3, drawn, 0.5) == interval(0.3, drawn[[0, 2, 4]], 0.5)


def test_many_intervals_are_each_their_own() -> None:
    drawn = np.random.default_rng(0).normal(size=(3, 200))
    drawn[1, :5] = np.nan
    assert intervals([0.0, 0.1, 5.0], drawn, 0.9, 7) == [interval(v, row, 0.9, 7) for v, row in zip([0.0, 0.1, 5.0], drawn, strict=True)]


def test_the_value_lies_in_its_interval_even_where_every_resample_lies_beyond_it() -> None:
    assert interval(0.0, np.linspace(1, 2, 50), 0.9).low == 0.0


def test_one_block_has_no_interval() -> None:
    assert np.isnan(interval(0.5, np.full(9, 0.5), 0.95, n_blocks=1).low)


@pytest.mark.slow
@pytest.mark.parametrize("n_blocks", [4, 7, 30])
def test_intervals_of_few_blocks_cover_as_often_as_they_say(n_blocks: int) -> None:
    random, covered = np.random.default_rng(n_blocks), 0
    weights = Blocks.of(n_blocks, resamples=400).weights / n_blocks
    for sample in random.normal(size=(1000, n_blocks)):
        ends = interval(float(sample.mean()), weights @ sample, 0.95, n_blocks)
        covered += ends.low <= 0 <= ends.high
    assert 0.93 < covered / 1000 < 0.97


def test_an_interval_without_resamples_is_undefined() -> None:
    ends = interval(0.5, np.array([np.nan]), 0.95)
    assert np.isnan([ends.low, ends.high]).all()


@pytest.mark.parametrize(("successes", "n", "confidence"), [(8, 10, 0.95), (0, 5, 0.95), (5, 5, 0.9), (123, 1000, 0.99)])
def test_wilsons_interval_is_that_of_scipy(successes: int, n: int, confidence: float) -> None:
    expected = binomtest(successes, n).proportion_ci(confidence, method="wilson")
    assert wilson(successes, n, confidence) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_no_trials_say_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
