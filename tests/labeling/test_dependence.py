"""Pairs of functions: conflicts as counted, dependence 0 of independent ones and 1 of copies."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from components.labeling.dependence import conflict_matrix, dependences

matrices = arrays.arrays(np.int8, st.tuples(st.integers(0, 12), st.integers(1, 4)), elements=st.integers(-1, 2))


@settings(max_examples=50)
@given(matrices)
def test_conflicts_equal_a_count_row_by_row(votes: np.ndarray) -> None:
    found = conflict_matrix(votes, 3)
    for i in range(votes.shape[1]):
        for j in range(votes.shape[1]):
            both = [(a, b) for a, b in votes[:, [i, j]].tolist() if a != -1 and b != -1]
            assert found[i][j] == (pytest.approx(np.mean([a != b for a, b in both]), abs=1e-6) if both else None)


def drawn(n: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return the truth and votes of four functions: two independent, a copy of the second, and one that copies it half of the time."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, 2, n).astype(np.int8)
    first, second, own = (np.where(random.random(n) < 0.75, truth, 1 - truth) for _ in range(3))
    votes = np.stack([first, second, second, np.where(random.random(n) < 0.5, second, own)], axis=1).astype(np.int8)
    votes[:, 0][random.random(n) < 0.3] = -1
    return truth, votes


def test_copies_depend_and_functions_that_only_share_the_truth_do_not() -> None:
    truth, votes = drawn(4000)
    found = {(one.one, one.other): one.strength for one in dependences(votes, truth, "abcd", 2)}
    assert found[("b", "c")] == pytest.approx(1, abs=1e-3)
    assert 0.1 < found[("b", "d")] < 0.6
    assert set(found) == {("b", "c"), ("b", "d"), ("c", "d")}
    assert [one.strength for one in dependences(votes, truth, "abcd", 2)] == sorted(found.values(), reverse=True)


def test_without_any_truth_or_with_functions_that_never_vary_nothing_depends() -> None:
    truth, votes = drawn(100)
    assert dependences(votes, np.full(100, -1, np.int8), "abcd", 2) == ()
    assert dependences(np.ones((100, 2), np.int8), truth, "ab", 2) == ()
    assert dependences(votes[:0], truth[:0], "abcd", 2) == ()
