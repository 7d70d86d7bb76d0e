"""Classifiers by import path: an allow-list, and the one Pipeline that holds feature preparation and estimator."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from components.artifacts.choice import Candidate
from components.runtime.errors import ConfigError, nearest

if TYPE_CHECKING:
    from sklearn.base import ClassifierMixin
    from sklearn.pipeline import Pipeline

ALLOWED = {
    "sklearn.ensemble.HistGradientBoostingClassifier": "takes categories and nulls as they are; same bytes on any number of threads",
    "sklearn.linear_model.LogisticRegression": "numbers to 1e-9: BLAS may sum in another order on another machine",
}
"""Estimators that a configuration may name, and what is known of their repeatability."""


def build_classifier(candidate: Candidate, categorical: Sequence[str], numeric: Sequence[str]) -> "Pipeline":
    """Return an unfitted Pipeline: categories to codes (unknown ones and nulls to missing), numbers as they are, then the estimator.

    Training and serving use the one Pipeline, so that they cannot prepare differently. Columns are picked by name.

    Raises
    ------
    ConfigError
        If the estimator is not in the allow-list, or does not take the parameters.

    """
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline

    if candidate.estimator not in ALLOWED:
        raise ConfigError(
            f"candidate '{candidate.name}': estimator {candidate.estimator} is not in the allow-list",
            key="training.candidates",
            expected=", ".join(ALLOWED),
            nearest=nearest(candidate.estimator, ALLOWED),
        )
    boosting = candidate.estimator.endswith("HistGradientBoostingClassifier")
    columns = ColumnTransformer(_boosting_columns(categorical, numeric) if boosting else _linear_columns(categorical, numeric))
    fixed: dict[str, object] = {"random_state": 0}
    if boosting:
        fixed["categorical_features"] = list(range(len(categorical)))
    try:
        estimator = _class(candidate.estimator)(**fixed | dict(candidate.parameters))
    except TypeError as error:
        raise ConfigError(f"candidate '{candidate.name}': {error}", key="training.candidates") from error
    return Pipeline([("columns", columns), ("classifier", estimator)])


def _class(path: str) -> "type[ClassifierMixin]":
    """Import an allowed class; written out, so that the code digest can see what may run."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression

    classes: dict[str, type[ClassifierMixin]] = {
        "sklearn.ensemble.HistGradientBoostingClassifier": HistGradientBoostingClassifier,
        "sklearn.linear_model.LogisticRegression": LogisticRegression,
    }
    return classes[path]


def _boosting_columns(categorical: Sequence[str], numeric: Sequence[str]) -> list[tuple[str, object, list[str]]]:
    """Return codes for categories first, then the numbers: boosting bins and splits both itself, nulls included."""
    import numpy as np
    from sklearn.preprocessing import OrdinalEncoder

    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan, encoded_missing_value=np.nan, max_categories=254)
    return [("categorical", codes, list(categorical)), ("numeric", "passthrough", list(numeric))]


def _linear_columns(categorical: Sequence[str], numeric: Sequence[str]) -> list[tuple[str, object, list[str]]]:
    """Return one column a frequent category, and numbers with nulls filled by the median and scaled."""
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    flags = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=50, sparse_output=False)
    return [
        ("categorical", flags, list(categorical)),
        ("numeric", make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()), list(numeric)),
    ]
