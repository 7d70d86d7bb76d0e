"""Arrow IPC and ORC: formats that type their columns themselves."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import orc

from components.ingestion.partition import read_source
from components.ingestion.sources.arrow import ArrowSource
from components.ingestion.sources.avro import AvroSource
from components.ingestion.sources.orc import OrcSource
from components.ingestion.sources.source import EventTime, Source
from components.runtime.errors import DataError
from components.runtime.spans import Calendar

TABLE = pa.table(
    {
        "ID": ["a", "b", "c"],
        "n": pa.array([1, None, 3], pa.int32()),
        "x": [1.5, 2.0, float("nan")],
        "at": pa.array([datetime(2013, 1, 1, hour, tzinfo=UTC) for hour in (1, 0, 2)], pa.timestamp("us", "UTC")),
        "other": [1, 2, 3],
    }
)


def write(kind: str, path: Path, table: pa.Table) -> None:
    if kind == "orc":
        orc.write_table(table, path)
    else:
        with (pa.ipc.new_file if kind == "file" else pa.ipc.new_stream)(path, table.schema) as writer:
            writer.write_table(table, max_chunksize=2)


def source(kind: str, path: Path) -> Source:
    declare = OrcSource if kind == "orc" else ArrowSource
    return declare(
        location=str(path),
        columns={"id": "string", "n": "integer", "x": "float"},
        event_time=EventTime("at"),
        renames={"ID": "id"},
        max_quarantined_share=1.0,
    )


@pytest.mark.parametrize("kind", ["file", "stream", "orc"])
def test_rows_are_read_with_their_own_types(kind: str, tmp_path: Path, days: Calendar) -> None:
    write(kind, tmp_path / "rows", TABLE)
    found = read_source(source(kind, tmp_path / "rows"), days).parts["2013-01-01"].to_arrow(["id", "n", "x"]).to_pylist()
    assert repr(found) == repr([{"id": "b", "n": None, "x": 2.0}, {"id": "a", "n": 1, "x": 1.5}, {"id": "c", "n": 3, "x": float("nan")}])


@pytest.mark.parametrize("kind", ["file", "stream", "orc"])
def test_rows_that_do_not_fit_are_quarantined_by_number(kind: str, tmp_path: Path, days: Calendar) -> None:
    write(kind, tmp_path / "rows", TABLE.set_column(1, "n", pa.array(["1", "2", "three"])))
    quarantine = read_source(source(kind, tmp_path / "rows"), days).quarantine
    assert quarantine is not None
    assert quarantine.to_arrow(["row", "column", "reason"]).to_pylist() == [{"row": 3, "column": "n", "reason": "bad-integer"}]


@pytest.mark.parametrize(("declare", "message"), [(ArrowSource, "neither an Arrow file nor a stream"), (AvroSource, "no Avro file")])
def test_a_text_is_told_to_be_of_another_format(declare: type[Source], message: str, tmp_path: Path, days: Calendar) -> None:
    (tmp_path / "rows").write_text("id,at\na,2013-01-01\n")
    with pytest.raises(DataError, match=message):
        read_source(declare(location=str(tmp_path / "rows"), columns={"id": "string"}, event_time=EventTime("at")), days)


@pytest.mark.parametrize("kind", ["file", "stream", "orc"])
def test_a_damaged_file_or_another_schema_is_found_out(kind: str, tmp_path: Path, days: Calendar) -> None:
    write(kind, tmp_path / "rows", TABLE)
    whole = (tmp_path / "rows").read_bytes()
    (tmp_path / "rows").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="source-unreadable"):
        read_source(source(kind, tmp_path / "rows"), days)
    write(kind, tmp_path / "rows", TABLE.drop_columns(["n"]))
    with pytest.raises(DataError, match="column-missing"):
        read_source(source(kind, tmp_path / "rows"), days)
