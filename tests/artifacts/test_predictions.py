"""Predictions keep their rows."""

from pathlib import Path

import polars as pl
import pytest

from components.artifacts.predictions import Predictions
from tests.saving import loaded_again
from tests.windows import days, rows

ROWS = rows(days(1)[0]).select(
    "row_id", "event_time", "outcome", span=pl.lit("2013-03-08"), probability=pl.col("score"), champion=pl.lit(None, pl.Float64)
)


@pytest.mark.parametrize("n", [20, 0])
def test_predictions_come_back_as_they_were_saved(n: int, tmp_path: Path) -> None:
    loaded = loaded_again(Predictions(ROWS.head(n)), tmp_path)
    assert loaded.rows.equals(ROWS.head(n))
    assert loaded.rows.schema == ROWS.schema
    assert loaded.summary() == {"n_rows": n}
