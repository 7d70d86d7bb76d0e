from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from components.artifacts import tiles
from components.artifacts.delivery import Delivery
from components.ingestion.component import IngestionConfig, ingest_examples
from components.measures.hashing import row_ids
from components.runtime.errors import DataError
from components.runtime.spans import Calendar, Grain

SPAN = Calendar(Grain.DAY, "UTC").span("2013-01-05")


def delivery(*rows: tuple[str, int, int], **more: pa.Array) -> Delivery:
    """Return the delivery of rows (id, hour, n), in that order."""
    columns = pa.table({"id": pa.array([row[0] for row in rows], pa.string()), "n": pa.array([row[2] for row in rows], pa.int64()), **more})
    times = pa.array([datetime(2013, 1, 5, row[1], tzinfo=UTC) for row in rows], pa.timestamp("us", "UTC"))
    table = columns.add_column(0, "event_time", times).add_column(0, "row_id", row_ids(columns, ["id"]))
    return Delivery.from_arrow(table)


def test_the_row_of_the_later_delivery_wins() -> None:
    found = ingest_examples([delivery(("a", 1, 1), ("b", 2, 2)), delivery(("a", 3, 10), ("c", 0, 3))], SPAN)
    assert found.to_arrow(["id", "n"]).to_pylist() == [{"id": "c", "n": 3}, {"id": "b", "n": 2}, {"id": "a", "n": 10}]
    assert found.summary() == {"n_rows": 3, "partitioned": 4, "duplicate": 1, "dropped": 0}


def test_the_first_row_wins_where_the_configuration_says_so() -> None:
    found = ingest_examples([delivery(("a", 1, 1)), delivery(("a", 3, 10))], SPAN, config=IngestionConfig(winner="first"))
    assert found.to_arrow(["n"]).to_pylist() == [{"n": 1}]


def test_the_greatest_value_of_a_declared_column_wins_whatever_came_last() -> None:
    deliveries = [delivery(("a", 1, 7), ("b", 1, 1)), delivery(("a", 3, 5), ("b", 2, 1))]
    by_number = ingest_examples(deliveries, SPAN, config=IngestionConfig(by="n"))
    assert by_number.to_arrow(["id", "n"]).to_pylist() == [{"id": "a", "n": 7}, {"id": "b", "n": 1}]
    assert by_number.to_arrow(["event_time"]).column(0)[1].as_py().hour == 2
    least = ingest_examples(deliveries, SPAN, config=IngestionConfig(winner="first", by="n"))
    assert sorted(least.to_arrow(["n"]).column(0).to_pylist()) == [1, 5]
    with pytest.raises(DataError, match="cannot be told"):
        ingest_examples(deliveries, SPAN, config=IngestionConfig(by="version"))


def test_a_key_that_repeats_within_a_delivery_counts_as_duplicate() -> None:
    found = ingest_examples([delivery(("a", 1, 1), ("a", 1, 2))], SPAN)
    assert found.to_arrow(["n"]).to_pylist() == [{"n": 2}]
    assert found.counts["duplicate"] == 1


def test_a_repeated_delivery_changes_no_byte_of_the_rows(tmp_path: Path) -> None:
    one = delivery(("a", 1, 1), ("b", 0, 2))
    written = []
    for name, deliveries in (("once", [one]), ("twice", [one, one])):
        (tmp_path / name).mkdir()
        ingest_examples(deliveries, SPAN).save(tmp_path / name)
        written.append((tmp_path / name / "examples.parquet").read_bytes())
    assert written[0] == written[1]


def test_a_column_that_came_later_is_null_before() -> None:
    found = ingest_examples([delivery(("a", 1, 1)), delivery(("b", 2, 2), new=pa.array(["x"]))], SPAN)
    assert found.to_arrow(["new"]).column(0).to_pylist() == [None, "x"]


def test_a_column_that_changed_its_type_is_refused() -> None:
    with pytest.raises(DataError, match="column-type-changed"):
        ingest_examples([delivery(("a", 1, 1), more=pa.array([1])), delivery(("b", 2, 2), more=pa.array(["x"]))], SPAN)


def test_rows_of_another_span_are_refused() -> None:
    other = Calendar(Grain.DAY, "UTC").span("2013-01-06")
    with pytest.raises(DataError, match="holds rows of another"):
        ingest_examples([delivery(("a", 1, 1))], other)


def test_an_empty_delivery_gives_the_columns_and_no_rows() -> None:
    found = ingest_examples([delivery()], SPAN)
    assert found.n_rows == 0
    assert found.schema.names == ["row_id", "event_time", "id", "n"]


def test_no_delivery_is_an_error() -> None:
    with pytest.raises(DataError, match="no delivery"):
        ingest_examples([], SPAN)


def stored(one: Delivery, directory: Path) -> Delivery:
    directory.mkdir()
    one.save(directory)
    return Delivery.load(directory)


@pytest.mark.parametrize("rows", [[], [("b", 0, 2), ("a", 1, 1)], [("a", 1, 1), ("b", 0, 2)], [("a", 1, 1), ("b", 2, 2), ("a", 3, 3)]])
def test_a_stored_delivery_gives_the_bytes_that_it_gives_in_memory(rows: list[tuple[str, int, int]], tmp_path: Path) -> None:
    found = []
    for name, one in (("memory", delivery(*rows)), ("disk", stored(delivery(*rows), tmp_path / "delivery"))):
        (tmp_path / name).mkdir()
        examples = ingest_examples([one], SPAN)
        examples.save(tmp_path / name)
        found.append(((tmp_path / name / "examples.parquet").read_bytes(), examples.summary()))
    assert found[0] == found[1]


def test_stored_rows_in_order_are_not_read_again_however_many_tiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "TILE_ROWS", 2)
    one = stored(delivery(("c", 0, 1), ("b", 1, 1), ("a", 2, 1)), tmp_path / "one")
    assert ingest_examples([one], SPAN).path == one.path
    other = stored(delivery(("c", 0, 1), ("b", 2, 1), ("a", 1, 1)), tmp_path / "other")
    assert ingest_examples([other], SPAN).path is None
    assert ingest_examples([other], SPAN).to_arrow(["id"]).column(0).to_pylist() == ["c", "a", "b"]


def test_a_stored_row_outside_the_span_is_refused(tmp_path: Path) -> None:
    one = stored(delivery(("a", 1, 1)), tmp_path / "one")
    with pytest.raises(DataError, match="of another"):
        ingest_examples([one], Calendar(Grain.DAY, "UTC").span("2013-01-06"))
