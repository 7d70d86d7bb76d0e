"""Probabilities of classes come back from lists as they were, null where nothing was said."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from components.artifacts.probabilities import as_lists, as_matrix

SHARES = st.floats(0, 1, width=32)


@given(
    st.integers(1, 5).flatmap(
        lambda k: st.lists(st.none() | st.lists(SHARES, min_size=k, max_size=k), max_size=8).map(lambda rows: (k, rows))
    )
)
def test_lists_and_matrix_are_the_same_rows(case: tuple[int, list[list[float] | None]]) -> None:
    k, rows = case
    matrix = np.array([row or [np.nan] * k for row in rows], dtype=np.float64).reshape(-1, k)
    lists = as_lists(matrix)
    assert (lists.dtype, lists.to_list()) == (pl.List(pl.Float64), rows)
    assert np.array_equal(as_matrix(lists, k), matrix, equal_nan=True)


def test_a_class_beyond_the_end_of_a_list_has_no_probability() -> None:
    assert as_matrix(pl.Series([[0.5, 0.5]]), 4).tolist() == [[0.5, 0.5, 0.0, 0.0]]
    assert as_matrix(pl.Series([None], dtype=pl.Null), 2).shape == (1, 2)
