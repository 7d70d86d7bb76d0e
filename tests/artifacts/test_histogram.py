import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.artifacts.histogram import Histogram

NUMBERS = st.lists(st.integers(-5, 5).map(float))


def counted(numbers: list[float]) -> Histogram:
    return Histogram.of(np.array(numbers, dtype=float), np.ones(len(numbers), dtype=np.int64))


def content(histogram: Histogram) -> tuple[list[float], list[int]]:
    return histogram.values.tolist(), histogram.counts.tolist()


@given(st.lists(NUMBERS), st.randoms(use_true_random=False))
def test_the_total_of_parts_in_any_order_is_the_whole(parts: list[list[float]], shuffle: "st.Random") -> None:
    whole = counted([number for part in parts for number in part])
    shuffle.shuffle(parts)
    assert content(Histogram.total([counted(part) for part in parts])) == content(whole)


@given(NUMBERS, NUMBERS)
def test_a_part_taken_out_leaves_the_rest(left: list[float], right: list[float]) -> None:
    assert content(counted(left + right) - counted(right)) == content(counted(left))


def test_what_is_no_part_cannot_be_taken_out() -> None:
    with pytest.raises(ValueError, match="not part"):
        counted([1.0]) - counted([2.0])


@given(NUMBERS.filter(bool), st.floats(0, 1))
def test_quantiles_are_those_of_the_inverted_distribution_function(numbers: list[float], q: float) -> None:
    assert counted(numbers).quantile(q) == np.quantile(numbers, q, method="inverted_cdf")


def test_an_empty_histogram_has_no_quantile_and_shares_lie_between_0_and_1() -> None:
    assert Histogram().quantile(0.5) is None
    with pytest.raises(ValueError, match="between 0 and 1"):
        counted([1.0]).quantile(1.5)
