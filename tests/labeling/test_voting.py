"""Votes of several functions at once: what is shared, and what becomes of a function that fails."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.artifacts.votes import Fault
from components.labeling.functions import LabelingFunction, Prepared, Rows, labeling_function, prepared
from components.labeling.voting import as_votes, vote_all, vote_matrix
from components.runtime.errors import DataError, DefinitionError

ROWS = pl.DataFrame({"hour": [6, 12, 20, None], "text": ["a", "b", "", None]})
prepared_times: list[int] = []


@prepared
def doubled(rows: Rows) -> pl.Series:
    prepared_times.append(rows.frame.height)
    return rows.frame["hour"] * 2


@labeling_function(uses=(doubled,))
def late() -> pl.Expr:
    return pl.when(pl.col("doubled") > 30).then(1)


@labeling_function(uses=(doubled,))
def early() -> pl.Expr:
    return pl.when(pl.col("doubled") < 20).then(0)


@labeling_function
def broken(rows: Rows) -> pl.Series:
    raise ZeroDivisionError(f"{rows.frame.height} rows\nand more")


@labeling_function
def no_number() -> pl.Expr:
    return pl.when(pl.col("text").cast(pl.Int64) > 3).then(1)


@labeling_function
def out_of_class() -> pl.Expr:
    return pl.when(pl.col("hour") > 10).then(pl.col("hour") - 11)


def test_what_functions_share_is_computed_once() -> None:
    prepared_times.clear()
    assert vote_matrix(ROWS, [late, early]).tolist() == [[-1, 0], [-1, -1], [1, -1], [-1, -1]]
    assert prepared_times == [4]
    assert (late.needs, late.own_needs) == (None, ())


def test_a_failing_function_abstains_and_tells_its_rows_while_the_others_vote() -> None:
    said = dict(zip(("broken", "no_number", "out", "early"), vote_all(ROWS, [broken, no_number, out_of_class, early], {}), strict=True))
    assert said["broken"].faults == (Fault("broken", "raised", "raised ZeroDivisionError: 4 rows", 4, (0, 1, 2, 3)),)
    (fault,) = said["no_number"].faults
    assert (fault.kind, fault.n_rows) == ("raised", 4)
    assert said["out"].votes.tolist() == [-1, 1, -1, -1]
    assert said["out"].faults == (Fault("out_of_class", "bad-vote", "voted 9; its classes are 0, 1, and null abstains", 1, (2,)),)
    assert said["early"].votes.tolist() == [0, -1, -1, -1]
    assert said["broken"].votes.tolist() == said["no_number"].votes.tolist() == [-1] * 4


def test_expressions_that_look_beyond_their_row_vote_as_on_all_rows_at_once() -> None:
    rows = pl.DataFrame({"n": range(200_000), "day": [one % 7 for one in range(200_000)]})
    n = pl.col("n")
    above = LabelingFunction("above", lambda: pl.when(n > n.mean()).then(1))
    first = LabelingFunction("first", lambda: pl.when(n == n.min().over("day")).then(1))
    odd = LabelingFunction("odd", lambda: pl.when(n % 2 == 1).then(1))
    every = vote_matrix(rows, [above, first, odd])
    assert (every == [[1 if one > 99_999 else -1, 1 if one < 7 else -1, 1 if one % 2 else -1] for one in range(200_000)]).all()
    assert (every == np.column_stack([one.vote(rows) for one in (above, first, odd)])).all()


def test_an_expression_that_raises_on_later_rows_leaves_the_others_their_votes() -> None:
    rows = pl.DataFrame({"text": ["1", "2", "x"], "hour": [1, 2, 3]})
    said = vote_all(rows, [no_number, LabelingFunction("small", lambda: pl.when(pl.col("hour") < 3).then(1))], {})
    assert said[0].faults[0].kind == "raised"
    assert said[1].votes.tolist() == [1, 1, -1]


def test_faults_are_raised_by_hand_with_each_function() -> None:
    with pytest.raises(DataError, match=r"'broken' raised ZeroDivisionError(?s:.*)labeling-function-bad-vote out_of_class"):
        vote_matrix(ROWS, [broken, out_of_class])


def test_two_prepared_columns_of_one_name_are_refused() -> None:
    other = LabelingFunction("other", lambda: pl.lit(1), uses=(Prepared("doubled", lambda: pl.col("hour")),))
    with pytest.raises(DefinitionError, match="two prepared columns"):
        vote_matrix(ROWS, [late, other])


def test_a_prepared_column_has_a_value_a_row() -> None:
    bad = LabelingFunction("bad", lambda: pl.col("first"), uses=(Prepared("first", lambda rows: rows.frame["hour"].head(1)),))
    with pytest.raises(DataError, match="has 1 values for 4 rows"):
        vote_matrix(ROWS, [bad])


def test_a_missing_table_is_an_error_of_the_definition_even_where_faults_abstain() -> None:
    asks = LabelingFunction("asks", lambda rows: rows.table("blacklist")["x"])
    with pytest.raises(DefinitionError, match="no lookup table"):
        vote_all(ROWS, [asks], {})


def test_arrow_arrays_are_votes_too() -> None:
    function = LabelingFunction("arrow", lambda rows: (rows.frame["hour"] > 10).cast(pl.Int8).to_arrow())
    assert function.vote(ROWS).tolist() == [0, 1, 1, -1]


@settings(max_examples=50)
@given(st.lists(st.none() | st.integers(-3, 9), max_size=12), st.sets(st.integers(0, 8), min_size=1, max_size=4))
def test_votes_are_the_values_that_are_classes(values: list[int | None], classes: set[int]) -> None:
    function = LabelingFunction("any", lambda: pl.col("x"), tuple(sorted(classes)))
    said = as_votes(function, pl.Series(values, dtype=pl.Int64), len(values))
    assert said.votes.tolist() == [one if one in classes else -1 for one in values]
    strange = [row for row, one in enumerate(values) if one is not None and one != -1 and one not in classes]
    assert [(fault.n_rows, fault.rows) for fault in said.faults] == ([(len(strange), tuple(strange[:5]))] if strange else [])
    assert said.votes.dtype == np.int8
