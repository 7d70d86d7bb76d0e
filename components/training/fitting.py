"""Fitting one candidate on weighted rows: soft labels, early stopping, calibration, on one thread."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from components.artifacts.choice import Candidate
from components.artifacts.labels import SHARES
from components.artifacts.model import Model
from components.artifacts.start import Start
from components.runtime.errors import ConfigError, DataError
from components.training.binning import Coded, coded
from components.training.estimators import BOOSTING, Allowed, Task, allowed, build_estimator
from components.training.preparation import batches, fit_columns, matrix_of, texts_of
from components.training.rows import inputs_of
from components.training.warm_start import begin, counted

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray
    from sklearn.base import BaseEstimator
    from sklearn.pipeline import Pipeline

CALIBRATED_SHARE = 0.2
"""Share of the training spans, the newest, that calibration takes away from the fit."""

METRICS: Mapping[Task, tuple[str, ...]] = {"classification": ("roc_auc", "log_loss", "brier"), "regression": ("mae", "rmse", "r2")}
HIGHER_IS_BETTER = frozenset({"roc_auc", "r2"})


@dataclass(frozen=True)
class Fitted:
    """An estimator that predicts, how many boosting rounds early stopping kept (None without it), and where a fit began that asks for it."""

    estimator: "BaseEstimator"
    iterations: int | None = None
    start: Start | None = None


@dataclass(frozen=True)
class Fitting:
    """How candidates are fitted: which feature columns they leave out, and estimators beyond the allow-list.

    With ``many_classes`` labels are the numbers of classes, else a classifier's are probabilities of class 1.
    """

    excluded: tuple[str, ...] = ()
    estimators: tuple[tuple[str, Allowed], ...] = ()
    many_classes: bool = False

    def task(self, candidate: Candidate) -> Task:
        """Return what the candidate does."""
        return allowed(candidate, self.estimators).task

    def fit(
        self, rows: "pl.DataFrame", candidate: Candidate, stop_on: "pl.DataFrame | None" = None, champion: Model | None = None
    ) -> Fitted:
        """Return the candidate fitted on rows with ``label`` and ``weight``; `prepare` and `train` in one, for rows that stay in memory.

        ``stop_on`` are later rows on which early stopping watches the loss; without them the candidate's own number of rounds stands.
        """
        return self.train(self.prepare(rows, candidate, champion), candidate, stop_on)

    def prepare(self, rows: "pl.DataFrame", candidate: Candidate, champion: Model | None = None) -> "Prepared":
        """Return what the estimator will take, which holds none of the rows: whoever lets go of them before `train` has their memory back.

        A candidate that asks for a warm start begins at the parameters of ``champion``.

        Raises
        ------
        DataError
            If a classifier's labels are all of one class.
        ConfigError
            If the estimator cannot do what the candidate asks.
        """
        from threadpoolctl import threadpool_limits

        self._check(candidate)
        with threadpool_limits(1):
            if candidate.calibration == "none":
                return self._prepared(rows, candidate, champion)
            older, newest = self._parted(rows)
            prepared = self._prepared(older, candidate, champion)
            return replace(prepared, calibrate_on=self._weighted(self._of_known(newest, prepared), candidate))

    def train(self, prepared: "Prepared", candidate: Candidate, stop_on: "pl.DataFrame | None" = None) -> Fitted:
        """Return the candidate fitted on what was prepared of its rows.

        BLAS gets one thread: it then sums in one order, and boosting does not wait for cores that others keep busy.

        Raises
        ------
        ConfigError
            If the estimator refuses a parameter.
        """
        from sklearn.utils._param_validation import InvalidParameterError
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1):
            try:
                fitted = self._trained(prepared, candidate, stop_on)
            except InvalidParameterError as error:
                raise ConfigError(f"candidate '{candidate.name}': {error}", key="training.candidates") from error
            return fitted if prepared.calibrate_on is None else _calibrated(fitted, prepared.calibrate_on, candidate)

    def score(self, estimator: "BaseEstimator", rows: "pl.DataFrame", task: Task) -> dict[str, float]:
        """Return the task's metrics on rows with a known outcome; a metric that they do not allow (one class alone) is left out."""
        import numpy as np
        from sklearn import metrics
        from threadpoolctl import threadpool_limits

        outcomes = rows["outcome"].to_numpy().astype(np.float64)
        with threadpool_limits(1):
            predicted = predictions(estimator, inputs_of(rows, self.excluded), task, many_classes=self.many_classes)
        if self.many_classes:
            found = scores_of_classes(outcomes, predicted, np.asarray(getattr(estimator, "classes_", ())))
        elif task == "regression":
            found = {
                "mae": metrics.mean_absolute_error(outcomes, predicted),
                "rmse": metrics.root_mean_squared_error(outcomes, predicted),
                "r2": metrics.r2_score(outcomes, predicted) if rows.height > 1 else np.nan,
            }
        else:
            found = {
                "roc_auc": metrics.roc_auc_score(outcomes, predicted) if len(np.unique(outcomes)) > 1 else np.nan,
                "log_loss": metrics.log_loss(outcomes, np.clip(predicted, 1e-15, 1 - 1e-15), labels=[0, 1]),
                "brier": metrics.brier_score_loss(outcomes, predicted, pos_label=1),
            }
        return {name: round(float(found[name]), 9) for name in METRICS[task] if np.isfinite(found.get(name, np.nan))}

    def _check(self, candidate: Candidate) -> None:
        if candidate.early_stopping and candidate.estimator not in BOOSTING:
            raise ConfigError(
                f"candidate '{candidate.name}': early_stopping is for boosting", expected=" or ".join(BOOSTING), got=candidate.estimator
            )
        if candidate.calibration != "none" and self.task(candidate) == "regression":
            raise ConfigError(f"candidate '{candidate.name}': calibration is for probabilities, a regressor has none")

    def _prepared(self, rows: "pl.DataFrame", candidate: Candidate, champion: Model | None) -> "Prepared":
        import numpy as np

        weighted = self._weighted(rows, candidate)
        if self.task(candidate) == "classification" and len(np.unique(weighted.target)) < 2:  # noqa: PLR2004
            raise DataError(
                "all labels of the training rows are of one class", fix="lengthen the window, or look at the labeling functions"
            )
        inputs, texts = weighted.inputs, texts_of(weighted.inputs)
        pipeline = build_estimator(candidate, texts, inputs.columns[len(texts) :], self.estimators)
        fit_columns(pipeline["columns"], inputs)
        if candidate.estimator in BOOSTING:
            matrix: Coded | NDArray[np.float64] = coded(pipeline["columns"], inputs, weighted.weight, pipeline["estimator"].max_bins)
        else:
            matrix = matrix_of(pipeline["columns"], inputs)
        start = begin(pipeline, candidate, champion, np.unique(weighted.target)) if candidate.warm_start else None
        return Prepared(pipeline, matrix, weighted.target, weighted.weight, start=start)

    def _trained(self, prepared: "Prepared", candidate: Candidate, stop_on: "pl.DataFrame | None") -> Fitted:
        pipeline, estimator = prepared.pipeline, prepared.pipeline["estimator"]
        later: dict[str, object] = {}
        stop_on = None if stop_on is None else self._of_known(stop_on, prepared)
        if candidate.early_stopping and stop_on is not None and stop_on.height:
            watched = self._weighted(stop_on, candidate)
            later = {"X_val": matrix_of(pipeline["columns"], watched.inputs), "y_val": watched.target, "sample_weight_val": watched.weight}
            estimator.set_params(early_stopping=True)
        elif candidate.estimator in BOOSTING and "early_stopping" not in candidate.parameters:
            estimator.set_params(early_stopping=False)
        estimator.fit(prepared.matrix, prepared.target, sample_weight=prepared.weight, **later)
        return Fitted(pipeline, int(estimator.n_iter_) if later else None, counted(prepared.start, estimator))

    def _of_known(self, rows: "pl.DataFrame", prepared: "Prepared") -> "pl.DataFrame":
        """Return the rows, of many classes those of the classes that the fit knows."""
        import numpy as np
        import polars as pl

        return rows.filter(pl.col("label").is_in(np.unique(prepared.target).astype(np.float64))) if self.many_classes else rows

    def _parted(self, rows: "pl.DataFrame") -> "tuple[pl.DataFrame, pl.DataFrame]":
        """Return the rows to fit on and those of the newest spans, to calibrate on.

        Of many classes one that is in only one of the parts is parted by its own rows: its newest ones calibrate.
        """
        import polars as pl

        spans = rows["span"].unique().sort().to_list()
        newest = spans[len(spans) - max(1, round(CALIBRATED_SHARE * len(spans))) :]
        if len(newest) == len(spans):
            raise DataError("calibration wants at least two training spans", fix="lengthen the window, or leave calibration out")
        late = pl.col("span").is_in(newest)
        if self.many_classes:
            parted = late.any().over("label") & ~late.all().over("label")
            own = pl.int_range(pl.len()).over("label") >= (pl.len().over("label") * (1 - CALIBRATED_SHARE)).floor()
            late = pl.when(parted).then(late).otherwise(own)
        marked = rows.with_columns(late=late)
        return marked.filter(~pl.col("late")).drop("late"), marked.filter("late").drop("late")

    def _weighted(self, rows: "pl.DataFrame", candidate: Candidate) -> "Weighted":
        """Return inputs, targets and weights; for a classifier a row of label p stands twice, as class 1 of weight p and class 0 of 1 - p.

        The second row of each such label follows after all others: rows of certain labels, mostly all of them, are not copied.
        """
        import numpy as np
        import polars as pl

        if self.task(candidate) == "regression":
            kept = rows.filter(pl.col("weight") > 0)
            return Weighted(inputs_of(kept, self.excluded), kept["label"].to_numpy().astype(np.float64), kept["weight"].to_numpy())
        if self.many_classes:
            return self._classed(rows)
        kept = rows if (rows["weight"] > 0).all() else rows.filter(pl.col("weight") > 0)
        between = kept.filter((pl.col("label") > 0) & (pl.col("label") < 1))
        label, soft = kept["label"].to_numpy(), between["label"].to_numpy()
        target = np.append(label > 0, np.zeros(len(soft), bool)).astype(np.int64)
        shares = np.append(np.where(label > 0, label, 1.0), 1 - soft)
        both = pl.concat([kept, between], rechunk=False) if len(soft) else kept
        return Weighted(inputs_of(both, self.excluded), target, both["weight"].to_numpy() * shares)

    def _classed(self, rows: "pl.DataFrame") -> "Weighted":
        """Return inputs, class numbers and weights; a row with probabilities of classes stands once for each, with its share of the weight."""
        import numpy as np
        import polars as pl

        kept = rows.filter(pl.col("weight") > 0)
        if SHARES in kept.columns:
            sure, soft = kept.filter(pl.col(SHARES).is_null()), kept.filter(pl.col(SHARES).is_not_null())
            each = soft.with_columns(label=pl.int_ranges(pl.col(SHARES).list.len()).cast(pl.List(pl.Float64))).explode("label", SHARES)
            each = each.with_columns(weight=pl.col("weight") * pl.col(SHARES)).filter(pl.col("weight") > 0)
            kept = pl.concat([one.drop(SHARES) for one in (sure, each)])
        label = kept["label"].to_numpy()
        target = label.astype(np.int64)
        if (target != label).any() or (target < 0).any():
            raise DataError(
                "labels of many classes are the classes' numbers, from 0", fix="return whole numbers from the outcome's function"
            )
        return Weighted(inputs_of(kept, self.excluded), target, kept["weight"].to_numpy())


