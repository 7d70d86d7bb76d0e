"""Mistakes by slice, and rows to look at, on rows made by hand."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from components.labeling.mistakes import LEAST_ROWS, Judged, disputed, doubted, mistakes_of, slice_codes, uncovered
from components.measures.slices import dimensions_of

N = 200


@pytest.fixture
def judged() -> Judged:
    """Return rows of which the first function is right but for carrier B, and the second silent on the first ten."""
    rows = pl.DataFrame(
        {
            "row_id": [i.to_bytes(16, "big") for i in range(N)],
            "event_time": pl.Series(range(N)).cast(pl.Datetime("us", "UTC")),
            "span": ["d1"] * 100 + ["d2"] * 100,
            "carrier": ["A" if i % 4 else "B" for i in range(N)],
            "rare": ["x" if i < LEAST_ROWS - 1 else None for i in range(N)],
        }
    )
    known = np.array([i % 2 for i in range(N)], np.int8)
    known[150:] = -1
    first = np.where(np.arange(N) % 4 == 0, 1 - known, known).astype(np.int8)
    first[150:] = 1
    second = np.zeros(N, np.int8)
    votes = np.stack([first, second], axis=1)
    votes[[3, 160]] = -1
    return Judged(rows, ("first", "second"), votes, known, ("carrier",))


def test_a_function_errs_on_the_slice_where_it_is_clearly_worse(judged: Judged) -> None:
    buckets, examples = mistakes_of(judged, 0, slice_codes(judged.rows, dimensions_of(["carrier", "rare"])))
    assert [(one.dimension, one.value, one.accuracy, one.n_scored) for one in buckets] == [("carrier", "B", 0.0, 38)]
    assert [one.values for one in examples] == [{"carrier": "B"}] * 5
    assert [int(one.row_id, 16) for one in examples] == [148, 144, 140, 136, 132]
    assert (examples[0].outcome, examples[0].votes, examples[0].span) == (0, {"first": 1, "second": 0}, "d2")


def test_without_outcomes_there_are_no_mistakes(judged: Judged) -> None:
    unknown = Judged(judged.rows, judged.names, judged.votes, np.full(N, -1, np.int8), judged.shown)
    assert mistakes_of(unknown, 0, slice_codes(judged.rows, dimensions_of(["carrier"]))) == ((), ())


def test_uncovered_rows_come_newest_first_and_those_without_an_outcome_before_others(judged: Judged) -> None:
    assert [int(one.row_id, 16) for one in uncovered(judged, 5)] == [160, 3]
    assert [one.votes for one in uncovered(judged, 5)] == [{}, {}]


def test_disputed_rows_are_those_on_which_functions_differ(judged: Judged) -> None:
    found = disputed(judged, (0, 1), N)
    assert {int(one.row_id, 16) for one in found} == {i for i in range(N) if set(judged.votes[i].tolist()) == {0, 1}}
    assert [int(one.row_id, 16) for one in disputed(judged, (0, 1), 2)] == [199, 198]


def test_doubted_rows_are_those_whose_outcome_the_model_holds_least_likely(judged: Judged) -> None:
    probability = np.full(N, 0.5)
    probability[[1, 2, 5, 170]] = (0.1, 0.8, np.nan, 0.01)
    shares = np.stack([1 - probability, probability], axis=1)
    assert [int(one.row_id, 16) for one in doubted(judged, shares, 9)] == [1, 2]
    unheard = replace(judged, known=np.where(judged.known == 1, 2, judged.known).astype(np.int8))
    wrong = [int(one.row_id, 16) for one in doubted(unheard, shares, N)]
    assert set(wrong) >= set(np.flatnonzero((unheard.known == 2) & ~np.isnan(probability)).tolist()), "a class that the model does not know"


def test_long_values_are_cut_and_nulls_left_out(judged: Judged) -> None:
    rows = judged.rows.with_columns(carrier=pl.lit("x" * 900), rare=pl.lit(None, pl.String))
    (row,) = Judged(rows, judged.names, judged.votes, judged.known, ("carrier", "rare")).show([7])
    assert row.values == {"carrier": "x" * 200}
