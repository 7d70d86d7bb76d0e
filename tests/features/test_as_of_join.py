"""The as-of join against a plain loop, and what it refuses."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.features.as_of_join import as_of_join
from components.runtime.errors import DefinitionError

START = datetime(2013, 3, 10, tzinfo=UTC)
SIX_HOURS = timedelta(hours=6)
ROWS = {"origin": pl.String, "at": pl.Datetime("us", "UTC")}
SEEN = {"origin": pl.String, "known": pl.Datetime("us", "UTC"), "temp": pl.Int64}

origins = st.sampled_from(["EWR", "JFK", None])
instants = st.none() | st.integers(0, 20).map(lambda hours: START + timedelta(hours=hours))
asked = st.lists(st.tuples(origins, instants), max_size=12)
observed = st.lists(st.tuples(origins, instants, st.integers(0, 99)), max_size=15)


def expected(row: tuple[str | None, datetime | None], lookup: list[tuple[str | None, datetime | None, int]]) -> int | None:
    origin, at = row
    if origin is None or at is None:
        return None
    fitting = [(known, temp) for where, known, temp in lookup if where == origin and known and at - SIX_HOURS <= known <= at]
    newest = max((known for known, _ in fitting), default=None)
    return [temp for known, temp in fitting if known == newest][-1] if fitting else None


@settings(max_examples=50, deadline=None)
@given(asked, observed)
def test_each_row_gets_the_newest_row_known_within_the_tolerance_at_its_own_instant(
    rows: list[tuple[str | None, datetime | None]], lookup: list[tuple[str | None, datetime | None, int]]
) -> None:
    frame, seen = pl.DataFrame(rows, ROWS, orient="row"), pl.DataFrame(lookup, SEEN, orient="row")
    joined = as_of_join(frame, seen, at="at", known="known", by=["origin"], tolerance=SIX_HOURS)
    assert joined.drop("temp").equals(frame)
    assert joined["temp"].to_list() == [expected(row, lookup) for row in rows]


@settings(max_examples=50, deadline=None)
@given(asked, observed, st.integers(0, 20))
def test_what_is_known_later_than_every_row_changes_nothing(
    rows: list[tuple[str | None, datetime | None]], lookup: list[tuple[str | None, datetime | None, int]], hours: int
) -> None:
    limit = START + timedelta(hours=hours)
    early = pl.DataFrame([row for row in rows if row[1] and row[1] <= limit], ROWS, orient="row")
    seen = pl.DataFrame(lookup, SEEN, orient="row")
    cut = seen.filter(pl.col("known") <= limit)
    options = {"at": "at", "known": "known", "by": ["origin"], "tolerance": SIX_HOURS}
    assert as_of_join(early, seen, **options).equals(as_of_join(early, cut, **options))


def test_a_missing_column_is_named_with_the_nearest_one() -> None:
    rows, seen = pl.DataFrame(schema=ROWS), pl.DataFrame(schema=SEEN)
    with pytest.raises(DefinitionError, match="Nearest valid name: 'origin'"):
        as_of_join(rows, seen, at="at", known="known", by=["orign"], tolerance=SIX_HOURS)


def test_a_lookup_column_that_would_hide_one_of_the_rows_is_refused() -> None:
    rows, seen = pl.DataFrame(schema={**ROWS, "temp": pl.Int64}), pl.DataFrame(schema=SEEN)
    with pytest.raises(DefinitionError, match="Got temp"):
        as_of_join(rows, seen, at="at", known="known", by=["origin"], tolerance=SIX_HOURS)
