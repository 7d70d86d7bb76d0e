"""Variants of the chosen model: what each learned from, and that none saw more than the model itself."""

from dataclasses import replace

import pytest

from components.artifacts.choice import Candidate, Choice, Proposal, TrainingWindow, Trial
from components.artifacts.model import Model
from components.artifacts.split import PARTS, Split
from components.runtime.errors import DataError
from components.runtime.instants import to_micros
from components.training.component import TrainingConfig
from components.training.variants import Variant, by_age, by_share, by_source, fit_variant
from tests.windows import days, features, labels, window_of

SPANS = days(6)
AS_OF = SPANS[-1].end
CHOICE = Choice((Trial(Proposal(Candidate("c", "sklearn.linear_model.LogisticRegression")), {}, 0),), 0, "")
SPLIT = Split(as_of=to_micros(AS_OF), cut=to_micros(AS_OF), rows={}, **dict.fromkeys(PARTS, ()))
CONFIG = TrainingConfig(excluded=("hour",), voted_weight=0.5)


def fitted(variant: Variant) -> Model:
    known = labels(SPANS, AS_OF, voted=SPANS[-1:])
    return fit_variant(window_of(SPANS, features), known, CHOICE, SPLIT, AS_OF, variant=variant, config=CONFIG)


def test_a_stale_variant_ends_early_and_says_so() -> None:
    model = fitted(Variant("old", TrainingWindow("old", 3, 2)))
    assert model.figures == {"n_rows": 57, "trained_until": to_micros(AS_OF), "newest": to_micros(SPANS[3].end)}


def test_a_share_of_the_rows_is_a_share_and_the_whole_is_the_whole() -> None:
    whole, half = fitted(Variant("all")), fitted(Variant("half", share=0.5))
    assert (whole.figures["n_rows"], whole.figures["trained_until"]) == (115, to_micros(AS_OF))
    assert 55 <= half.figures["n_rows"] <= 66


def test_a_source_of_labels_can_be_left_out() -> None:
    assert fitted(Variant("without", lacks="label_model")).figures["n_rows"] == 95
    assert fitted(Variant("without", lacks="outcome")).figures["n_rows"] == 20


def test_a_variant_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(DataError, match="'gone' leaves no row"):
        fitted(Variant("gone", TrainingWindow("gone", 3, 6)))


def test_ages_are_compared_on_as_many_spans_each() -> None:
    assert [one.window.spans for one in by_age((0, 7, 28), 56)] == [28, 28, 28]


def test_shares_grow_and_sources_are_left_out_one_at_a_time() -> None:
    assert [one.share for one in by_share((1.0, 0.25))] == [0.25, 1.0]
    assert [(one.name, one.lacks) for one in by_source(("outcome",))] == [("all sources", ""), ("without outcome", "outcome")]
    assert replace(by_source(())[0], name="x") == Variant("x")
