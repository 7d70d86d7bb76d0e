"""Labels that outcomes alone give: numbers, where they are known."""

import polars as pl
import pytest

from components.artifacts.examples import Examples
from components.labeling.measured import label_outcomes
from components.runtime.errors import DataError
from components.runtime.keys import CodeRef
from tests.windows import days, features, outcomes, rows, window_of

SPANS = days(3)
POSITIVE = CodeRef("tests.windows:positive")


def test_the_label_is_the_outcome_as_a_number_and_what_is_not_there_yet_is_not_zero() -> None:
    known = window_of(SPANS, outcomes, absent=SPANS[2:])
    labels = label_outcomes(window_of(SPANS, features), known, SPANS[-1].end, outcome=POSITIVE)
    expected = pl.concat([rows(span) for span in SPANS[:2]])["outcome"].cast(pl.Float64)
    first = labels.rows.filter(pl.col("span") < SPANS[2].key)
    assert first["label"].to_list() == expected.to_list()
    assert labels.rows.schema["label"] == pl.Float64
    assert labels.summary() == {
        "n_rows": 60, "n_outcome": 38, "n_rated": 0, "n_feedback": 0, "n_label_model": 0, "n_no_outcome": 2, "n_uncovered": 20, "coverage": 0.633333,
    }  # fmt: skip
    assert labels.rows["event_time"].is_sorted()


def test_other_spans_and_no_features_are_refused() -> None:
    with pytest.raises(DataError, match="not of the same spans"):
        label_outcomes(window_of(SPANS, features), window_of(SPANS[:2], outcomes), SPANS[-1].end, outcome=POSITIVE)
    with pytest.raises(DataError, match="holds no features"):
        label_outcomes(window_of(SPANS, features, absent=SPANS), window_of(SPANS, outcomes), SPANS[-1].end, outcome=POSITIVE)


def test_where_outcomes_are_known_row_by_row_only_a_row_that_was_told_of_has_no_outcome_for_ever() -> None:
    heard = window_of(SPANS, lambda span: Examples.from_arrow(outcomes(span).to_arrow().slice(0, 12)))
    labels = label_outcomes(window_of(SPANS, features), heard, SPANS[-1].end, outcome=POSITIVE, row_by_row=True)
    counts = dict(labels.rows["source"].value_counts().rows())
    assert counts == {"outcome": 3 * 11, "no-outcome": 3, "uncovered": 3 * 8}
    assert labels.rows.filter(pl.col("source") != "outcome")["label"].is_null().all()
