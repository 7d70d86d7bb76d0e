import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.artifacts.histogram import CAP, Histogram
from components.measures.quantiles import bucket

NORMAL = sys.float_info.min
FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(FINITE, min_size=1), st.floats(0, 1))
def test_a_quantile_lies_within_the_stated_error(numbers: list[float], q: float) -> None:
    true = float(np.quantile(numbers, q, method="inverted_cdf"))
    found = bucket(np.array(numbers)).quantile(q)
    assert found is not None
    assert abs(found - true) <= max(2**-7 * abs(true), NORMAL)


@given(st.lists(FINITE), st.lists(FINITE))
def test_buckets_of_parts_add_to_the_buckets_of_the_whole(left: list[float], right: list[float]) -> None:
    whole = bucket(np.array(left + right))
    added = Histogram.total([bucket(np.array(left)), bucket(np.array(right))])
    assert added.values.tobytes() == whole.values.tobytes()
    assert added.counts.tolist() == whole.counts.tolist()


def test_integers_up_to_256_stand_for_themselves() -> None:
    numbers = np.arange(-256, 257, dtype=np.float64)
    assert bucket(numbers).values.tolist() == numbers.tolist()


def test_zero_its_negative_and_subnormal_numbers_share_one_bucket() -> None:
    histogram = bucket(np.array([0.0, -0.0, 5e-324, -1e-310]))
    assert histogram.values.tobytes() == np.zeros(1).tobytes()
    assert histogram.counts.tolist() == [4]


def test_the_widest_range_fits() -> None:
    assert bucket(np.array([-sys.float_info.max, NORMAL, sys.float_info.max])).n == 3


@pytest.mark.parametrize("n", [0, 1])
def test_few_numbers_are_fine(n: int) -> None:
    assert bucket(np.full(n, 7.0)).values.tolist() == [7.0] * n


def test_a_narrow_and_a_wide_range_are_counted_alike() -> None:
    narrow = np.random.default_rng(0).uniform(1, 2, 5_000)
    wide = np.array([1e-300, 1e300])
    whole = bucket(np.append(narrow, wide))
    assert whole.counts.tolist() == Histogram.total([bucket(narrow), bucket(wide)]).counts.tolist()


def random_bits(n: int, seed: int) -> np.ndarray:
    numbers = np.random.default_rng(seed).integers(-(2**63), 2**63 - 1, n).view(np.float64)
    return numbers[np.isfinite(numbers)]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 30_000)), min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_parts_of_too_many_buckets_add_to_those_of_the_whole(parts: list[tuple[int, int]], shuffle: "st.Random") -> None:
    numbers = [random_bits(n, seed) for seed, n in parts]
    whole = bucket(np.concatenate(numbers))
    histograms = [bucket(one) for one in numbers]
    shuffle.shuffle(histograms)
    added = Histogram.total([Histogram.total(histograms[:2]), *histograms[2:]])
    assert len(whole.values) <= CAP
    assert (added.values.tobytes(), added.counts.tobytes()) == (whole.values.tobytes(), whole.counts.tobytes())
    assert added.coarseness == whole.coarseness


def test_the_buckets_are_halved_until_they_fit_and_the_error_says_so() -> None:
    numbers = random_bits(100_000, 0)
    histogram = bucket(numbers)
    assert (histogram.coarseness, histogram.relative_error, histogram.n) == (6, 0.5, len(numbers))
    for q in (0.01, 0.25, 0.75, 0.99):
        true = float(np.quantile(numbers, q, method="inverted_cdf"))
        assert abs(histogram.quantile(q) - true) <= histogram.relative_error * abs(true)
    assert (histogram - bucket(numbers[:100])).n == len(numbers) - 100
