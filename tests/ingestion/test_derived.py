"""Derived columns, and what may be done with them."""

import polars as pl
import pyarrow as pa
import pytest

from components.artifacts.examples import Examples
from components.artifacts.purposes import purposes_of, tagged
from components.ingestion.derived import derive_columns
from components.runtime.errors import DataError, DefinitionError
from components.runtime.keys import CodeRef
from tests.windows import days, features

ROWS = Examples.from_arrow(features(days(1)[0]).to_arrow(), partitioned=21, duplicate=1)


def wanted() -> list[pl.Expr]:
    return [
        (pl.col("score") * 2).alias("doubled"),
        pl.col("carrier").str.to_lowercase().alias("lower"),
        pl.len().over("carrier").alias("n"),
    ]


def shorter() -> list[pl.Expr]:
    return [pl.col("score").sum().alias("total")]


def overwriting() -> list[pl.Expr]:
    return [pl.col("score") * 2]


def unknown() -> list[pl.Expr]:
    return [pl.col("skore").alias("other")]


def derived(name: str, rows: Examples = ROWS) -> Examples:
    return derive_columns(rows, columns=CodeRef(f"{__name__}:{name}"))


def test_columns_are_added_and_rows_counts_and_the_others_stay() -> None:
    found = derived("wanted")
    assert found.to_arrow().drop_columns(["doubled", "lower", "n"]) == ROWS.to_arrow()
    assert found.counts == ROWS.counts
    frame = found.to_polars()
    assert frame["doubled"].equals(frame["score"] * 2, check_names=False)
    assert set(frame["lower"]) == {"aa", "b6", None}
    assert found.schema.field("lower").type == pa.string()


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("shorter", DataError, "one value a row"),
        ("overwriting", DefinitionError, "'score' is there already"),
        ("unknown", DataError, "skore"),
    ],
)
def test_what_is_no_column_of_its_own_is_refused(name: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        derived(name)


def test_a_column_made_from_a_tagged_one_is_tagged() -> None:
    found = derived("wanted", Examples.from_arrow(tagged(ROWS.to_arrow(), {"carrier": "slice-only"})))
    assert set(purposes_of([found.schema])) == {"carrier", "lower", "n"}
