from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from components.ingestion.spill import Spill
from components.runtime.spans import Calendar, Grain

START = datetime(2013, 1, 1, tzinfo=UTC)


def batch(hours: list[int], first: int = 0) -> pa.Table:
    times = pa.array([START + timedelta(hours=hour) for hour in hours], pa.timestamp("us", "UTC"))
    return pa.table({"event_time": times, "n": np.arange(first, first + len(hours))})


@pytest.mark.parametrize("budget", [0, 100, 1 << 20])
def test_rows_come_back_by_span_in_the_order_of_their_batches(budget: int) -> None:
    spill = Spill(Calendar(Grain.DAY, "UTC"), budget)
    spill.add(batch([30, 1, 1, 50]))
    spill.add(batch([2, 1], 4))
    spill.add(batch([]))
    spill.close()
    assert [span.key for span in spill.spans] == ["2013-01-01", "2013-01-02", "2013-01-03"]
    found = [spill.rows(span).column("n").to_pylist() for span in spill.spans]
    assert found == [[1, 2, 5, 4], [0], [3]]
    assert list(spill.n_rows.values()) == [4, 1, 1]


def test_the_spans_between_two_known_ones_are_found() -> None:
    spill = Spill(Calendar(Grain.HOUR, "Europe/Berlin"))
    for hour in (5, 1, 3, 2, 4, 3):
        spill.add(batch([hour]))
    assert [n for _, n in sorted(spill.n_rows.items())] == [1, 1, 2, 1, 1]
