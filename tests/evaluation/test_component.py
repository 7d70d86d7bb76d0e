"""Evaluation on figures that a person can check, and every reason why a figure is missing."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import brier_score_loss, log_loss, r2_score, roc_auc_score

from components.artifacts.choice import Candidate, Choice, Proposal, Trial
from components.artifacts.evaluation import Evaluation
from components.artifacts.labels import Labels
from components.artifacts.model import Model, features_of
from components.artifacts.split import Split
from components.evaluation.component import Evaluated, EvaluationConfig, evaluate_model
from components.runtime.errors import DefinitionError
from components.runtime.instants import to_micros
from components.runtime.keys import CodeRef
from components.training.component import TrainingConfig, fit_model
from tests.windows import days, features, labels, rows, window_of

SPANS = days(8)
TRAIN, TEST = SPANS[:4], SPANS[5:]
CUT, AS_OF = TRAIN[-1].end, SPANS[-1].end
SPLIT = Split(to_micros(AS_OF), to_micros(CUT), (), (), (), (), tuple(span.key for span in TEST), (), {})
CONFIG = EvaluationConfig(slices=("carrier",), minimum_rows=10, resamples=50)
FRAME = pl.concat([rows(span) for span in TEST]).drop_nulls("outcome")
OUTCOMES = FRAME["outcome"].to_numpy()


def trained(excluded: tuple[str, ...] = ("hour",), until: int = 4) -> Model:
    spans = SPANS[:until]
    choice = Choice((Trial(Proposal(Candidate("c", "sklearn.linear_model.LogisticRegression")), {}, 0),), 0, "")
    known = labels(spans, spans[-1].end)
    return fit_model(window_of(spans, features), known, choice, SPLIT, spans[-1].end, config=TrainingConfig(excluded=excluded))


MODEL = trained()
CHAMPION = trained(excluded=("hour", "carrier"))


def evaluated(
    model: Model = MODEL, champion: Model | None = None, config: EvaluationConfig = CONFIG, known: Labels | None = None
) -> Evaluated:
    return evaluate_model(model, champion, window_of(SPANS, features), known or labels(SPANS, AS_OF), SPLIT, config=config)


def figure(evaluation: Evaluation, metric: str, **where: str) -> float | None:
    found = evaluation.find(metric, **where)
    assert found is not None
    return found.value


def test_the_figures_are_those_of_scikit_learn_on_the_test_rows_with_an_outcome() -> None:
    found = evaluated().evaluation
    p = MODEL.predict_proba(FRAME)[:, 1]
    assert figure(found, "roc_auc") == pytest.approx(roc_auc_score(OUTCOMES, p))
    assert figure(found, "log_loss") == pytest.approx(log_loss(OUTCOMES, p))
    assert figure(found, "brier") == pytest.approx(brier_score_loss(OUTCOMES, p))
    assert figure(found, "positive_rate") == pytest.approx(OUTCOMES.mean())
    overall = found.find("roc_auc")
    assert overall is not None
    assert (overall.n_rows, overall.n_spans, overall.state) == (57, 3, "measured")
    assert overall.low is not None
    assert overall.high is not None
    assert overall.low <= figure(found, "roc_auc") <= overall.high  # type: ignore[operator]


def test_slices_have_the_figures_of_their_own_rows() -> None:
    found = evaluated().evaluation
    mask = (FRAME["carrier"] == "B6").fill_null(value=False)
    p = MODEL.predict_proba(FRAME)[:, 1][mask.to_numpy()]
    assert figure(found, "roc_auc", dimension="carrier", value_of="B6") == pytest.approx(roc_auc_score(OUTCOMES[mask.to_numpy()], p))
    sizes = [m.n_rows for m in found.measurements if m.metric == "brier" and m.dimension == "carrier" and not m.against]
    assert sum(sizes) == 57


def test_predictions_are_kept_row_by_row() -> None:
    found = evaluated(champion=CHAMPION).predictions.rows
    assert found["row_id"].to_list() == FRAME["row_id"].to_list()
    assert found["probability"].to_list() == MODEL.predict_proba(FRAME)[:, 1].tolist()
    assert found["champion"].to_list() == CHAMPION.predict_proba(FRAME)[:, 1].tolist()
    assert evaluated().predictions.rows["champion"].null_count() == 57


def test_too_few_rows_have_no_figure() -> None:
    found = evaluated(config=EvaluationConfig(minimum_rows=58)).evaluation.find("brier")
    assert found is not None
    assert (found.value, found.low, found.state, found.n_rows) == (None, None, "too-few-rows", 57)


def test_one_class_has_no_figure() -> None:
    known = labels(SPANS, AS_OF)
    ones = Labels(known.rows.filter(pl.col("outcome") == 1), known.label_model)
    assert {m.state for m in evaluated(known=ones).evaluation.measurements if not m.against and not m.dimension} == {"one-class"}


def without_outcomes(source: str, every: int = 1) -> Evaluated:
    known = labels(SPANS, AS_OF)
    chosen = pl.int_range(pl.len()) % every == 0
    gone = known.rows.with_columns(
        outcome=pl.when(~chosen).then("outcome"), source=pl.when(chosen).then(pl.lit(source)).otherwise("source")
    )
    return evaluated(known=Labels(gone, known.label_model))


def test_rows_that_will_never_have_an_outcome_are_too_few_and_not_immature() -> None:
    found = without_outcomes("no-outcome")
    assert {m.state for m in found.evaluation.measurements if not m.against} == {"too-few-rows"}
    assert found.evaluation.n_immature == 0


@pytest.mark.parametrize("every", [1, 4])
def test_nothing_is_measured_while_many_outcomes_are_awaited(every: int) -> None:
    found = without_outcomes("label_model", every).evaluation
    assert {m.state for m in found.measurements} == {"labels-not-mature"}
    assert found.n_immature == 60 // every


def test_a_few_immature_rows_are_counted_and_left_out() -> None:
    found = without_outcomes("label_model", 40).evaluation
    overall = found.find("brier")
    assert overall is not None
    assert (overall.state, overall.n_rows + found.n_immature, found.n_immature) == ("measured", 57, 1)


def test_without_rows_there_is_neither_curve_nor_prediction() -> None:
    found = without_outcomes("no-outcome")
    assert (found.evaluation.calibration, found.predictions.rows.height) == ((), 0)


def test_without_a_champion_every_comparison_says_so() -> None:
    against = [m for m in evaluated().evaluation.measurements if m.against == "champion"]
    assert {m.state for m in against} == {"no-champion"}
    assert {m.metric for m in against} == {"roc_auc", "log_loss", "brier"}


def test_the_difference_is_model_minus_champion_on_the_same_rows() -> None:
    found = evaluated(champion=CHAMPION).evaluation
    ours, theirs = (brier_score_loss(OUTCOMES, m.predict_proba(FRAME)[:, 1]) for m in (MODEL, CHAMPION))
    assert figure(found, "brier", against="champion") == pytest.approx(ours - theirs, abs=1e-12)
    assert figure(found, "brier", against="same-rows") == pytest.approx(ours, abs=1e-12)
    assert figure(found, "brier", against="champion-itself") == pytest.approx(theirs, abs=1e-12)


def test_a_model_does_not_differ_from_itself_in_any_resample() -> None:
    found = evaluated(champion=MODEL).evaluation
    assert {(m.value, m.low, m.high) for m in found.measurements if m.against == "champion" and m.state == "measured"} == {(0.0, 0.0, 0.0)}


def test_a_champion_is_compared_only_on_rows_after_its_training() -> None:
    later = trained(excluded=("hour", "carrier"), until=6)
    found = evaluated(champion=later).evaluation.find("brier", against="champion")
    assert found is not None
    assert (found.n_rows, found.n_spans) == (38, 2)


def test_a_champion_that_saw_every_row_is_not_compared() -> None:
    found = evaluated(champion=trained(until=8)).evaluation
    assert {m.state for m in found.measurements if m.against} == {"champion-saw-the-rows"}


def test_a_champion_of_features_that_are_gone_is_not_compared() -> None:
    champion = trained(excluded=())
    found = evaluate_model(
        trained(excluded=("hour", "carrier")),
        champion,
        window_of(SPANS, _without_hour),
        labels(SPANS, AS_OF),
        SPLIT,
        config=EvaluationConfig(),
    )
    assert {m.state for m in found.evaluation.measurements if m.against} == {"champion-takes-other-features"}
    assert found.predictions.rows["champion"].null_count() == 57


def _without_hour(span):
    whole = features(span)
    return type(whole).from_arrow(whole.to_arrow().drop_columns(["hour"]))


def test_calibration_bins_hold_every_row_in_order_of_prediction() -> None:
    bins = evaluated().evaluation.calibration
    assert sorted(one.n_rows for one in bins) == [5] * 3 + [6] * 7
    assert all(one.low <= one.observed <= one.high for one in bins)
    assert [one.predicted for one in bins] == sorted(one.predicted for one in bins)
    p = np.sort(MODEL.predict_proba(FRAME)[:, 1])
    assert bins[0].predicted == pytest.approx(p[: bins[0].n_rows].mean(), abs=1e-6)


def test_the_same_seed_gives_the_same_intervals_and_another_one_others() -> None:
    assert evaluated().evaluation == evaluated().evaluation
    other = evaluated(config=EvaluationConfig(slices=("carrier",), minimum_rows=10, resamples=50, seed=1)).evaluation
    assert other.measurements != evaluated().evaluation.measurements


def test_a_gap_day_and_a_training_day_are_not_in_the_figures() -> None:
    known = labels(SPANS, AS_OF)
    only = Labels(known.rows.filter(pl.col("span").is_in(SPLIT.test)), known.label_model)
    assert evaluated(known=only).evaluation == evaluated().evaluation


def test_columns_are_crossed_where_they_are_named_together() -> None:
    config = EvaluationConfig(slices=("carrier & hour",), minimum_rows=2, resamples=20)
    crossed = [m for m in evaluated(config=config).evaluation.measurements if m.metric == "brier" and m.dimension and not m.against]
    assert {m.dimension for m in crossed} == {"carrier & hour"}
    assert sum(m.n_rows for m in crossed) == 57
    assert "B6 & 1" in {m.value_of for m in crossed}


def test_one_test_span_has_a_value_and_no_interval() -> None:
    one = replace(SPLIT, test=SPLIT.test[-1:])
    found = evaluate_model(MODEL, None, window_of(SPANS, features), labels(SPANS, AS_OF), one, config=CONFIG).evaluation.find("brier")
    assert found is not None
    assert (found.state, found.value, found.low) == ("too-few-spans", None, None)


def test_a_model_of_numbers_is_measured_in_numbers() -> None:
    from sklearn.linear_model import LinearRegression

    train = pl.concat([rows(span) for span in TRAIN]).drop_nulls("outcome")
    fitted = LinearRegression().fit(train.select("score", "hour"), train["outcome"])
    model = Model.from_estimator(fitted, features=features_of(train.select("score", "hour")))
    config = EvaluationConfig(("mae", "rmse", "r2", "bias"), ("carrier",), "regression", minimum_rows=10, resamples=50)
    found = evaluated(model, config=config).evaluation
    expected = fitted.predict(FRAME.select("score", "hour"))
    assert figure(found, "rmse") == pytest.approx(np.sqrt(((expected - OUTCOMES) ** 2).mean()))
    assert figure(found, "r2") == pytest.approx(r2_score(OUTCOMES, expected))
    assert len(found.calibration) == 10


def test_a_model_of_many_classes_is_measured_over_all_of_them() -> None:
    from sklearn.linear_model import LogisticRegression

    def third(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(outcome=pl.when(pl.col("hour") > 12).then(2).otherwise("outcome").cast(pl.Int8))

    train = third(pl.concat([rows(span) for span in TRAIN])).drop_nulls("outcome")
    fitted = LogisticRegression().fit(train.select("score", "hour"), train["outcome"])
    model = Model.from_estimator(fitted, features=features_of(train.select("score", "hour")))
    known = labels(SPANS, AS_OF)
    hours = pl.concat([rows(span) for span in SPANS]).select("row_id", "hour")
    classes = Labels(third(known.rows.join(hours, on="row_id")).drop("hour"), known.label_model)
    config = EvaluationConfig(("accuracy", "roc_auc", "macro_f1"), (), "multi-class", minimum_rows=10, resamples=20)
    found = evaluated(model, config=config, known=classes)
    p = fitted.predict_proba(FRAME.select("score", "hour"))
    assert figure(found.evaluation, "accuracy") == pytest.approx((p.argmax(axis=1) == third(FRAME)["outcome"].to_numpy()).mean())
    assert found.evaluation.calibration == ()
    assert found.predictions.rows["probability"].list.len().unique().to_list() == [3]


def test_a_slice_by_an_unknown_column_is_refused() -> None:
    with pytest.raises(DefinitionError, match="'carier' to slice by"):
        evaluated(config=EvaluationConfig(slices=("carier",)))


def test_the_champions_training_ends_at_its_as_of() -> None:
    assert CHAMPION.figures["trained_until"] == to_micros(CUT)
    assert timedelta(0) < AS_OF - CUT


def test_slices_are_told_by_the_shared_vocabulary_and_bins_by_the_spans_that_trained() -> None:
    split = replace(SPLIT, train=tuple(span.key for span in TRAIN))
    texts = ("hour > 9", "late_hours & first_letter", "quantiles(score, 2)")
    config = replace(CONFIG, slices=texts, slicing=CodeRef("tests.user_slices:FUNCTIONS"))
    found = evaluate_model(MODEL, None, window_of(SPANS, features), labels(SPANS, AS_OF), split, config=config).evaluation
    brier = {(m.dimension, m.value_of): m.n_rows for m in found.measurements if m.metric == "brier" and not m.against}
    median = np.median(pl.concat([rows(span) for span in TRAIN])["score"].to_numpy())
    assert brier["hour > 9", "yes"] == FRAME.filter(pl.col("hour") > 9).height
    assert brier["late_hours & first_letter", "yes & A"] == FRAME.filter((pl.col("hour") >= 2) & (pl.col("carrier") == "AA")).height
    assert brier["quantiles(score, 2)", f"below {median:g}"] == FRAME.filter(pl.col("score") < median).height
    assert figure(found, "brier", dimension="hour > 9", value_of="no") is not None
