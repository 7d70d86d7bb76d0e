import math
from collections.abc import Callable

import numpy as np
import pytest
import scipy.spatial
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from components.artifacts.histogram import Histogram
from components.measures.distances import (
    ChiSquare,
    Counts,
    chi_square,
    hellinger,
    jensen_shannon,
    kolmogorov_smirnov,
    l_infinity,
    population_stability,
    shares,
    wasserstein,
)
from components.measures.quantiles import bucket

COUNTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 50), min_size=1)
DISTANCES = [l_infinity, jensen_shannon, population_stability]


@given(COUNTS, COUNTS)
def test_texts_agree_with_numpy_and_scipy(left: dict[str, int], right: dict[str, int]) -> None:
    p, q = shares(left, right)
    assert l_infinity(left, right) == pytest.approx(np.linalg.norm(p - q, np.inf))
    assert jensen_shannon(left, right) == pytest.approx(jensenshannon(p, q, base=2) ** 2, abs=1e-9)


@given(COUNTS, COUNTS)
def test_distances_are_symmetric_and_0_only_for_equal_shares(left: dict[str, int], right: dict[str, int]) -> None:
    for distance in DISTANCES:
        assert distance(left, left) == pytest.approx(0, abs=1e-12)
        assert distance(left, right) == pytest.approx(distance(right, left))
        assert distance(left, right) >= -1e-12


def test_numbers_are_compared_on_the_grid_that_they_share() -> None:
    random = np.random.default_rng(0)
    before, same, moved = (bucket(random.normal(mean, 1, 20_000)) for mean in (0, 0, 0.5))
    assert population_stability(before, same) < 0.002
    assert 0.2 < population_stability(before, moved) < 0.3  # (0.5 / 1)^2 = 0.25 for two normals, before the cells
    assert l_infinity(before, before) == 0
    assert jensen_shannon(before, bucket(np.full(10, 1e9))) == pytest.approx(1)


def test_the_cells_of_stability_do_not_depend_on_the_current_values() -> None:
    reference = Histogram.of(np.array([1.0, 2.0]), np.array([50, 50]))
    near, far = (Histogram.of(np.array([2.0, x]), np.array([1, 1])) for x in (3.0, 1e9))
    assert population_stability(reference, near) == pytest.approx(population_stability(reference, far))


@pytest.mark.parametrize("empty", [{}, Histogram()])
def test_an_empty_side_has_no_distance(empty: Counts) -> None:
    full = {"a": 1} if isinstance(empty, dict) else bucket(np.array([1.0]))
    for distance in DISTANCES:
        assert distance(full, empty) is None
        assert distance(empty, full) is None
        assert distance(empty, empty) is None


def test_numbers_and_texts_do_not_compare() -> None:
    with pytest.raises(TypeError, match="counts of texts"):
        l_infinity({"a": 1}, bucket(np.array([1.0])))


def test_a_worked_stability_index() -> None:
    # (80.5/101 - 50.5/101) ln(80.5/50.5) + (20.5/101 - 50.5/101) ln(20.5/50.5)
    expected = 30 / 101 * math.log(80.5 / 50.5) - 30 / 101 * math.log(20.5 / 50.5)
    assert population_stability({"a": 50, "b": 50}, {"a": 80, "b": 20}) == pytest.approx(expected)


def rows(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    return random.integers(0, 200, 4_000).astype(float), random.integers(20, 250, 3_000).astype(float)


def test_distances_of_integers_are_those_of_the_rows() -> None:
    left, right = rows(np.random.default_rng(0))
    one, other = bucket(left), bucket(right)
    assert kolmogorov_smirnov(one, other) == pytest.approx(scipy.stats.ks_2samp(left, right).statistic, abs=1e-12)
    assert wasserstein(one, other) == pytest.approx(scipy.stats.wasserstein_distance(left, right), rel=1e-12)


def test_distances_of_doubles_are_those_of_the_rows_within_a_bucket() -> None:
    random = np.random.default_rng(1)
    left, right = random.lognormal(1, 0.7, 20_000), random.lognormal(1.3, 0.7, 10_000)
    one, other = bucket(left), bucket(right)
    assert kolmogorov_smirnov(one, other) == pytest.approx(scipy.stats.ks_2samp(left, right).statistic, abs=0.01)
    error = 2**-7 * (np.abs(left).mean() + np.abs(right).mean())
    assert wasserstein(one, other) == pytest.approx(scipy.stats.wasserstein_distance(left, right), abs=error)


def test_chi_square_and_its_effect_size_are_those_of_the_table() -> None:
    before, after = {"a": 50, "b": 30, "c": 1}, {"a": 80, "b": 20, "d": 7}
    table = np.array([[50, 30, 1, 0], [80, 20, 0, 7]])
    found = chi_square(before, after)
    expected = scipy.stats.chi2_contingency(table, correction=False)
    assert found is not None
    assert (found.statistic, found.degrees) == (pytest.approx(expected.statistic), expected.dof)
    assert found.effect == pytest.approx(scipy.stats.contingency.association(table, method="cramer"))
    assert found.p_value == pytest.approx(expected.pvalue)


@given(st.integers(1, 3_000), st.floats(0, 1e4))
def test_the_probability_of_chi_square_is_that_of_scipy(degrees: int, statistic: float) -> None:
    found = ChiSquare(statistic, degrees, 0.0).p_value
    assert found == pytest.approx(scipy.stats.chi2.sf(statistic, degrees), rel=1e-9, abs=1e-12)


def test_jensen_shannon_and_hellinger_are_those_of_the_shares() -> None:
    before, after = {"a": 50, "b": 30, "c": 20}, {"a": 10, "b": 80, "c": 10}
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.8, 0.1])
    assert jensen_shannon(before, after) == pytest.approx(scipy.spatial.distance.jensenshannon(p, q, base=2) ** 2)
    assert hellinger(before, after) == pytest.approx(scipy.spatial.distance.euclidean(np.sqrt(p), np.sqrt(q)) / np.sqrt(2))


@pytest.mark.parametrize("distance", [kolmogorov_smirnov, wasserstein, hellinger, chi_square])
def test_an_empty_histogram_has_no_distance(distance: Callable[[Histogram, Histogram], object]) -> None:
    assert distance(Histogram(), bucket(np.array([1.0]))) is None


@pytest.mark.parametrize("distance", [kolmogorov_smirnov, wasserstein, hellinger])
def test_equal_histograms_have_no_distance(distance: Callable[[Histogram, Histogram], float]) -> None:
    one = bucket(np.array([1.0, 2.0, 2.0, -7.5]))
    assert distance(one, one) == pytest.approx(0, abs=1e-7)
