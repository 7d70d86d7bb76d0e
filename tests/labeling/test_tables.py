"""Lookup tables: the newest version that was there before the span, or what came beside its rows."""

import polars as pl
import pytest

from components.artifacts.examples import Examples
from components.artifacts.lookups import Lookups
from components.labeling.tables import look_back, look_beside
from components.runtime.errors import DataError, DefinitionError
from components.runtime.spans import Span
from tests.windows import days, rows, window_of

SPANS = days(4)


def listed(span: Span) -> Examples:
    day = SPANS.index(span)
    frame = rows(span, 3).select("row_id", "event_time", domain=pl.Series(["b.org", "a.com", "a.com"]), day=pl.lit(day))
    return Examples.from_arrow(frame.to_arrow())


def test_the_newest_version_counts_and_its_rows_are_sorted_and_unlike() -> None:
    found = look_back(window_of(SPANS, listed, SPANS[3:]), table="blacklist", columns=("domain", "day"))
    assert found.tables["blacklist"].rows() == [("a.com", 2), ("b.org", 2)]


def test_without_any_version_the_table_is_empty() -> None:
    found = look_back(window_of(SPANS, listed, SPANS), table="blacklist", columns=("domain",))
    assert found.tables["blacklist"].schema == {"domain": pl.String}
    assert found.summary() == {"n_tables": 1, "n_blacklist": 0}


def test_tables_add_up_and_keep_their_names_apart() -> None:
    first = look_beside(listed(SPANS[0]), table="said", columns=("domain",))
    both = look_back(window_of(SPANS, listed), first, table="blacklist", columns=("domain",))
    assert sorted(both.tables) == ["blacklist", "said"]
    with pytest.raises(DataError, match="two lookup tables are called 'said'"):
        look_beside(listed(SPANS[0]), first, table="said", columns=("domain",))
    with pytest.raises(DefinitionError, match="bad name"):
        look_beside(listed(SPANS[0]), Lookups(), table="../said", columns=("domain",))
