import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from components.ingestion.partition import read_source
from components.ingestion.sources.csv import CsvSource
from components.runtime.errors import DataError
from components.runtime.spans import Calendar

MakeSource = Callable[..., CsvSource]
CONTENT = 'id,n,x,at\n"a, ""b""\n",1,0.5,2013-01-01T00:00:00Z\nä,NA,,2013-01-01T00:00:00Z\n'
ROWS = [{"id": 'a, "b"\n', "n": 1, "x": 0.5}, {"id": "ä", "n": None, "x": None}]


def rows_of(source: CsvSource, days: Calendar) -> list[dict[str, object]]:
    found = read_source(source, days).parts["2013-01-01"].to_arrow(["id", "n", "x"]).to_pylist()
    return sorted(found, key=lambda row: str(row["id"]))


def test_quotes_newlines_and_null_tokens_are_read(csv_source: MakeSource, days: Calendar) -> None:
    assert rows_of(csv_source(CONTENT), days) == ROWS


def test_the_slow_way_reads_the_same(csv_source: MakeSource, days: Calendar) -> None:
    assert rows_of(csv_source(CONTENT + "ragged\n"), days) == ROWS
    assert rows_of(csv_source("\ufeff" + CONTENT + "ragged\n"), days) == ROWS


def test_a_byte_order_mark_and_windows_line_ends_do_not_show(csv_source: MakeSource, days: Calendar) -> None:
    content = "\ufeff" + CONTENT.replace("Z\n", "Z\r\n").replace("at\n", "at\r\n")
    assert rows_of(csv_source(content), days) == ROWS


@pytest.mark.parametrize("suffix", [".gz", ".zip"])
def test_compressed_files_are_unpacked(suffix: str, csv_source: MakeSource, days: Calendar, tmp_path: Path) -> None:
    path = tmp_path / f"rows.csv{suffix}"
    if suffix == ".gz":
        path.write_bytes(gzip.compress(CONTENT.encode()))
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("rows.csv", CONTENT)
    assert rows_of(csv_source("", location=str(path)), days) == ROWS


@pytest.mark.parametrize("suffix", [".gz", ".zip"])
@pytest.mark.parametrize("damage", ["truncated", "flipped", "empty"])
def test_a_damaged_archive_is_unreadable(suffix: str, damage: str, csv_source: MakeSource, days: Calendar, tmp_path: Path) -> None:
    path = tmp_path / f"rows.csv{suffix}"
    content = (CONTENT + "".join(f"r{i},{i * 7919 % 10007},1,2013-01-01T00:00:00Z\n" for i in range(5_000))).encode()
    if suffix == ".gz":
        path.write_bytes(gzip.compress(content))
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("rows.csv", content)
    packed = bytearray(path.read_bytes())
    if damage == "flipped":
        packed[len(packed) // 2] ^= 0xFF
    path.write_bytes({"truncated": packed[: len(packed) // 2], "flipped": packed, "empty": b""}[damage])
    with pytest.raises(DataError, match=r"source-unreadable|column-missing|rows cannot be read"):
        read_source(csv_source("", location=str(path), max_quarantined_share=0.0), days)


def test_another_delimiter_and_renamed_columns(csv_source: MakeSource, days: Calendar) -> None:
    source = csv_source("Key;n;x;at;more\na;1;2;2013-01-01;y\n", delimiter=";", renames={"Key": "id"})
    assert rows_of(source, days) == [{"id": "a", "n": 1, "x": 2.0}]


def test_an_empty_file_has_no_columns(csv_source: MakeSource, days: Calendar) -> None:
    with pytest.raises(DataError, match="column-missing"):
        read_source(csv_source(""), days)


def test_an_undeclared_column_may_hold_anything(csv_source: MakeSource, days: Calendar) -> None:
    content = b"id,n,x,at,note,note\na,1,2,2013-01-01,\xff\xfe,\nb,1,2,2013-01-01,,\xff\n"
    assert read_source(csv_source(content), days).counts == {"read": 2, "partitioned": 2, "quarantined": 0}
    assert read_source(csv_source(content + b"ragged\n"), days).counts == {"read": 3, "partitioned": 2, "quarantined": 1}
