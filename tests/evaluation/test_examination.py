"""What a model goes by: features that count, count; those that do not, do not."""

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from components.artifacts.model import Model, features_of
from components.artifacts.split import PARTS, Split
from components.evaluation.bench import Bench
from components.evaluation.examination import ExaminationConfig, examine_model
from components.evaluation.importance import dependences, importances
from components.runtime.instants import to_micros
from components.runtime.keys import CodeRef
from tests.windows import days, features, labels, rows, window_of

SPANS = days(8)
PARTED = dict.fromkeys(PARTS, ()) | {"test": tuple(span.key for span in SPANS[4:])}
SPLIT = Split(as_of=to_micros(SPANS[-1].end), cut=to_micros(SPANS[3].end), rows={}, **PARTED)
RANDOM = np.random.default_rng(1)
N = 3000
FRAME = pl.DataFrame({"much": RANDOM.normal(size=N), "some": RANDOM.normal(size=N), "none": RANDOM.normal(size=N)})
TRUTH = 2 * FRAME["much"] + 0.7 * FRAME["some"]
OUTCOMES = (RANDOM.random(N) < 1 / (1 + np.exp(-TRUTH.to_numpy()))).astype(float)
MODEL = Model.from_estimator(LogisticRegression().fit(FRAME, OUTCOMES), features=features_of(FRAME))
BENCH = Bench(OUTCOMES, np.arange(N) * 10 // N, 10, "binary", resamples=200)


def test_features_are_ranked_by_what_shuffling_them_costs() -> None:
    found = importances(MODEL, FRAME, BENCH, "log_loss")
    assert [one.feature for one in found] == ["much", "some", "none"]
    assert found[1].low > 0
    assert found[2].low <= 0 <= found[2].high
    assert all(one.low <= one.value <= one.high for one in found)


def test_the_importance_of_a_linear_model_is_twice_the_variance_that_it_explains() -> None:
    outcomes = TRUTH.to_numpy()
    model = Model.from_estimator(LinearRegression().fit(FRAME, outcomes), features=features_of(FRAME))
    bench = Bench(outcomes, BENCH.block_of, 10, "regression", resamples=50)
    found = {one.feature: one.value for one in importances(model, FRAME, bench, "squared_error")}
    assert found["much"] == pytest.approx(2 * 4 * FRAME["much"].var(), rel=0.05)
    assert found["none"] == pytest.approx(0, abs=1e-9)


def test_dependence_rises_with_the_feature_and_not_with_another() -> None:
    much, none = dependences(MODEL, FRAME, ["much", "none"])
    assert list(much.values) == sorted(much.values)
    assert list(much.predicted) == sorted(much.predicted)
    assert much.predicted[-1] - much.predicted[0] > 0.5
    assert max(none.predicted) - min(none.predicted) < 0.1


def test_an_examination_looks_from_every_side() -> None:
    train = pl.concat([rows(span) for span in SPANS[:4]]).drop_nulls("outcome")
    model = Model.from_estimator(LogisticRegression().fit(train[["score"]], train["outcome"]), features=features_of(train[["score"]]))
    config = ExaminationConfig(groups=("carrier",), minimum_rows=10, resamples=20)
    found = examine_model(model, window_of(SPANS, features), labels(SPANS, SPANS[-1].end), SPLIT, config=config)
    assert (found.measure, found.loss) == ("skill", "log_loss")
    assert [one.feature for one in found.importances] == ["score"]
    assert {one.dimension for one in found.fairness} == {"carrier"}
    assert [one.feature for one in found.dependences] == ["score"]
    assert found.summary()["most_important"] == "score"


def test_too_few_rows_are_not_examined() -> None:
    train = pl.concat([rows(span) for span in SPANS[:4]]).drop_nulls("outcome")
    model = Model.from_estimator(LogisticRegression().fit(train[["score"]], train["outcome"]), features=features_of(train[["score"]]))
    found = examine_model(model, window_of(SPANS, features), labels(SPANS, SPANS[-1].end), SPLIT, config=ExaminationConfig())
    assert (found.weak_slices, found.importances) == ((), ())


def test_groups_are_told_by_the_shared_vocabulary() -> None:
    train = pl.concat([rows(span) for span in SPANS[:4]]).drop_nulls("outcome")
    model = Model.from_estimator(LogisticRegression().fit(train[["score"]], train["outcome"]), features=features_of(train[["score"]]))
    groups = ("late_hours", "hour > 9 & is_null(carrier)")
    config = ExaminationConfig(groups=groups, minimum_rows=5, resamples=20, slicing=CodeRef("tests.user_slices:FUNCTIONS"))
    told = examine_model(model, window_of(SPANS, features), labels(SPANS, SPANS[-1].end), SPLIT, config=config).fairness
    found = {one.dimension: set(one.groups) for one in told if one.criterion == "selection_rate"}
    assert found == {"late_hours": {"yes", "no"}, groups[1]: {"no & no", "no & yes", "yes & no", "yes & yes"}}
