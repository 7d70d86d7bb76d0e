"""Confident learning: labels that were turned over are found, others are left alone."""

import numpy as np
import pytest

from components.measures.confident import doubt_labels


def noisy(share: float, n: int = 4000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    truth = random.integers(0, 2, n).astype(np.int8)
    flipped = random.random(n) < share
    sure = np.clip(random.normal(0.85, 0.08, n), 0.5, 0.99)
    p = np.where(truth == 1, sure, 1 - sure)
    return np.where(flipped, 1 - truth, truth).astype(np.int8), np.stack([1 - p, p], axis=1), flipped


def test_labels_that_were_turned_over_are_found_and_counted() -> None:
    given, probabilities, flipped = noisy(0.1)
    found = doubt_labels(given, probabilities)
    doubted = found.suggested >= 0
    assert flipped[doubted].mean() > 0.95
    assert doubted[flipped].mean() > 0.5
    assert found.noise == pytest.approx(0.1, abs=0.02)
    assert flipped[np.argsort(found.margin)[:300]].mean() > 0.95


def test_clean_labels_are_not_doubted() -> None:
    given, probabilities, _ = noisy(0)
    found = doubt_labels(given, probabilities)
    assert (found.suggested == -1).all()
    assert found.noise == pytest.approx(0)


def test_the_joint_keeps_the_number_of_labels_of_each_class() -> None:
    given, probabilities, _ = noisy(0.2)
    assert doubt_labels(given, probabilities).joint.sum(axis=1) == pytest.approx(np.bincount(given) / len(given))


def test_no_rows_are_no_doubts() -> None:
    found = doubt_labels(np.empty(0, np.int8), np.empty((0, 3)))
    assert (found.suggested.shape, found.noise) == ((0,), 0.0)
