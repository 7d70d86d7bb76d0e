"""Files behind a real web server, and object stores by their protocols."""

import functools
import http.server
import importlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from components.ingestion.partition import read_source
from components.ingestion.sources import location
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.location import checked
from components.ingestion.sources.parquet import ParquetSource
from components.ingestion.sources.source import EventTime
from components.runtime.errors import DataError, DefinitionError
from components.runtime.spans import Calendar

DECLARED = {"columns": {"id": "string", "n": "integer"}, "event_time": EventTime("at")}


class Handler(http.server.SimpleHTTPRequestHandler):
    """A server that sends no ranges, as Python's own does not, and keeps one folder to itself."""

    def do_GET(self) -> None:
        self.answer(super().do_GET)

    def do_HEAD(self) -> None:
        self.answer(super().do_HEAD)

    def answer(self, send: object) -> None:
        self.send_error(403) if self.path.startswith("/private") else send()  # type: ignore[operator]

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pytest.importorskip("aiohttp", reason="aiohttp is not installed")
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("largest", [64 << 20, 8])
def test_a_file_of_a_web_server_is_read(site: str, largest: int, tmp_path: Path, days: Calendar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(location, "MAX_DOWNLOADED_BYTES", largest)
    (tmp_path / "rows.csv").write_text("id,n,at\na,1,2013-01-01\nb,2,2013-01-02\n")
    assert read_source(CsvSource(location=f"{site}/rows.csv", **DECLARED), days).counts["partitioned"] == 2
    pq.write_table(pa.table({"id": ["a"], "n": [1], "at": ["2013-01-01"]}), tmp_path / "rows.parquet")
    parquet = ParquetSource(location=f"{site}/rows.parquet", **DECLARED)
    if largest > 8:
        assert read_source(parquet, days).counts["partitioned"] == 1
    else:
        with pytest.raises(DataError, match="source-unreadable"):
            read_source(parquet, days)


def test_missing_denied_and_unreachable_are_told_apart(site: str, tmp_path: Path) -> None:
    for address, code in (
        (f"{site}/none.csv", "missing"),
        (f"{site}/private/x.csv", "denied"),
        ("http://127.0.0.1:9/x.csv", "unreachable"),
    ):
        with pytest.raises(DataError, match=f"source-{code}"):
            CsvSource(location=address, **DECLARED).fingerprint()
    with pytest.raises(DefinitionError, match="nothing installed reads dropbox"):
        CsvSource(location="dropbox://x/x.csv", **DECLARED).files()[0].fingerprint()


@pytest.mark.parametrize("query", ["X-Amz-Signature=hidden", "sig=hidden", "a=b&token=hidden"])
def test_an_address_that_gives_access_is_refused_and_not_repeated(query: str) -> None:
    with pytest.raises(DefinitionError, match="must not hold credentials") as raised:
        checked(f"https://host/rows.csv?{query}")
    assert "hidden" not in str(raised.value)


@pytest.mark.parametrize("protocol", ["gs", "az"])
def test_other_object_stores_go_the_same_way(protocol: str, days: Calendar, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system in memory stands under the protocol, since their servers cannot be had here."""

    class Store(MemoryFileSystem):
        store: ClassVar[dict[str, object]] = {}
        pseudo_dirs: ClassVar[list[str]] = [""]

        @classmethod
        def _strip_protocol(cls, path: str) -> str:
            return super()._strip_protocol(path.replace(f"{protocol}://", "memory://"))

    Store.protocol = (protocol,)
    monkeypatch.setitem(importlib.import_module("fsspec.registry")._registry, protocol, Store)
    for day in ("2013-01-01", "2013-01-02"):
        with fsspec.open(f"{protocol}://shop/{day}.csv", "wb") as file:
            file.write(f"id,n,at\na,1,{day}\n".encode())
    files = CsvSource(location=f"{protocol}://shop/{{YYYY-MM-DD}}.csv", **DECLARED).files()
    assert [file.location for file in files] == [f"{protocol}://shop/2013-01-01.csv", f"{protocol}://shop/2013-01-02.csv"]
    assert [list(read_source(file, days).parts) for file in files] == [["2013-01-01"], ["2013-01-02"]]
