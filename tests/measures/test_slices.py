"""Slices: every row in one slice a dimension, in the order of the values."""

import re
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.artifacts.examples import Examples
from components.measures.slices import coded, columns_of, dimensions_of, edges_of_spans, slices_of, with_edges
from components.measures.slicing import slicing_function
from components.runtime.errors import DefinitionError
from components.runtime.keys import CodeRef


def test_numbers_come_in_their_own_order_and_nulls_have_a_slice() -> None:
    rows = pl.DataFrame({"hour": [10, 9, None, 10]})
    found = {value: mask.tolist() for _, value, mask in slices_of(rows, ["hour"])}
    assert list(found) == ["(none)", "9", "10"]
    assert found["(none)"] == [False, False, True, False]
    assert found["10"] == [True, False, False, True]


def test_each_dimension_covers_every_row_once() -> None:
    rows = pl.DataFrame({"carrier": ["AA", None, "B6", "AA"], "late": [True, False, True, True]})
    masks = list(slices_of(rows, ["carrier", "late"]))
    for dimension in ("carrier", "late"):
        assert np.sum([mask for name, _, mask in masks if name == dimension], axis=0).tolist() == [1] * 4


def test_no_rows_have_no_slices() -> None:
    assert list(slices_of(pl.DataFrame({"carrier": []}, schema={"carrier": pl.String}), ["carrier"])) == []


def test_an_unknown_dimension_is_refused() -> None:
    with pytest.raises(DefinitionError, match="carrier"):
        list(slices_of(pl.DataFrame({"carrier": ["AA"]}), ["carier"]))


ROWS = pl.DataFrame(
    {
        "carrier": ["UA", "UA", None, "B6"],
        "hour": [9, 1, 2, None],
        "distance": [100.0, 500.0, 900.0, float("nan")],
        "late": [True, None, False, True],
    }
)
FUNCTIONS = CodeRef("tests.user_slices:FUNCTIONS")


def sliced(text: str, known: pl.DataFrame | None = None) -> list[str]:
    """Return the slice of each row."""
    dimensions = dimensions_of([text], FUNCTIONS)
    if known is not None:
        known = known.with_columns(event_time=pl.lit(datetime(2013, 1, 1, tzinfo=UTC)))
        dimensions = with_edges(dimensions, edges_of_spans([Examples.from_arrow(known.to_arrow())]))
    names, codes = coded(ROWS, dimensions[0])
    return [names[code] for code in codes]


@pytest.mark.parametrize(
    ("text", "slices"),
    [
        ("late", ["true", "(none)", "false", "true"]),
        ("hour > 1", ["yes", "no", "yes", "(none)"]),
        ("carrier in ['UA', 'AA'] and distance < 300", ["yes", "no", "no", "no"]),
        ("is_null(carrier)", ["no", "no", "yes", "no"]),
        ("not distance >= 500", ["yes", "no", "no", "(none)"]),
        ("late_hours", ["yes", "no", "yes", "(none)"]),
        ("first_letter", ["U", "U", "(none)", "B"]),
        ("carrier & hour > 1", ["UA & yes", "UA & no", "(none) & yes", "B6 & (none)"]),
        ("late_hours & first_letter", ["yes & U", "no & U", "yes & (none)", "(none) & B"]),
    ],
)
def test_a_dimension_is_a_column_a_condition_a_slicing_function_or_a_cross_of_them(text: str, slices: list[str]) -> None:
    assert sliced(text) == slices


def test_quantile_bins_are_cut_by_rows_that_were_known_before() -> None:
    known = pl.DataFrame({"distance": [0.0, 100.0, 200.0, 1000.0, None]})
    assert sliced("quantiles(distance, 2)", known) == ["below 150", "150 or more", "150 or more", "(none)"]
    assert sliced("carrier & quantiles(distance, 3)", known)[:2] == ["UA & 100 to 200", "UA & 200 or more"]
    assert sliced("quantiles(distance, 4)", known.with_columns(distance=1.0)) == ["1 or more"] * 3 + ["(none)"]
    assert sliced("quantiles(distance, 2)", known.clear()) == ["any number"] * 3 + ["(none)"]


def test_quantile_bins_without_rows_known_before_are_refused() -> None:
    with pytest.raises(DefinitionError, match="rows cannot say of themselves"):
        sliced("quantiles(distance, 4)")


@given(st.lists(st.none() | st.floats(-1e6, 1e6), max_size=40), st.lists(st.floats(-1e6, 1e6), max_size=40), st.integers(2, 6))
def test_every_number_is_in_one_bin_and_the_bins_rise(values: list[float | None], known: list[float], n: int) -> None:
    past = Examples.from_arrow(pl.DataFrame({"x": known}, schema={"x": pl.Float64}).to_arrow())
    (dimension,) = with_edges(dimensions_of([f"quantiles(x, {n})"]), edges_of_spans([past]))
    names, codes = coded(pl.DataFrame({"x": values}, schema={"x": pl.Float64}), dimension)
    assert [names[code] == "(none)" for code in codes] == [value is None for value in values]
    numbers = sorted((value, code) for value, code in zip(values, codes.tolist(), strict=True) if value is not None)
    assert [code for _, code in numbers] == sorted(code for _, code in numbers)
    assert len(set(codes.tolist()) - {names.index("(none)") if "(none)" in names else -1}) <= n


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("distance >", "no slice"),
        ("quantile(distance, 4)", "'quantiles'"),
        ("quantiles(distance, 1)", "at least two"),
        ("distance + 1 > later(hour)", "no function 'later'"),
        ("late_hour", "'late_hours'"),
        ("distanc > 3", "'distance'"),
        ("first_letter & carier", "'carrier'"),
        ("carrier > 3", "does not suit its columns"),
    ],
)
def test_what_is_no_slice_is_told_with_the_nearest_that_is(text: str, told: str) -> None:
    with pytest.raises(DefinitionError, match=re.escape(told)):
        sliced(text)


def test_a_slicing_function_takes_no_parameter() -> None:
    with pytest.raises(DefinitionError, match="takes a parameter"):
        slicing_function(lambda rows: rows)  # type: ignore[misc]


def test_the_columns_of_all_dimensions_are_told_once() -> None:
    every = dimensions_of(["late_hours & first_letter & hour > 1", "quantiles(distance, 3)"], FUNCTIONS)
    assert columns_of(every) == ("hour", "carrier", "distance")
