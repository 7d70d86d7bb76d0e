"""Labels of three classes, from trials through the model and its evaluation to the gate."""

from datetime import datetime

import numpy as np
import polars as pl
import pytest
from sklearn import metrics

from components.artifacts.choice import Candidate, Choice, Proposal, Trial
from components.artifacts.labels import SHARES, Labels
from components.artifacts.split import PARTS, Fold, Split
from components.evaluation.component import EvaluationConfig, evaluate_model
from components.evaluation.gate import Floor, GateConfig, gate_model
from components.runtime.errors import DataError
from components.runtime.instants import to_micros
from components.runtime.spans import Span
from components.training.component import TrainingConfig, choose_candidate, fit_model, try_candidate
from components.training.fitting import Fitting, scores_of_classes
from components.training.rows import labeled_rows, thinned
from tests.windows import days, features, labels, rows, window_of

N = 60
SPANS = days(10)
TRAIN, TEST = SPANS[:6], SPANS[7:]
KEYS = tuple(span.key for span in TRAIN)
PARTED = dict.fromkeys(PARTS, ()) | {"train": KEYS, "test": tuple(span.key for span in TEST)}
SPLIT = Split(to_micros(SPANS[-1].end), to_micros(TRAIN[-1].end), rows={}, folds=(Fold(KEYS[:4], KEYS[5:]),), **PARTED)
CONFIG = TrainingConfig(excluded=("hour",), many_classes=True)
CANDIDATES = (
    Candidate("boosting", parameters={"max_iter": 20}, calibration="sigmoid"),
    Candidate("early", parameters={"max_iter": 20}, early_stopping=True),
    Candidate("logistic", "sklearn.linear_model.LogisticRegression", {"class_weight": "balanced"}),
)


def classes(spans: list[Span], as_of: datetime) -> Labels:
    """Return thirds of the score, with noise, as the classes of the rows."""
    every = pl.concat([rows(span, N) for span in spans])
    noisy = every["score"] + pl.Series(np.random.default_rng(0).normal(size=every.height) * 0.3)
    found = every.select("row_id", told=(noisy > -0.5).cast(pl.Float64) + (noisy > 0.5).cast(pl.Float64))
    known = labels(spans, as_of, N)
    said = known.rows.join(found, on="row_id", how="left", maintain_order="left").with_columns(
        outcome=pl.when(pl.col("outcome").is_not_null()).then("told"), label=pl.when(pl.col("label").is_not_null()).then("told")
    )
    return Labels(said.drop("told"), known.label_model)


