"""Estimators: what may be built, and that preparation copes with what training has not seen."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.pipeline import Pipeline

from components.artifacts.choice import Candidate
from components.artifacts.model import Model, features_of
from components.runtime.errors import ConfigError
from components.training.estimators import ALLOWED, allow, allowed, build_estimator
from tests.saving import loaded_again

WEAK = ("DummyClassifier", "DummyRegressor", "ElasticNet", "SGDRegressor")  # their defaults learn nothing from so little
FRAME = pl.DataFrame({"carrier": ["AA", "B6", None, "AA"] * 30, "delay": [1.0, None, 3.0, 4.0] * 30})
TARGET = np.array([0, 1, 1, 0] * 30)


STRANGE = pl.DataFrame({"carrier": ["ZZ", None], "delay": [None, 2.0]}, schema={"carrier": pl.String, "delay": pl.Float64})


def fitted(estimator: str) -> Pipeline:
    return build_estimator(Candidate("one", estimator), ["carrier"], ["delay"]).fit(FRAME, TARGET)


@pytest.mark.parametrize("estimator", list(ALLOWED))
def test_an_allowed_estimator_is_stored_loaded_and_predicts_nulls_and_unknown_categories(estimator: str, tmp_path: Path) -> None:
    model = Model.from_estimator(fitted(estimator), features=features_of(FRAME))
    again = loaded_again(model, tmp_path)
    assert np.isfinite(again.scores(STRANGE)).all()
    assert np.array_equal(again.scores(FRAME), model.scores(FRAME))
    assert (len(model.classes) == 2) == (ALLOWED[estimator].task == "classification")


@pytest.mark.parametrize("estimator", [name for name in ALLOWED if not name.endswith(WEAK)])
def test_an_estimator_learns_what_two_columns_tell(estimator: str) -> None:
    assert fitted(estimator).score(FRAME, TARGET) > 0.2


@pytest.mark.parametrize("estimator", list(ALLOWED))
def test_columns_are_found_by_name(estimator: str) -> None:
    found = fitted(estimator)
    assert np.array_equal(found.predict(FRAME), found.predict(FRAME.select("delay", "carrier")))


@pytest.mark.parametrize("estimator", [name for name, known in ALLOWED.items() if known.repeats == "bytes"])
def test_the_same_rows_give_the_same_bytes(estimator: str) -> None:
    first, second = (Model.from_estimator(fitted(estimator), features=features_of(FRAME)).content for _ in range(2))
    assert first == second


def test_an_estimator_from_elsewhere_is_allowed_by_name_and_version() -> None:
    path = "sklearn.neighbors.KNeighborsClassifier"
    extended = allow({path: "classification"})
    found = allowed(Candidate("near", path), extended)
    assert (found.task, found.library.split()[0]) == ("classification", "scikit-learn")
    assert build_estimator(Candidate("near", path), ["carrier"], ["delay"], extended).fit(FRAME, TARGET).score(FRAME, TARGET) > 0.5
    with pytest.raises(ConfigError, match=r"no installed package provides nowhere\.Model"):
        allow({"nowhere.Model": "regression"})


def test_an_estimator_outside_the_list_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"(?s)not in the allow-list.*Nearest valid name: 'sklearn.linear_model.LogisticRegression'"):
        build_estimator(Candidate("one", "sklearn.linear_model.LogisticRegresion"), [], ["delay"])
    with pytest.raises(ConfigError, match="not in the allow-list"):
        build_estimator(Candidate("one", "os.system"), [], ["delay"])


def test_a_parameter_that_the_estimator_lacks_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"candidate 'one'.*learning_rte"):
        build_estimator(Candidate("one", parameters={"learning_rte": 0.1}), [], ["delay"])


def test_a_warm_start_that_would_start_from_nothing_is_refused() -> None:
    with pytest.raises(
        ConfigError, match=r"(?s)candidate 'one': warm_start among the parameters has nothing to go on from.*`warm_start: true`"
    ):
        build_estimator(Candidate("one", parameters={"warm_start": True}), [], ["delay"])
    assert build_estimator(Candidate("one", parameters={"warm_start": False}), [], ["delay"])


def test_parameters_of_the_candidate_win_over_ours() -> None:
    made = build_estimator(Candidate("one", parameters={"random_state": 3, "max_iter": 7}), ["carrier"], ["delay"])["estimator"]
    assert (made.random_state, made.max_iter) == (3, 7)
