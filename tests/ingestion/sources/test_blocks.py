import io

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from components.ingestion.partition import read_source
from components.ingestion.rows import UncleanError, clean_rows
from components.ingestion.sources import blocks, csv
from components.ingestion.sources.blocks import RowBlocks, last_row_end
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.source import EventTime
from components.runtime.spans import Calendar, Grain

DAYS = Calendar(Grain.DAY, "UTC")
HEADER = "id,n,x,at\n"
ROW = "{},1,1,2013-01-01\n"


def end_by_the_letter(text: bytes) -> int:
    """Return where the last row of RFC 4180 ends, byte by byte; 0 where a quote is out of place."""
    end, quoted, may_open, index = 0, False, True, 0
    while index < len(text):
        mark, after = text[index : index + 1], text[index + 1 : index + 2]
        if quoted and mark == b'"' and after == b'"':
            index += 1
        elif mark == b'"':
            if not (after in (b"", b",", b"\n", b"\r") if quoted else may_open):
                return 0
            quoted = not quoted
        elif mark == b"\n" and not quoted:
            end = index + 1
        may_open = not quoted and mark in (b",", b"\n", b"\r")
        index += 1
    return end


CELLS = st.sampled_from(["a", "", '"b"', '"x\ny"', '"p""q"', '""', '"', 'c"', "\r", ",", ",", "\n", "\n", "é" * 40])


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(parts=st.lists(CELLS, max_size=90))
@example(parts=['"' + "a" * 62 + '"', "\n"])
@example(parts=['"' + "a" * 61 + '"', "\n", "b"])
def test_the_end_of_the_last_row_is_found_as_if_byte_by_byte(parts: list[str]) -> None:
    text = "".join(parts).encode()
    assert last_row_end(text, b",", b'"') == end_by_the_letter(text)
    assert last_row_end(text, b",", b"") == text.rfind(b"\n") + 1


@pytest.mark.parametrize("text", ["a\nbb\nccc\n" * 9, 'a,"\n"\nb,"""\n"\n' * 9, "a\rb\r" * 20, 'a\nb"\nc\n' * 9, "x" * 99 + "\na\n", ""])
def test_no_byte_is_lost_between_the_blocks_and_the_rest(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 16)
    cut = RowBlocks(b"", pa.PythonFile(io.BytesIO(text.encode()), mode="r"), b",", b'"')
    found = [bytes(block) for block in cut]
    assert all(block.endswith(b"\n") for block in found[: len(found) - (not cut.rest)])
    assert b"".join(found) + cut.rest + cut.file.read() == text.encode()


QUOTED = st.text('ab,"\n é', max_size=5).map(lambda text: '"' + text.replace('"', '""') + '"')
TIMES = st.sampled_from(
    [
        *["2013-01-01T00:00:00Z", "2013-01-02 10:30:00.5+01:00"] * 4,
        *[
            "2013-01-02",
            "2013-01-01T23:59:60Z",
            "2013-01-01T10Z",
            "2013-01-01T10+02",
            '"2013-01-01T10:00:00Z"',
            " 2013-01-01T00:00:00Z",
            "no",
            "",
        ],
    ]
)
ROWS = st.tuples(
    st.one_of(QUOTED, st.sampled_from(["a", "NA", '5"', "\ufeffa"])),
    st.sampled_from(["1", "2", "", " 7", "x", "NA"]),
    st.sampled_from(["0.1", "1e400", "nan", "-0", ""]),
    TIMES,
).map(",".join)
LINES = st.one_of(ROWS, ROWS, ROWS, ROWS, st.sampled_from(["", "ragged", "a,1,1,2013-01-01,more"]))


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(
    lines=st.lists(LINES, min_size=1, max_size=40), ends=st.sampled_from(["\n", "\r\n", "\r"]), key=st.sampled_from([None, ("id",), ("n",)])
)
def test_the_fast_way_and_the_careful_one_give_the_same_parts_bytes_and_quarantine(
    lines: list[str], ends: str, key: tuple[str, ...] | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("rows")
    (folder / "rows.csv").write_bytes((HEADER.strip() + ends + ends.join(lines)).encode())
    columns = {"id": "string", "n": "integer", "x": "float"}
    source = CsvSource(
        location=str(folder / "rows.csv"), columns=columns, event_time=EventTime("at"), key=key, null_tokens=("", "NA"), max_quarantined_share=1.0
    )  # fmt: skip

    def read(patched: pytest.MonkeyPatch) -> tuple[object, ...]:
        reading = read_source(source, DAYS)
        patched.undo()
        found = {}
        for span, part in reading.parts.items():
            part.save(folder)
            found[span] = (folder / "rows.parquet").read_bytes()
        return found, reading.counts, reading.quarantine.to_arrow().to_pylist() if reading.quarantine else None

    with pytest.MonkeyPatch.context() as patched:
        for module in (blocks, csv):
            patched.setattr(module, "BLOCK_BYTES", 200)
        in_blocks = read(patched)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("components.ingestion.partition.clean_rows", lambda _: (_ for _ in ()).throw(UncleanError))
        carefully = read(patched)
    assert in_blocks == carefully


@pytest.mark.parametrize("odd", ['5" pipe', "b,1,1,2013-01-01\ra"])
def test_what_cannot_be_cut_beforehand_is_read_in_one_pass(
    odd: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    path.write_text(HEADER + (ROW.format("a") * 30 + ROW.format(odd)) * 3 + '"x\ny",1,1,2013-01-01', newline="")
    for module in (blocks, csv):
        monkeypatch.setattr(module, "BLOCK_BYTES", 200)
    source = CsvSource(location=str(path), columns={"id": "string"}, event_time=EventTime("at"))
    assert sum(rows.table.num_rows for rows in clean_rows(source)) == 94 + 3 * odd.count("\r")
