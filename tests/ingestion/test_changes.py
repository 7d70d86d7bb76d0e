"""Change tables, against what a reader of two tables would write down."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.artifacts.examples import Examples
from components.artifacts.reference import Reference
from components.ingestion.changes import table_changes
from components.measures.hashing import row_ids
from components.runtime.errors import DataError
from components.runtime.spans import Calendar, Grain
from components.runtime.window import Absent, Window

DAYS = Calendar(Grain.DAY, "UTC")
SPAN = DAYS.span("2013-01-05")
Table = dict[str, float | None]


def dump(rows: Table, day: int = 5, name: str = "price") -> Reference:
    """Return a table of prices by id, as it was dumped on a day."""
    table = pa.table({"id": pa.array(list(rows), pa.string()), name: pa.array(list(rows.values()), pa.float64())})
    times = pa.array([datetime(2013, 1, day, tzinfo=UTC)] * len(rows), pa.timestamp("us", "UTC"))
    return Reference.from_arrow(table.add_column(0, "event_time", times).add_column(0, "row_id", row_ids(table, ("id",))))


def window(*values: Reference | Absent) -> Window[Reference]:
    return Window(tuple(DAYS.previous(SPAN, len(values) - n) for n in range(len(values))), values)


def changes(now: Reference, *before: Reference | Absent) -> Examples:
    return table_changes(now, window(*before), SPAN)


def told(found: Examples, name: str = "price") -> set[tuple[str, float | None, str]]:
    return {(row["id"], row[name], row["change"]) for row in found.to_arrow().to_pylist()}


def test_added_changed_and_removed_rows_are_told_and_the_others_dropped() -> None:
    found = changes(dump({"a": 1.0, "b": 3.0, "d": None}), dump({"a": 1.0, "b": 2.0, "c": 4.0, "d": None}, 4))
    assert told(found) == {("b", 3.0, "changed"), ("c", 4.0, "removed")}
    assert found.counts == {"partitioned": 4, "duplicate": 0, "dropped": 2}
    assert set(found.to_arrow(["event_time"]).column(0).to_pylist()) == {datetime(2013, 1, 5, tzinfo=UTC)}
    assert found.schema.field("row_id").type == pa.binary(16)
    assert found.schema.field("change").type == pa.string()


def test_without_an_earlier_dump_nothing_is_called_new() -> None:
    assert told(changes(dump({"a": 1.0}), Absent("no-delivery"))) == {("a", 1.0, "first")}


def test_the_newest_earlier_dump_counts_over_a_gap() -> None:
    assert told(changes(dump({"a": 2.0}), dump({"a": 3.0}, 1), dump({"a": 2.0}, 2), Absent("empty"))) == set()


def test_a_column_that_came_or_went_is_null_in_the_other() -> None:
    found = changes(dump({"a": 1.0}, name="cost"), dump({"a": 1.0}, 4))
    assert found.to_arrow().column_names == ["row_id", "event_time", "id", "cost", "price", "change"]
    assert told(found, "cost") == {("a", 1.0, "changed")}


def test_rows_with_times_of_their_own_are_no_dump() -> None:
    mixed = pa.concat_tables([dump({"a": 1.0}, 4).to_arrow(), dump({"b": 1.0}, 5).to_arrow()])
    with pytest.raises(DataError, match="no dump"):
        changes(Reference.from_arrow(mixed))
    with pytest.raises(DataError, match="'change' itself"):
        changes(dump({"a": 1.0}, name="change"))


@given(*[st.dictionaries(st.sampled_from("abcdef"), st.sampled_from([None, 0.0, 1.5, float("nan")]), min_size=1)] * 2)
def test_the_changes_lead_from_one_table_to_the_next(old: Table, new: Table) -> None:
    found = changes(dump(new), dump(old, 4))
    table = {key: str(value) for key, value in old.items()}
    for key, value, change in told(found):
        assert (key in table) == (change != "added")
        table.pop(key, None) if change == "removed" else table.update({key: str(value)})
    assert table == {key: str(value) for key, value in new.items()}
    assert found.counts["dropped"] == sum(key in old and str(old[key]) == str(value) for key, value in new.items())
