import numpy as np
import pytest
import scipy.stats
from hypothesis import assume, given
from hypothesis import strategies as st

from components.measures.moments import Moments

PARTS = st.lists(st.lists(st.floats(-1e6, 1e6), max_size=20), min_size=1, max_size=6)


@given(PARTS)
def test_folded_parts_agree_with_numpy_on_all_rows(parts: list[list[float]]) -> None:
    rows = np.array([x for part in parts for x in part])
    assume(len(rows) > 0)
    moments = Moments.fold(Moments.of(np.array(part)) for part in parts)
    scale = np.abs(rows).max()
    assert moments.n == len(rows)
    assert moments.average == pytest.approx(rows.mean(), rel=1e-12, abs=1e-12 * scale)
    assert moments.variance == pytest.approx(rows.var(), rel=1e-12, abs=1e-12 * scale**2)
    deviations = rows - rows.mean()
    assert moments.m3 / moments.n == pytest.approx((deviations**3).mean(), rel=1e-12, abs=1e-12 * scale**3)
    assert moments.m4 / moments.n == pytest.approx((deviations**4).mean(), rel=1e-12, abs=1e-12 * scale**4)


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_a_long_sample_in_uneven_parts_agrees_with_scipy(offset: float) -> None:
    rows = np.random.default_rng(0).gamma(2.0, 3.0, 50_000) + offset
    moments = Moments.fold(Moments.of(part) for part in np.split(rows, [10, 11, 9_000, 40_000]))
    tolerance = 1e-12 if not offset else 1e-9  # the rows themselves were rounded when the offset was added
    assert moments.average == pytest.approx(rows.mean(), rel=1e-12)
    assert moments.standard_deviation == pytest.approx(rows.std(), rel=1e-12)
    assert moments.skewness == pytest.approx(scipy.stats.skew(rows), rel=tolerance)
    assert moments.kurtosis == pytest.approx(scipy.stats.kurtosis(rows), rel=tolerance)


@given(PARTS)
def test_the_same_order_gives_the_same_bytes(parts: list[list[float]]) -> None:
    leaves = [Moments.of(np.array(part)) for part in parts]
    assert np.array(Moments.fold(leaves)).tobytes() == np.array(Moments.fold(list(leaves))).tobytes()


def test_no_numbers_have_no_figures() -> None:
    none = Moments.of(np.array([]))
    assert (none.average, none.variance, none.standard_deviation, none.skewness, none.kurtosis) == (None,) * 5
    assert Moments.of(np.array([2.0])) + none == Moments.of(np.array([2.0])) == none + Moments.of(np.array([2.0]))


def test_a_constant_has_a_deviation_of_0_and_no_shape() -> None:
    constant = Moments.of(np.full(1_000, 0.1))
    assert constant.average == pytest.approx(0.1, rel=1e-15)
    assert constant.standard_deviation == pytest.approx(0, abs=1e-16)
    assert Moments.of(np.array([3.0, 3.0])).skewness is None
    assert Moments.of(np.array([3.0, 3.0])).kurtosis is None


def test_an_overflow_gives_none_and_no_warning() -> None:
    huge = Moments.fold([Moments.of(np.array([1e308, -1e308, 1e308])), Moments.of(np.array([1.0]))])
    assert huge.variance is None
    assert huge.skewness is None
