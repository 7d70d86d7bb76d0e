"""Labeling functions: what the decorator makes of a function, and what a vote must be."""

import numpy as np
import polars as pl
import pytest

from components.labeling.functions import LabelingFunction, labeling_function
from components.labeling.voting import vote_matrix
from components.runtime.code_digest import code_digest, code_digest_of
from components.runtime.errors import DataError, DefinitionError

ROWS = pl.DataFrame({"hour": [6, 12, 20, None]})


@labeling_function
def evening() -> pl.Expr:
    """Departs in the evening.

    More is said here.
    """
    return pl.when(pl.col("hour") >= 17).then(1).when(pl.col("hour") < 9).then(0)


@labeling_function(name="noon", classes=(0, 1, 2))
def at_noon() -> pl.Expr:
    return pl.when(pl.col("hour") == 12).then(2)


def made(expression: pl.Expr, classes: tuple[int, ...] = (0, 1)) -> LabelingFunction:
    return LabelingFunction("made", lambda: expression, classes)


def test_a_labeling_function_has_its_name_needs_and_first_line() -> None:
    assert (evening.name, evening.classes, evening.needs, evening.description) == ("evening", (0, 1), ("hour",), "Departs in the evening.")
    assert (at_noon.name, at_noon.classes, at_noon.description) == ("noon", (0, 1, 2), "")


def test_a_matrix_has_one_column_a_function_and_null_abstains() -> None:
    votes = vote_matrix(ROWS, [evening, at_noon])
    assert votes.dtype == np.int8
    assert votes.tolist() == [[0, -1], [-1, 2], [1, -1], [-1, -1]]


def test_no_functions_and_no_rows_give_empty_matrices() -> None:
    assert vote_matrix(ROWS, []).shape == (4, 0)
    assert vote_matrix(ROWS.clear(), [evening, at_noon]).shape == (0, 2)


def test_a_function_that_always_abstains_is_one_of_nulls() -> None:
    assert made(pl.when(pl.col("hour") > 99).then(None)).vote(ROWS).tolist() == [-1] * 4


def test_two_functions_of_one_name_in_one_module_are_refused() -> None:
    with pytest.raises(DefinitionError, match="Got evening and other"):

        @labeling_function(name="evening")
        def other() -> pl.Expr:
            return pl.lit(1)


def test_two_functions_of_one_name_are_refused_in_a_matrix() -> None:
    with pytest.raises(DefinitionError, match="Got evening"):
        vote_matrix(ROWS, [evening, at_noon, evening])


@pytest.mark.parametrize("name", ["", "Evening", "a b", "../up", "1st"])
def test_a_name_must_be_fit_for_a_file(name: str) -> None:
    with pytest.raises(DefinitionError, match="bad name"):
        LabelingFunction(name, lambda: pl.lit(1))


@pytest.mark.parametrize("classes", [(), (-1, 0), (0, 128)])
def test_classes_are_small_whole_numbers(classes: tuple[int, ...]) -> None:
    with pytest.raises(DefinitionError, match="Expected 0 to 127"):
        made(pl.lit(1), classes)


def test_a_missing_column_is_named_with_the_nearest_one() -> None:
    with pytest.raises(DefinitionError, match=r"'made' needs the column 'huor'.*Nearest valid name: 'hour'"):
        made(pl.col("huor")).vote(ROWS)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (pl.col("hour"), "voted 6; its classes are 0, 1"),
        (pl.col("hour") / 24, "votes in Float64"),
        (pl.col("hour") > 9, "votes in Boolean"),
        (pl.col("hour").max(), "gave 1 votes for 4 rows"),
    ],
)
def test_a_vote_is_one_of_the_classes_for_each_row(expression: pl.Expr, message: str) -> None:
    with pytest.raises(DataError, match=message):
        made(expression).vote(ROWS)


def test_the_digest_of_a_labeling_function_is_that_of_its_own_code() -> None:
    assert code_digest(evening) != code_digest(at_noon)
    name = "pipeline_config.flights.labeling"
    assert code_digest_of(name, "holiday") != code_digest_of(name, "long_haul")