def test_a_share_of_the_rows_keeps_each_class_of_each_span() -> None:
    every = labeled_rows(window_of(TRAIN, lambda span: features(span, N)), classes(TRAIN, TRAIN[-1].end))
    few = thinned(every, 0.25, many_classes=True)
    sizes, kept = ({(span, label): n for span, label, n in frame.group_by("span", "label").len().iter_rows()} for frame in (every, few))
    assert kept == {stratum: -(-n // 4) for stratum, n in sizes.items()}


@pytest.mark.slow
def test_three_classes_are_tried_fitted_evaluated_and_blessed() -> None:
    seen, known = window_of(TRAIN, lambda span: features(span, N)), classes(TRAIN, TRAIN[-1].end)
    trials = [try_candidate(seen, known, SPLIT, Proposal(one), config=CONFIG) for one in CANDIDATES]
    reached = [trial.trials[0].metrics for trial in trials]
    assert min(one["log_loss"] for one in reached) < 0.8 * np.log(3)
    assert min(one["roc_auc"] for one in reached) > 0.7
    choice = choose_candidate(trials, config=CONFIG)
    model = fit_model(seen, known, choice, SPLIT, TRAIN[-1].end, config=CONFIG)
    assert model.classes == (0, 1, 2)
    config = EvaluationConfig(("log_loss", "roc_auc", "accuracy"), task="multi-class", minimum_rows=10, resamples=50)
    after = classes(SPANS, SPANS[-1].end)
    found = evaluate_model(model, None, window_of(SPANS, lambda span: features(span, N)), after, SPLIT, config=config).evaluation
    overall = {one.metric: one for one in found.measurements if not one.against}
    assert {one.state for one in overall.values()} == {"measured"}
    assert all(one.low is not None and one.high is not None and one.low <= (one.value or 0) <= one.high for one in overall.values())
    decision = gate_model(found, model, config=GateConfig("model", (Floor("log_loss", 1.0),), metric="log_loss", margin=0.1))
    assert decision.verdict == "bless"


def test_the_figures_of_classes_are_those_of_scikit_learn() -> None:
    random = np.random.default_rng(3)
    outcomes, predicted = random.integers(0, 3, 200).astype(float), random.dirichlet(np.ones(3), 200)
    found = scores_of_classes(outcomes, predicted, np.arange(3))
    assert found["log_loss"] == pytest.approx(metrics.log_loss(outcomes, predicted))
    assert found["roc_auc"] == pytest.approx(metrics.roc_auc_score(outcomes, predicted, multi_class="ovr"))
    assert found["brier"] == pytest.approx(((predicted - np.eye(3)[outcomes.astype(int)]) ** 2).sum(axis=1).mean())


def test_labels_that_are_no_class_numbers_are_refused() -> None:
    seen, known = window_of(TRAIN, lambda span: features(span, N)), labels(TRAIN, TRAIN[-1].end, N)
    halves = Labels(known.rows.with_columns(label=pl.lit(0.5)), known.label_model)
    with pytest.raises(DataError, match="the classes' numbers"):
        try_candidate(seen, halves, SPLIT, Proposal(CANDIDATES[2]), config=CONFIG)


def test_an_outcome_of_a_class_that_the_model_never_saw_has_the_probability_0() -> None:
    found = scores_of_classes(np.array([0.0, 1.0, 2.0]), np.array([[0.5, 0.5], [0.5, 0.5], [1.0, 0.0]]), np.arange(2))
    assert found["log_loss"] == pytest.approx((2 * np.log(2) - np.log(1e-15)) / 3)
    assert found["brier"] == pytest.approx((0.5 + 0.5 + 2) / 3)


def frame_of(labels_of_days: list[list[int]]) -> pl.DataFrame:
    """Return rows of some days with these labels, and a number that tells them."""
    told = [(f"day {day}", float(label)) for day, each in enumerate(labels_of_days) for label in each]
    label = [one for _, one in told]
    return pl.DataFrame({"span": [day for day, _ in told], "label": label, "outcome": label, "x": label, "weight": [1.0] * len(told)})


@pytest.mark.parametrize("newest", [[0, 1] * 9, [0, 1, 3] * 6], ids=["one died out", "one died out, another came up"])
def test_calibration_has_every_class_in_both_parts(newest: list[int]) -> None:
    rows = frame_of([[0, 1, 2] * 6] * 4 + [newest])
    candidate = Candidate("tree", "sklearn.tree.DecisionTreeClassifier", {"max_depth": 3}, calibration="sigmoid")
    fitted = Fitting(many_classes=True).fit(rows, candidate).estimator
    assert list(getattr(fitted, "classes_", ())) == sorted({0, 1, 2, *newest})


def test_early_stopping_leaves_out_validation_rows_of_a_class_that_was_not_trained_on() -> None:
    rows, later = frame_of([[0, 1, 2] * 20] * 3), frame_of([[0, 1, 2, 3] * 10])
    fitted = Fitting(many_classes=True).fit(rows, Candidate("b", parameters={"max_iter": 3}, early_stopping=True), later)
    assert fitted.iterations is not None


def test_a_row_with_probabilities_of_classes_weighs_in_each_by_its_share() -> None:
    sure = frame_of([[0, 1, 2] * 4]).with_columns(pl.lit(None, pl.List(pl.Float64)).alias(SHARES))
    soft = frame_of([[2]]).with_columns(pl.Series(SHARES, [[0.0, 0.25, 0.75]]))
    weighted = Fitting(many_classes=True)._weighted(pl.concat([sure, soft]), Candidate("b"))
    assert weighted.target.tolist() == [0, 1, 2] * 4 + [1, 2]
    assert weighted.weight.tolist() == [1.0] * 12 + [0.25, 0.75]
    assert weighted.inputs.columns == ["x"]


@pytest.mark.slow
def test_a_champion_of_other_classes_is_compared_on_all_of_them() -> None:
    seen, known = window_of(TRAIN, lambda span: features(span, N)), classes(TRAIN, TRAIN[-1].end)
    two = Labels(known.rows.with_columns(pl.when(pl.col("label") < 2).then("label")), known.label_model)
    choice = Choice((Trial(Proposal(CANDIDATES[2]), {}, 0),), 0, "the only one")
    model, champion = (fit_model(seen, told, choice, SPLIT, TRAIN[-1].end, config=CONFIG) for told in (known, two))
    assert (model.classes, champion.classes) == ((0, 1, 2), (0, 1))
    after, config = (
        classes(SPANS, SPANS[-1].end),
        EvaluationConfig(("log_loss", "roc_auc"), task="multi-class", minimum_rows=10, resamples=50),
    )
    found = evaluate_model(model, champion, window_of(SPANS, lambda span: features(span, N)), after, SPLIT, config=config)
    theirs = np.array(found.predictions.rows["champion"].to_list())
    assert theirs.shape[1] == 3
    assert (theirs[:, 2] == 0).all()
    apart = found.evaluation.find("log_loss", against="champion")
    assert apart is not None
    assert apart.value is not None
    assert apart.value < -5, "the champion gives what it never saw the probability 0"
