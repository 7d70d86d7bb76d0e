from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.ingestion.partition import read_source
from components.ingestion.sources.parquet import ParquetSource
from components.ingestion.sources.source import EventTime
from components.runtime.errors import DataError
from components.runtime.spans import Calendar

AT = pa.array([datetime(2013, 1, 1, 12, tzinfo=UTC), datetime(2013, 1, 2, tzinfo=UTC), None], pa.timestamp("ns", "UTC"))


def source(path: Path, **declared: object) -> ParquetSource:
    columns = {"id": "string", "n": "integer", "x": "float"}
    return ParquetSource(
        **{"location": str(path), "columns": columns, "event_time": EventTime("at"), "max_quarantined_share": 1.0, **declared}
    )


def test_columns_are_projected_cast_and_partitioned(tmp_path: Path, days: Calendar) -> None:
    path = tmp_path / "rows.parquet"
    table = {
        "ID": pa.array(["a", "b"]).dictionary_encode(),
        "n": pa.array([1, None], pa.int16()),
        "x": pa.array([1.5, 2.0], pa.float32()),
        "at": AT[:2],
    }
    pq.write_table(pa.table({**table, "other": [1, 2]}), path)
    reading = read_source(source(path, renames={"ID": "id"}), days)
    assert reading.parts["2013-01-01"].to_arrow(["id", "n", "x"]).to_pylist() == [{"id": "a", "n": 1, "x": 1.5}]
    assert reading.parts["2013-01-02"].to_arrow(["id", "n", "x"]).to_pylist() == [{"id": "b", "n": None, "x": 2.0}]


def test_rows_that_do_not_fit_the_declaration_are_quarantined(tmp_path: Path, days: Calendar) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"id": ["a", "b", "c"], "n": [1.0, 1.5, 2.0], "x": ["1", "2", "3"], "at": AT}), path)
    reading = read_source(source(path), days)
    assert reading.counts == {"read": 3, "partitioned": 1, "quarantined": 2}
    assert reading.quarantine is not None
    assert reading.quarantine.to_arrow().to_pylist() == [
        {
            "file": str(path),
            "row": 2,
            "column": "n",
            "reason": "bad-integer",
            "raw": b'{"id": "b", "n": 1.5, "x": "2", "at": "2013-01-02 00:00:00+00:00"}',
        },
        {"file": str(path), "row": 3, "column": "at", "reason": "missing-time", "raw": b'{"id": "c", "n": 2.0, "x": "3", "at": null}'},
    ]


def test_a_type_that_cannot_become_the_declared_one_is_unreadable(tmp_path: Path, days: Calendar) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"id": ["a"], "n": [{"deep": 1}], "x": [1.0], "at": AT[:1]}), path)
    with pytest.raises(DataError, match="source-unreadable"):
        read_source(source(path), days)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1 and more of it PAR1"])
def test_a_damaged_file_is_unreadable(content: bytes, tmp_path: Path, days: Calendar) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(content)
    with pytest.raises(DataError, match="source-unreadable"):
        read_source(source(path), days)
