"""Fitting: early stopping on later rows, calibration on the newest spans, numbers as targets."""

import numpy as np
import polars as pl
import pytest

from components.artifacts.choice import Candidate, Proposal
from components.artifacts.model import Model, features_of
from components.artifacts.split import Fold, Split
from components.runtime.code_digest import definitions_of
from components.runtime.errors import ConfigError, DataError
from components.runtime.instants import to_micros
from components.training.component import TrainingConfig, choose_candidate, fit_model, try_candidate
from components.training.fitting import Fitting
from components.training.rows import inputs_of, labeled_rows, thinned, with_weights
from tests.saving import loaded_again
from tests.windows import days, features, labels, window_of

SPANS = days(6)
FITTING = Fitting(excluded=("hour",))
ROWS = with_weights(labeled_rows(window_of(SPANS, lambda s: features(s, 60)), labels(SPANS, n=60)), voted=1.0, half_life=0)
EARLY, LATE = ROWS.filter(pl.col("span") < SPANS[4].key), ROWS.filter(pl.col("span") >= SPANS[4].key)
BOOSTING = Candidate("boosting", parameters={"max_iter": 300, "min_samples_leaf": 5, "learning_rate": 0.3})
REGRESSION = Candidate("numbers", "sklearn.ensemble.HistGradientBoostingRegressor", {"max_iter": 40, "min_samples_leaf": 5})


def test_early_stopping_ends_where_the_later_rows_stop_gaining() -> None:
    stopping = Candidate("boosting", parameters=BOOSTING.parameters, early_stopping=True)
    stopped = FITTING.fit(EARLY, stopping, LATE)
    assert stopped.iterations is not None
    assert stopped.iterations < 300
    full = FITTING.fit(EARLY, BOOSTING).estimator
    losses = [FITTING.score(one, LATE, "classification")["log_loss"] for one in (stopped.estimator, full)]
    assert losses[0] < losses[1]


def test_the_final_fit_takes_the_rounds_that_stopping_found_and_all_rows() -> None:
    stopping = Candidate("boosting", parameters=BOOSTING.parameters, early_stopping=True)
    keys = tuple(span.key for span in SPANS)
    split = Split(to_micros(SPANS[-1].end), 0, keys[:4], (), keys[4:], (), (), (), {}, (Fold(keys[:4], keys[4:]),))
    window, known, config = window_of(SPANS, features), labels(SPANS, SPANS[-1].end), TrainingConfig(excluded=("hour",))
    trial = try_candidate(window, known, split, Proposal(stopping), config=config)
    model = fit_model(window, known, choose_candidate([trial], config=config), split, SPANS[-1].end, config=config)
    assert model.parameters["estimator__max_iter"] == trial.trials[0].iterations
    assert model.figures["n_rows"] == 6 * 19


@pytest.mark.parametrize("method", ["isotonic", "sigmoid"])
def test_calibration_learns_from_the_newest_spans_and_is_stored(method: str, tmp_path) -> None:
    candidate = Candidate("calibrated", parameters=BOOSTING.parameters, calibration=method)  # type: ignore[arg-type]
    fitted = FITTING.fit(EARLY, candidate).estimator
    model = loaded_again(Model.from_estimator(fitted, features=features_of(inputs_of(EARLY, ("hour",)))), tmp_path)
    known = LATE.filter(pl.col("outcome").is_not_null())
    plain = FITTING.score(FITTING.fit(EARLY, BOOSTING).estimator, known, "classification")
    assert FITTING.score(fitted, known, "classification")["log_loss"] < plain["log_loss"]
    assert np.array_equal(model.scores(known), fitted.predict_proba(inputs_of(known, ("hour",)))[:, 1])


def test_one_span_cannot_be_fitted_and_calibrated_on() -> None:
    with pytest.raises(DataError, match="at least two training spans"):
        FITTING.fit(EARLY.filter(pl.col("span") == SPANS[0].key), Candidate("c", calibration="sigmoid"))


def test_a_regressor_learns_numbers() -> None:
    rows = EARLY.with_columns(label=pl.col("score") * 10, outcome=pl.col("score") * 10)
    later = LATE.with_columns(label=pl.col("score") * 10, outcome=pl.col("score") * 10)
    fitted = FITTING.fit(rows, REGRESSION).estimator
    scores = FITTING.score(fitted, later, "regression")
    assert scores["r2"] > 0.9
    assert scores["mae"] == pytest.approx(np.abs(fitted.predict(inputs_of(later, ("hour",))) - later["outcome"].to_numpy()).mean())


def test_a_row_loses_half_its_weight_every_half_life() -> None:
    weighted = with_weights(ROWS, voted=1.0, half_life=2.0)
    by_span = weighted.group_by("span").agg(pl.col("weight").first()).sort("span")["weight"]
    assert by_span.to_list() == pytest.approx([0.5 ** (age / 2) for age in range(5, -1, -1)])


def test_a_larger_share_holds_a_smaller_one_and_keeps_the_balance() -> None:
    few, more = thinned(ROWS, 0.25), thinned(ROWS, 0.5)
    assert set(few["row_id"]) < set(more["row_id"])
    assert more.height == pytest.approx(ROWS.height / 2, abs=len(SPANS) * 2)
    assert float((more["label"] >= 0.5).mean()) == pytest.approx(float((ROWS["label"] >= 0.5).mean()), abs=0.03)
    assert thinned(ROWS, 1.0).equals(ROWS)


@pytest.mark.parametrize(
    ("candidate", "reason"),
    [
        (Candidate("c", "sklearn.linear_model.LogisticRegression", early_stopping=True), "early_stopping is for boosting"),
        (Candidate("c", REGRESSION.estimator, calibration="sigmoid"), "calibration is for probabilities"),
        (Candidate("c", parameters={"max_iter": -1}), "max_iter"),
    ],
)
def test_what_an_estimator_cannot_do_is_refused(candidate: Candidate, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        FITTING.fit(EARLY, candidate, LATE)


@pytest.mark.parametrize(
    ("module", "step"),
    [("component", "fit_model"), ("component", "try_candidate"), ("suspects", "find_suspects"), ("variants", "fit_variant")],
)
def test_the_code_of_a_step_that_fits_includes_how_it_fits(module: str, step: str) -> None:
    reached = definitions_of(f"components.training.{module}", step)
    assert {"components.training.fitting", "components.training.estimators", "components.training.rows"} <= {
        name.rpartition(".")[0] for name in reached
    }
