"""A model says of a row alone what it says of it among others: nulls, unseen categories and snapped training columns included."""

import numpy as np
import polars as pl
import pytest

from components.artifacts.choice import Candidate
from components.artifacts.model import Model, features_of
from components.training.fitting import Fitting
from components.training.rows import inputs_of, labeled_rows, with_weights
from tests.windows import days, features, labels, window_of

SPANS = days(8)
ROWS = with_weights(labeled_rows(window_of(SPANS, lambda s: features(s, 60)), labels(SPANS, n=60)), voted=1.0, half_life=0)
FITTING = Fitting(("hour",))
CANDIDATES = (
    Candidate("boosting", parameters={"max_iter": 20, "max_bins": 16}),
    Candidate("calibrated", parameters={"max_iter": 20}, calibration="isotonic"),
    Candidate("forest", "sklearn.ensemble.RandomForestClassifier", {"n_estimators": 10}),
    Candidate("logistic", "sklearn.linear_model.LogisticRegression"),
)


@pytest.mark.parametrize("candidate", CANDIDATES, ids=lambda candidate: candidate.name)
def test_single_rows_are_scored_as_in_bulk(candidate: Candidate) -> None:
    inputs = inputs_of(ROWS, FITTING.excluded)
    model = Model.from_estimator(FITTING.fit(ROWS, candidate).estimator, features=features_of(inputs))
    odd = pl.DataFrame({"carrier": [None, "never seen", "AA"], "score": [0.5, None, 1e9]}, schema=inputs.schema)
    asked = pl.concat([inputs.head(20), odd])
    alone = np.concatenate([model.scores(asked[place]) for place in range(asked.height)])
    assert alone == pytest.approx(model.scores(asked), rel=1e-12, abs=0)
