"""Scores of labeling functions against a plain loop."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from components.labeling.analysis import score_functions
from components.measures.intervals import wilson

matrices = arrays.arrays(np.int8, st.tuples(st.integers(0, 15), st.integers(1, 4)), elements=st.integers(-1, 2))


@settings(max_examples=50, deadline=None)
@given(matrices, st.data())
def test_scores_equal_a_count_row_by_row(votes: np.ndarray, data: st.DataObject) -> None:
    outcomes = np.array(data.draw(st.lists(st.integers(-1, 2), min_size=len(votes), max_size=len(votes))), dtype=np.int8)
    scores = score_functions(votes, [f"f{j}" for j in range(votes.shape[1])], outcomes)
    for j, score in enumerate(scores):
        others = [[vote for k, vote in enumerate(row) if k != j and vote != -1] for row in votes]
        mine = [i for i, row in enumerate(votes) if row[j] != -1]
        scored = [i for i in mine if outcomes[i] != -1]
        right = sum(votes[i, j] == outcomes[i] for i in scored)
        n_rows = max(1, len(votes))
        assert score.coverage == len(mine) / n_rows
        assert score.overlap == sum(bool(others[i]) for i in mine) / n_rows
        assert score.conflict == sum(any(vote != votes[i, j] for vote in others[i]) for i in mine) / n_rows
        assert (score.accuracy, score.n_scored) == (right / len(scored) if scored else None, len(scored))
        assert (score.low, score.high) == (wilson(right, len(scored)) if scored else (None, None))


def test_without_outcomes_there_is_no_accuracy() -> None:
    (score,) = score_functions(np.array([[1], [-1]], dtype=np.int8), ["only"])
    assert (score.coverage, score.accuracy, score.low, score.high, score.n_scored) == (0.5, None, None, None, 0)
