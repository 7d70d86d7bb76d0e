"""Recent records: counts that add up in any order, shrunk shares, and the cut at what was known."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.features.records import Record, daily_records, merge_records, recent_records, with_records
from components.runtime.errors import DataError, DefinitionError

CARRIER = Record("carrier_record", ("carrier",))
ROUTE = Record("route_record", ("origin", "dest"), weight=4.0)
RECORDS = (CARRIER, ROUTE)
LATE = pl.col("delay") >= 15
COLUMNS = {"carrier": pl.String, "origin": pl.String, "dest": pl.String, "delay": pl.Int64}

flights = st.tuples(
    st.sampled_from(["UA", "B6", None]), st.sampled_from(["EWR", "JFK"]), st.sampled_from(["BOS", None]), st.none() | st.integers(-9, 40)
)
days = st.lists(st.lists(flights, max_size=12), max_size=5)


def frame(rows: list[tuple[str | None, str, str | None, int | None]]) -> pl.DataFrame:
    return pl.DataFrame(rows, COLUMNS, orient="row")


def counted(rows: list[tuple[str | None, str, str | None, int | None]]) -> pl.DataFrame:
    return daily_records(frame(rows), LATE, RECORDS)


@settings(max_examples=50, deadline=None)
@given(days, st.randoms(use_true_random=False))
def test_days_merged_in_any_order_and_grouping_equal_all_rows_counted_at_once(
    parts: list[list[tuple[str | None, str, str | None, int | None]]], random: object
) -> None:
    tables = [counted(rows) for rows in parts]
    random.shuffle(tables)  # type: ignore[attr-defined]
    middle = len(tables) // 2
    grouped = merge_records([merge_records(tables[:middle]), merge_records(tables[middle:])])
    assert grouped.equals(counted([row for rows in parts for row in rows]))


@settings(max_examples=50, deadline=None)
@given(st.lists(flights, max_size=20))
def test_the_column_is_the_shrunk_share_of_the_key_less_the_overall_share(
    rows: list[tuple[str | None, str, str | None, int | None]],
) -> None:
    values = with_records(frame(rows), counted(rows), RECORDS)[ROUTE.name].to_list()
    known = [(origin, dest, delay >= 15) for _, origin, dest, delay in rows if delay is not None and dest is not None]
    overall = (sum(late for *_, late in known) + 1) / (len(known) + 2) if known else 0.5
    for (_, origin, dest, _), value in zip(rows, values, strict=True):
        own = [late for where, to, late in known if (where, to) == (origin, dest)]
        assert value == pytest.approx((sum(own) + 4.0 * overall) / (len(own) + 4.0) - overall if own else 0.0)


@settings(max_examples=50, deadline=None)
@given(st.lists(flights, max_size=20))
def test_rows_keep_their_order_and_columns(rows: list[tuple[str | None, str, str | None, int | None]]) -> None:
    assert with_records(frame(rows), counted(rows), RECORDS).drop("carrier_record", "route_record").equals(frame(rows))


def test_a_day_whose_outcomes_were_known_later_does_not_count() -> None:
    cut = datetime(2013, 3, 10, 4, tzinfo=UTC)
    day = counted([("UA", "EWR", "BOS", 20)])
    parts = [(cut - timedelta(hours=1), day), (cut, day), (cut + timedelta(microseconds=1), day)]
    assert recent_records(parts, known_by=cut)["n"].to_list() == [2, 2]


def test_without_any_outcome_every_record_is_zero() -> None:
    rows = frame([("UA", "EWR", "BOS", None), (None, "JFK", None, None)])
    assert with_records(rows, counted([]), RECORDS).select("carrier_record", "route_record").rows() == [(0.0, 0.0), (0.0, 0.0)]


def test_a_missing_key_column_is_named_with_the_nearest_one() -> None:
    with pytest.raises(DefinitionError, match=r"needs the column 'carier'.*Nearest valid name: 'carrier'"):
        daily_records(frame([]), LATE, [Record("r", ("carier",))])


def test_a_value_that_contains_the_separator_is_refused_where_two_keys_could_meet() -> None:
    rows = frame([("A|B", "EWR", "BOS", 1), ("UA", "E|WR", "BOS", 1)])
    assert daily_records(rows, LATE, [CARRIER])["key"].to_list() == ["A|B", "UA"]
    with pytest.raises(DataError, match="a value of 'origin' contains"):
        daily_records(rows, LATE, [ROUTE])
