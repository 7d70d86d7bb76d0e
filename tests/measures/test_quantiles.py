import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.artifacts.histogram import Histogram
from components.measures.quantiles import RELATIVE_ERROR, bucket

NORMAL = sys.float_info.min
FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(FINITE, min_size=1), st.floats(0, 1))
def test_a_quantile_lies_within_the_stated_error(numbers: list[float], q: float) -> None:
    true = float(np.quantile(numbers, q, method="inverted_cdf"))
    found = bucket(np.array(numbers)).quantile(q)
    assert found is not None
    assert abs(found - true) <= max(RELATIVE_ERROR * abs(true), NORMAL)


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
