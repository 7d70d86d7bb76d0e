"""Labels: an outcome where it is known, the label model where it is not yet, nothing where there will never be one."""

from datetime import datetime

import numpy as np
import polars as pl
import pytest

from components.artifacts.examples import Examples
from components.artifacts.features import Features
from components.artifacts.labels import Labels
from components.artifacts.votes import Votes
from components.labeling.component import LabelConfig, apply_labeling_functions, resolve_labels, score_labels
from components.labeling.functions import labeling_function
from components.runtime.errors import DataError
from components.runtime.instants import to_micros
from components.runtime.keys import CodeRef
from components.runtime.spans import Span
from components.runtime.window import Window
from tests.windows import days, features, outcomes, positive, rows, window_of

SPANS = days(8)
AS_OF = SPANS[-1].end
FUNCTIONS = CodeRef("tests.labeling.test_component:TWO")
OUTCOME = CodeRef("tests.windows:positive")
ALL_ABSTAIN = 5  # position of a row that no function votes on


@labeling_function
def high_score() -> pl.Expr:
    return pl.when(pl.col("score") > 0.5).then(1).when(pl.col("score") < -0.5).then(0)


@labeling_function
def carrier_aa() -> pl.Expr:
    return pl.when(pl.col("carrier") == "AA").then(0)


TWO = (high_score, carrier_aa)


def votes(span: Span) -> Votes:
    found = apply_labeling_functions(features(span), functions=FUNCTIONS)
    matrix = found.votes.copy()
    matrix[ALL_ABSTAIN] = -1
    return Votes(found.functions, found.classes, found.row_ids, found.event_times, matrix)


def resolved(spans: list[Span] = SPANS, immature: list[Span] = SPANS[-2:], as_of: datetime = AS_OF) -> Labels:
    return resolve_labels(window_of(spans, votes), window_of(spans, outcomes, immature), as_of, outcome=OUTCOME)


def of_span(labels: Labels, span: Span) -> pl.DataFrame:
    return labels.rows.filter(pl.col("span") == span.key)


def test_votes_are_those_of_the_functions_in_the_rows_order() -> None:
    span = SPANS[0]
    found = apply_labeling_functions(features(span), functions=FUNCTIONS)
    frame = rows(span)
    expected = [1 if score > 0.5 else 0 if score < -0.5 else -1 for score in frame["score"]]
    assert (found.functions, found.classes) == (("high_score", "carrier_aa"), (0, 1))
    assert found.votes[:, 0].tolist() == expected
    assert [bytes(one) for one in found.row_ids] == frame["row_id"].to_list()
    assert found.event_times.tolist() == frame["event_time"].to_physical().to_list()


def test_votes_of_a_day_without_rows_are_empty() -> None:
    empty = Features.from_arrow(features(SPANS[0]).to_arrow().slice(0, 0))
    assert apply_labeling_functions(empty, functions=FUNCTIONS).votes.shape == (0, 2)


def test_row_ids_of_a_slice_of_a_table_are_its_own() -> None:
    part = Features.from_arrow(features(SPANS[0]).to_arrow().slice(3, 4))
    found = apply_labeling_functions(part, functions=FUNCTIONS)
    assert [bytes(one) for one in found.row_ids] == rows(SPANS[0])["row_id"].to_list()[3:7]


def test_a_known_outcome_is_the_label_and_the_model_stands_beside_it() -> None:
    found = of_span(resolved(), SPANS[0])
    frame = rows(SPANS[0])
    known = frame["outcome"].is_not_null()
    assert found["label"].to_list() == frame["outcome"].cast(pl.Float64).to_list()
    assert set(found.filter(known)["source"]) == {"outcome"}
    assert found["voted"].null_count() == (votes(SPANS[0]).votes == -1).all(axis=1).sum()


def test_a_cancelled_flight_on_a_mature_day_has_no_label() -> None:
    row = of_span(resolved(), SPANS[0]).row(2, named=True)
    assert (row["outcome"], row["label"], row["source"]) == (None, None, "no-outcome")


