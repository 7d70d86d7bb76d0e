"""Warm start: an unfitted estimator that begins at the champion's parameters, carried by the names of the prepared columns."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING

from components.artifacts.choice import Candidate
from components.artifacts.model import Model
from components.artifacts.start import Start
from components.training.estimators import NETWORKS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sklearn.base import BaseEstimator
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline


def begin(pipeline: "Pipeline", candidate: Candidate, champion: Model | None, classes: "Sequence[object] | NDArray[np.generic]") -> Start:
    """Set the pipeline's estimator to go on from the champion, and return whether and with how many columns; ``columns`` are fitted already.

    The champion's weights are of its own units: w of (x - c) / s for a column that it centred on c and scaled by s. In those of the new
    rows they are w s' / s, and the intercept moves by the sum of w (c' - c) / s, so that the first step stands on the very function that the
    champion computes of the columns that both know. A column without a namesake in the champion begins at zero.
    """
    if champion is None:
        return Start("no-champion")
    before, estimator = _fitted(champion), pipeline["estimator"]
    if before is None or type(before["estimator"]) is not type(estimator):
        return Start("other-estimator")
    known = before["estimator"]
    if hasattr(known, "classes_") and list(known.classes_) != list(classes):
        return Start("other-classes")
    if candidate.estimator in NETWORKS:
        return _begin_network(pipeline, before)
    weights, bias, start = _rebased(before["columns"], pipeline["columns"], _by_column(known.coef_), known.intercept_)
    estimator.set_params(warm_start=True)
    estimator.coef_ = weights.T.reshape(*known.coef_.shape[:-1], len(weights)).copy()
    estimator.intercept_ = bias.reshape(known.intercept_.shape) if hasattr(known.intercept_, "shape") else float(bias[0])
    return start


def counted(start: Start | None, estimator: "BaseEstimator") -> Start | None:
    """Return the start with the iterations that the fitted estimator took, the most of them where it counts several."""
    import numpy as np

    return None if start is None else replace(start, iterations=int(np.max(estimator.n_iter_)))


def _fitted(champion: Model) -> "Pipeline | None":
    """Return the champion's pipeline of ``columns`` and ``estimator``, from below its calibration; None where it is no such pipeline."""
    from sklearn.pipeline import Pipeline

    found: BaseEstimator | None = champion.estimator()
    while found is not None and not isinstance(found, Pipeline):
        found = getattr(found, "estimator", None)
    return found if found is not None and list(found.named_steps) == ["columns", "estimator"] else None


def _begin_network(pipeline: "Pipeline", before: "Pipeline") -> Start:
    """Put a copy of the champion's network in place of the new one, its first layer carried by name, its other layers as they are."""
    known, asked = before["estimator"], pipeline["estimator"].get_params()
    if any(asked[name] != known.get_params()[name] for name in ("hidden_layer_sizes", "activation")):
        return Start("other-shape")
    weights, bias, start = _rebased(before["columns"], pipeline["columns"], known.coefs_[0], known.intercepts_[0])
    network = deepcopy(known).set_params(**asked | {"warm_start": True})
    network.coefs_[0], network.intercepts_[0] = weights, bias
    network.n_features_in_ = len(weights)
    network.n_iter_, network.t_, network.loss_curve_, network.best_loss_, network._no_improvement_count = 0, 0, [], float("inf"), 0  # noqa: SLF001
    pipeline.steps[-1] = ("estimator", network)
    return start


def _rebased(
    then: "ColumnTransformer", now: "ColumnTransformer", weights: "NDArray[np.float64]", bias: "NDArray[np.float64] | float"
) -> "tuple[NDArray[np.float64], NDArray[np.float64], Start]":
    """Return weights [n_now, n_units] and bias [n_units] of the same function of the columns that both transformers make."""
    import numpy as np

    (old, centre_then, scale_then), (new, centre_now, scale_now) = _units(then), _units(now)
    place = {name: number for number, name in enumerate(old)}
    to = [number for number, name in enumerate(new) if name in place]
    of = [place[new[number]] for number in to]
    raw = weights[of] / scale_then[of, None]
    moved = np.zeros((len(new), weights.shape[1]))
    moved[to] = raw * scale_now[to, None]
    shift = (raw * (centre_now[to] - centre_then[of])[:, None]).sum(axis=0)
    return moved, np.atleast_1d(bias) + shift, Start("warm", len(to), len(new) - len(to), len(old) - len(to))


def _units(columns: "ColumnTransformer") -> "tuple[list[str], NDArray[np.float64], NDArray[np.float64]]":
    """Return the names of the prepared columns, and what each was centred on and divided by: 0 and 1 where it was not."""
    import numpy as np

    names = [str(name) for name in columns.get_feature_names_out()]
    centre, scale = np.zeros(len(names)), np.ones(len(names))
    scaled = [number for number, name in enumerate(names) if name.startswith("numeric__")]
    if scaled:
        scaler = columns.named_transformers_["numeric"][-1]
        centre[scaled], scale[scaled] = scaler.mean_, scaler.scale_
    return names, centre, scale


def _by_column(coefficients: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Return coefficients as [n_columns, n_units]; of one unit they may come as [n_columns]."""
    import numpy as np

    return np.atleast_2d(coefficients).T
