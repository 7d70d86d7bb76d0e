"""Files on servers that speak the protocols of S3, Google Cloud Storage and Azure Blob Storage."""

import gzip
import io
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.ingestion.partition import read_source
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.parquet import ParquetSource
from components.ingestion.sources.source import EventTime
from components.runtime.errors import DataError
from components.runtime.spans import Calendar

pytestmark = pytest.mark.slow

START_SECONDS = 60.0
WELL_KNOWN = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""The key of Azurite's account, published with it (learn.microsoft.com, Azurite); the other servers take any."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def started(command: list[str], port: int) -> subprocess.Popen[bytes]:
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return server
        time.sleep(0.1)
    server.kill()
    raise AssertionError(f"{command[0]} did not start")


def amazon(patch: pytest.MonkeyPatch, port: int) -> tuple[list[str], str]:
    """Return how moto's server is started, and a bucket."""
    for name in ("s3fs", "moto.server"):
        pytest.importorskip(name, reason=f"{name} is not installed")
    access = {
        "ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "ACCESS_KEY_ID": "test",
        "SECRET_ACCESS_KEY": WELL_KNOWN,
        "DEFAULT_REGION": "us-east-1",
    }
    for name, value in access.items():
        patch.setenv(f"AWS_{name}", value)
    return [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], "s3://shop"


def google(patch: pytest.MonkeyPatch, port: int) -> tuple[list[str], str]:
    """Return how the emulator is started, and the bucket that it makes."""
    for name in ("gcsfs", "gcp_storage_emulator"):
        pytest.importorskip(name, reason=f"{name} is not installed")
    patch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{port}")
    options = ["--host=127.0.0.1", f"--port={port}", "--in-memory", "--default-bucket=shop"]
    return [sys.executable, "-W", "ignore", "-m", "gcp_storage_emulator", "start", *options], "gs://shop"


def azure(patch: pytest.MonkeyPatch, port: int) -> tuple[list[str], str]:
    """Return how Azurite is started, and a container."""
    pytest.importorskip("adlfs", reason="adlfs is not installed")
    program = shutil.which("azurite-blob")
    if program is None:
        pytest.skip("Azurite, which no lock of Python can hold, is not installed: npm install --global azurite")
    address = f"BlobEndpoint=http://127.0.0.1:{port}/devstoreaccount1"
    patch.setenv(
        "AZURE_STORAGE_CONNECTION_STRING", f"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={WELL_KNOWN};{address};"
    )
    options = ["--blobHost", "127.0.0.1", "--blobPort", str(port), "--inMemoryPersistence", "--silent", "--skipApiVersionCheck"]
    return [program, *options, "--disableTelemetry"], "az://shop"


@pytest.fixture(scope="module", params=[amazon, google, azure], ids=["s3", "gs", "az"])
def bucket(request: pytest.FixtureRequest) -> Iterator[str]:
    import fsspec

    server: Callable[[pytest.MonkeyPatch, int], tuple[list[str], str]] = request.param
    port = free_port()
    with pytest.MonkeyPatch.context() as patch:
        command, url = server(patch, port)
        process = started(command, port)
        try:
            files = fsspec.filesystem(url.partition(":")[0])
            if not url.startswith("gs"):
                files.mkdir("shop")
            yield url
            type(files).clear_instance_cache()
        finally:
            process.kill()
            process.wait()


def put(url: str, content: bytes) -> None:
    import fsspec

    with fsspec.open(url, "wb") as file:
        file.write(content)


def test_objects_are_found_by_pattern_read_and_told_apart_when_they_change(bucket: str, days: Calendar) -> None:
    for day in ("2013-01-01", "2013-01-02"):
        put(f"{bucket}/day={day}/rows.csv.gz", gzip.compress(f"id,n,at\na,1,{day}\nb,2,{day}T05:00:00Z\n".encode()))
    source = CsvSource(
        location=f"{bucket}/day={{YYYY-MM-DD}}/*.csv.gz", columns={"id": "string", "n": "integer"}, event_time=EventTime("at"), key=("id",)
    )
    first, second = source.files()
    assert first.location == f"{bucket}/day=2013-01-01/rows.csv.gz"
    assert {key: part.n_rows for key, part in read_source(second, days).parts.items()} == {"2013-01-02": 2}
    before = first.fingerprint()
    put(first.location, gzip.compress(b"id,n,at\n"))
    assert first.fingerprint() != before
    assert WELL_KNOWN not in f"{before} {source.identity}"


def test_parquet_is_read_and_an_object_that_is_not_there_is_missing(bucket: str, days: Calendar) -> None:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"id": ["a"], "at": ["2013-01-01"]}), buffer)
    put(f"{bucket}/rows.parquet", buffer.getvalue())
    source = ParquetSource(location=f"{bucket}/rows.parquet", columns={"id": "string"}, event_time=EventTime("at"))
    assert read_source(source, days).counts["partitioned"] == 1
    with pytest.raises(DataError, match="source-missing"):
        read_source(ParquetSource(location=f"{bucket}/none.parquet", columns={"id": "string"}, event_time=EventTime("at")), days)
