from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.measures.hashing import occurrence, row_ids, row_keys
from components.measures.murmur import hash_rows
from components.runtime.errors import DefinitionError


def keys(**columns: pa.Array | list[object]) -> list[bytes]:
    return row_keys(pa.table(columns), list(columns)).to_pylist()


def test_the_encoding_of_a_key_is_fixed_for_ever() -> None:
    header = (7).to_bytes(8, "little") + (2).to_bytes(8, "little") + bytes(8) + bytes([2, 5, 0])
    expected = hash_rows(pa.array([header + b"ab"]), seed=3).astype("<u8").tobytes()
    assert keys(a=[7], b=["ab"], c=pa.array([None], pa.float64())) == [expected]


def test_text_does_not_move_from_one_column_to_the_next() -> None:
    assert len(set(keys(a=["a", "ab", "", "abc", None], b=["bc", "c", "abc", "", "abc"]))) == 5


def test_values_that_look_alike_differ_by_type() -> None:
    arrays = [
        pa.array([v]) for v in (1, 1.0, "1", b"1", True, date(1970, 1, 2), time(0, 0, 0, 1), timedelta(microseconds=1), Decimal(1), [1])
    ]
    arrays += [pa.array([1], pa.timestamp("us")), pa.array([1], pa.timestamp("us", "UTC")), pa.array([None])]
    assert len({keys(a=array)[0] for array in arrays}) == len(arrays)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (pa.array([5], pa.int8()), pa.array([5], pa.uint64())),
        (pa.array([0.0]), pa.array([-0.0])),
        (pa.array([np.float64("nan")]), pa.Array.from_buffers(pa.float64(), 1, [None, pa.py_buffer(b"\x01\x02\x00\x00\x00\x00\xf8\xff")])),
        (pa.array([0.5], pa.float32()), pa.array([0.5], pa.float64())),
        (pa.array(["é"]), pa.array(["é"]).dictionary_encode()),
        (pa.array(["é"]), pa.array(["é"], pa.large_string())),
        (
            pa.array([datetime(2013, 1, 1, tzinfo=UTC)], pa.timestamp("s", "UTC")),
            pa.array([datetime(2013, 1, 1, tzinfo=UTC)], pa.timestamp("ns", "America/New_York")),
        ),
        (pa.array([date(2013, 1, 1)], pa.date32()), pa.array([date(2013, 1, 1)], pa.date64())),
        (pa.array([1], pa.time32("s")), pa.array([1_000_000], pa.time64("us"))),
        (pa.array([None], pa.string()), pa.array([None], pa.int64())),
    ],
)
def test_equal_values_hash_alike_whatever_their_storage(left: pa.Array, right: pa.Array) -> None:
    assert keys(a=left) == keys(a=right)


def test_an_integer_past_the_signed_range_is_not_a_negative_one() -> None:
    assert keys(a=pa.array([2**64 - 1], pa.uint64())) != keys(a=[-1])


def test_the_order_of_the_key_columns_matters_and_names_do_not() -> None:
    table = pa.table({"a": ["x"], "b": ["y"]})
    assert row_keys(table, ["a", "b"]) != row_keys(table, ["b", "a"])
    assert row_keys(table, ["a", "b"]) == row_keys(table.rename_columns(["c", "d"]), ["c", "d"])


def test_a_null_in_place_of_a_value_hides_the_stored_bytes() -> None:
    masked = pa.array([3.5, 1.0], mask=np.array([True, False]))
    assert keys(a=masked) == keys(a=pa.array([None, 1.0]))


def test_a_missing_column_and_an_empty_key_are_named() -> None:
    with pytest.raises(DefinitionError, match=r"carier.*Nearest valid name: 'carrier'"):
        row_keys(pa.table({"carrier": ["UA"]}), ["carier"])
    with pytest.raises(DefinitionError, match="names no column"):
        row_ids(pa.table({"carrier": ["UA"]}), [])


@given(st.lists(st.integers(0, 4)), st.integers(0, 3))
def test_occurrences_count_equal_rows_before(values: list[int], skip: int) -> None:
    column = row_keys(pa.table({"a": pa.array(values, pa.int64())}), ["a"]).slice(skip)
    values = values[skip:]
    assert occurrence(column).tolist() == [values[:at].count(value) for at, value in enumerate(values)]


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["", "a", None])), max_size=12), st.randoms(use_true_random=False))
def test_without_a_key_ids_are_unique_and_do_not_depend_on_the_order_of_rows(
    rows: list[tuple[int, str | None]], shuffle: "st.Random"
) -> None:
    def ids(of: list[tuple[int, str | None]]) -> list[bytes]:
        return row_ids(
            pa.table({"a": pa.array([r[0] for r in of], pa.int64()), "b": pa.array([r[1] for r in of], pa.string())}), None
        ).to_pylist()

    first = ids(rows)
    shuffle.shuffle(rows)
    assert len(set(first)) == len(first)
    assert set(first) == set(ids(rows))


def test_with_a_key_ids_are_its_hashes() -> None:
    table = pa.table({"a": [1, 1, 2], "b": ["x", "y", "z"]})
    assert row_ids(table, ["a"]) == row_keys(table, ["a"])
    assert row_ids(table, ["a"]).type == pa.binary(16)


def test_chunks_do_not_show() -> None:
    table = pa.table({"a": range(100), "b": [str(n) for n in range(100)]})
    split = pa.concat_tables([table.slice(0, 33), table.slice(33)])
    assert row_ids(split, None) == row_ids(table, None)
