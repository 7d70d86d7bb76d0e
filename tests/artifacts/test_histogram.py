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


def test_bins_hold_every_number_once() -> None:
    histogram = Histogram(np.array([-3.0, 0.0, 1.0, 2.0, 10.0]), np.array([1, 5, 2, 1, 1]))
    for edges, counts in (histogram.equal_width(4), histogram.equal_depth(4), histogram.equal_width(3, low=0.0, high=2.0)):
        assert counts.sum() == histogram.n
        assert len(edges) == len(counts) + 1
        assert (np.diff(edges) > 0).all()
    assert histogram.equal_depth(4)[0].tolist() == [-3.0, 0.0, 1.0, 10.0]
    assert histogram.equal_width(4)[1].tolist() == [6, 3, 0, 1]


def test_bins_of_one_value_and_of_none() -> None:
    assert Histogram(np.array([2.0]), np.array([7])).equal_depth(4)[1].tolist() == [7]
    assert Histogram(np.array([2.0]), np.array([7])).equal_width(2)[1].sum() == 7
    assert [len(part) for part in Histogram().equal_depth()] == [0, 0]
    assert [len(part) for part in Histogram().equal_width()] == [0, 0]
