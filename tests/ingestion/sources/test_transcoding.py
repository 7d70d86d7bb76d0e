import pyarrow as pa
import pytest

from components.ingestion.sources.transcoding import Utf8Reader

TEXT = "id,größe\r\n" + "ä€😀\n" * 50_000


@pytest.mark.parametrize("size", [7, 4_096, -1])
def test_a_file_of_another_encoding_reads_as_utf_8_in_pieces_of_any_size(size: int) -> None:
    reader = Utf8Reader(pa.BufferReader(TEXT.encode("utf-16")), "utf-16", "strict")
    found = b"".join(iter(lambda: reader.read(size), b""))
    assert found == TEXT.encode()


def test_bytes_without_meaning_come_through_or_are_refused() -> None:
    damaged = b"a\x81b"  # 0x81 is no character of Windows-1252
    assert Utf8Reader(pa.BufferReader(damaged), "cp1252", "surrogateescape").read() == damaged
    with pytest.raises(UnicodeDecodeError):
        Utf8Reader(pa.BufferReader(damaged), "cp1252", "strict").read()
