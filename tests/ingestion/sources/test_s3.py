"""Files on a real S3 server."""

import gzip
from collections.abc import Iterator

import pytest

from components.ingestion.partition import read_source
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.parquet import ParquetSource
from components.ingestion.sources.source import EventTime
from components.runtime.errors import DataError
from components.runtime.spans import Calendar

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    server_module = pytest.importorskip("moto.server", reason="moto is not installed")
    s3fs = pytest.importorskip("s3fs", reason="s3fs is not installed")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "planted-key")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        files = s3fs.S3FileSystem()
        files.mkdir("shop")
        yield "s3://shop"
        s3fs.S3FileSystem.clear_instance_cache()
    server.stop()


def put(url: str, content: bytes) -> None:
    import fsspec

    with fsspec.open(url, "wb") as file:
        file.write(content)


def test_objects_are_found_by_pattern_and_read(bucket: str, days: Calendar) -> None:
    for day in ("2013-01-01", "2013-01-02"):
        put(f"{bucket}/day={day}/rows.csv.gz", gzip.compress(f"id,n,at\na,1,{day}\nb,2,{day}T05:00:00Z\n".encode()))
    source = CsvSource(
        location=f"{bucket}/day={{YYYY-MM-DD}}/*.csv.gz", columns={"id": "string", "n": "integer"}, event_time=EventTime("at"), key=("id",)
    )
    first, second = source.files()
    assert first.location == "s3://shop/day=2013-01-01/rows.csv.gz"
    assert {key: part.n_rows for key, part in read_source(second, days).parts.items()} == {"2013-01-02": 2}
    before = first.fingerprint()
    put(first.location, gzip.compress(b"id,n,at\n"))
    assert first.fingerprint() != before
    assert "planted-key" not in f"{before} {source.identity}"


def test_parquet_is_read_by_ranges(bucket: str, days: Calendar) -> None:
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(pa.table({"id": ["a"], "at": ["2013-01-01"]}), buffer)
    put(f"{bucket}/rows.parquet", buffer.getvalue())
    source = ParquetSource(location=f"{bucket}/rows.parquet", columns={"id": "string"}, event_time=EventTime("at"))
    assert read_source(source, days).counts["partitioned"] == 1


def test_an_object_that_is_not_there_is_missing(bucket: str, days: Calendar) -> None:
    source = CsvSource(location=f"{bucket}/none.csv", columns={"id": "string"}, event_time=EventTime("at"))
    with pytest.raises(DataError, match="source-missing"):
        read_source(source, days)
