"""Provenance of labels: who said what of a row, and which models learned from whom."""

from pathlib import Path

import pytest

from components.run.label_provenance import LabelStory, which_models, why_label
from components.runtime.errors import StoreError
from components.runtime.graph import Pipeline
from components.runtime.instants import to_micros
from components.store.store import Store
from tests import labeled_shop
from tests.run.conftest import RunDay


@pytest.fixture
def labeled(tmp_path: Path, train: RunDay, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    labeled_shop.count_as_project_code(monkeypatch)
    labeled_shop.write(tmp_path)
    shop = labeled_shop.build(tmp_path)
    train(shop, "2013-03-12")
    return shop


def story(store: Store, shop: Pipeline, identity: str, day: str = "2013-03-12") -> LabelStory:
    return why_label(store, "shop", {"id": identity}, to_micros(shop.calendar.span(day).start))


def test_a_mature_row_is_labeled_by_its_outcome_and_what_others_said_stands_beside_it(labeled: Pipeline, store: Store) -> None:
    told = story(store, labeled, "2013-03-08-3")
    assert (told.row["source"], told.row["label"]) == ("outcome", 0.0)
    assert told.votes == {"much": None, "odd": 1}
    assert told.ratings == {"ann": 1, "bob": 0, "cy": 1}
    assert told.row["rated"] > 0.5
    assert set(told.versions) == {"labels", "votes", "rated"}
    assert told.precedence == ("outcome", "feedback", "raters", "label_model")


def test_before_its_outcome_raters_speak_and_where_none_rated_the_functions(labeled: Pipeline, store: Store) -> None:
    assert story(store, labeled, "2013-03-11-3").row["source"] == "raters"
    told = story(store, labeled, "2013-03-11-7")
    assert (told.row["source"], told.ratings, told.label_model) == ("label_model", {}, "majority-vote")
    assert told.votes == {"much": 1, "odd": 1}


def test_as_of_an_earlier_date_there_are_no_labels(labeled: Pipeline, store: Store) -> None:
    with pytest.raises(StoreError, match="no labels by that date"):
        story(store, labeled, "2013-03-08-3", "2013-03-09")


def test_a_row_that_is_not_there_and_a_column_that_is_not_are_refused(labeled: Pipeline, store: Store) -> None:
    with pytest.raises(StoreError, match="0 rows have this key"):
        story(store, labeled, "nobody")
    with pytest.raises(StoreError, match="no column 'idd'"):
        why_label(store, "shop", {"idd": "x"}, to_micros(labeled.calendar.span("2013-03-12").start))


def test_models_are_found_by_function_rater_and_source(labeled: Pipeline, store: Store) -> None:
    found = {
        name: [(one.step, one.teacher, one.n_labels) for one in which_models(store, "shop", name)] for name in ("odd", "bob", "outcomes")
    }
    n_by_functions = story(store, labeled, "2013-03-08-3") and sum(
        story(store, labeled, f"2013-03-{day:02}-{one}").row["source"] == "label_model" for day in (10, 11) for one in range(8)
    )
    assert found == {
        "odd": [("model", "function", n_by_functions)],
        "bob": [("model", "rater", 4)],
        "outcomes": [("model", "source", None)],
    }
    assert which_models(store, "shop", "nobody") == []
