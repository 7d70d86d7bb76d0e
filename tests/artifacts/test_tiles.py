from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.artifacts.tiles import TILE_ROWS, slices_of, tiles_of, write_pieces, write_table


def written(table: pa.Table, path: Path) -> bytes:
    write_table(table, path)
    return path.read_bytes()


@settings(max_examples=15, deadline=None)
@given(texts=st.lists(st.none() | st.text(max_size=3), max_size=40), cut=st.integers(0, 40))
def test_equal_tables_give_equal_bytes_however_they_are_chunked(
    texts: list[str | None], cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    directory = tmp_path_factory.mktemp("tiles")
    whole = pa.table({"s": pa.array(texts, pa.string()), "n": pa.array(range(len(texts)), pa.int64())})
    parts = pa.concat_tables([whole.slice(0, cut), whole.slice(cut)])
    shifted = pa.concat_tables([whole.slice(0, 1), whole]).slice(min(1, len(texts)))
    expected = written(whole, directory / "whole")
    assert written(parts, directory / "parts") == expected
    assert written(shifted, directory / "shifted") == expected
    assert written(whole.replace_schema_metadata({"note": "x"}), directory / "noted") == expected


def test_what_is_written_is_read_back_with_its_types(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": pa.array([b"a" * 16], pa.binary(16)),
            "at": pa.array([1], pa.timestamp("us", "UTC")),
            "day": pa.array([1], pa.date32()),
            "flag": [True],
            "text": ["ä"],
            "list": [[1, None]],
            "deep": [{"a": 1}],
        }
    )
    write_table(table, tmp_path / "t.parquet")
    assert pq.read_table(tmp_path / "t.parquet").equals(table)


def test_a_tile_is_a_row_group_of_65536_rows(tmp_path: Path) -> None:
    table = pa.table({"n": pa.array(range(2 * TILE_ROWS + 1))})
    write_table(table, tmp_path / "t.parquet")
    stored, sliced = tiles_of(tmp_path / "t.parquet"), slices_of(table)
    assert [tile.read().num_rows for tile in stored] == [TILE_ROWS, TILE_ROWS, 1]
    assert all(one.read(["n"]).equals(other.read(["n"])) for one, other in zip(stored, sliced, strict=True))


def test_only_texts_that_repeat_are_dictionary_encoded(tmp_path: Path) -> None:
    n = 100
    table = pa.table({"same": ["x"] * n, "unique": [f"{i}" for i in range(n)], "n": [1] * n})
    write_table(table, tmp_path / "t.parquet")
    group = pq.ParquetFile(tmp_path / "t.parquet").metadata.row_group(0)
    encoded = {group.column(i).path_in_schema: group.column(i).has_dictionary_page for i in range(3)}
    assert encoded == {"same": True, "unique": False, "n": False}


def test_whole_numbers_and_times_are_stored_by_their_differences(tmp_path: Path) -> None:
    table = pa.table(
        {"at": pa.array([2, 1], pa.timestamp("us", "UTC")), "a.b": [1, None], "x": [0.5, 1.0], "list": [[1], []], "flag": [True, False]}
    )
    write_table(table, tmp_path / "t.parquet")
    assert pq.read_table(tmp_path / "t.parquet").equals(table)
    group = pq.ParquetFile(tmp_path / "t.parquet").metadata.row_group(0)
    assert ["DELTA_BINARY_PACKED" in group.column(i).encodings for i in range(5)] == [True, True, False, False, False]


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(0, 2 * TILE_ROWS + 1), max_size=4))
def test_pieces_give_the_bytes_of_the_whole(cuts: list[int], tmp_path_factory: pytest.TempPathFactory) -> None:
    directory = tmp_path_factory.mktemp("tiles")
    n = 2 * TILE_ROWS + 1
    table = pa.table({"n": range(n), "text": pa.array([str(i // 3) for i in range(n)])})
    edges = [0, *sorted(cuts), n]
    write_pieces((table.slice(start, end - start) for start, end in pairwise(edges)), directory / "pieces")
    assert (directory / "pieces").read_bytes() == written(table, directory / "whole")


def test_no_rows_are_no_tiles_in_memory() -> None:
    assert slices_of(pa.table({"n": pa.array([], pa.int64())})) == []


def test_texts_come_as_the_dictionaries_in_the_file_where_asked(tmp_path: Path) -> None:
    n = 100
    table = pa.table({"same": ["x"] * n, "unique": [f"{i}" for i in range(n)], "n": [1] * n})
    write_table(table, tmp_path / "t.parquet")
    (tile,) = tiles_of(tmp_path / "t.parquet")
    coded = tile.read(["n", "same", "unique"], coded=True)
    assert [str(kind) for kind in coded.schema.types] == ["int64", "dictionary<values=string, indices=int32, ordered=0>", "string"]
    assert coded.column("same").cast(pa.string()).equals(table.column("same"))
    assert slices_of(table)[0].read(["n"], coded=True).column_names == ["n"]


def test_extremes_are_kept_of_numbers_and_times_only(tmp_path: Path) -> None:
    columns = {"at": pa.array([2, 1], pa.timestamp("us", "UTC")), "n": [1, None], "x": [0.5, 1.0], "text": ["a", "b"], "id": [b"a", b"b"]}
    found = {}
    for extremes in (True, False):
        write_table(pa.table(columns), tmp_path / "t.parquet", extremes=extremes)
        group = pq.read_metadata(tmp_path / "t.parquet").row_group(0)
        found[extremes] = [group.column(i).path_in_schema for i in range(5) if group.column(i).is_stats_set]
    assert found == {True: ["at", "n", "x"], False: []}
