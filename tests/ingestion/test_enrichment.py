from datetime import UTC, datetime

import pyarrow as pa
import pytest

from components.artifacts.examples import Examples
from components.artifacts.reference import Reference
from components.ingestion.enrichment import EnrichmentConfig, enrich_examples
from components.measures.hashing import row_ids
from components.runtime.errors import DataError, DefinitionError
from components.runtime.spans import Calendar, Grain
from components.runtime.window import Absent, Window


def examples(*rows: tuple[str, int], **columns: list[object]) -> Examples:
    """Return examples of rows (id, hour) in order of time, with more columns."""
    table = pa.table({"id": [row[0] for row in rows], **columns})
    times = pa.array([datetime(2013, 1, 5, row[1], tzinfo=UTC) for row in rows], pa.timestamp("us", "UTC"))
    return Examples.from_arrow(
        table.add_column(0, "event_time", times).add_column(0, "row_id", row_ids(table, None)), partitioned=len(rows)
    )


def window(*values: Examples | Absent) -> Window[Reference]:
    """Return a window of as many days as values."""
    calendar = Calendar(Grain.DAY, "UTC")
    first = calendar.span("2013-01-05")
    found = tuple(one if isinstance(one, Absent) else Reference.from_arrow(one.to_arrow()) for one in values)
    return Window(tuple(calendar.next(first, n) for n in range(len(values))), found)


ROWS = examples(("a", 1), ("b", 2), ("a", 8), ("c", 9))
NAMES = EnrichmentConfig(on=("id",), columns=("name",))


def test_columns_of_a_lookup_stand_beside_rows_that_do_not_change() -> None:
    found = enrich_examples(ROWS, window(examples(("b", 0), name=["Bo"]), Absent("empty"), examples(("a", 20), name=["Al"])), config=NAMES)
    assert found.to_arrow(["name"]).column(0).to_pylist() == ["Al", "Bo", "Al", None]
    assert found.to_arrow().drop_columns(["name"]) == ROWS.to_arrow()
    assert found.counts == ROWS.counts


def test_with_a_tolerance_the_newest_row_before_each_counts_and_none_after() -> None:
    lookup = examples(("a", 0), ("b", 3), ("a", 7), ("c", 7), name=["first", "later", "second", "old"])
    found = enrich_examples(ROWS, window(lookup), config=EnrichmentConfig(on=("id",), columns=("name",), tolerance="90 minutes"))
    assert found.to_arrow(["name"]).column(0).to_pylist() == ["first", None, "second", None]


def test_a_lookup_that_would_turn_one_row_into_several_is_refused() -> None:
    with pytest.raises(DataError, match="lookup-repeated"):
        enrich_examples(ROWS, window(examples(("a", 0), ("a", 1), name=["x", "y"])), config=NAMES)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (EnrichmentConfig(on=("id",), columns=("nam",)), "nearest one is 'name'"),
        (EnrichmentConfig(on=("key",), columns=("name",)), "examples have no column 'key'"),
        (EnrichmentConfig(on=("name",), columns=("id",)), "examples have no column 'name'"),
    ],
)
def test_columns_that_are_not_there_are_named(config: EnrichmentConfig, message: str) -> None:
    with pytest.raises(DataError, match=message):
        enrich_examples(ROWS, window(examples(("a", 0), name=["x"])), config=config)


def test_a_column_is_never_overwritten_and_a_lookup_must_be_there() -> None:
    both = examples(("a", 1), name=["mine"])
    with pytest.raises(DataError, match="is there already"):
        enrich_examples(both, window(examples(("a", 0), name=["x"])), config=NAMES)
    with pytest.raises(DataError, match="no lookup is there"):
        enrich_examples(ROWS, window(Absent("no-delivery")), config=NAMES)
    with pytest.raises(DefinitionError, match="fixed length"):
        enrich_examples(
            ROWS, window(examples(("a", 0), name=["x"])), config=EnrichmentConfig(on=("id",), columns=("name",), tolerance="1 month")
        )
