import bz2
import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from components.ingestion.partition import read_source
from components.ingestion.sources.column import Column
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.location import CODECS
from components.runtime.errors import DataError, DefinitionError
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


def test_a_byte_order_mark_before_the_first_row_is_no_part_of_it(csv_source: MakeSource, days: Calendar) -> None:
    for bad in ("", "ragged\n"):
        source = csv_source(f"\ufeffa,1,0.5,2013-01-01\n{bad}", header=("id", "n", "x", "at"))
        assert [row["id"] for row in rows_of(source, days)] == ["a"]


@pytest.mark.parametrize("bad", ["", "ragged\nc,one,,2013-01-01\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_titles_above_the_header_are_passed_over_and_rows_keep_their_number(
    mark: str, bad: str, csv_source: MakeSource, days: Calendar
) -> None:
    source = csv_source(f'{mark}Sales of "January\n\n{CONTENT}{bad}', skip_lines=2)
    assert rows_of(source, days) == ROWS
    quarantine = read_source(source, days).quarantine
    assert (quarantine.to_arrow(["row"]).column(0).to_pylist() if quarantine else []) == ([6, 7] if bad else [])


def test_decimal_commas_are_read_beside_rows_that_cannot_be_and_in_columns_with_null_tokens_of_their_own(
    csv_source: MakeSource, days: Calendar
) -> None:
    content = "id;n;x;at\na;1;0,5;2013-01-01\nb;2;-9;2013-01-01\n"
    for columns in ({"id": "string", "n": "integer", "x": "float"}, {"id": "string", "n": "integer", "x": Column("float", ("-9",))}):
        for bad in ("", "c;3;1.5;2013-01-01\n"):
            source = csv_source(content + bad, columns=columns, delimiter=";", decimal_point=",")
            assert [row["x"] for row in rows_of(source, days)] == [
                0.5,
                None if "x" in source.rules and source.rules["x"].null_tokens else -9.0,
            ]
            assert read_source(source, days).counts["quarantined"] == bool(bad)


def packed(content: bytes, suffix: str) -> bytes:
    if suffix == ".zip":
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("rows.csv", content)
        return archive.getvalue()
    return (
        bytes(pa.compress(content, CODECS[suffix], asbytes=True))
        if suffix == ".zst"
        else {".gz": gzip, ".bz2": bz2}[suffix].compress(content)
    )


SUFFIXES = [".gz", ".bz2", ".zst", ".zip"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_compressed_files_are_unpacked(suffix: str, csv_source: MakeSource, days: Calendar, tmp_path: Path) -> None:
    path = tmp_path / f"rows.csv{suffix}"
    path.write_bytes(packed(CONTENT.encode(), suffix))
    assert rows_of(csv_source("", location=str(path)), days) == ROWS
    path.write_bytes(packed((CONTENT + "ragged\n").encode(), suffix))
    assert rows_of(csv_source("", location=str(path)), days) == ROWS


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("damage", ["truncated", "flipped", "empty"])
def test_a_damaged_archive_is_unreadable(suffix: str, damage: str, csv_source: MakeSource, days: Calendar, tmp_path: Path) -> None:
    path = tmp_path / f"rows.csv{suffix}"
    content = (CONTENT + "".join(f"r{i},{i * 7919 % 10007},1,2013-01-01T00:00:00Z\n" for i in range(5_000))).encode()
    whole = bytearray(packed(content, suffix))
    flipped = whole.copy()
    flipped[len(whole) // 2] ^= 0xFF
    path.write_bytes({"truncated": whole[: len(whole) // 2], "flipped": flipped, "empty": b""}[damage])
    with pytest.raises(DataError, match=r"source-unreadable|column-missing|rows cannot be read"):
        read_source(csv_source("", location=str(path), max_quarantined_share=0.0), days)


LATIN = 'id,n,x,at\n"ä, ""b""\n",1,0.5,2013-01-01T00:00:00Z\nß,NA,,2013-01-01T00:00:00Z\n'


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-8-sig"])
@pytest.mark.parametrize("more", ["", "räg\n"])
def test_any_declared_encoding_is_read(encoding: str, more: str, csv_source: MakeSource, days: Calendar) -> None:
    source = csv_source((LATIN + more).encode(encoding), encoding=encoding)
    assert rows_of(source, days) == [{"id": "ß", "n": None, "x": None}, {"id": 'ä, "b"\n', "n": 1, "x": 0.5}]
    quarantine = read_source(source, days).quarantine
    if more:
        assert quarantine is not None
        assert quarantine.to_arrow(["raw"]).column(0).to_pylist() == [more.strip().encode("utf-16" if encoding == "utf-16" else encoding)]


def test_a_byte_that_is_no_character_of_the_encoding_is_quarantined(csv_source: MakeSource, days: Calendar) -> None:
    source = csv_source(b"id,n,x,at\n\xe4,1,1,2013-01-01\n\x81,1,1,2013-01-01\n", encoding="cp1252")
    reading = read_source(source, days)
    assert reading.quarantine is not None
    assert reading.quarantine.to_arrow(["row", "column", "reason", "raw"]).to_pylist() == [
        {"row": 3, "column": "id", "reason": "bad-string", "raw": b"\x81,1,1,2013-01-01"}
    ]
    assert rows_of(source, days) == [{"id": "ä", "n": 1, "x": 1.0}]


def test_a_dialect_of_its_own_is_read(csv_source: MakeSource, days: Calendar) -> None:
    content = "'a;\\'b';1;2,5;2013-01-01\n\"c;2;;2013-01-01\n"
    source = csv_source(content, delimiter=";", quote="'", escape="\\", decimal_point=",", header=("id", "n", "x", "at"))
    assert rows_of(source, days) == [{"id": '"c', "n": 2, "x": None}, {"id": "a;'b", "n": 1, "x": 2.5}]


def test_a_file_without_a_header_counts_its_rows_from_one(csv_source: MakeSource, days: Calendar) -> None:
    reading = read_source(csv_source("a,1,1,2013-01-01\nragged\nb,x,1,2013-01-01\n", header=("id", "n", "x", "at")), days)
    assert reading.quarantine is not None
    assert reading.quarantine.to_arrow(["row"]).column(0).to_pylist() == [2, 3]
    assert reading.counts == {"read": 3, "partitioned": 1, "quarantined": 2}


@pytest.mark.parametrize("dialect", [{"encoding": "latin-99"}, {"delimiter": "ab"}, {"quote": "„"}])
def test_a_dialect_that_cannot_work_is_refused(dialect: dict[str, str], csv_source: MakeSource) -> None:
    with pytest.raises(DefinitionError, match=r"encoding|single ASCII"):
        csv_source("", **dialect)


def test_rows_at_fault_keep_their_numbers_over_many_blocks(csv_source: MakeSource, days: Calendar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.ingestion.sources.csv.BLOCK_BYTES", 512)
    lines = [f"r{i},{'x' if i % 50 == 7 else i},1,2013-01-01" if i % 20 else "ragged" for i in range(2, 1_000)]
    reading = read_source(csv_source("id,n,x,at\n" + "\n".join(lines)), days)
    assert reading.quarantine is not None
    expected = [i for i in range(2, 1_000) if i % 20 == 0 or i % 50 == 7]
    assert reading.quarantine.to_arrow(["row"]).column(0).to_pylist() == expected
    assert reading.counts == {"read": 998, "partitioned": 998 - len(expected), "quarantined": len(expected)}


def test_the_rows_of_quarantine_are_limited_in_number(csv_source: MakeSource, days: Calendar) -> None:
    with pytest.raises(DataError, match="more than the limit of a quarantine"):
        read_source(csv_source("id,n,x,at\n" + "ragged\n" * 20, max_quarantined_rows=10), days)


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
