"""Evaluating what was served: outcomes meet the log by row, and what has none yet is neither right nor wrong."""

import polars as pl
import pytest

from components.artifacts.examples import Examples
from components.artifacts.feedback import Feedback
from components.evaluation.served import ServedConfig, evaluate_served
from components.runtime.errors import DataError, DefinitionError
from components.runtime.instants import to_micros
from tests.windows import days, labels, rows, window_of

SPANS = days(4)
CONFIG = ServedConfig(prediction="score", slices=("carrier",), metrics=("roc_auc",), minimum_rows=5, resamples=20)


def served(span) -> Examples:
    return Examples.from_arrow(rows(span).drop("outcome").to_arrow())


LOG = window_of(SPANS, served)


def test_rows_of_spans_without_outcomes_wait_and_rows_that_never_get_one_do_not() -> None:
    told = evaluate_served(LOG, labels(SPANS, voted=SPANS[3:]), config=ServedConfig(**{**vars(CONFIG), "immature": 0.3}))
    overall = told.find("roc_auc")
    assert overall is not None
    assert (overall.n_rows, told.n_immature) == (3 * 19, 20)
    waiting = evaluate_served(LOG, labels(SPANS, voted=SPANS[3:]), config=CONFIG)
    assert {one.state for one in waiting.measurements} == {"labels-not-mature"}


def test_rows_that_nobody_has_heard_of_count_as_waiting() -> None:
    assert evaluate_served(LOG, labels(SPANS[:2]), config=CONFIG).n_immature == 2 * 20


def test_labels_and_feedback_say_the_same_of_the_same_rows() -> None:
    known = labels(SPANS)
    feedback = Feedback(known.rows.with_columns(mature=True), to_micros(SPANS[-1].end), ())
    ours, theirs = (
        evaluate_served(LOG, known, config=CONFIG),
        evaluate_served(LOG, None, feedback, config=CONFIG),
    )
    assert ours.measurements == theirs.measurements
    assert (ours.n_immature, theirs.n_immature) == (0, 0)
    with pytest.raises(DefinitionError, match="by labels or by feedback"):
        evaluate_served(LOG, known, feedback, config=CONFIG)


def test_a_log_without_the_prediction_is_refused() -> None:
    bare = window_of(SPANS, lambda span: Examples.from_arrow(pl.from_arrow(served(span).to_arrow()).drop("score").to_arrow()))
    with pytest.raises(DataError, match="lacks the column 'score'"):
        evaluate_served(bare, labels(SPANS), config=CONFIG)
