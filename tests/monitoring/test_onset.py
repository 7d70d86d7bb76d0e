"""Since when, and how."""

import numpy as np
import pytest

from components.monitoring.onset import Onset, onset_of, without_season


@pytest.mark.parametrize("place", [10, 25, 39])
def test_a_jump_is_found_at_its_place(place: int) -> None:
    levels = np.random.default_rng(place).normal(0, 0.3, 40)
    levels[place:] += 5
    assert onset_of(levels.tolist()) == Onset(place, "sudden")


def test_a_creep_is_gradual_and_starts_near_its_bend() -> None:
    levels = np.random.default_rng(2).normal(0, 0.3, 40)
    levels[20:] += 0.4 * np.arange(1, 21)
    found = onset_of(levels.tolist())
    assert found is not None
    assert found.how == "gradual"
    assert abs(found.place - 20) <= 2


def test_a_flat_or_a_short_course_has_none() -> None:
    assert onset_of([1.0] * 30) is None
    assert onset_of([1.0, 2.0]) is None


def test_a_week_is_taken_out_and_a_jump_stays() -> None:
    week = [0.0, 0.0, 0.0, 0.0, 0.0, 8.0, 8.0]
    levels = [week[i % 7] + (3.0 if i >= 30 else 0.0) for i in range(42)]
    found = onset_of(without_season(levels, 7))
    assert found == Onset(30, "sudden")
