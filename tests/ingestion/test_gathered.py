from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.artifacts.examples import ROW_ID
from components.artifacts.purposes import purposes_of, tagged
from components.ingestion.gathered import Gathered
from components.ingestion.rows import identified
from components.measures.hashing import row_ids
from components.runtime.spans import Calendar, Grain

START = datetime(2013, 1, 1, tzinfo=UTC)
DAYS = Calendar(Grain.DAY, "UTC")


def batch(days: Sequence[int], *, has_key: bool = True) -> pa.Table:
    """Rows at days of January 2013; those of one day are the same, but for a number where they have a key."""
    times = pa.array([START + timedelta(days=day) for day in days], pa.timestamp("us", "UTC"))
    rows = pa.table({"event_time": times, "day": pa.array(days, pa.int64())})
    return identified(rows, ("day",) if has_key else None)


def gathered(batches: Sequence[pa.Table], **options: bool) -> Gathered:
    found = Gathered(DAYS, **{"has_key": True, **options})
    with ThreadPoolExecutor(2) as threads:
        for one in batches:
            found.add(one, threads)
    found.close()
    return found


def early(found: Gathered) -> list[str]:
    return [span.key[-2:] for span in found.n_rows if found.file(span)]


@pytest.mark.parametrize("days", [[(0, 0), (0, 1), (2,), (3, 4)], [(4, 3), (2,), (1,), (0,)]])
def test_spans_left_behind_in_order_of_time_are_written_early(days: list[tuple[int, ...]]) -> None:
    found = gathered([batch(one) for one in days])
    assert early(found) == (["01", "02", "03"] if days[0][0] == 0 else ["02", "03", "04", "05"])
    assert list(found.n_rows.values()) == [sum(one.count(day) for one in days) for day in range(5)]


def test_nothing_is_written_early_of_rows_in_no_order_or_cut_by_another_time_later() -> None:
    assert early(gathered([batch([0, 5]), batch([1, 4]), batch([2, 3])])) == []
    assert early(gathered([batch([0]), batch([1]), batch([2])], is_cut_later=True)) == []


@pytest.mark.parametrize("has_key", [True, False])
def test_rows_that_come_late_join_their_span_and_stop_the_early_writing(has_key: bool) -> None:
    days = [(0, 0), (1,), (2,), (0,), (3,), (4,)]
    found = gathered([batch(one, has_key=has_key) for one in days], has_key=has_key)
    assert early(found) == ["02"]
    first = next(iter(found.n_rows))
    rows = pa.concat_tables(found.pieces(first))
    assert rows.column("day").to_pylist() == [0, 0, 0]
    expected = row_ids(rows.drop_columns([ROW_ID]), ("day",) if has_key else None)
    assert sorted(rows.column(ROW_ID).to_pylist()) == sorted(expected.to_pylist())


@given(cuts=st.sets(st.integers(1, 59), max_size=10), late=st.lists(st.integers(0, 59), max_size=3), has_key=st.booleans())
def test_which_way_a_span_took_does_not_show(cuts: set[int], late: list[int], has_key: bool) -> None:
    days = [row // 9 for row in range(60)]
    days += [days.pop(row) for row in late if row < len(days)]
    parts = gathered([batch(days[a:b], has_key=has_key) for a, b in pairwise([0, *sorted(cuts), 60])], has_key=has_key)
    whole = gathered([batch(days, has_key=has_key)], has_key=has_key)
    assert parts.n_rows == whole.n_rows
    for span in whole.n_rows:
        assert pa.concat_tables(parts.pieces(span)).equals(pa.concat_tables(whole.pieces(span)))


def test_purposes_stay_with_the_columns_of_a_span_that_was_written_early() -> None:
    batches = [tagged(batch([day]), {"day": "slice-only"}) for day in (0, 1, 2, 0)]
    found = gathered(batches)
    for span in found.n_rows:
        assert purposes_of([next(found.pieces(span)).schema]) == {"day": "slice-only"}


def test_temporary_files_go_with_what_they_belong_to() -> None:
    found = gathered([batch([0]), batch([1])])
    (file,) = (path for span in found.n_rows if (path := found.file(span)))
    assert file.exists()
    del found
    assert not Path(file).parent.exists()