@dataclass(frozen=True)
class Weighted:
    """What an estimator is fitted on: inputs [n, n_columns], targets [n], weights [n]."""

    inputs: "pl.DataFrame"
    target: "NDArray[np.generic]"
    weight: "NDArray[np.float64]"


@dataclass(frozen=True)
class Prepared:
    """A pipeline of which only the columns are fitted, what its estimator takes, and for calibration what is to be predicted first."""

    pipeline: "Pipeline"
    matrix: "Coded | NDArray[np.float64]"
    target: "NDArray[np.generic]"
    weight: "NDArray[np.float64]"
    calibrate_on: Weighted | None = None
    start: Start | None = None


def _calibrated(fitted: Fitted, newest: Weighted, candidate: Candidate) -> Fitted:
    """Map scores to probabilities on the newest rows."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.frozen import FrozenEstimator

    calibrated = CalibratedClassifierCV(FrozenEstimator(fitted.estimator), method=candidate.calibration)
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # that the frozen fit takes no weights: it had its own
        return replace(fitted, estimator=calibrated.fit(newest.inputs, newest.target, sample_weight=newest.weight))


def predictions(estimator: "BaseEstimator", inputs: "pl.DataFrame", task: Task, *, many_classes: bool = False) -> "NDArray[np.float64]":
    """Return the probability of class 1, or the predicted number, [n_rows]; of many classes the probability of each, [n_rows, n_classes]."""
    import numpy as np

    predict = estimator.predict if task == "regression" else estimator.predict_proba
    found = np.concatenate([np.asarray(predict(part), dtype=np.float64) for _, part in batches(inputs)])
    return found if task == "regression" or many_classes else found[:, 1]


def scores_of_classes(
    outcomes: "NDArray[np.float64]", predicted: "NDArray[np.float64]", classes: "NDArray[np.generic]"
) -> dict[str, float]:
    """Return log loss, Brier score (summed over classes) and the mean area of each class against the rest, of the outcomes that the model knows.

    An outcome of a class that the model never saw has the probability 0; the area leaves out classes that no outcome is of.
    """
    import numpy as np
    from sklearn import metrics

    known = outcomes[:, None] == classes[None, :]
    of_outcome = (predicted * known).sum(axis=1)
    present = np.flatnonzero(known.any(axis=0) & ~known.all(axis=0))
    areas = [metrics.roc_auc_score(known[:, place], predicted[:, place]) for place in present]
    return {
        "log_loss": float(-np.log(np.clip(of_outcome, 1e-15, 1)).mean()),
        "brier": float((((predicted - known) ** 2).sum(axis=1) + ~known.any(axis=1)).mean()),
        "roc_auc": float(np.mean(areas)) if areas else np.nan,
    }
