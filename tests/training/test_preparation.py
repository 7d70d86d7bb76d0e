"""Preparation of many rows: short columns teach what all rows would, and estimators take what is prepared without the rows."""

import numpy as np
import polars as pl
import pytest

from components.artifacts.choice import Candidate
from components.artifacts.skops_bytes import dump_stable
from components.training.binning import Coded
from components.training.estimators import build_estimator
from components.training.fitting import Fitting
from components.training.preparation import condensed, fit_columns, matrix_of

LINEAR = Candidate("linear", "sklearn.linear_model.LogisticRegression")


def inputs(n: int = 3000) -> pl.DataFrame:
    random = np.random.default_rng(0)
    names = np.array([f"plane {place:03}" for place in range(400)])
    numbers = random.normal(size=n)
    return pl.DataFrame(
        {
            "plane": names[np.minimum(random.zipf(1.3, n) - 1, 399)],
            "carrier": [("AA", "B6", None)[place % 3] for place in range(n)],
            "seats": random.integers(0, 9, n),
            "delay": pl.Series(np.where(numbers > 1, np.nan, numbers)).fill_nan(None),
        }
    )


@pytest.mark.parametrize("candidate", [LINEAR, Candidate("boosting")], ids=["flags", "codes"])
def test_short_columns_teach_the_preparation_what_all_rows_would(candidate: Candidate) -> None:
    rows = inputs()
    ours, whole = (build_estimator(candidate, rows.columns[:2], rows.columns[2:])["columns"] for _ in range(2))
    fit_columns(ours, rows)
    expected = whole.fit_transform(rows)
    assert dump_stable(ours) == dump_stable(whole)
    found = matrix_of(ours, rows)
    assert np.array_equal(found, expected, equal_nan=True)
    assert found.flags.c_contiguous
    assert condensed(rows).height < rows.height


def test_boosting_is_handed_a_byte_a_number_and_none_of_the_rows() -> None:
    rows = inputs().with_columns(label=pl.int_range(pl.len()) % 2 * 1.0, weight=pl.lit(1.0), span=pl.lit("2013-01-01"))
    candidate = Candidate("boosting", parameters={"max_iter": 3})
    prepared = Fitting().prepare(rows, candidate)
    assert isinstance(prepared.matrix, Coded)
    assert prepared.matrix.codes.dtype == np.uint8
    assert prepared.matrix[:, [2, 3]].flags.f_contiguous
    again = Fitting().prepare(rows, candidate)
    from_codes = Fitting().train(prepared, candidate).estimator
    again.pipeline["estimator"].set_params(early_stopping=False)
    again.pipeline["estimator"].fit(np.asarray(again.matrix), again.target, sample_weight=again.weight)
    assert dump_stable(from_codes) == dump_stable(again.pipeline)
