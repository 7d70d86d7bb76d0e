"""Features of a span: the pipeline's own builder, given only what was known by the span's earliest prediction time."""

from collections.abc import Callable
from datetime import datetime, timedelta

import polars as pl
import pytest

from components.artifacts.features import Features
from components.artifacts.records import Records
from components.features.component import build_features, record_outcomes
from components.features.records import Record, daily_records, with_records
from components.runtime.errors import DataError
from components.runtime.instants import Duration
from components.runtime.keys import CodeRef
from components.runtime.spans import Span
from tests.windows import days, features, outcomes, rows, window_of

HERE = "tests.features.test_component"
SPANS = days(6)
TODAY = SPANS[-1]
SEEN: list[tuple[pl.DataFrame | None, pl.DataFrame]] = []


def build(examples: pl.DataFrame, lookup: pl.DataFrame | None, records: pl.DataFrame) -> pl.DataFrame:
    SEEN.append((lookup, records))
    return examples.select("row_id", "event_time", "carrier", doubled=pl.col("score") * 2)


def build_without_the_first(examples: pl.DataFrame, _lookup: pl.DataFrame | None, _records: pl.DataFrame) -> pl.DataFrame:
    return examples.slice(1)


def build_another_time(examples: pl.DataFrame, _lookup: pl.DataFrame | None, _records: pl.DataFrame) -> pl.DataFrame:
    return examples.with_columns(pl.col("event_time") + timedelta(hours=1))


def build_unordered(examples: pl.DataFrame, _lookup: pl.DataFrame | None, _records: pl.DataFrame) -> pl.DataFrame:
    return examples.reverse()


def build_without_identity(examples: pl.DataFrame, _lookup: pl.DataFrame | None, _records: pl.DataFrame) -> pl.DataFrame:
    return examples.select("score")


def day_before(start: datetime) -> datetime:
    return start - timedelta(hours=24)


def count(frame: pl.DataFrame) -> pl.DataFrame:
    return daily_records(frame.with_columns(one=pl.lit("all")), pl.col("outcome") == 1, [Record("level", ("one",))])


def records(span: Span) -> Records:
    return record_outcomes(outcomes(span), count=CodeRef(f"{HERE}:count"))


def built(
    builder: str = "build", *, lag: str = "2 days", lookup: bool = True, across_rows: tuple[str, ...] = (),
    made: Callable[[Span], Records] = records,
) -> Features:  # fmt: skip
    SEEN.clear()
    return build_features(
        features(TODAY),
        window_of(SPANS[3:5], features, () if lookup else SPANS[3:5]),
        window_of(SPANS[:5], made),
        TODAY,
        build=CodeRef(f"{HERE}:{builder}"),
        known_by=CodeRef(f"{HERE}:day_before"),
        outcome_lag=Duration.parse(lag),
        zone="America/New_York",
        across_rows=across_rows,
    )


def test_the_builder_gets_the_rows_of_the_lookup_spans() -> None:
    made = built().to_polars()
    assert made["doubled"].to_list() == (rows(TODAY)["score"] * 2).to_list()
    lookup, _ = SEEN[0]
    assert lookup is not None
    assert lookup["row_id"].to_list() == [one for span in SPANS[3:5] for one in rows(span)["row_id"]]


def test_an_empty_lookup_is_none() -> None:
    built(lookup=False)
    assert SEEN[0][0] is None


@pytest.mark.parametrize(("lag", "n_days"), [("0 days", 4), ("2 days", 2), ("3 days", 1), ("9 days", 0)])
def test_records_end_where_the_outcomes_were_known_by_the_earliest_prediction(lag: str, n_days: int) -> None:
    built(lag=lag)
    found = SEEN[0][1]
    assert found["n"].sum() == 19 * n_days
    expected = sum(int(rows(span)["outcome"].sum()) for span in SPANS[:n_days])
    assert found["total"].sum() == expected


def test_records_count_known_outcomes() -> None:
    assert records(SPANS[0]).counts.rows() == [("level", "all", 19, int(rows(SPANS[0])["outcome"].sum()))]


def test_texts_are_plain_strings_and_row_ids_sixteen_bytes() -> None:
    schema = built().to_arrow().schema
    assert [str(schema.field(name).type) for name in ("row_id", "event_time", "carrier", "doubled")] == [
        "fixed_size_binary[16]", "timestamp[us, tz=UTC]", "string", "double",
    ]  # fmt: skip


@pytest.mark.parametrize("builder", ["build_without_the_first", "build_another_time", "build_unordered", "build_without_identity"])
def test_a_builder_that_changes_the_rows_is_refused(builder: str) -> None:
    with pytest.raises(DataError, match=f"{builder} changed the rows"):
        built(builder)


def build_a_rank(examples: pl.DataFrame, _lookup: pl.DataFrame | None, _records: pl.DataFrame) -> pl.DataFrame:
    return examples.select("row_id", "event_time", "carrier", rank=pl.col("score").rank())


def test_a_feature_that_a_row_has_among_others_only_is_refused_unless_it_is_named() -> None:
    with pytest.raises(DataError, match=r"build_a_rank says of a row alone something else .*: rank\. .*across_rows"):
        built("build_a_rank")
    assert built("build_a_rank", across_rows=("rank",)).to_polars()["rank"].n_unique() > 1


def build_records(examples: pl.DataFrame, _lookup: pl.DataFrame | None, counts: pl.DataFrame) -> pl.DataFrame:
    level = with_records(examples.with_columns(one=pl.lit("all")), counts, [Record("level", ("one",), weight=1e6)])
    return level.select("row_id", "event_time", total=pl.lit(int(counts["total"].sum())), level="level")


def test_a_planted_record_of_a_later_day_changes_no_feature() -> None:
    """Records of days whose outcomes were not known by the day before stand in the window, and count for nothing."""
    planted = Records(pl.DataFrame({"record": ["level"], "key": ["all"], "n": [10**6], "total": [10**6]}))
    honest = built("build_records", lag="2 days")
    later = built("build_records", lag="2 days", made=lambda span: planted if span in SPANS[2:] else records(span))
    earlier = built("build_records", lag="2 days", made=lambda span: planted if span == SPANS[1] else records(span))
    assert later.to_polars().equals(honest.to_polars())
    assert not earlier.to_polars().equals(honest.to_polars())
