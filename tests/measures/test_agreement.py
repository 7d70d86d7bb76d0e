"""Agreement beyond chance: against scikit-learn, by hand, and at the edges."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from components.measures.agreement import cohen_kappa, krippendorff_alpha


def test_kappa_is_that_of_scikit_learn_over_common_items() -> None:
    random = np.random.default_rng(0)
    first, second = random.integers(-1, 3, (2, 500)).astype(np.int8)
    both = (first >= 0) & (second >= 0)
    assert cohen_kappa(first, second, 3) == pytest.approx(cohen_kappa_score(first[both], second[both]))


def test_alpha_is_krippendorffs_own_example() -> None:
    """His example C of nominal data of four observers with gaps: 0.743."""
    observers = np.array(
        [
            [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
            [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
            [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
            [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
        ]
    )
    assert krippendorff_alpha((observers.T - 1).astype(np.int8), 5) == pytest.approx(0.743, abs=0.0005)


def test_without_common_items_nothing_is_said() -> None:
    alone = np.array([[0, -1], [-1, 1]], np.int8)
    assert krippendorff_alpha(alone, 2) is None
    assert cohen_kappa(alone[:, 0], alone[:, 1], 2) is None


def test_raters_who_only_know_one_class_agree_wholly() -> None:
    same = np.zeros((5, 2), np.int8)
    assert krippendorff_alpha(same, 2) == 1.0
    assert cohen_kappa(same[:, 0], same[:, 1], 2) == 1.0


def test_raters_at_random_agree_by_chance_alone() -> None:
    ratings = np.random.default_rng(1).integers(0, 2, (20_000, 3)).astype(np.int8)
    assert krippendorff_alpha(ratings, 2) == pytest.approx(0, abs=0.02)
