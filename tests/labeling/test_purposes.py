"""A column that may only be sliced by is followed through labeling functions, whatever way they take to it."""

from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl
import pytest

from components.artifacts.examples import Examples
from components.artifacts.features import Features
from components.artifacts.labels import Labels
from components.artifacts.lookups import Lookups
from components.artifacts.purposes import purposes_of, tagged
from components.artifacts.reference import Reference
from components.artifacts.votes import Votes
from components.features.component import record_outcomes
from components.features.records import Record, daily_records
from components.ingestion.derived import derive_columns
from components.ingestion.enrichment import EnrichmentConfig, enrich_examples
from components.labeling.component import apply_labeling_functions, resolve_labels
from components.labeling.feedback import FeedbackConfig, join_feedback
from components.labeling.functions import Rows, labeling_function, prepared
from components.labeling.kinds import listed, vote_if
from components.labeling.measured import label_outcomes
from components.labeling.rating import RatingConfig, combine_ratings
from components.labeling.tables import look_beside
from components.runtime.errors import DataError
from components.runtime.keys import CodeRef
from components.runtime.spans import Span
from components.runtime.window import Window
from components.training.component import fit_model
from components.training.suspects import find_suspects
from components.training.variants import Variant, fit_variant
from tests.saving import loaded_again
from tests.training.test_component import AS_OF, BOOSTING, CONFIG, NOTHING_HELD_OUT, SPANS, chosen
from tests.windows import features, outcomes, window_of

TAG = {"carrier": "slice-only"}


def code(name: str) -> CodeRef:
    return CodeRef(f"{__name__}:{name}")


@prepared
def big() -> pl.Expr:
    return pl.col("carrier") == "AA"


@prepared
def every_text() -> pl.Expr:
    return pl.concat_str(pl.col(pl.String), ignore_nulls=True)


@labeling_function
def direct() -> pl.Expr:
    return vote_if(1, pl.col("carrier") == "AA")


@labeling_function(uses=(big,))
def shared() -> pl.Expr:
    return vote_if(1, pl.col("big"))


@labeling_function(uses=(every_text,))
def by_type() -> pl.Expr:
    return vote_if(1, pl.col("every_text") == "AA")


@labeling_function
def of_rows(rows: Rows) -> pl.Series:
    return (rows.frame["carrier"] == "AA").cast(pl.Int8)


@labeling_function(columns=("carrier",), by_row=True)
def row_wise(row: Mapping[str, object]) -> int | None:
    return 1 if row["carrier"] == "AA" else None


@labeling_function(columns=("carrier",), tables=("seen",))
def looked_up(rows: Rows) -> pl.Expr:
    return listed(rows, 1, "carrier", "seen", "carrier")


@labeling_function(columns=("score",), tables=("seen",))
def by_table(rows: Rows) -> pl.Expr:
    return vote_if(1, pl.col("score") > rows.table("seen")["carrier"].drop_nulls().len())


@labeling_function
def innocent() -> pl.Expr:
    return vote_if(1, pl.col("score") > 0, otherwise=0)


READING = (direct, shared, by_type, of_rows, row_wise, looked_up, by_table, innocent)
CLEAN = (innocent,)
WITH_DIRECT = (direct, innocent)


def limited(span: Span) -> Features:
    return Features.from_arrow(tagged(features(span).to_arrow(), TAG))


def seen(span: Span) -> Lookups:
    return look_beside(Examples.from_arrow(limited(span).to_arrow()), table="seen", columns=("carrier",))


def test_every_way_to_a_tagged_column_is_followed_and_the_votes_stay_as_they_are(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("lookups", "votes")]
    for folder in folders:
        folder.mkdir()
    lookups = loaded_again(seen(SPANS[0]), folders[0])
    assert lookups.purposes == {"seen": TAG}
    votes = loaded_again(apply_labeling_functions(limited(SPANS[0]), lookups, functions=code("READING")), folders[1])
    assert votes.purposes == dict.fromkeys((one.name for one in READING[:-1]), "slice-only")
    untagged = apply_labeling_functions(features(SPANS[0]), Lookups(lookups.tables), functions=code("READING"))
    assert untagged.purposes == {}
    assert (untagged.votes == votes.votes).all()


def votes_of(functions: str) -> Window[Votes]:
    return window_of(SPANS, lambda span: apply_labeling_functions(limited(span), functions=code(functions)))


def positive() -> pl.Expr:
    return pl.col("outcome") == 1


def by_carrier() -> pl.Expr:
    return pl.col("carrier") == "AA"


def limited_outcomes(span: Span) -> Examples:
    table = outcomes(span).to_arrow().append_column("carrier", features(span).to_arrow().column("carrier"))
    return Examples.from_arrow(tagged(table, TAG))


