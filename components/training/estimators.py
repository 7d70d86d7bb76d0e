"""Estimators by import path: an allow-list, and the one Pipeline that holds feature preparation and estimator."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import packages_distributions, version
from typing import TYPE_CHECKING, Literal, cast

from components.artifacts.choice import Candidate
from components.runtime.errors import ConfigError, nearest
from components.runtime.keys import CodeRef
from components.training.preparation import COMMON

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator
    from sklearn.pipeline import Pipeline

Task = Literal["classification", "regression"]
Columns = Literal["codes", "flags"]


@dataclass(frozen=True)
class Allowed:
    """An estimator that a configuration may name.

    ``columns`` is how it takes categories: as one column of ``codes`` with nulls left as they are, or as one column of ``flags`` a category
    with nulls filled and numbers scaled. ``repeats`` is what two fits on other machines share: ``bytes``, or ``numbers`` to 1e-9
    relative. ``library`` is name and version of the package of an estimator from elsewhere, which is part of every key.
    """

    task: Task
    columns: Columns = "flags"
    repeats: Literal["bytes", "numbers"] = "numbers"
    library: str = ""


BOOSTING = ("sklearn.ensemble.HistGradientBoostingClassifier", "sklearn.ensemble.HistGradientBoostingRegressor")
ALLOWED: Mapping[str, Allowed] = {
    BOOSTING[0]: Allowed("classification", "codes", "bytes"),
    BOOSTING[1]: Allowed("regression", "codes", "bytes"),
    "sklearn.ensemble.RandomForestClassifier": Allowed("classification", "codes", "bytes"),
    "sklearn.ensemble.RandomForestRegressor": Allowed("regression", "codes", "bytes"),
    "sklearn.ensemble.ExtraTreesClassifier": Allowed("classification", "codes", "bytes"),
    "sklearn.ensemble.ExtraTreesRegressor": Allowed("regression", "codes", "bytes"),
    "sklearn.tree.DecisionTreeClassifier": Allowed("classification", "codes", "bytes"),
    "sklearn.tree.DecisionTreeRegressor": Allowed("regression", "codes", "bytes"),
    "sklearn.linear_model.LogisticRegression": Allowed("classification"),
    "sklearn.linear_model.Ridge": Allowed("regression"),
    "sklearn.linear_model.ElasticNet": Allowed("regression"),
    "sklearn.linear_model.PoissonRegressor": Allowed("regression"),
    "sklearn.linear_model.SGDRegressor": Allowed("regression"),
    "sklearn.naive_bayes.GaussianNB": Allowed("classification"),
    "sklearn.dummy.DummyClassifier": Allowed("classification"),
    "sklearn.dummy.DummyRegressor": Allowed("regression"),
}
"""Estimators that a configuration may name without more ado: each is fitted, stored, loaded and used again by a test."""


def allow(paths: Mapping[str, Task]) -> tuple[tuple[str, Allowed], ...]:
    """Return entries that extend the allow-list, from import paths of scikit-learn compatible classes and what they do.

    Raises
    ------
    ConfigError
        If no installed package provides the module.
    """
    found = []
    providers = packages_distributions() if paths else {}
    for path, task in sorted(paths.items()):
        module = path.partition(".")[0]
        packages = providers.get(module)
        if not packages:
            raise ConfigError(f"no installed package provides {path}", key="training.estimators", fix=f"install the package of '{module}'")
        found.append((path, Allowed(task, library=f"{packages[0]} {version(packages[0])}")))
    return tuple(found)


def allowed(candidate: Candidate, extended: Sequence[tuple[str, Allowed]] = ()) -> Allowed:
    """Return what is known of a candidate's estimator.

    Raises
    ------
    ConfigError
        If the estimator is in no allow-list.
    """
    known = {**ALLOWED, **dict(extended)}
    if candidate.estimator not in known:
        raise ConfigError(
            f"candidate '{candidate.name}': estimator {candidate.estimator} is not in the allow-list",
            key="training.candidates",
            expected=", ".join(known),
            nearest=nearest(candidate.estimator, known),
            fix="Name it in training.estimators if you trust it.",
        )
    return known[candidate.estimator]


def refuse_warm_start(candidate: Candidate) -> None:
    """Raise where a candidate asks scikit-learn to go on from the last fit: every fit begins with a new estimator, so it would say nothing."""
    if candidate.parameters.get("warm_start"):
        raise ConfigError(
            f"candidate '{candidate.name}': warm_start has nothing to go on from, as every fit begins with a new estimator",
            key="training.candidates",
            fix="Leave it out; max_iter says how long an estimator learns.",
        )


def build_estimator(
    candidate: Candidate, categorical: Sequence[str], numeric: Sequence[str], extended: Sequence[tuple[str, Allowed]] = ()
) -> "Pipeline":
    """Return an unfitted Pipeline of the steps ``columns`` and ``estimator``.

    Training and serving use the one Pipeline, so that they cannot prepare differently. Columns are picked by name. Where the estimator
    takes a ``random_state`` and the candidate gives none, it is 0.

    Raises
    ------
    ConfigError
        If the estimator is not in the allow-list, or does not take the parameters, or is to start from an earlier fit.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline

    known = allowed(candidate, extended)
    refuse_warm_start(candidate)
    made = _code_columns(categorical, numeric) if known.columns == "codes" else _flag_columns(categorical, numeric)
    made_of = _class(candidate.estimator)
    fixed: dict[str, object] = {"random_state": 0} if "random_state" in made_of().get_params() else {}
    if candidate.estimator in BOOSTING:
        fixed["categorical_features"] = list(range(len(categorical)))
    try:
        estimator = made_of(**fixed | dict(candidate.parameters))
    except TypeError as error:
        raise ConfigError(f"candidate '{candidate.name}': {error}", key="training.candidates") from error
    return Pipeline([("columns", ColumnTransformer(made)), ("estimator", estimator)])


def _class(path: str) -> "type[BaseEstimator]":
    """Import a class; its library is part of the key, so the code digest need not see into it."""
    module, _, name = path.rpartition(".")
    return cast("type[BaseEstimator]", CodeRef(f"{module}:{name}").load())


def _code_columns(categorical: Sequence[str], numeric: Sequence[str]) -> list[tuple[str, object, list[str]]]:
    """Return codes for categories first, then the numbers: trees split both themselves, nulls included."""
    import numpy as np
    from sklearn.preprocessing import OrdinalEncoder

    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan, encoded_missing_value=np.nan, max_categories=254)
    return [("categorical", codes, list(categorical)), ("numeric", "passthrough", list(numeric))]


def _flag_columns(categorical: Sequence[str], numeric: Sequence[str]) -> list[tuple[str, object, list[str]]]:
    """Return one column a frequent category, and numbers with nulls filled by the median and scaled."""
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    flags = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=COMMON, sparse_output=False)
    return [
        ("categorical", flags, list(categorical)),
        ("numeric", make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()), list(numeric)),
    ]
