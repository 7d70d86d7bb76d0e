"""Courses over spans: what most of the others say, and alarms on jumps only."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from components.labeling.trends import HISTORY, LEAST_JUMP, agreement, alarms_of, majority

matrices = arrays.arrays(np.int8, st.tuples(st.integers(0, 12), st.integers(1, 4)), elements=st.integers(-1, 2))
CLASSES = (0, 1, 2)


def most(votes: list[int]) -> int:
    said = [vote for vote in votes if vote != -1]
    best = [one for one in CLASSES if said.count(one) == max((said.count(c) for c in CLASSES), default=0)]
    return best[0] if said and len(best) == 1 else -1


@settings(max_examples=60)
@given(matrices)
def test_majority_and_agreement_equal_a_count_row_by_row(votes: np.ndarray) -> None:
    assert majority(votes, CLASSES).tolist() == [most(row) for row in votes.tolist()]
    for column, found in enumerate(agreement(votes, CLASSES)):
        pairs = [(row[column], most(row[:column] + row[column + 1 :])) for row in votes.tolist()]
        compared = [own == others for own, others in pairs if own != -1 and others != -1]
        assert found == (pytest.approx(np.mean(compared)) if compared else None)


def spans(n: int) -> list[str]:
    return [f"day {i}" for i in range(n)]


def test_a_jump_is_told_with_what_was_usual() -> None:
    values = [0.30, 0.31, 0.29, 0.30, 0.32, 0.28, 0.30, 0.31, 0.9, 0.3]
    (alarm,) = alarms_of("coverage", spans(10), values, [500] * 10)
    assert (alarm.span, alarm.figure, alarm.value) == ("day 8", "coverage", 0.9)
    assert alarm.expected == pytest.approx(0.3, abs=0.02)
    assert alarm.limit >= LEAST_JUMP


def test_little_history_few_rows_small_steps_and_gaps_raise_no_alarm() -> None:
    assert alarms_of("coverage", spans(HISTORY), [0.1] * (HISTORY - 1) + [0.9], [500] * HISTORY) == ()
    assert alarms_of("coverage", spans(9), [0.5] * 8 + [0.75], [20] * 9) == ()
    assert alarms_of("coverage", spans(9), [0.5] * 8 + [0.54], [10**6] * 9) == ()
    assert alarms_of("coverage", spans(9), [0.5] * 8 + [None], [500] * 8 + [0]) == ()


def test_shares_that_vary_by_chance_alone_hardly_ever_raise_one() -> None:
    random = np.random.default_rng(3)
    n_alarms = sum(
        len(alarms_of("coverage", spans(60), (random.binomial(300, p, 60) / 300).tolist(), [300] * 60)) for p in np.linspace(0.02, 0.98, 50)
    )
    assert n_alarms <= 3  # of 2,650 spans that are judged