TRAININGS: Mapping[str, Callable[[Labels], object]] = {
    "model": lambda labels: fit_model(window_of(SPANS, features), labels, chosen(BOOSTING), NOTHING_HELD_OUT, AS_OF, config=CONFIG),
    "variant": lambda labels: fit_variant(
        window_of(SPANS, features), labels, chosen(BOOSTING), NOTHING_HELD_OUT, AS_OF, variant=Variant("all"), config=CONFIG
    ),
    "suspects": lambda labels: find_suspects(window_of(SPANS, features), labels, candidate=BOOSTING, training=CONFIG),
}


@pytest.mark.parametrize("training", TRAININGS.values(), ids=TRAININGS)
def test_nothing_is_trained_on_what_such_a_function_said(training: Callable[[Labels], object]) -> None:
    labels = resolve_labels(votes_of("WITH_DIRECT"), window_of(SPANS, outcomes), AS_OF, outcome=code("positive"))
    with pytest.raises(DataError, match=r"Write what labels over other columns.\n- slice-only labeling function direct: "):
        training(labels)


def test_functions_over_other_columns_are_free_to_train() -> None:
    labels = resolve_labels(votes_of("CLEAN"), window_of(SPANS, limited_outcomes), AS_OF, outcome=code("positive"))
    assert fit_model(window_of(SPANS, features), labels, chosen(BOOSTING), NOTHING_HELD_OUT, AS_OF, config=CONFIG).figures["n_rows"]


def test_an_outcome_made_from_a_tagged_column_is_refused_too() -> None:
    window = window_of(SPANS, features)
    labels = label_outcomes(window, window_of(SPANS, limited_outcomes), AS_OF, outcome=code("by_carrier"))
    with pytest.raises(DataError, match="slice-only the outcome"):
        fit_model(window, labels, chosen(BOOSTING), NOTHING_HELD_OUT, AS_OF, config=CONFIG)


def limited_ratings(span: Span) -> Examples:
    return Examples.from_arrow(limited_outcomes(span).to_arrow().append_column("hour", features(span).to_arrow().column("hour")))


def test_raters_and_feedback_that_are_told_by_a_tagged_column_are_refused_too(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("rated", "fed")]
    for folder in folders:
        folder.mkdir()
    window = window_of(SPANS, limited_ratings)
    rated = loaded_again(combine_ratings(window, config=RatingConfig(("hour",), rater="carrier", label="outcome")), folders[0])
    fed = loaded_again(
        join_feedback(window, window, AS_OF, config=FeedbackConfig(("carrier",), 24), outcome=code("by_carrier")), folders[1]
    )
    assert (rated.purposes, fed.purposes) == (TAG, TAG | {"outcome": "slice-only"})
    labels = resolve_labels(votes_of("CLEAN"), window_of(SPANS, outcomes), AS_OF, None, rated, fed, outcome=code("positive"))
    with pytest.raises(DataError, match=r"(?s)slice-only the feedback's carrier: .*slice-only the raters' carrier: "):
        fit_model(window_of(SPANS, features), labels, chosen(BOOSTING), NOTHING_HELD_OUT, AS_OF, config=CONFIG)


def spread() -> list[pl.Expr]:
    return [pl.concat_str(pl.col(pl.String)).alias("all_texts"), (pl.col("hour") + 1).alias("later")]


def test_derived_columns_that_ask_by_type_and_what_is_looked_up_by_a_tagged_key_are_tagged() -> None:
    examples = Examples.from_arrow(limited(SPANS[0]).to_arrow())
    derived = derive_columns(examples, columns=code("spread"))
    assert purposes_of([derived.schema]) == TAG | {"all_texts": "slice-only"}
    table = examples.to_arrow().slice(0, 2).select(["row_id", "event_time", "carrier", "score"]).rename_columns(
        ["row_id", "event_time", "carrier", "income"]
    )  # fmt: skip
    known = Window((SPANS[0],), (Reference.from_arrow(table),))
    enriched = enrich_examples(examples, known, config=EnrichmentConfig(("carrier",), ("income",)))
    assert purposes_of([enriched.schema]) == TAG | {"income": "slice-only"}


def count(rows: pl.DataFrame) -> pl.DataFrame:
    of_hour = rows.with_columns(hour=pl.lit("any"))
    return daily_records(of_hour, positive(), [Record("overall", ("hour",)), Record("by_carrier", ("carrier",))])


def test_records_counted_by_a_tagged_column_are_tagged(tmp_path: Path) -> None:
    records = loaded_again(record_outcomes(limited_outcomes(SPANS[0]), count=code("count")), tmp_path)
    assert records.purposes == {"by_carrier": "slice-only"}