def test_immature_rows_take_the_label_model_and_are_never_negative_by_default() -> None:
    found = of_span(resolved(), SPANS[-1])
    assert found["outcome"].null_count() == found.height
    voted = found.filter(pl.col("source") == "label_model")
    assert voted["label"].to_list() == voted["voted"].to_list()
    assert voted["label"].is_between(0, 1, closed="none").all()
    assert set(found["source"]) == {"label_model", "uncovered"}


def test_a_row_that_every_function_abstains_on_is_uncovered() -> None:
    row = of_span(resolved(), SPANS[-1]).row(ALL_ABSTAIN, named=True)
    assert (row["voted"], row["label"], row["source"]) == (None, None, "uncovered")


def test_where_outcomes_are_known_row_by_row_those_that_wait_take_the_label_model() -> None:
    heard = window_of(SPANS, lambda span: Examples.from_arrow(outcomes(span).to_arrow().slice(0, 12)))
    config = LabelConfig(row_by_row=True)
    found = resolve_labels(window_of(SPANS, votes), heard, AS_OF, outcome=OUTCOME, config=config).rows
    told = found.with_columns(place=pl.int_range(pl.len()).over("span"))
    assert set(told.filter(pl.col("place") < 12)["source"]) == {"outcome", "no-outcome"}
    assert set(told.filter(pl.col("place") >= 12)["source"]) <= {"label_model", "uncovered"}
    assert "label_model" in set(told["source"])


def test_the_label_model_learns_from_mature_days_only() -> None:
    description = resolved().label_model
    n_known = sum(rows(span)["outcome"].count() for span in SPANS[:-2])
    assert (description["method"], description["n_known"], description["as_of"]) == ("naive-bayes", n_known, to_micros(AS_OF))
    assert description["functions"] == ["high_score", "carrier_aa"]


def test_before_any_outcome_the_votes_are_counted() -> None:
    found = resolved(immature=SPANS)
    assert found.label_model["method"] == "majority-vote"
    assert found.summary()["n_outcome"] == 0
    other = resolve_labels(
        window_of(SPANS, votes), window_of(SPANS, outcomes, SPANS), AS_OF, outcome=OUTCOME, config=LabelConfig(prior=(0.5, 0.5))
    )
    assert other.rows["voted"].mean() > found.rows["voted"].mean()  # type: ignore[operator]


def test_outcomes_of_immature_days_change_no_label() -> None:
    """Labels as of a date are a function of what was known by then: the window brings no outcome of a later day."""
    before = resolved(SPANS[:6], immature=SPANS[4:6], as_of=SPANS[5].end)
    again = resolve_labels(
        window_of(SPANS[:6], votes), window_of(SPANS[:6], outcomes, SPANS[4:6]), SPANS[5].end, outcome=CodeRef("tests.windows:positive")
    )
    later = resolved(SPANS[:6], immature=[], as_of=AS_OF)
    assert before.rows.equals(again.rows)
    assert before.label_model == again.label_model
    assert later.rows["source"].to_list() != before.rows["source"].to_list()


def test_the_order_of_outcome_rows_does_not_matter() -> None:
    turned = window_of(
        SPANS, lambda span: type(outcomes(span)).from_arrow(outcomes(span).to_arrow().take(list(range(19, -1, -1)))), SPANS[-2:]
    )
    found = resolve_labels(window_of(SPANS, votes), turned, AS_OF, outcome=OUTCOME)
    assert found.rows.equals(resolved().rows)


def test_every_row_has_one_label_row_in_order_of_time() -> None:
    found = resolved().rows
    assert found.height == 20 * len(SPANS)
    assert found["row_id"].n_unique() == found.height
    assert found.equals(found.sort("event_time", "row_id"))


