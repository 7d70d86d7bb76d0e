"""Precedence: the first source that speaks gives the label, all of them are kept."""

from collections.abc import Mapping

import numpy as np
import polars as pl
import pytest

from components.artifacts.labels import SHARES
from components.artifacts.rated_items import RatedItems
from components.labeling.component import LabelConfig, resolve_labels
from components.labeling.learning import VoteModelConfig, learn_from_votes
from components.labeling.precedence import PRECEDENCE, Source
from components.runtime.errors import ConfigError, DataError
from tests.labeling.test_component import AS_OF, OUTCOME, SPANS, votes
from tests.windows import outcomes, rows, window_of

IMMATURE = SPANS[-2:]


def rated(positions: Mapping[int, float | list[float]]) -> RatedItems:
    ids = rows(SPANS[0])["row_id"].to_list() + rows(SPANS[-1])["row_id"].to_list()
    shares = [one if isinstance(one, list) else [1 - one, one] for one in positions.values()]
    schema = {"row_id": pl.Binary, "rated": pl.List(pl.Float64)}
    said = pl.DataFrame({"row_id": [ids[one] for one in positions], "rated": shares}, schema_overrides=schema)
    return RatedItems(said.with_columns(n_raters=pl.lit(2, pl.Int64), disputed=pl.lit(value=False)), None, ())


def resolved(people: RatedItems, precedence: tuple[Source, ...] = PRECEDENCE) -> pl.DataFrame:
    windows = window_of(SPANS, votes), window_of(SPANS, outcomes, IMMATURE)
    return resolve_labels(*windows, AS_OF, rated=people, outcome=OUTCOME, config=LabelConfig(precedence=precedence)).rows


def test_raters_speak_where_no_outcome_is_known_and_stand_beside_it_where_one_is() -> None:
    found = resolved(rated({0: 0.3, 20: 0.9, 2: 0.8}))
    first, last = found.filter(span=SPANS[0].key), found.filter(span=SPANS[-1].key)
    assert first.row(0, named=True)["source"] == "outcome"
    assert first.row(0, named=True)["rated"] == 0.3
    assert (last.row(0, named=True)["source"], last.row(0, named=True)["label"]) == ("raters", 0.9)
    assert last.row(0, named=True)["voted"] is not None
    assert (first.row(2, named=True)["source"], first.row(2, named=True)["label"]) == ("raters", 0.8)  # it will never have an outcome


def test_another_precedence_lets_raters_overrule_outcomes() -> None:
    found = resolved(rated({0: 0.3}), ("raters", "outcome", "label_model")).filter(span=SPANS[0].key)
    assert (found.row(0, named=True)["source"], found.row(0, named=True)["label"]) == ("raters", 0.3)


def test_of_many_classes_the_label_is_the_most_probable_one_and_its_probabilities_stand_beside_it() -> None:
    windows = window_of(SPANS, votes), window_of(SPANS, outcomes, IMMATURE)
    config = LabelConfig(many_classes=True)
    people = rated({0: [0.2, 0.3, 0.5], 20: [0.1, 0.2, 0.7]})
    labels = resolve_labels(*windows, AS_OF, rated=people, outcome=OUTCOME, config=config)
    first, last = (labels.rows.filter(span=SPANS[place].key) for place in (0, -1))
    known, believed = first.row(0, named=True), last.row(0, named=True)
    voted = last.filter(source="label_model").row(0, named=True)
    assert (known["label"], known[SHARES], known["rated"]) == (known["outcome"], None, [0.2, 0.3, 0.5])
    assert (believed["source"], believed["label"], believed[SHARES]) == ("raters", 2.0, [0.1, 0.2, 0.7])
    assert (len(voted["voted"]), voted["voted"][2]) == (3, 0.0), "no function or outcome is of class 2"
    shares = labels.probabilities("label")
    assert np.nansum(shares, axis=1) == pytest.approx(labels.rows["label"].is_not_null().to_numpy().astype(float))
    assert labels.rows["label"].drop_nulls().to_list() == shares[~np.isnan(shares).any(axis=1)].argmax(axis=1).tolist()
    two = resolve_labels(*windows, AS_OF, outcome=OUTCOME)
    assert np.array_equal(two.probabilities("voted")[:, 1], two.rows["voted"].fill_null(np.nan).to_numpy(), equal_nan=True)


def test_a_third_class_is_refused_where_labels_are_of_two() -> None:
    with pytest.raises(DataError, match="a source speaks of class 2, and labels are of two classes"):
        resolved(rated({0: [0.2, 0.3, 0.5]}))


def test_a_source_named_twice_is_refused() -> None:
    with pytest.raises(ConfigError, match="once"):
        resolved(rated({}), ("outcome", "outcome"))


def test_without_outcomes_what_was_learned_from_votes_speaks() -> None:
    voted, none = window_of(SPANS, votes), window_of(SPANS, outcomes, SPANS)
    learned = learn_from_votes(voted, config=VoteModelConfig(method="generative"))
    found = resolve_labels(voted, none, AS_OF, learned, outcome=OUTCOME)
    assert found.label_model["method"] == "generative"
    assert resolve_labels(voted, none, AS_OF, outcome=OUTCOME).label_model["method"] == "majority-vote"


def test_a_window_without_votes_teaches_nothing() -> None:
    with pytest.raises(DataError, match="no votes"):
        learn_from_votes(window_of(SPANS, votes, SPANS))
