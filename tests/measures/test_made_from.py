"""What was made from tagged columns is told by its values, however the columns were asked for."""

import polars as pl
import polars.selectors as cs
import pytest

from components.measures.made_from import columns_read, made_by, made_from, without_values

ROWS = pl.DataFrame({"sex": ["f", "m", None], "n": [1, 2, 3]})
TAGS = {"sex": "slice-only"}


@pytest.mark.parametrize(
    "expression",
    [
        pl.col("sex").is_null(),
        pl.concat_str(cs.string(), ignore_nulls=True),
        pl.struct("^s.*$"),
        pl.concat_str(pl.all(), ignore_nulls=True),
        pl.nth(0),
        pl.when(pl.col("n") > 1).then(cs.first()),
        pl.col("n").mean().over("sex"),
    ],
    ids=str,
)
def test_every_way_to_a_tagged_column_is_found(expression: pl.Expr) -> None:
    assert made_by({"made": expression}, ROWS, TAGS) == {"made": "slice-only"}


@pytest.mark.parametrize("expression", [pl.col("n") + 1, pl.lit(1), cs.numeric().sum(), pl.exclude("sex") * 2], ids=str)
def test_what_depends_on_other_columns_is_free(expression: pl.Expr) -> None:
    assert made_by({"made": expression}, ROWS, TAGS) == {}
    assert made_by({"made": expression}, ROWS, {"absent": "slice-only"}) == {}


def test_columns_that_are_asked_for_by_type_or_pattern_are_not_listed() -> None:
    assert columns_read(pl.col("a") * pl.col("b")) == {"a", "b"}
    assert columns_read(cs.numeric().sum()) is None


def test_nan_equals_nan_and_a_column_that_is_not_made_again_depends() -> None:
    made = pl.DataFrame({"x": [float("nan"), 1.0], "y": [1, 2]})
    assert made_from(made, made.drop("y"), "slice-only") == {"y": "slice-only"}
    assert without_values(ROWS, ["sex", "absent"])["sex"].null_count() == ROWS.height
