"""Train candidates, choose one on the validation part, and fit it on everything that is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from components.artifacts.choice import Candidate, Choice, Trial
from components.artifacts.features import Features
from components.artifacts.labels import Labels
from components.artifacts.model import Model, features_of
from components.artifacts.split import Split
from components.measures.metrics import METRICS
from components.runtime.component import component
from components.runtime.errors import ConfigError, DataError
from components.runtime.instants import to_micros
from components.runtime.window import Window
from components.training.classifiers import build_classifier
from components.training.purposes import refuse_slice_only

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from sklearn.pipeline import Pipeline

LIBRARIES = ("scikit-learn", "numpy", "polars", "skops")
ROW_COLUMNS = ("row_id", "event_time", "span", "outcome", "label", "source", "target", "weight")
FIT_METRICS = ("roc_auc", "log_loss", "brier")


@dataclass(frozen=True)
class TrainingConfig:
    """How candidates are compared, what they leave out, and how much a label of the label model weighs beside a known outcome.

    A model takes every feature column but ``excluded``, which are there to slice by: texts as categories, the rest as numbers.
    """

    metric: str = "log_loss"
    excluded: tuple[str, ...] = ()
    voted_weight: float = 1.0


@component(libraries=LIBRARIES)
def try_candidate(features: Window[Features], labels: Labels, split: Split, *, candidate: Candidate, config: TrainingConfig) -> Choice:
    """Return the trial of one candidate: fitted on the train part, measured on the validation part's known outcomes.

    Without a validation part (too short a window) the trial has no metrics, and says so in its reason.
    """
    import numpy as np
    import polars as pl

    refuse_slice_only(features, {*ROW_COLUMNS, *config.excluded})
    rows = _labeled(features, labels)
    train = rows.filter(pl.col("span").is_in(split.train))
    validation = rows.filter(pl.col("span").is_in(split.validation) & pl.col("outcome").is_not_null())
    if not validation.height:
        return Choice((Trial(candidate, {}, train.height),), 0, "there is no validation part")
    probabilities = _fit(train, candidate, config).predict_proba(_inputs(validation, config))[:, 1]
    outcomes, ones = validation["outcome"].to_numpy().astype(np.float64), np.ones((1, validation.height))
    figures = {name: round(float(METRICS[name](outcomes, probabilities, ones)[0]), 9) for name in FIT_METRICS}
    metrics = {name: figure for name, figure in figures.items() if np.isfinite(figure)}  # one class alone has no ROC curve
    return Choice((Trial(candidate, metrics, train.height),), 0, "the only trial")


@component
def choose_candidate(trials: Sequence[Choice], *, config: TrainingConfig) -> Choice:
    """Return all trials and the best of them by ``config.metric``; ties and missing figures go to the earlier one."""
    every = tuple(trial for one in trials for trial in one.trials)
    measured = [(position, trial.metrics[config.metric]) for position, trial in enumerate(every) if config.metric in trial.metrics]
    if not measured:
        return Choice(every, 0, "no validation part: the first candidate of the configuration")
    sign = -1 if config.metric == "roc_auc" else 1
    best, figure = min(measured, key=lambda one: (sign * one[1], one[0]))
    return Choice(every, best, f"best {config.metric} on the validation part: {figure:.4f} of {len(every)} candidates")


@component(libraries=LIBRARIES)
def fit_model(features: Window[Features], labels: Labels, choice: Choice, as_of: datetime, *, config: TrainingConfig) -> Model:
    """Return the chosen candidate fitted on every labeled row of the window; rows whose label is a probability count as both classes.

    ``figures`` hold the rows by source of label and ``trained_until``, the as-of that no row, label or lookup lies after.

    Raises
    ------
    DataError
        If a span ends after ``as_of`` or the labels are of a later date, or if the labels are all of one class.

    """
    _refuse_later(features, labels, as_of)
    refuse_slice_only(features, {*ROW_COLUMNS, *config.excluded})
    rows = _labeled(features, labels)
    estimator = _fit(rows, choice.candidate, config)
    voted = int((rows["source"] == "label_model").sum())
    figures = {"n_rows": rows.height, "n_voted": voted, "trained_until": to_micros(as_of)}
    return Model.from_estimator(estimator, features=features_of(_inputs(rows, config)), figures=figures)


def _refuse_later(features: Window[Features], labels: Labels, as_of: datetime) -> None:
    """Raise where training as of a date would see what lies after it: however the step is wired, a model cannot know the future."""
    late = [span.key for span, _ in features.present() if span.end > as_of]
    if late:
        raise DataError(f"spans end after {as_of}, the date of the training: {', '.join(late[:5])}", fix="give the window until= that date")
    if int(str(labels.label_model.get("as_of", 0))) > to_micros(as_of):
        raise DataError(f"the labels are of a later date than the training ({as_of})", fix="resolve the labels as of the training's date")


def _labeled(features: Window[Features], labels: Labels) -> "pl.DataFrame":
    """Return the feature rows of the window that have a label, with span, outcome, label and source, in order of time and row id."""
    import polars as pl

    frames = [value.to_polars().with_columns(span=pl.lit(span.key)) for span, value in features.present()]
    if not frames:
        raise DataError("the training window holds no features", fix="deliver its spans, or move the as-of")
    known = labels.rows.filter(pl.col("label").is_not_null()).select("row_id", "outcome", "label", "source")
    return pl.concat(frames).join(known, on="row_id", how="inner").sort("event_time", "row_id")


def _inputs(rows: "pl.DataFrame", config: TrainingConfig) -> "pl.DataFrame":
    """Return the columns that the model takes, categories first."""
    import polars as pl

    names = [name for name in rows.columns if name not in {*ROW_COLUMNS, *config.excluded}]
    categorical = [name for name in names if rows.schema[name] == pl.String]
    return rows.select(*categorical, *(name for name in names if name not in categorical))


def _fit(rows: "pl.DataFrame", candidate: Candidate, config: TrainingConfig) -> "Pipeline":
    """Fit one candidate on one thread: BLAS then sums in one order, and boosting does not wait for cores that others keep busy."""
    import polars as pl
    from sklearn.utils._param_validation import InvalidParameterError
    from threadpoolctl import threadpool_limits

    inputs, target, weight = _weighted(rows, config)
    if len(set(target.tolist())) < 2:  # noqa: PLR2004
        raise DataError("all labels of the training rows are of one class", fix="lengthen the window, or look at the labeling functions")
    categorical = [name for name, dtype in inputs.schema.items() if dtype == pl.String]
    classifier = build_classifier(candidate, categorical, [name for name in inputs.columns if name not in categorical])
    with threadpool_limits(1):
        try:
            return classifier.fit(inputs, target, classifier__sample_weight=weight)
        except InvalidParameterError as error:
            raise ConfigError(f"candidate '{candidate.name}': {error}", key="training.candidates") from error


def _weighted(rows: "pl.DataFrame", config: TrainingConfig) -> "tuple[pl.DataFrame, np.ndarray, np.ndarray]":
    """Return inputs, classes and weights [n]: a row of label p stands twice, as class 1 of weight p and class 0 of weight 1 - p."""
    import polars as pl

    base = pl.when(pl.col("source") == "label_model").then(config.voted_weight).otherwise(1.0)
    both = pl.concat(
        [rows.with_columns(target=1, weight=base * pl.col("label")), rows.with_columns(target=0, weight=base * (1 - pl.col("label")))]
    )
    kept = both.filter(pl.col("weight") > 0)
    return _inputs(kept, config), kept["target"].to_numpy(), kept["weight"].to_numpy()
