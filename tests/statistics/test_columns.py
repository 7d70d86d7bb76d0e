from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from components.artifacts.states import ColumnState
from components.measures.distinct import estimate
from components.statistics.columns import column_state


def state_of(values: list[object], kind: pa.DataType | None = None) -> ColumnState:
    return column_state("x", pa.chunked_array([pa.array(values, kind)]))


def n_distinct(state: ColumnState) -> int:
    return round(estimate(state.registers))


def test_floats_are_measured_without_null_nan_and_infinities() -> None:
    state = state_of([1.5, None, float("nan"), float("inf"), float("-inf"), 0.0, -0.0, -2.0, float("inf")])
    assert (state.n_rows, state.n_null, state.n_nan, state.n_zero) == (9, 1, 1, 2)
    assert (state.n_positive_infinite, state.n_negative_infinite) == (2, 1)
    assert (state.measure, state.minimum, state.maximum) == ("value", -2.0, 1.5)
    assert state.moments[:2] == (4, -0.125)
    assert state.histogram.values.tolist() == [-2.0, 0.0, 1.5]
    assert n_distinct(state) == 5


def test_integers_keep_exact_extremes() -> None:
    state = state_of([2**62 + 1, None, -(2**62) - 1, 0], pa.int64())
    assert (state.minimum, state.maximum, state.n_zero, n_distinct(state)) == (-(2**62) - 1, 2**62 + 1, 1, 3)
    assert state_of([2**64 - 1], pa.uint64()).maximum == 2**64 - 1


def test_frequent_integers_are_counted_in_a_narrow_and_a_wide_range() -> None:
    narrow, wide = state_of([3, 3, -1, None]), state_of([2**62, 5, 2**62, -(2**62)])
    assert (list(narrow.top.items()), narrow.top_error) == ([("3", 2), ("-1", 1)], 0)
    assert (list(wide.top.items()), wide.top_error) == ([(str(2**62), 2), (str(-(2**62)), 1), ("5", 1)], 0)
    assert list(state_of([2**64 - 1, 1], pa.uint64()).top) == ["1", str(2**64 - 1)]
    weighted = column_state("x", pa.chunked_array([[2**40, 7, 2**40]]), np.array([1, 5, 2]))
    assert dict(weighted.top) == {"7": 5, str(2**40): 3}


def test_beyond_the_cap_of_integers_the_true_count_lies_within_the_error() -> None:
    values = np.append(np.arange(5_000) * 10**6, np.full(40, 7))
    state = column_state("x", pa.chunked_array([values]))
    assert (dict(state.top), state.top_error) == ({"7": 39}, 1)


def test_integers_of_any_width_count_as_the_same_values() -> None:
    assert state_of([1, 5], pa.int8()).registers == state_of([1, 5], pa.uint64()).registers == state_of([1, 5], pa.int32()).registers


def test_booleans_are_0_and_1_and_words() -> None:
    state = state_of([True, False, True, None])
    assert (state.n_zero, state.minimum, state.maximum, state.moments[1]) == (1, 0, 1, pytest.approx(2 / 3))
    assert list(state.top.items()) == [("true", 2), ("false", 1)]
    assert dict(state_of([True]).top) == {"true": 1}


def test_strings_are_measured_by_characters_and_counted() -> None:
    state = state_of(["é", "né", "né", "", None])
    assert (state.measure, state.minimum, state.maximum, state.n_zero) == ("characters", 0, 2, 1)
    assert list(state.top.items()) == [("né", 2), ("", 1), ("é", 1)]
    assert n_distinct(state) == 3


@pytest.mark.parametrize("kind", [pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_strings_are_alike_in_any_storage(kind: pa.DataType) -> None:
    plain, other = state_of(["a", "b", None, "a"]), state_of(["a", "b", None, "a"], kind)
    assert (other.top, other.registers, other.n_null, other.moments) == (plain.top, plain.registers, plain.n_null, plain.moments)


def test_a_dictionary_may_hold_null_as_an_entry() -> None:
    encoded = pa.DictionaryArray.from_arrays(pa.array([0, 1, 1, None]), pa.array(["a", None]))
    assert column_state("x", pa.chunked_array([encoded])).n_null == 3


def test_timestamps_are_microseconds_without_a_histogram() -> None:
    state = state_of([datetime(1970, 1, 2, tzinfo=UTC), None], pa.timestamp("ns", "America/New_York"))
    assert (state.measure, state.minimum, state.maximum, state.n_null) == ("micros", 86_400_000_000, 86_400_000_000, 1)
    assert state.histogram.n == 0
    assert state.n_zero == 0


def test_dates_are_days_and_durations_are_microseconds() -> None:
    assert (state_of([date(1970, 1, 3)]).measure, state_of([date(1970, 1, 3)]).maximum) == ("days", 2)
    assert state_of([date(1970, 1, 3)], pa.date64()).registers == state_of([date(1970, 1, 3)], pa.date32()).registers
    duration = state_of([timedelta(milliseconds=3)])
    assert (duration.measure, duration.maximum, duration.histogram.n) == ("micros", 3_000, 1)


def test_decimals_are_numbers_and_binary_is_measured_by_bytes() -> None:
    assert state_of([Decimal("1.25"), None]).maximum == 1.25
    assert (state_of([b"abc"]).measure, state_of([b"abc"]).maximum) == ("bytes", 3)
    assert state_of([b"abc"], pa.binary(3)).maximum == 3


@pytest.mark.parametrize("values", [[{"a": 1}, None], [None, None]])
def test_other_types_are_only_counted(values: list[object]) -> None:
    state = state_of(values)
    assert (state.measure, state.n_rows) == (None, 2)
    assert state.n_null == values.count(None)


def test_lists_are_measured_by_their_elements() -> None:
    state = state_of([[1, 2], [], None, [None]])
    assert (state.measure, state.minimum, state.maximum, state.n_zero, state.n_null, state.registers) == ("elements", 0, 2, 1, 1, b"")


@pytest.mark.parametrize("low", [-128, -(2**63), 2**63 - 256])
def test_tallied_integers_are_as_the_rows(low: int) -> None:
    values = [low + n for n in (0, 255, 255, 3)]
    state = state_of(values, pa.int64())
    assert (state.minimum, state.maximum, state.moments[0], n_distinct(state)) == (low, low + 255, 4.0, 3)
    assert state_of([2**64 - 1, 2**64 - 3], pa.uint64()).minimum == 2**64 - 3
    assert state_of([-128, 127], pa.int8()).maximum == 127


KINDS = [pa.float32(), pa.float16(), pa.int16(), pa.uint64(), pa.bool_(), pa.string(), pa.binary(), pa.date32(), pa.time32("s")]
KINDS += [pa.timestamp("s"), pa.duration("ns"), pa.decimal128(5, 2), pa.dictionary(pa.int8(), pa.string()), pa.list_(pa.int8()), pa.null()]


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("n", [0, 3])
def test_empty_and_all_null_columns_of_every_type_have_states(kind: pa.DataType, n: int) -> None:
    state = state_of([None] * n, kind)
    assert (state.n_rows, state.n_null, state.minimum) == (n, n, None)
    assert state.histogram.n == 0
    assert not state.top


def test_slices_and_chunks_do_not_show() -> None:
    values = np.random.default_rng(0).normal(size=100)
    split = pa.chunked_array([pa.array(np.append(9.0, values[:30])).slice(1), pa.array(values[30:])])
    assert column_state("x", split).content() == column_state("x", pa.chunked_array([values])).content()
