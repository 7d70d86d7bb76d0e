"""Several models on the same rows: the fresh one first, the old one surely worse, and no model that saw the rows."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from components.artifacts.curve import Curve
from components.artifacts.model import Model, features_of
from components.artifacts.split import PARTS, Split
from components.evaluation.curves import CurveConfig, compare_models
from components.runtime.errors import DataError
from components.runtime.instants import to_micros
from tests.windows import days, features, labels, rows, window_of

SPANS = days(10)
TEST = SPANS[5:]
BEGIN = to_micros(TEST[0].start)
PARTED = dict.fromkeys(PARTS, ()) | {"test": tuple(span.key for span in TEST)}
SPLIT = Split(as_of=to_micros(SPANS[-1].end), cut=to_micros(SPANS[4].end), rows={}, **PARTED)
FRAME = pl.concat([rows(span, 60) for span in TEST]).drop_nulls("outcome")


def model(age: float, *, noise: float = 0.0) -> Model:
    """Return a model of an age; the noisier, the more it goes by a column that says nothing."""
    train = pl.concat([rows(span, 60) for span in SPANS[:5]]).drop_nulls("outcome").select("score", "hour", "outcome")
    estimator = LogisticRegression().fit(train[["score", "hour"]], train["outcome"])
    estimator.coef_ = estimator.coef_ + np.array([[-noise, noise]])
    figures = {"trained_until": BEGIN - int(timedelta(days=age).total_seconds() * 1e6), "n_rows": 1000 - int(age)}
    return Model.from_estimator(estimator, features=features_of(train[["score", "hour"]]), figures=figures)


def compared(*models: Model, **settings: object) -> Curve:
    config = CurveConfig(minimum_rows=20, resamples=100, **settings)  # type: ignore[arg-type]
    known = labels(SPANS, SPANS[-1].end, 60)
    return compare_models(models, window_of(SPANS, lambda span: features(span, 60)), known, SPLIT, config=config)


def test_models_come_by_age_each_with_its_own_figure() -> None:
    old, fresh = model(28, noise=1.5), model(1)
    points = compared(old, fresh).of_slice()
    assert [point.place for point in points] == [1.0, 28.0]
    for point, one in zip(points, (fresh, old), strict=True):
        assert point.figure.value == pytest.approx(roc_auc_score(FRAME["outcome"], one.scores(FRAME)))
    assert points[0].difference.value == 0.0
    assert points[1].difference.value == pytest.approx(points[1].figure.value - points[0].figure.value, abs=1e-9)


def test_a_model_that_ages_has_a_half_life_and_a_cadence_in_every_slice() -> None:
    curve = compared(model(0), model(7, noise=0.3), model(14, noise=0.6), model(28, noise=1.2), slices=("carrier",))
    assert curve.half_life[""] is not None
    assert curve.cadence[""] is not None
    assert curve.cadence[""] < 28
    assert set(curve.half_life) == {"", "carrier (none)", "carrier AA", "carrier B6"}


def test_a_model_that_does_not_age_has_neither() -> None:
    curve = compared(model(0), model(7), model(28))
    assert (curve.half_life[""], curve.cadence[""]) == (None, None)


def test_sources_of_labels_are_compared_by_name_and_amounts_by_rows() -> None:
    named = compared(model(3), model(3, noise=1.0), axis="name", names=("all", "without weather"))
    assert [point.name for point in named.of_slice()] == ["all", "without weather"]
    assert named.half_life == {"": None}
    assert [point.place for point in compared(model(1), model(9), axis="rows").of_slice()] == [991.0, 999.0]


def test_a_model_trained_later_is_refused_and_so_are_no_models() -> None:
    with pytest.raises(DataError, match="1 of them trained later"):
        compared(model(1), model(-1))
    with pytest.raises(DataError, match="0 given"):
        compared()


def test_without_test_rows_there_is_no_figure() -> None:
    known = labels(SPANS, SPANS[-1].end)
    gone = replace(known, rows=known.rows.with_columns(outcome=pl.lit(None, pl.Int8), source=pl.lit("no-outcome")))
    found = compare_models([model(1)], window_of(SPANS, features), gone, SPLIT, config=CurveConfig())
    assert {point.figure.state for point in found.points} == {"too-few-rows"}
