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

    ``columns`` is how it takes categories: as one column of ``codes`` with numbers left as they are, or as one column of ``flags`` a category
    with numbers filled and scaled. ``repeats`` is what two fits on other machines share: ``bytes``, or ``numbers`` to 1e-9
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

LINEAR = tuple(
    f"sklearn.linear_model.{name}" for name in ("LogisticRegression", "ElasticNet", "PoissonRegressor", "SGDClassifier", "SGDRegressor")
)
NETWORKS = ("sklearn.neural_network.MLPClassifier", "sklearn.neural_network.MLPRegressor")
NULL = "\uffff"
"""Stands for a null text: a noncharacter, which texts for interchange do not hold (The Unicode Standard, section 23.7)."""

STARTABLE = (*LINEAR, *NETWORKS)
"""Estimators that can start from the champion's parameters: each has weights a column, and goes on from those that it holds."""


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


def check_start(candidate: Candidate) -> None:
    """Raise where a candidate cannot go on from the champion, or says so where scikit-learn would go on from nothing.

    Trees are not continued: boosting would add trees of new bins to trees of old ones, and a forest would keep trees of rows that a window
    has left behind.

    Raises
    ------
    ConfigError
        If the candidate's estimator has no parameters that can be carried by name, or if ``warm_start`` is among its parameters.
    """
    where = f"candidate '{candidate.name}': "
    if candidate.parameters.get("warm_start"):
        raise ConfigError(
            f"{where}warm_start among the parameters has nothing to go on from, as every fit begins with a new estimator",
            key="training.candidates", fix="Say `warm_start: true` of the candidate, beside its parameters.",
        )  # fmt: skip
    if candidate.warm_start and (candidate.estimator not in STARTABLE or candidate.parameters.get("solver") == "liblinear"):
        raise ConfigError(
            f"{where}it cannot start from the champion; of estimators {', '.join(STARTABLE)} can, but for the solver liblinear",
            key="training.candidates", got=candidate.estimator, fix="Leave warm_start out.",
        )  # fmt: skip


def build_estimator(
    candidate: Candidate, categorical: Sequence[str], numeric: Sequence[str], extended: Sequence[tuple[str, Allowed]] = ()
) -> "Pipeline":
    """Return an unfitted Pipeline of the steps ``columns`` and ``estimator``.

    Training and serving use the one Pipeline, so that they cannot prepare differently. Columns are picked by name. Where the estimator
    takes a ``random_state`` and the candidate gives none, it is 0.

    Raises
    ------
    ConfigError
        If the estimator is not in the allow-list, or does not take the parameters, or cannot start as the candidate says.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline

    known = allowed(candidate, extended)
    check_start(candidate)
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
    """Return codes for categories, null among them, first, then the numbers: trees split both themselves, numbers that are null included."""
    import numpy as np
    from sklearn.preprocessing import OrdinalEncoder

    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan, encoded_missing_value=np.nan, max_categories=254)
    return [("categorical", _with_nulls_alike(codes), list(categorical)), ("numeric", "passthrough", list(numeric))]


def _with_nulls_alike(encoder: "BaseEstimator") -> "Pipeline":
    """Return the encoder of categories behind what makes a null one of them, as None, as it comes from the store, and as NaN, as from pandas.

    To scikit-learn's encoders these are two, of which training meets one.
    """
    import numpy as np
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline

    alike = [SimpleImputer(missing_values=one, strategy="constant", fill_value=NULL, keep_empty_features=True) for one in (np.nan, None)]
    return make_pipeline(*alike, encoder)


def _flag_columns(categorical: Sequence[str], numeric: Sequence[str]) -> list[tuple[str, object, list[str]]]:
    """Return one column a frequent category, null among them, and numbers with nulls filled by the median and scaled."""
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    flags = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=COMMON, sparse_output=False)
    return [
        ("categorical", _with_nulls_alike(flags), list(categorical)),
        ("numeric", make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()), list(numeric)),
    ]
