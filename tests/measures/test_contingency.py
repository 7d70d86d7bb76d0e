import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import mutual_info_score

from components.measures.contingency import OTHER, CoMoments, capped, cramers_v, explained_share, lift, mutual_information, total

PAIRS = st.dictionaries(st.tuples(st.sampled_from("abc"), st.sampled_from("01")), st.integers(1, 400), min_size=1)


@given(PAIRS)
def test_information_is_that_of_sklearn_less_its_bias(pairs: dict[tuple[str, str], int]) -> None:
    x, y = zip(*[pair for pair, count in pairs.items() for _ in range(count)], strict=True)
    bias = (len(set(x)) - 1) * (len(set(y)) - 1) / (2 * len(x) * math.log(2))
    assert mutual_information(pairs) == pytest.approx(max(0.0, mutual_info_score(x, y) / math.log(2) - bias), abs=1e-9)


@given(PAIRS, PAIRS)
def test_pairs_add_up_in_any_order(left: dict[tuple[str, str], int], right: dict[tuple[str, str], int]) -> None:
    assert list(total([left, right]).items()) == list(total([right, left]).items())


def test_a_copy_explains_all_and_chance_nothing() -> None:
    random = np.random.default_rng(0)
    copy = {("a", "0"): 600, ("b", "1"): 400}
    chance: dict[tuple[str, str], int] = {}
    for x, y in zip(random.integers(0, 50, 5_000).tolist(), random.integers(0, 2, 5_000).tolist(), strict=True):
        chance[str(x), str(y)] = chance.get((str(x), str(y)), 0) + 1
    assert explained_share(copy) == pytest.approx(1, abs=0.01)
    assert explained_share(chance) < 0.003
    assert cramers_v(copy) == 1.0
    assert cramers_v(chance) < 0.05


def test_a_worked_lift() -> None:
    # 3 of 4 rows are "a", 2 of 4 are "1"; "a" with "1" came once: 1 * 4 / (3 * 2)
    assert lift({("a", "1"): 1, ("a", "0"): 2, ("b", "1"): 1})["a", "1"] == pytest.approx(2 / 3)


@pytest.mark.parametrize("pairs", [{}, {("a", "0"): 5}, {("a", "0"): 5, ("b", "0"): 5}])
def test_a_column_that_never_varies_has_no_association(pairs: dict[tuple[str, str], int]) -> None:
    assert explained_share(pairs) is None
    assert cramers_v(pairs) is None


def test_rare_values_share_a_cell() -> None:
    pairs = {("a", "0"): 5, ("b", "0"): 3, ("c", "1"): 1, ("d", "0"): 1}
    assert capped(pairs, 2) == {("a", "0"): 5, ("b", "0"): 3, (OTHER, "0"): 1, (OTHER, "1"): 1}
    assert capped(pairs, 4) == pairs
    assert list(capped({("b", "0"): 1, ("a", "0"): 1}, 4)) == [("a", "0"), ("b", "0")]


def of(x: np.ndarray, y: np.ndarray) -> CoMoments:
    dx, dy = x - x.mean(), y - y.mean()
    return CoMoments(len(x), x.mean(), y.mean(), (dx * dx).sum(), (dy * dy).sum(), (dx * dy).sum())


def test_co_moments_of_parts_give_the_correlation_of_the_whole() -> None:
    random = np.random.default_rng(1)
    x = random.normal(1e6, 1, 1_000)
    y = 0.3 * x + random.normal(size=1_000)
    merged = of(x[:10], y[:10]) + of(x[10:], y[10:])
    assert merged.pearson == pytest.approx(scipy.stats.pearsonr(x, y).statistic, rel=1e-9)
    assert (CoMoments() + merged) == merged == merged + CoMoments()
    assert CoMoments(2, 0, 0, 0, 1, 0).pearson is None
