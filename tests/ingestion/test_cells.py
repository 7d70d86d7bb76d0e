from datetime import date, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.ingestion.cells import typed
from components.runtime.errors import DefinitionError


def texts(*cells: str | None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(cells, pa.string())])


def utc(*times: str | None) -> list[object]:
    return pa.array(times).cast(pa.timestamp("us", "UTC")).to_pylist()


def test_a_column_of_the_right_type_stays_as_it_is() -> None:
    assert typed(pa.chunked_array([[1, 2], [None]]), "integer").to_pylist() == [1, 2, None]


def test_unreadable_cells_become_null_wherever_they_stand() -> None:
    cells = ["x" if i in (0, 17, 18, 99) else str(i) for i in range(100)]
    assert typed(texts(*cells), "integer").to_pylist() == [None if cell == "x" else int(cell) for cell in cells]


def test_numbers_convert_only_without_loss() -> None:
    assert typed(pa.chunked_array([[1.0, 1.5]]), "integer").to_pylist() == [1, None]
    assert typed(pa.chunked_array([pa.array([3], pa.int32())]), "integer").to_pylist() == [3]


def test_dictionaries_large_strings_and_bytes_are_texts() -> None:
    assert typed(pa.chunked_array([pa.array(["a", "a"]).dictionary_encode()]), "string").to_pylist() == ["a", "a"]
    assert typed(pa.chunked_array([pa.array(["1"], pa.large_string())]), "integer").to_pylist() == [1]
    assert typed(pa.chunked_array([pa.array([b"a", b"\xff"])]), "string").to_pylist() == ["a", None]


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2013-01-05T10:00:00Z", "2013-01-05T10:00:00Z"),
        ("2013-01-05T10:00:00.123456+02:00", "2013-01-05T08:00:00.123456Z"),
        ("2013-01-05T10:00:00.5", "2013-01-05T15:00:00.5Z"),
        ("2013-01-05 10:00", "2013-01-05T15:00Z"),
        ("2013-01-05", "2013-01-05T05:00Z"),
        ("2013-02-30T10:00:00Z", None),
        ("2013-01-05T25:00:00Z", None),
        ("2013-01-05T10:00:00Zulu", None),
        ("2013-03-10T02:30:00", None),
        ("2013-11-03T01:30:00", "2013-11-03T05:30:00Z"),
        ("", None),
    ],
)
def test_iso_texts_are_instants_or_local_times_of_the_zone(text: str, time: str | None) -> None:
    assert typed(texts(text, None), "timestamp", None, "America/New_York").to_pylist() == utc(time, None)


@pytest.mark.parametrize(
    ("text", "time_format", "time"),
    [
        ("05/01/2013 10:30", "%d/%m/%Y %H:%M", "2013-01-05T09:30Z"),
        ("2013-01-05T10:00:00+0500", "%Y-%m-%dT%H:%M:%S%z", "2013-01-05T05:00Z"),
        ("20130105", "%Y%m%d", "2013-01-04T23:00Z"),
    ],
)
def test_a_declared_format_reads_nothing_else(text: str, time_format: str, time: str | None) -> None:
    assert typed(texts(text, "2013-01-05T10:00:00Z"), "timestamp", time_format, "Europe/Berlin").to_pylist() == utc(time, None)


def test_a_format_that_is_none_is_named() -> None:
    with pytest.raises(DefinitionError, match="not a time format"):
        typed(texts("2013"), "timestamp", "%Y-%m-%d %Hh")


def test_stored_times_and_dates_become_instants() -> None:
    local = pa.chunked_array([pa.array(["2013-01-05T10:00"]).cast(pa.timestamp("ms"))])
    zoned = pa.chunked_array([pa.array(["2013-01-05T10:00Z"]).cast(pa.timestamp("ns", "Asia/Tokyo"))])
    assert typed(local, "timestamp", None, "Europe/Berlin").to_pylist() == utc("2013-01-05T09:00Z")
    assert typed(zoned, "timestamp", None, "Europe/Berlin").to_pylist() == utc("2013-01-05T10:00Z")
    assert typed(pa.chunked_array([[date(2013, 1, 5)]]), "timestamp", None, "Europe/Berlin").to_pylist() == utc("2013-01-04T23:00Z")


def test_numbers_are_times_by_a_declared_format_only() -> None:
    days = pa.chunked_array([pa.array([20130105, 2013], pa.int32())])
    assert typed(days, "timestamp", "%Y%m%d").to_pylist() == utc("2013-01-05T00:00Z", None)
    assert typed(days, "timestamp").null_count == 2


def test_no_cells_are_no_values_of_the_type() -> None:
    assert typed(texts(), "timestamp").type == pa.timestamp("us", "UTC")
    assert len(typed(texts(), "integer")) == 0


@given(
    times=st.lists(st.datetimes(datetime.fromisoformat("1900-01-01"), datetime.fromisoformat("2100-01-01")), min_size=1, max_size=5),
    shape=st.sampled_from(["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d %H:%M:%S.%f"]),
    zone=st.sampled_from(["UTC", "America/New_York"]),
    damage=st.sampled_from(["", "60", "24", "13", " 1", "+1", "x0"]),
    place=st.sampled_from([5, 8, 11, 14, 17]),
)
def test_local_times_of_one_shape_are_read_as_any_other(times: list[datetime], shape: str, zone: str, damage: str, place: int) -> None:
    cells = [time.strftime(shape) for time in times]
    cells[0] = cells[0][:place] + damage + cells[0][place + len(damage) :]
    assert typed(texts(*cells), "timestamp", None, zone).to_pylist() == typed(texts(*cells, None), "timestamp", None, zone).to_pylist()[:-1]
