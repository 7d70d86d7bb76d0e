"""The false discovery rate."""

import numpy as np
from scipy.stats import false_discovery_control

from components.monitoring.discovery import cut_of


def test_the_discoveries_are_those_of_scipy() -> None:
    random = np.random.default_rng(3)
    for _ in range(50):
        probabilities = np.concatenate([random.random(40), random.random(5) * 1e-3])
        adjusted = false_discovery_control(probabilities, method="bh")
        assert ((probabilities <= cut_of(probabilities.tolist(), 0.05)) == (adjusted <= 0.05)).all()


def test_without_tests_the_cut_is_the_rate() -> None:
    assert cut_of([], 0.05) == 0.05


def test_among_tests_of_nothing_few_days_have_a_discovery() -> None:
    random = np.random.default_rng(4)
    days = [random.random(100) for _ in range(2000)]
    false = np.mean([(day <= cut_of(day.tolist(), 0.05)).any() for day in days])
    assert 0.03 < false < 0.07
