"""Classifiers: what may be built, and that preparation copes with what training has not seen."""

import numpy as np
import polars as pl
import pytest

from components.artifacts.choice import Candidate
from components.runtime.errors import ConfigError
from components.training.classifiers import ALLOWED, build_classifier

FRAME = pl.DataFrame({"carrier": ["AA", "B6", None, "AA"] * 30, "delay": [1.0, None, 3.0, 4.0] * 30})
TARGET = np.array([0, 1, 1, 0] * 30)


@pytest.mark.parametrize("estimator", list(ALLOWED))
def test_nulls_and_unknown_categories_are_predicted(estimator: str) -> None:
    fitted = build_classifier(Candidate("one", estimator), ["carrier"], ["delay"]).fit(FRAME, TARGET)
    strange = pl.DataFrame({"carrier": ["ZZ", None], "delay": [None, 2.0]}, schema={"carrier": pl.String, "delay": pl.Float64})
    assert np.isfinite(fitted.predict_proba(strange)).all()
    assert fitted.score(FRAME, TARGET) == 1


@pytest.mark.parametrize("estimator", list(ALLOWED))
def test_columns_are_found_by_name(estimator: str) -> None:
    fitted = build_classifier(Candidate("one", estimator), ["carrier"], ["delay"]).fit(FRAME, TARGET)
    assert np.array_equal(fitted.predict_proba(FRAME), fitted.predict_proba(FRAME.select("delay", "carrier")))


def test_an_estimator_outside_the_list_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"(?s)not in the allow-list.*Nearest valid name: 'sklearn.linear_model.LogisticRegression'"):
        build_classifier(Candidate("one", "sklearn.linear_model.LogisticRegresion"), [], ["delay"])
    with pytest.raises(ConfigError, match="not in the allow-list"):
        build_classifier(Candidate("one", "os.system"), [], ["delay"])


def test_a_parameter_that_the_estimator_lacks_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"candidate 'one'.*learning_rte"):
        build_classifier(Candidate("one", parameters={"learning_rte": 0.1}), [], ["delay"])


def test_parameters_of_the_candidate_win_over_ours() -> None:
    classifier = build_classifier(Candidate("one", parameters={"random_state": 3, "max_iter": 7}), ["carrier"], ["delay"])
    assert (classifier["classifier"].random_state, classifier["classifier"].max_iter) == (3, 7)
