from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from components.artifacts.examples import Examples
from components.artifacts.tiles import TILE_ROWS
from components.runtime.value import Value

ROWS = pa.table(
    {"row_id": pa.array([b"a" * 16, b"b" * 16], pa.binary(16)), "event_time": pa.array([1, 2], pa.timestamp("us", "UTC")), "n": [1, None]}
)


def test_examples_come_back_as_they_were_saved(tmp_path: Path) -> None:
    examples = Examples.from_arrow(ROWS, partitioned=5, duplicate=2, dropped=1)
    assert isinstance(examples, Value)
    examples.save(tmp_path)
    stored = Examples.load(tmp_path)
    assert stored.to_arrow().equals(ROWS)
    assert stored.schema.equals(ROWS.schema)
    assert stored.summary() == examples.summary() == {"n_rows": 2, "partitioned": 5, "duplicate": 2, "dropped": 1}


def test_rows_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match="do not add up"):
        Examples.from_arrow(ROWS, partitioned=5, duplicate=2)


def test_columns_come_in_the_order_asked_for(tmp_path: Path) -> None:
    Examples.from_arrow(ROWS).save(tmp_path)
    for examples in (Examples.from_arrow(ROWS), Examples.load(tmp_path)):
        assert examples.to_arrow(["n", "row_id"]).column_names == ["n", "row_id"]
        assert examples.to_polars(["n"]).equals(pl.DataFrame({"n": [1, None]}))


def test_an_empty_span_has_columns_and_no_rows_and_no_tiles(tmp_path: Path) -> None:
    Examples.from_arrow(ROWS.slice(0, 0)).save(tmp_path)
    stored = Examples.load(tmp_path)
    assert stored.n_rows == 0
    assert stored.schema.names == ["row_id", "event_time", "n"]
    assert sum(tile.read().num_rows for tile in stored.tiles()) == 0


def test_tiles_in_memory_and_on_disk_are_the_same(tmp_path: Path) -> None:
    n = TILE_ROWS + 3
    table = pa.table({"row_id": pa.array([b"a" * 16] * n, pa.binary(16)), "event_time": pa.array(range(n), pa.timestamp("us", "UTC"))})
    Examples.from_arrow(table).save(tmp_path)
    in_memory, on_disk = Examples.from_arrow(table).tiles(), Examples.load(tmp_path).tiles()
    assert [tile.read().num_rows for tile in on_disk] == [TILE_ROWS, 3]
    assert all(one.read().equals(other.read()) for one, other in zip(in_memory, on_disk, strict=True))


def test_counts_are_part_of_equality() -> None:
    assert Examples.from_arrow(ROWS) != Examples.from_arrow(ROWS, partitioned=3, duplicate=1)
