from pathlib import Path

import pyarrow as pa
import pytest

from components.artifacts.delivery import Delivery, Quarantine
from components.runtime.value import Value

IDS = pa.array([b"a" * 16, b"b" * 16], pa.binary(16))
TIMES = pa.array([1, 2], pa.timestamp("us", "UTC"))
FAULTS = pa.table(
    {
        "file": ["f.csv"] * 3,
        "row": [2, 3, 9],
        "column": pa.array([None, "n", "n"]),
        "reason": ["ragged-row", "bad-integer", "bad-integer"],
        "raw": [b"\xff", b"x", b""],
    }
)


def test_a_delivery_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    delivery = Delivery.from_arrow(pa.table({"row_id": IDS, "event_time": TIMES, "n": [1, None]}))
    assert isinstance(delivery, Value)
    delivery.save(tmp_path)
    stored = Delivery.load(tmp_path)
    assert stored.to_arrow().equals(delivery.to_arrow())
    assert stored.to_arrow(["n"]).equals(delivery.to_arrow(["n"]))
    assert stored.summary() == delivery.summary() == {"n_rows": 2}


def test_a_slice_and_a_copy_save_the_same_bytes(tmp_path: Path) -> None:
    table = pa.table({"row_id": IDS, "event_time": TIMES, "s": ["a", "b"]})
    alone = pa.table({"row_id": IDS[1:], "event_time": TIMES[1:], "s": ["b"]})
    written = []
    for name, rows in (("slice", table.slice(1)), ("copy", alone)):
        (tmp_path / name).mkdir()
        Delivery.from_arrow(rows).save(tmp_path / name)
        written.append((tmp_path / name / "rows.parquet").read_bytes())
    assert written[0] == written[1]


def test_a_delivery_begins_with_row_id_and_event_time() -> None:
    with pytest.raises(ValueError, match="begins with row_id and event_time"):
        Delivery.from_arrow(pa.table({"event_time": TIMES, "row_id": IDS}))


def test_a_quarantine_counts_its_rows_by_reason(tmp_path: Path) -> None:
    Quarantine(table=FAULTS).save(tmp_path)
    stored = Quarantine.load(tmp_path)
    assert isinstance(stored, Value)
    assert stored.summary() == {"n_rows": 3, "bad-integer": 2, "ragged-row": 1}
    assert stored.to_arrow().equals(FAULTS)
