"""Kept columns: they come back as the file has them, whatever their type."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import polars as pl
import pytest
from polars.testing import assert_series_equal

from components.labeling.columns import column_of, packed


@pytest.mark.parametrize(
    "values",
    [
        ["a", None, "a text that is longer than twelve bytes"], [1, None, -3], [1.5, float("nan"), None], [True, None, False], [None, None],
        [b"x", None, bytes(16)], [datetime(2026, 1, 1, tzinfo=UTC), None], [date(2026, 1, 1), None], [time(1, 2), None],
        [timedelta(seconds=1), None], [Decimal("1.50"), None], [["a", None], None, []], [{"a": 1}, None], [],
    ],
)  # fmt: skip
def test_a_column_comes_back_as_it_was(values: list[object]) -> None:
    column = pl.Series("one", values)
    assert_series_equal(column_of(packed(column)), column)


@pytest.mark.parametrize("dtype", [pl.Categorical, pl.Enum(["a", "b"])])
def test_a_column_of_categories_comes_back_as_it_was(dtype: pl.DataType) -> None:
    column = pl.Series("one", ["b", None, "a"], dtype=dtype)
    assert_series_equal(column_of(packed(column)), column)
