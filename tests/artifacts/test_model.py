"""A model keeps its estimator, features and classes through a save and a load, and refuses frames that do not fit."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from components.artifacts.model import FeatureColumn, Model, features_of
from components.runtime.errors import DataError, StoreError
from components.runtime.value import Value

FRAME = pl.DataFrame({"hour": [1, 5, 9, 20], "temp": [0.5, 1.5, -2.0, 0.0]})
TARGET = np.array([0, 1, 0, 1], dtype=np.int8)


def scaled() -> Pipeline:
    return Pipeline([("scale", StandardScaler()), ("classify", LogisticRegression(C=0.5))]).fit(FRAME, TARGET)


@pytest.fixture
def model() -> Model:
    return Model.from_estimator(scaled(), features=features_of(FRAME), figures={"n_rows": 4, "loss": 0.25})


def test_a_model_is_an_artifact_value(model: Model) -> None:
    assert isinstance(model, Value)


def test_a_saved_model_loads_as_it_was(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path)
    assert Model.load(tmp_path) == model
    assert sorted(file.name for file in tmp_path.iterdir()) == ["model.json", "model.skops"]


def test_two_fits_save_the_same_files(model: Model, tmp_path: Path) -> None:
    again = Model.from_estimator(scaled(), features=features_of(FRAME), figures={"loss": 0.25, "n_rows": 4})
    for name, one in (("a", model), ("b", again)):
        (tmp_path / name).mkdir()
        one.save(tmp_path / name)
    for file in ("model.skops", "model.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_the_card_says_what_the_model_is(model: Model) -> None:
    assert model.features == (FeatureColumn("hour", "Int64"), FeatureColumn("temp", "Float64"))
    assert model.classes == (0, 1)
    assert model.estimator_type == "sklearn.pipeline.Pipeline"
    assert model.parameters["classify__C"] == 0.5
    assert all(version.count(".") == 1 for version in model.libraries.values())
    assert model.summary() == {
        "estimator": "Pipeline",
        "n_features": 2,
        "n_classes": 2,
        "n_bytes": len(model.content),
        "n_rows": 4,
        "loss": 0.25,
    }


def test_probabilities_are_the_estimator_s_whatever_the_order_of_columns(model: Model) -> None:
    expected = scaled().predict_proba(FRAME)
    np.testing.assert_array_equal(model.predict_proba(FRAME.select("temp", "hour", extra=pl.lit("x"))), expected)


def test_no_rows_give_no_probabilities(model: Model) -> None:
    assert model.predict_proba(FRAME.head(0)).shape == (0, 2)


def test_a_missing_feature_is_named(model: Model) -> None:
    with pytest.raises(DataError, match="lacks features of the model: temp"):
        model.predict_proba(FRAME.drop("temp"))


def test_a_feature_of_another_type_is_named(model: Model) -> None:
    with pytest.raises(DataError, match="hour is String, was Int64"):
        model.predict_proba(FRAME.cast({"hour": pl.String}))


def test_each_estimator_is_a_copy_of_its_own(model: Model) -> None:
    assert model.estimator() is not model.estimator()


def test_a_model_that_could_not_be_loaded_is_not_made() -> None:
    estimator = Pipeline([("call", FunctionTransformer(eval)), ("classify", LogisticRegression())])
    with pytest.raises(StoreError, match=r"builtins\.eval"):
        Model.from_estimator(
            estimator.set_params(call="passthrough").fit(FRAME, TARGET).set_params(call=FunctionTransformer(eval)), features=()
        )
