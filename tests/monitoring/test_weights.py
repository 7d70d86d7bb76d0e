"""How much a column moves a model."""

import numpy as np
import polars as pl
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from components.artifacts.model import FeatureColumn, Model
from components.monitoring.weights import weights_of

RANDOM = np.random.default_rng(0)
ROWS = pl.DataFrame({"telling": RANDOM.normal(size=400), "idle": RANDOM.normal(size=400)})


@pytest.fixture(scope="module")
def model() -> Model:
    estimator = HistGradientBoostingClassifier(max_iter=10).fit(ROWS, ROWS["telling"].to_numpy() > 0)
    return Model.from_estimator(estimator, features=[FeatureColumn(name, "Float64") for name in ROWS.columns])


def test_the_column_that_tells_the_outcome_has_the_weight(model: Model) -> None:
    found = weights_of(model, ROWS)
    assert found["telling"] > 0.9
    assert sum(found.values()) == pytest.approx(1.0)
    assert found == weights_of(model, ROWS)


def test_one_row_says_nothing(model: Model) -> None:
    assert weights_of(model, ROWS.head(1)) == {"telling": 0.0, "idle": 0.0}
