"""The first rows of an unknown file as texts, whatever its format."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from components.ingestion.sources.arrow import ArrowSource, opened
from components.ingestion.sources.column import ColumnType
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.location import plain_bytes, raw_bytes
from components.ingestion.sources.parquet import ParquetSource
from components.ingestion.sources.records import Record, RecordSource, cell_of
from components.ingestion.sources.source import EventTime, Source

if TYPE_CHECKING:
    import pyarrow as pa

SAMPLE_BYTES = 4 << 20
SAMPLE_ROWS = 20_000


@dataclass(frozen=True)
class Sample:
    """The first rows of a source as texts by column, the number of each row in its file, and columns that are left out, with the reason."""

    cells: Mapping[str, Sequence[str | None]]
    numbers: Sequence[int]
    left_out: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, ColumnType] = field(default_factory=dict)
    """What the format itself says of a column's type, where it does."""


def sample_of(kind: type[Source], location: str, dialect: Mapping[str, Any]) -> Sample:
    """Return the first rows of a file."""
    if kind is not CsvSource:
        return _records_sample(kind, location)
    encoding = dialect.get("encoding", "utf-8")
    with plain_bytes(location) as file:
        start = bytes(file.read(SAMPLE_BYTES))
    text = start.decode("utf-8-sig" if encoding == "utf-8" else encoding, errors="replace")
    text = text if len(start) < SAMPLE_BYTES else text[: text.rfind("\n") + 1]
    lines, skipped = text.splitlines(keepends=True), dialect.get("skip_lines", 0)
    header, *rows = [row for row in csv.reader(lines[skipped:], delimiter=dialect.get("delimiter", ",")) if row] or [[]]
    good = [(number, row) for number, row in enumerate(rows, 2 + skipped) if len(row) == len(header)][:SAMPLE_ROWS]
    return Sample({name: [row[index] for _, row in good] for index, name in enumerate(header)}, [number for number, _ in good])


def _records_sample(kind: type[Source], location: str) -> Sample:
    """Return the first rows of a format that names its fields; nested values stay JSON."""
    probe = kind(location=location, columns={}, event_time=EventTime("at"))
    if not isinstance(probe, RecordSource):
        return _table_sample(kind, location)
    records = [one for one in islice(probe.records(), SAMPLE_ROWS) if isinstance(one, Record)]
    rows = [dict(_fields(one.values)) for one in records]
    names = dict.fromkeys(name for row in rows for name in row)
    cells = {name: [cell_of(row.get(name)) for row in rows] for name in names}
    texts = {name: [None if cell is None else cell.decode(errors="replace") for cell in column] for name, column in cells.items()}
    return Sample(texts, [one.number for one in records])


def _fields(values: Mapping[str, object], depth: int = 3) -> Iterator[tuple[str, object]]:
    """Yield the fields of a record, those of objects in it by their path."""
    for name, value in values.items():
        if isinstance(value, Mapping) and value and depth and "." not in name:
            yield from ((f"{name}.{inner}", one) for inner, one in _fields(value, depth - 1))
        else:
            yield name, value


def _table_sample(kind: type[Source], location: str) -> Sample:
    """Return the first rows of a format that types its columns; those whose values are not plain are left out."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from pyarrow import orc

    with raw_bytes(location) as stream:
        file = pa.PythonFile(stream, mode="r")
        if kind is ParquetSource:
            batch = next(pq.ParquetFile(file).iter_batches(SAMPLE_ROWS), None)
        elif kind is ArrowSource:
            batch = next(opened(file)[1], None)
        else:
            batch = orc.ORCFile(file).read_stripe(0)
    if batch is None:
        return Sample({}, [])
    kinds = {field.name: _plain_type(field.type) for field in batch.schema}
    rows = batch.slice(0, SAMPLE_ROWS).select([name for name, one in kinds.items() if one]).to_pylist()
    cells = {name: [None if row[name] is None else _text(row[name]) for row in rows] for name, one in kinds.items() if one}
    left_out = {field.name: f"left out: values are {field.type}, columns are plain" for field in batch.schema if not kinds[field.name]}
    return Sample(cells, range(1, len(rows) + 1), left_out, {name: one for name, one in kinds.items() if one and one != "string"})


def _plain_type(kind: pa.DataType) -> ColumnType | None:
    """Return the declared type that holds an Arrow type's values, None where there is none."""
    import pyarrow as pa

    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    tests: tuple[tuple[Callable[[pa.DataType], bool], ColumnType], ...] = (
        (pa.types.is_integer, "integer"), (pa.types.is_floating, "float"), (pa.types.is_decimal, "float"), (pa.types.is_boolean, "boolean"),
        (pa.types.is_date, "date"), (pa.types.is_timestamp, "timestamp"), (pa.types.is_string, "string"),
        (pa.types.is_large_string, "string"), (pa.types.is_string_view, "string"), (pa.types.is_null, "string"),
    )  # fmt: skip
    return next((name for test, name in tests if test(plain)), None)


def _text(value: object) -> str:
    return (cell_of(value) or b"").decode(errors="replace")


def joined(samples: Sequence[Sample]) -> Sample:
    """Return the samples of several files as one, with the columns of the first; what another lacks is null there."""
    first = samples[0]
    numbers = [number for one in samples for number in one.numbers]
    cells = {name: [cell for one in samples for cell in one.cells.get(name, [None] * len(one.numbers))] for name in first.cells}
    return Sample(cells, numbers, first.left_out, first.types)


def sqlite_tables(path: str) -> dict[str, Sample]:
    """Return the first rows of each table of a SQLite file, by name, the largest table first."""
    found: list[tuple[int, str, Sample]] = []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").fetchall()
        for (name,) in tables:
            quoted = '"' + name.replace('"', '""') + '"'
            cursor = connection.execute(f"SELECT * FROM {quoted} LIMIT ?", (SAMPLE_ROWS,))  # noqa: S608 - a name from the file's own catalogue, quoted
            names = [column[0] for column in cursor.description]
            columns = list(zip(*cursor.fetchall(), strict=True))
            cells = {one: [None if v is None else str(v) for v in values] for one, values in zip(names, columns, strict=False)}
            (count,) = connection.execute(f"SELECT count(*) FROM {quoted}").fetchone()  # noqa: S608 - as above
            found.append((-count, name, Sample(cells, range(1, len(columns[0]) + 1 if columns else 1))))
    return {name: sample for _, name, sample in sorted(found, key=lambda one: one[:2])}
