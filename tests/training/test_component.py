"""Training: which rows and columns a model sees, how soft labels count, and that the bytes repeat."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from components.artifacts.choice import Candidate, Choice, Proposal, Trial
from components.artifacts.features import Features
from components.artifacts.labels import Labels
from components.artifacts.model import Model
from components.artifacts.split import Fold, Split
from components.measures.metrics import METRICS
from components.runtime.errors import DataError
from components.runtime.instants import to_micros
from components.runtime.spans import Span
from components.runtime.window import Window
from components.training.component import TrainingConfig, choose_candidate, fit_model, try_candidate
from tests.windows import days, features, labels, rows, window_of

SPANS = days(6)
AS_OF = SPANS[-1].end
BOOSTING = Candidate("boosting", parameters={"max_iter": 10, "min_samples_leaf": 5})
LINEAR = Candidate("linear", "sklearn.linear_model.LogisticRegression")
CONFIG = TrainingConfig(excluded=("hour",))


def window(spans: list[Span], n: int = 20) -> Window[Features]:
    return window_of(spans, lambda span: features(span, n))


def chosen(candidate: Candidate) -> Choice:
    return Choice((Trial(Proposal(candidate), {}, 0),), 0, "")


def split(train: list[Span], validation: list[Span]) -> Split:
    first, then = tuple(s.key for s in train), tuple(s.key for s in validation)
    folds = (Fold(first, then),) if then else ()
    return Split(to_micros(AS_OF), to_micros(AS_OF), first, (), then, (), (), (), {}, folds)


NOTHING_HELD_OUT = split(SPANS, [])


def fitted(candidate: Candidate = BOOSTING, *, spans: list[Span] = SPANS, known: Labels | None = None, n: int = 20) -> Model:
    return fit_model(window(spans, n), known or labels(spans, AS_OF, n), chosen(candidate), NOTHING_HELD_OUT, AS_OF, config=CONFIG)


def test_a_model_holds_the_columns_but_not_the_excluded_ones() -> None:
    model = fitted()
    assert [(column.name, column.type) for column in model.features] == [("carrier", "String"), ("score", "Float64")]
    frame = rows(SPANS[0]).with_columns(hour=pl.lit(99))
    assert np.array_equal(model.predict_proba(frame), model.predict_proba(rows(SPANS[0])))


def test_the_figures_count_the_rows_by_source_and_say_until_when() -> None:
    model = fitted(known=labels(SPANS, AS_OF, voted=SPANS[-2:]))
    assert model.figures == {"n_rows": 4 * 19 + 2 * 20, "n_voted": 40, "n_spans": 6, "trained_until": to_micros(AS_OF)}


def test_a_soft_label_counts_as_both_classes() -> None:
    model = fitted(LINEAR, known=labels(SPANS, AS_OF, voted=SPANS[-1:]))
    by_hand = [rows(span).drop_nulls("outcome").with_columns(weight=pl.lit(1.0)) for span in SPANS[:-1]]
    soft = rows(SPANS[-1])
    by_hand += [soft.with_columns(outcome=pl.lit(one, pl.Int8), weight=pl.lit(weight)) for one, weight in ((1, 0.7), (0, 0.3))]
    every = pl.concat(by_hand)
    pipeline = model.estimator()
    inputs = pipeline["columns"].transform(every)
    expected = LogisticRegression(random_state=0).fit(inputs, every["outcome"].to_numpy(), sample_weight=every["weight"].to_numpy())
    assert pipeline["estimator"].coef_ == pytest.approx(expected.coef_, rel=1e-3)


def test_the_weight_of_voted_labels_is_configured() -> None:
    known = labels(SPANS, AS_OF, voted=SPANS[3:])
    without = fit_model(
        window(SPANS), known, chosen(LINEAR), NOTHING_HELD_OUT, AS_OF, config=TrainingConfig(voted_weight=0.0, excluded=("hour",))
    )
    hard = known.rows.filter(pl.col("source") == "outcome")
    assert without.content == fitted(LINEAR, known=Labels(hard, known.label_model)).content


@pytest.mark.parametrize("candidate", [BOOSTING, LINEAR])
def test_the_same_rows_give_the_same_bytes_on_any_number_of_threads(candidate: Candidate) -> None:
    n = 400
    made = []
    for threads in (1, 2, 2):
        with threadpool_limits(threads):
            made.append(fitted(candidate, known=labels(SPANS, AS_OF, n, voted=SPANS[-1:]), n=n).content)
    assert made[0] == made[1] == made[2]


def test_labels_of_one_class_are_refused() -> None:
    known = labels(SPANS, AS_OF)
    with pytest.raises(DataError, match="of one class"):
        fitted(known=Labels(known.rows.filter(pl.col("label") == 1), known.label_model))


def test_a_window_without_features_is_refused() -> None:
    empty: Window[Features] = window_of(SPANS, features, absent=SPANS)
    with pytest.raises(DataError, match="holds no features"):
        fit_model(empty, labels(SPANS, AS_OF), chosen(BOOSTING), NOTHING_HELD_OUT, AS_OF, config=CONFIG)


def test_a_span_after_the_date_of_the_training_is_refused() -> None:
    with pytest.raises(DataError, match=f"spans end after .*: {SPANS[-1].key}"):
        fit_model(window(SPANS), labels(SPANS[:-1]), chosen(BOOSTING), NOTHING_HELD_OUT, AS_OF - timedelta(hours=1), config=CONFIG)


def test_labels_of_a_later_date_are_refused() -> None:
    with pytest.raises(DataError, match="the labels are of a later date"):
        fit_model(window(SPANS[:-1]), labels(SPANS[:-1], AS_OF), chosen(BOOSTING), NOTHING_HELD_OUT, SPANS[-2].end, config=CONFIG)


def test_feature_rows_without_a_label_and_labels_without_features_train_nothing() -> None:
    known = labels(SPANS, AS_OF)
    usual = fitted(known=labels(SPANS[:-1], AS_OF), spans=SPANS[:-1])
    assert fitted(known=Labels(known.rows.filter(pl.col("span") < SPANS[-1].key), known.label_model)).content == usual.content
    assert fitted(known=known, spans=SPANS[:-1]).content == usual.content


def test_a_trial_is_measured_on_validation_rows_that_training_never_saw() -> None:
    known = labels(SPANS, AS_OF)
    train, validation = SPANS[:4], SPANS[4:]
    trial = try_candidate(window(SPANS), known, split(train, validation), proposal=Proposal(BOOSTING), config=CONFIG).trials[0]
    model = fitted(known=labels(train, AS_OF), spans=train)
    frame = pl.concat([rows(span) for span in validation]).drop_nulls("outcome")
    expected = METRICS["roc_auc"](frame["outcome"].to_numpy().astype(float), model.predict_proba(frame)[:, 1], np.ones((1, frame.height)))
    assert trial.metrics["roc_auc"] == pytest.approx(expected[0], abs=1e-9)
    assert trial.fit_rows == 4 * 19


def test_a_trial_reads_nothing_of_other_spans() -> None:
    known = labels(SPANS, AS_OF)
    inside = known.rows.filter(pl.col("span").is_in([span.key for span in SPANS[1:4]]))
    parts = split(SPANS[1:3], SPANS[3:4])
    every = try_candidate(window(SPANS), known, parts, proposal=Proposal(BOOSTING), config=CONFIG)
    assert every == try_candidate(window(SPANS[1:4]), Labels(inside), parts, proposal=Proposal(BOOSTING), config=CONFIG)


def test_without_a_validation_part_a_trial_says_so() -> None:
    choice = try_candidate(window(SPANS), labels(SPANS), split(SPANS, []), proposal=Proposal(BOOSTING), config=CONFIG)
    assert (choice.trials[0].metrics, choice.reason) == ({}, "no fold has rows to train on and rows to validate on")


def test_validation_rows_of_one_class_have_no_area() -> None:
    known = labels(SPANS).rows
    kept = known.filter((pl.col("span") != SPANS[-1].key) | (pl.col("outcome") == 1))
    choice = try_candidate(window(SPANS), Labels(kept), split(SPANS[:-1], SPANS[-1:]), proposal=Proposal(BOOSTING), config=CONFIG)
    assert sorted(choice.trials[0].metrics) == ["brier", "log_loss"]


def trial(name: str, **metrics: float) -> Choice:
    return Choice((Trial(Proposal(Candidate(name)), metrics, 1),), 0, "")


@pytest.mark.parametrize(
    ("metric", "figures", "best"),
    [("log_loss", [0.6, 0.5, 0.5], 1), ("brier", [0.1, 0.2, 0.3], 0), ("roc_auc", [0.6, 0.7, 0.7], 1)],
)
def test_the_best_candidate_is_chosen_and_ties_go_to_the_earlier(metric: str, figures: list[float], best: int) -> None:
    choice = choose_candidate([trial(f"c{i}", **{metric: f}) for i, f in enumerate(figures)], config=TrainingConfig(metric=metric))
    assert (choice.chosen, choice.candidate.name, len(choice.trials)) == (best, f"c{best}", 3)


def test_a_candidate_without_the_figure_is_not_chosen_unless_none_has_it() -> None:
    config = TrainingConfig(metric="roc_auc")
    assert choose_candidate([trial("a"), trial("b", roc_auc=0.2)], config=config).candidate.name == "b"
    none = choose_candidate([trial("a"), trial("b")], config=config)
    assert (none.candidate.name, "first candidate" in none.reason) == ("a", True)


def test_the_classifier_in_a_model_is_the_configured_one() -> None:
    assert isinstance(fitted().estimator()["estimator"], HistGradientBoostingClassifier)
    assert fitted().parameters["estimator__max_iter"] == 10