def test_windows_that_do_not_match_and_windows_without_votes_are_refused() -> None:
    with pytest.raises(DataError, match="not of the same spans"):
        resolve_labels(window_of(SPANS, votes), window_of(SPANS[1:], outcomes), AS_OF, outcome=OUTCOME)
    nothing: Window[Votes] = window_of(SPANS, votes, SPANS)
    with pytest.raises(DataError, match="holds no votes"):
        resolve_labels(nothing, window_of(SPANS, outcomes), AS_OF, outcome=OUTCOME)


def test_scores_compare_past_labels_with_outcomes_known_since() -> None:
    then = resolved(SPANS[:6], immature=SPANS[4:6], as_of=SPANS[5].end)
    scores = score_labels(then, window_of(SPANS[:6], votes), window_of(SPANS[:6], outcomes), AS_OF, outcome=OUTCOME)
    spoken = then.rows.filter(pl.col("source") == "label_model")
    truth = pl.concat([rows(span) for span in SPANS[4:6]]).select("row_id", now="outcome").drop_nulls()
    both = spoken.join(truth, on="row_id")
    y, p = both["now"].to_numpy().astype(float), both["voted"].to_numpy()
    prior = then.rows["outcome"].mean()
    assert (scores.labels_as_of, scores.as_of) == (to_micros(SPANS[5].end), to_micros(AS_OF))
    assert (scores.n_voted, scores.n_scored) == (spoken.height, both.height)
    assert scores.brier == pytest.approx(np.mean((p - y) ** 2))
    assert scores.brier_prior == pytest.approx(np.mean((prior - y) ** 2))
    assert scores.observed == pytest.approx((1 - y.mean(), y.mean()))
    assert scores.predicted == pytest.approx((1 - p.mean(), p.mean()))
    assert [one.name for one in scores.functions] == ["high_score", "carrier_aa"]


def three() -> pl.Expr:
    """Return the outcome, and class 2 for the hours from 15 on."""
    return pl.when(pl.col("outcome").is_not_null()).then(pl.when(pl.int_range(pl.len()) > 14).then(2).otherwise("outcome"))


def test_scores_of_three_classes_add_up_and_one_that_came_up_since_has_no_probability() -> None:
    windows = window_of(SPANS[:6], votes), window_of(SPANS[:6], outcomes, SPANS[4:6])
    then = resolve_labels(*windows, SPANS[5].end, outcome=OUTCOME, config=LabelConfig(many_classes=True))
    told = CodeRef("tests.labeling.test_component:three")
    scores = score_labels(then, window_of(SPANS[:6], votes), window_of(SPANS[:6], outcomes), AS_OF, outcome=told)
    assert (len(scores.predicted), len(scores.observed), scores.predicted[2]) == (3, 3, 0.0)
    assert (sum(scores.predicted), sum(scores.observed)) == (pytest.approx(1), pytest.approx(1))
    late = pl.concat([rows(span).with_columns(now=three()) for span in SPANS[4:6]]).select("row_id", "now")
    both = then.rows.filter(pl.col("source") == "label_model").join(late.drop_nulls(), on="row_id")
    by_hand = [sum((p - (one == now)) ** 2 for one, p in enumerate([*shares, 0.0])) for shares, now in both.select("voted", "now").rows()]
    assert scores.brier == pytest.approx(np.mean(by_hand))


def test_scores_before_the_outcomes_are_there_are_missing() -> None:
    then = resolved(SPANS[:6], immature=SPANS[4:6], as_of=SPANS[5].end)
    scores = score_labels(then, window_of(SPANS[:6], votes), window_of(SPANS[:6], outcomes, SPANS[4:6]), AS_OF, outcome=OUTCOME)
    assert (scores.n_scored, scores.brier, scores.brier_prior, scores.predicted) == (0, None, None, ())


def test_scores_without_votes_are_refused() -> None:
    nothing: Window[Votes] = window_of(SPANS, votes, SPANS)
    with pytest.raises(DataError, match="holds no votes"):
        score_labels(resolved(), nothing, window_of(SPANS, outcomes), AS_OF, outcome=OUTCOME)


def test_the_outcome_expression_is_the_users() -> None:
    assert positive().meta.root_names() == ["outcome"]
