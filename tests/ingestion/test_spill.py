from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from components.ingestion.order import in_canonical_order
from components.ingestion.spill import Spill
from components.runtime.spans import Calendar, Grain

START = datetime(2013, 1, 1, tzinfo=UTC)


def batch(hours: list[int], first: int = 0) -> pa.Table:
    """Rows at hours of January 2013, numbered; rows of one hour have one id."""
    times = pa.array([START + timedelta(hours=hour) for hour in hours], pa.timestamp("us", "UTC"))
    ids = pa.array([f"{hour:016}".encode() for hour in hours], pa.binary(16))
    return in_canonical_order(pa.table({"row_id": ids, "event_time": times, "n": np.arange(first, first + len(hours))}))


@pytest.mark.parametrize(("budget", "piece"), [(0, 1), (100, 100), (1 << 20, 1), (1 << 20, 1 << 20)])
def test_rows_come_back_by_span_in_canonical_order_those_that_agree_as_they_came(budget: int, piece: int) -> None:
    spill = Spill(Calendar(Grain.DAY, "UTC"), budget, piece)
    spill.add(batch([30, 1, 1, 50]))
    spill.add(batch([2, 1], 4))
    spill.add(batch([]))
    spill.close()
    assert [span.key for span in spill.spans] == ["2013-01-01", "2013-01-02", "2013-01-03"]
    found = [pa.concat_tables(spill.rows(span)).column("n").to_pylist() for span in spill.spans]
    assert found == [[1, 2, 5, 4], [0], [3]]
    assert list(spill.n_rows.values()) == [4, 1, 1]


def test_the_spans_between_two_known_ones_are_found() -> None:
    spill = Spill(Calendar(Grain.HOUR, "Europe/Berlin"))
    for hour in (5, 1, 3, 2, 4, 3):
        spill.add(batch([hour]))
    assert [n for _, n in sorted(spill.n_rows.items())] == [1, 1, 2, 1, 1]
