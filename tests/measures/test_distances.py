import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from components.artifacts.histogram import Histogram
from components.measures.distances import Counts, jensen_shannon, l_infinity, population_stability, shares
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
