"""Suspects: labels that were turned over stand first, and nothing is relabeled."""

from dataclasses import replace
from pathlib import Path

import polars as pl

from components.artifacts.choice import Candidate
from components.artifacts.label_suspects import LabelSuspects
from components.artifacts.labels import Labels
from components.runtime.spans import Span
from components.training.component import TrainingConfig
from components.training.suspects import SuspectConfig, find_suspects
from tests.windows import days, features, labels, window_of

SPANS = days(8)
CANDIDATE = Candidate("linear", estimator="sklearn.linear_model.LogisticRegression")
CONFIG, TRAINING = SuspectConfig(folds=4, gap_spans=1), TrainingConfig(excluded=("hour", "carrier"))


def found_in(given: Labels, n: int = 60) -> LabelSuspects:
    return find_suspects(window_of(SPANS, lambda span: features(span, n)), given, candidate=CANDIDATE, training=TRAINING, config=CONFIG)


def sure(n: int = 60) -> Labels:
    """Return labels that the score tells without error."""
    given = labels(SPANS, n=n)
    scores = pl.concat([features(span, n).to_polars().select("row_id", "score") for span in SPANS])
    rows = given.rows.join(scores, on="row_id", how="left", maintain_order="left")
    told = pl.when(pl.col("label").is_not_null()).then((pl.col("score") > 0).cast(pl.Float64))
    return Labels(rows.with_columns(label=told).drop("score"), given.label_model)


def test_labels_that_were_turned_over_stand_first_and_are_not_changed() -> None:
    clean = sure()
    turned = [clean.rows["row_id"][position] for position in (5, 100, 333)]
    scores = pl.concat([features(span, 60).to_polars().select("row_id", "score") for span in SPANS])
    far = [one for one in scores.filter(pl.col("score").abs() > 1)["row_id"].to_list() if one not in turned][:3]
    dirty = Labels(clean.rows.with_columns(label=pl.when(pl.col("row_id").is_in(far)).then(1 - pl.col("label")).otherwise("label")), {})
    before = dirty.rows.clone()
    found = found_in(dirty)
    assert set(found.rows["row_id"][:3].to_list()) == set(far)
    assert found.rows["margin"].is_sorted()
    assert dirty.rows.equals(before)
    assert found.n_checked == dirty.rows["label"].count()


def of_three(spans: list[Span]) -> Labels:
    """Return labels of three classes by the score: below -0.5, between, above 0.5."""
    scores = pl.concat([features(span, 60).to_polars().select("row_id", "score") for span in spans])
    rows = labels(spans, n=60).rows.join(scores, on="row_id", how="left", maintain_order="left")
    told = pl.when(pl.col("label").is_not_null()).then((pl.col("score") > -0.5).cast(pl.Float64) + (pl.col("score") > 0.5).cast(pl.Float64))
    return Labels(rows.with_columns(label=told).drop("score"), {})


def test_of_three_classes_the_one_that_a_label_should_rather_be_is_named() -> None:
    clean, training = of_three(SPANS), replace(TRAINING, many_classes=True)
    scores = pl.concat([features(span, 60).to_polars().select("row_id", "score") for span in SPANS])
    far = scores.filter(pl.col("score") > 1.5)["row_id"].to_list()[:4]
    turned = pl.when(pl.col("row_id").is_in(far)).then(pl.lit(0.0)).otherwise("label")
    dirty = Labels(clean.rows.with_columns(label=turned), {})
    window = window_of(SPANS, lambda span: features(span, 60))
    found = find_suspects(window, dirty, candidate=CANDIDATE, training=training, config=CONFIG).rows
    assert set(found["row_id"][:4].to_list()) == set(far)
    assert found["suggested"][:4].to_list() == [2] * 4
    first = found.row(0, named=True)
    assert (len(first["probability"]), first["margin"]) == (3, first["probability"][0] - max(first["probability"][1:]))


def test_labels_of_a_class_that_no_other_day_has_are_not_checked() -> None:
    given = of_three(SPANS)
    alone = pl.when(pl.col("span") == SPANS[0].key).then(pl.lit(3.0)).otherwise("label")
    rows = given.rows.with_columns(label=pl.when(pl.col("label").is_not_null()).then(alone))
    window, training = window_of(SPANS, lambda span: features(span, 60)), replace(TRAINING, many_classes=True)
    found = find_suspects(window, Labels(rows, {}), candidate=CANDIDATE, training=training, config=CONFIG)
    assert found.n_checked == rows.filter(pl.col("span") != SPANS[0].key)["label"].count()


def test_a_single_span_cannot_be_checked_by_others(tmp_path: Path) -> None:
    one = find_suspects(window_of(SPANS[:1], features), labels(SPANS[:1]), candidate=CANDIDATE, training=TRAINING, config=CONFIG)
    one.save(tmp_path)
    assert LabelSuspects.load(tmp_path).summary() == {"n_checked": 0, "n_suspects": 0, "noise": 0.0}
