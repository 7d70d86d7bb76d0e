from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.ingestion.rows import UncleanError, all_rows, clean_rows
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.source import EventTime

NUMBERS = st.one_of(
    st.integers(-(2**63), 2**63 - 1).map(str),
    st.floats().map(repr),
    st.sampled_from(
        ["", "NA", " 7", "8\t", "+9", "-0", "1e5", "inf", "nan", "1_0", "0x1", " NA", "٣", "2013-01-01", "true", "FALSE", " 1", "0"]
    ),
)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6)
COLUMNS = {"s": "string", "n": "integer", "x": "float", "b": "boolean", "d": "date"}


@settings(max_examples=150, deadline=None)
@given(cells=st.lists(st.tuples(TEXTS, NUMBERS, NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=4))
def test_a_row_reads_the_same_whether_or_not_another_cannot_be_read(
    cells: list[tuple[str, ...]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path: Path = tmp_path_factory.mktemp("rows") / "rows.csv"
    source = CsvSource(location=str(path), columns=COLUMNS, event_time=EventTime("at"), null_tokens=("", "NA"))
    quoted = ['"' + row[0].replace('"', '""') + '",' + ",".join(row[1:]) + ",2013-01-01\n" for row in cells]
    apart: list[pa.Table] = []
    for line in quoted:
        path.write_text("s,n,x,b,d,at\n" + line, encoding="utf-8")
        try:
            apart.extend(rows.table for rows in clean_rows(source))
        except (pa.ArrowInvalid, UncleanError):
            continue
    path.write_text("s,n,x,b,d,at\n" + "".join(quoted) + "ragged\n", encoding="utf-8")
    (rows,) = all_rows(source)
    table, faults = rows.table, rows.faults
    assert len(faults) == 1 + len(cells) - len(apart)
    assert faults[-1].reason == "ragged-row"
    together = table.select(list(COLUMNS)).to_pylist()
    assert repr(together) == repr([row for one in apart for row in one.select(list(COLUMNS)).to_pylist()])
