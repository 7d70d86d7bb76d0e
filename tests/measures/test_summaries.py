from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.artifacts.examples import Examples
from components.artifacts.statistics import Statistics
from components.measures.summaries import merge, subtract
from components.statistics.component import generate_statistics

SCHEMA = pa.schema(
    {
        "row_id": pa.binary(16),
        "event_time": pa.timestamp("us", "UTC"),
        "x": pa.float64(),
        "n": pa.int64(),
        "s": pa.string(),
        "b": pa.bool_(),
    }
)
CELLS = st.tuples(
    st.one_of(st.none(), st.floats(-1e6, 1e6), st.sampled_from([np.nan, np.inf, 0.0])),
    st.one_of(st.none(), st.integers(-1_000, 1_000)),
    st.one_of(st.none(), st.sampled_from(["", "a", "né", "漢字"])),
    st.one_of(st.none(), st.booleans()),
)
SPANS = st.lists(st.lists(CELLS, max_size=6), min_size=1, max_size=5)
Row = tuple[object, ...]


def statistics_of(rows: list[Row], day: int) -> Statistics:
    times = [datetime(2013, 1, 1 + day, tzinfo=UTC)] * len(rows)
    columns = [[b"\0" * 16] * len(rows), times, *([row[i] for row in rows] for i in range(4))]
    return generate_statistics(Examples.from_arrow(pa.table(columns, schema=SCHEMA)))


def files(statistics: Statistics, directory: Path) -> dict[str, bytes]:
    statistics.save(directory)
    return {path.name: path.read_bytes() for path in sorted(directory.iterdir())}


def close(left: float | None, right: float | None, scale: float) -> bool:
    return left == right or left == pytest.approx(right, rel=1e-12, abs=1e-12 * scale)


@settings(max_examples=40, deadline=None)
@given(SPANS, st.data())
def test_spans_merge_to_the_same_bytes_in_any_order_and_grouping(
    tmp_path_factory: pytest.TempPathFactory, spans: list[list[Row]], data: st.DataObject
) -> None:
    parts = [statistics_of(rows, day) for day, rows in enumerate(spans)]
    shuffled = data.draw(st.permutations(parts))
    cut = data.draw(st.integers(0, len(parts)))
    grouped = merge([merge(shuffled[cut:]), *shuffled[:cut]]) if cut < len(parts) else merge(shuffled)
    assert files(merge(parts), tmp_path_factory.mktemp("plain")) == files(grouped, tmp_path_factory.mktemp("grouped"))


@settings(deadline=None)
@given(SPANS)
def test_merged_spans_equal_the_statistics_of_their_rows(spans: list[list[Row]]) -> None:
    merged = merge([statistics_of(rows, day) for day, rows in enumerate(spans)])
    whole = statistics_of([row for rows in spans for row in rows], 0)
    assert merged.n_rows == whole.n_rows
    for name in ("x", "n", "s", "b"):
        one, other = merged.column(name), whole.column(name)
        exact = ("n_rows", "n_missing", "n_nan", "n_zero", "n_positive_infinite", "minimum", "maximum", "distinct", "top", "top_error")
        for figure in exact:
            assert getattr(one, figure) == getattr(other, figure)
        assert list(one.top) == list(other.top)
        assert one.histogram.values.tolist() == other.histogram.values.tolist()
        assert one.histogram.counts.tolist() == other.histogram.counts.tolist()
        assert close(one.mean, other.mean, 1e6)
        assert one.standard_deviation is None or close(one.standard_deviation**2, other.standard_deviation**2, 1e12)


def test_spans_of_the_same_time_are_put_in_order_by_content(tmp_path: Path) -> None:
    left, right = statistics_of([(1.0, 1, "a", True)], 0), statistics_of([(2.0, 1, "a", True)], 0)
    (tmp_path / "l").mkdir()
    (tmp_path / "r").mkdir()
    assert files(merge([left, right]), tmp_path / "l") == files(merge([right, left]), tmp_path / "r")


def test_no_statistics_merge_to_empty_ones() -> None:
    assert merge([]).n_rows == 0
    assert merge([]).columns == ()


def test_a_column_that_changed_its_measure_is_summed_where_it_measures_as_lately() -> None:
    times = [pa.array([datetime(2013, 1, day, tzinfo=UTC)], pa.timestamp("us", "UTC")) for day in (1, 2, 3)]
    columns = [pa.array([7]), pa.array(["abc"]), pa.nulls(1)]
    merged = merge(
        [generate_statistics(Examples.from_arrow(pa.table({"event_time": t, "x": x}))) for t, x in zip(times, columns, strict=True)]
    )
    column = merged.column("x")
    assert (column.type, column.measure, column.mean, column.n_rows, column.n_missing) == ("string", "characters", 3.0, 2, 1)


def test_a_new_column_comes_in_the_order_of_the_latest_span() -> None:
    def day(number: int, **columns: pa.Array) -> Statistics:
        time = pa.array([datetime(2013, 1, number, tzinfo=UTC)], pa.timestamp("us", "UTC"))
        return generate_statistics(Examples.from_arrow(pa.table({"event_time": time, **columns})))

    merged = merge([day(2, a=pa.array([1]), c=pa.array([1])), day(1, b=pa.array([1]), a=pa.array([1]))])
    assert merged.columns == ("event_time", "a", "c", "b")
    assert (merged.column("a").n_rows, merged.column("c").n_rows) == (2, 1)


@settings(max_examples=25, deadline=None)
@given(SPANS, st.data())
def test_a_window_slides_to_the_same_bytes(tmp_path_factory: pytest.TempPathFactory, spans: list[list[Row]], data: st.DataObject) -> None:
    parts = [statistics_of(rows, day) for day, rows in enumerate(spans)]
    leaving = data.draw(st.integers(0, len(parts)))
    slid = subtract(merge(parts), *parts[:leaving])
    assert files(slid, tmp_path_factory.mktemp("slid")) == files(merge(parts[leaving:]), tmp_path_factory.mktemp("rest"))


def test_what_is_no_part_cannot_be_taken_out() -> None:
    with pytest.raises(ValueError, match="no such span"):
        subtract(statistics_of([(1.0, 1, "a", True)], 0), statistics_of([(1.0, 2, "a", True)], 0))
