"""What was probably done to a column."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.monitoring.transforms import numeric_transform, text_transform

BEFORE = np.random.default_rng(0).normal(15, 8, 200)


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (BEFORE * 1.8 + 32, "Celsius to Fahrenheit"),
        (BEFORE * 1000, "a unit a thousand times smaller"),
        (BEFORE * 1.609344, "miles to kilometres"),
        (-BEFORE, "the sign turned"),
        (BEFORE * 7.25, "times 7.25"),
        (BEFORE + 3.5, "plus 3.5"),
        (BEFORE * 2 + 1, "times 2 plus 1"),
        (np.round(BEFORE, 2), "rounded to 2 digits"),
        (np.trunc(BEFORE), "cut to whole numbers"),
        (np.full(200, -1.0), "all -1"),
        (np.random.default_rng(1).normal(size=200), ""),
        (BEFORE**2, ""),
    ],
)
def test_a_transform_is_told_from_its_pairs(after: np.ndarray, told: str) -> None:
    assert numeric_transform(BEFORE, after) == told


def test_a_few_odd_pairs_do_not_hide_it() -> None:
    after = BEFORE * 1000
    after[:6] = 7.0
    assert numeric_transform(BEFORE, after) == "a unit a thousand times smaller"


@given(st.floats(0.01, 100).filter(lambda a: abs(a - 1) > 0.01), st.floats(-100, 100))
def test_any_line_is_found(slope: float, offset: float) -> None:
    assert numeric_transform(BEFORE, slope * BEFORE + offset)


def test_texts_are_told_by_case_blanks_constants_and_mappings() -> None:
    before = ["aa", "Bb ", "cC"] * 5
    assert text_transform(before, [one.upper() for one in before]) == "upper case"
    assert text_transform(before, ["?"] * 15) == "all '?'"
    assert text_transform(before, ["1", "2", "3"] * 5) == "each value by another"
    assert text_transform(before, [f"{i}" for i in range(15)]) == ""


def test_too_little_tells_nothing() -> None:
    assert numeric_transform(np.array([1.0, 2.0]), np.array([2.0, 4.0])) == ""
    assert numeric_transform(np.ones(9), np.full(9, 2.0)) == ""
