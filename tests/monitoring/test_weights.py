"""How much a column moves a model."""

import polars as pl
import pytest

from components.artifacts.choice import Candidate, Choice, Trial
from components.artifacts.model import Model
from components.monitoring.weights import weights_of
from components.training.component import TrainingConfig, fit_model
from tests.windows import days, features, labels, rows, window_of

SPANS = days(8)


@pytest.fixture(scope="module")
def model() -> Model:
    candidate = Candidate("small", parameters={"max_iter": 10, "min_samples_leaf": 10})
    choice = Choice((Trial(candidate, {}, 1),), 0, "the only trial")
    window = window_of(SPANS, lambda span: features(span, 60))
    return fit_model(window, labels(SPANS, SPANS[-1].end, 60), choice, SPANS[-1].end, config=TrainingConfig(excluded=("hour",)))


def test_the_column_that_tells_the_outcome_has_the_weight(model: Model) -> None:
    found = weights_of(model, pl.concat([rows(span, 60) for span in SPANS]))
    assert found["score"] > 0.7
    assert sum(found.values()) == pytest.approx(1.0)
    assert found == weights_of(model, pl.concat([rows(span, 60) for span in SPANS]))


def test_one_row_says_nothing(model: Model) -> None:
    assert set(weights_of(model, rows(SPANS[0], 1)).values()) == {0.0}
