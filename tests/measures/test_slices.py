"""Slices: every row in one slice a dimension, in the order of the values."""

import numpy as np
import polars as pl
import pytest

from components.measures.slices import slices_of
from components.runtime.errors import DefinitionError


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
