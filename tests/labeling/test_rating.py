"""Raters: what several people say of an item, weighted by how right each is, and who ends a dispute."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from components.artifacts.examples import Examples
from components.artifacts.rated_items import RatedItems
from components.labeling.rating import RatingConfig, combine_ratings
from components.measures.agreement import krippendorff_alpha
from components.measures.hashing import row_keys
from components.runtime.errors import DataError
from components.runtime.instants import to_micros
from components.runtime.spans import Span
from components.runtime.window import Window
from tests.windows import days, window_of

SPAN = days(1)[0]
CONFIG = RatingConfig(item=("message_id",), rater="worker", adjudicator="judge")


def said(*ratings: tuple[str, str, int]) -> Window[Examples]:
    def of(span: Span) -> Examples:
        rows = pl.DataFrame(ratings, schema=["message_id", "worker", "label"], orient="row")
        times = pl.lit(to_micros(span.start)) + pl.int_range(pl.len())
        frame = rows.with_columns(
            event_time=times.cast(pl.Datetime("us", "UTC")), row_id=pl.int_range(pl.len()).cast(pl.String).cast(pl.Binary)
        )
        return Examples.from_arrow(frame.select("row_id", "event_time", "message_id", "worker", "label").to_arrow())

    return window_of([SPAN], of)


def of_item(rated: RatedItems, message: str) -> dict[str, object]:
    key = row_keys(pl.DataFrame({"message_id": [message]}).to_arrow(), ("message_id",))[0].as_py()
    return rated.rows.filter(pl.col("row_id") == key).row(0, named=True)


def test_each_item_has_the_row_id_of_its_key_and_every_word_is_kept() -> None:
    rated = combine_ratings(said(("m1", "a", 1), ("m1", "b", 0), ("m2", "a", 1)), config=CONFIG)
    found = of_item(rated, "m1")
    assert found["said"] == [{"rater": "a", "label": 1}, {"rater": "b", "label": 0}]
    assert (found["n_raters"], found["disputed"]) == (2, True)
    assert of_item(rated, "m2")["disputed"] is False


def test_the_last_word_of_a_rater_counts() -> None:
    rated = combine_ratings(said(("m1", "a", 1), ("m1", "a", 0)), config=CONFIG)
    assert of_item(rated, "m1")["said"] == [{"rater": "a", "label": 0}]


def test_answers_of_those_who_were_asked_count_beside_ratings_and_correct_them() -> None:
    ((span, answers),) = said(("m1", "a", 0), ("m2", "fay", 1)).present()
    asked = window_of(
        [span], lambda _: Examples.from_arrow(answers.to_arrow().rename_columns(["row_id", "event_time", "message_id", "rater", "label"]))
    )
    rated = combine_ratings(said(("m1", "a", 1), ("m1", "b", 1)), asked, config=CONFIG)
    assert of_item(rated, "m1")["said"] == [{"rater": "a", "label": 0}, {"rater": "b", "label": 1}]
    assert of_item(rated, "m2")["said"] == [{"rater": "fay", "label": 1}]


def test_an_adjudicator_ends_a_dispute() -> None:
    rated = combine_ratings(said(("m1", "a", 1), ("m1", "b", 1), ("m1", "judge", 0)), config=CONFIG)
    assert (of_item(rated, "m1")["rated"], of_item(rated, "m1")["disputed"]) == ([1.0, 0.0], False)


def test_three_classes_have_a_probability_each_and_the_better_rater_weighs_more() -> None:
    random = np.random.default_rng(3)
    truth, skills = random.integers(0, 3, 300), {"a": 0.95, "b": 0.85, "careless": 0.5}
    ratings = [
        (f"m{item}", rater, int(one if random.random() < skill else (one + random.integers(1, 3)) % 3))
        for item, one in enumerate(truth)
        for rater, skill in skills.items()
    ]
    three = replace(CONFIG, n_classes=3)
    rated = combine_ratings(said(*ratings, ("m0", "judge", 2)), config=three)
    believed = np.array([of_item(rated, f"m{item}")["rated"] for item in range(1, 300)])
    assert believed.sum(axis=1) == pytest.approx(1)
    assert (believed.argmax(axis=1) == truth[1:]).mean() > 0.94
    scores = {one.rater: one.accuracy for one in rated.raters}
    assert scores["careless"] == pytest.approx(0.5, abs=0.08)
    assert of_item(rated, "m0")["rated"] == [0.0, 0.0, 1.0]
    matrix = np.array([[label for _, rater, label in ratings if rater == name] for name in skills], np.int8).T
    assert combine_ratings(said(*ratings), config=three).alpha == krippendorff_alpha(matrix, 3)


def test_better_raters_weigh_more() -> None:
    random = np.random.default_rng(0)
    truth = random.integers(0, 2, 600)
    skills = {"a": 0.95, "b": 0.9, "c": 0.85, "guesser": 0.5, "other": 0.55}
    ratings = [
        (f"m{item}", rater, int(one if random.random() < skill else 1 - one))
        for item, one in enumerate(truth)
        for rater, skill in skills.items()
    ]
    rated = combine_ratings(said(*ratings), config=CONFIG)
    scores = {one.rater: one for one in rated.raters}
    assert scores["a"].accuracy == pytest.approx(0.95, abs=0.04)
    assert scores["guesser"].accuracy == pytest.approx(0.5, abs=0.06)
    assert (scores["a"].kappa or 0) > (scores["guesser"].kappa or 0) + 0.2
    right = np.mean([(of_item(rated, f"m{item}")["rated"][1] > 0.5) == one for item, one in enumerate(truth[:200])])
    assert right > 0.95


def test_a_label_that_is_no_class_is_refused() -> None:
    with pytest.raises(DataError, match="said 2"):
        combine_ratings(said(("m1", "a", 2)), config=CONFIG)


def test_no_ratings_are_no_items(tmp_path: Path) -> None:
    rated = combine_ratings(window_of([SPAN], lambda _: None, absent=[SPAN]), config=CONFIG)  # type: ignore[arg-type,return-value]
    rated.save(tmp_path)
    assert RatedItems.load(tmp_path).summary() == {"n_items": 0, "n_disputed": 0, "n_raters": 0}


def test_what_is_loaded_is_what_was_saved(tmp_path: Path) -> None:
    rated = combine_ratings(said(("m1", "a", 1), ("m1", "b", 0)), config=CONFIG)
    rated.save(tmp_path)
    loaded = RatedItems.load(tmp_path)
    assert loaded.rows.equals(rated.rows)
    assert (loaded.alpha, loaded.raters) == (rated.alpha, rated.raters)
