"""A first guess at an unknown file: format, dialect, types, null tokens, event time and key, for a person to correct."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from components.artifacts.examples import EVENT_TIME, ROW_ID
from components.ingestion.inferred_event_time import time_column
from components.ingestion.inferred_files import sampled_files
from components.ingestion.inferred_samples import SAMPLE_BYTES, Sample, joined, sample_of, sqlite_tables
from components.ingestion.inferred_times import BEGIN, grain_of, instants_of, zone_of
from components.ingestion.inferred_types import Seen, has_decimal_commas, seen_type
from components.ingestion.sources.arrow import MAGIC as ARROW_FILE
from components.ingestion.sources.arrow import STREAM as ARROW_STREAM
from components.ingestion.sources.arrow import ArrowSource
from components.ingestion.sources.avro import AvroSource
from components.ingestion.sources.column import ColumnType
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.json import JsonSource
from components.ingestion.sources.location import CODECS, plain_bytes
from components.ingestion.sources.orc import OrcSource
from components.ingestion.sources.parquet import ParquetSource
from components.ingestion.sources.source import EventTime, Source
from components.ingestion.sources.sql import SqlSource
from components.ingestion.sources.tfrecord import TfRecordSource
from components.runtime.errors import DataError
from components.runtime.spans import Grain

SQLITE = b"SQLite format 3\0"
NULL_TOKENS = ("", "NA", "N/A", "null", "NULL", "None", "nan", "NaN", "-", "?")
"""Texts that commonly mean null; only those that a file holds are declared."""

MAGIC = {b"PAR1": ParquetSource, ARROW_FILE: ArrowSource, ARROW_STREAM: ArrowSource, b"ORC": OrcSource, b"Obj\x01": AvroSource}
SUFFIXES: Mapping[str, type[Source]] = {
    ".csv": CsvSource, ".tsv": CsvSource, ".txt": CsvSource, ".json": JsonSource, ".jsonl": JsonSource, ".ndjson": JsonSource,
    ".tfrecord": TfRecordSource, ".tfrecords": TfRecordSource,
}  # fmt: skip
KEY_WORDS = ("id", "key", "uuid", "number", "no")
MAX_TITLES = 20
"""Lines above a header at most."""


@dataclass(frozen=True)
class Guess:
    """What a source seems to be: the source that reads it, and what the guess rests on; ``remarks`` are about columns, by name."""

    source: Source
    n_sampled: int
    other_times: tuple[str, ...]
    grain: Grain
    remarks: Mapping[str, str]


def guessed(location: str, *, connection: str = "", strict: bool = False) -> Guess:
    """Return a source that reads a file, or all files of a pattern, from the first rows of a few of them.

    Parameters
    ----------
    connection
        The name of the connection under which a file of SQLite is known.
    strict
        Whether a type must read every cell; else a few strays may go to quarantine.

    Raises
    ------
    DataError
        If the file has no rows, or no column of it holds times.
    """
    files = sampled_files(location)
    if files[0] == location and _starts_with(location, SQLITE):
        return _of_database(location, connection, strict=strict)
    kind, dialect = _format(files[0])
    sample = joined([sample_of(kind, one, dialect) for one in files])
    return _guess(kind, sample, dialect, location, strict=strict)


def _of_database(location: str, connection: str, *, strict: bool) -> Guess:
    """Return a guess at the largest table of a SQLite file that has times, which names the others."""
    tables = sqlite_tables(location)
    for name, sample in tables.items():
        try:
            guess = _guess(SqlSource, sample, {"connection": connection, "table": name}, location, strict=strict)
        except DataError:
            continue
        others = ", ".join(one for one in tables if one != name)
        return replace(guess, remarks={**guess.remarks, **({f"table {name}": f"the others are not read: {others}"} if others else {})})
    raise DataError("no table of the file has rows and a column of times", where=location)


def _guess(kind: type[Source], sample: Sample, dialect: Mapping[str, Any], location: str, *, strict: bool) -> Guess:
    cells = sample.cells
    if not sample.numbers:
        raise DataError("the file has no rows to guess from", where=location)
    tokens = tuple(token for token in NULL_TOKENS if token == "" or any(token in column for column in cells.values()))
    comma = kind is CsvSource and dialect.get("delimiter", ",") != "," and any(has_decimal_commas(column) for column in cells.values())
    declared: dict[str, Any] = {**dialect, **({"decimal_point": ","} if comma else {})}
    seen = {
        name: Seen(sample.types[name]) if name in sample.types else seen_type(values, tokens, sample.numbers, comma=comma, strict=strict)
        for name, values in cells.items()
    }
    columns = {name: one.kind for name, one in seen.items()}
    found = time_column(cells, columns, location)
    when, form = found.name, found.form
    instants = instants_of(cells[when], form, "UTC")
    zone = zone_of(cells[when], instants)
    types: dict[str, ColumnType] = {name: "timestamp" if name == when and form else one for name, one in columns.items()}
    names = _names(types)
    key = _key(cells, when, types)
    declared |= {} if kind is SqlSource else {"location": location}
    source = kind(
        columns={names[name]: one for name, one in types.items()},
        event_time=EventTime(names[when], form, zone),
        key=None if key is None else tuple(names[name] for name in key),
        renames={name: new for name, new in names.items() if new != name},
        null_tokens=tokens if kind in (CsvSource, JsonSource) else ("",),
        **declared,
    )
    remarks = {names[name]: one.remark for name, one in seen.items() if one.remark} | dict(sample.left_out)
    remarks |= {names[when]: found.remark} if found.remark else {}
    grain = grain_of([one for one in instants_of(cells[when], form, zone) if one > BEGIN], zone)
    return Guess(source, len(sample.numbers), tuple(names[name] for name in found.others), grain, remarks)


def _names(columns: Iterable[str]) -> dict[str, str]:
    """Return the name of each column here: without dots, and not one that every artifact has."""
    taken: dict[str, str] = {}
    for name in columns:
        new = name.replace(".", "_")
        new = f"source_{new}" if new in (ROW_ID, EVENT_TIME) else new
        taken[name] = name if new in taken.values() else new
    return taken


def _format(location: str) -> tuple[type[Source], dict[str, Any]]:
    """Return the kind of source and, of a CSV file, its dialect."""
    with plain_bytes(location) as file:
        start = file.read(SAMPLE_BYTES)
    for magic, kind in MAGIC.items():
        if start.startswith(magic):
            return kind, {}
    path = PurePosixPath(location)
    suffix = PurePosixPath(path.stem).suffix if path.suffix in (*CODECS, ".zip") else path.suffix
    if start.lstrip()[:1] in (b"{", b"["):
        return JsonSource, {}
    kind = SUFFIXES.get(suffix.lower(), CsvSource)
    return kind, _dialect(start) if kind is CsvSource else {}


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _dialect(start: bytes) -> dict[str, Any]:
    """Return what differs from comma, UTF-8 and a header in the first line: the delimiter that cuts lines into the most cells, equally many.

    The encoding is UTF-8 where most lines beyond ASCII are; a stray line of another goes to quarantine.
    """
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    else:
        marked = [line for line in start[: start.rfind(b"\n") + 1].splitlines() if not line.isascii()]
        encoding = "utf-8" if sum(map(_is_utf8, marked)) >= len(marked) / 2 else "cp1252"
    lines = start.decode(encoding, errors="replace").removeprefix("\ufeff").splitlines()[: 50 + MAX_TITLES]
    shapes = {delimiter: _shape(lines, delimiter) for delimiter in (",", ";", "\t", "|")}
    delimiter = max(shapes, key=lambda one: shapes[one][0])
    found = {"delimiter": (delimiter, ","), "encoding": (encoding, "utf-8"), "skip_lines": (shapes[delimiter][1], 0)}
    return {name: value for name, (value, usual) in found.items() if value != usual}


def _shape(lines: Sequence[str], delimiter: str) -> tuple[int, int]:
    """Return into how many cells a delimiter cuts most lines, and how many lines of titles stand above the names of the columns.

    >>> _shape(["Sales;;", "", "day;shop;sum", "2024-03-01;a;1"], ";"), _shape(["Sales, 2024", "day;sum", "2024-03-01;1"], ",")
    ((3, 1), (1, 0))
    """
    reader = csv.reader(lines, delimiter=delimiter)
    rows = [(row, reader.line_num) for row in reader if row]
    n_cells = Counter(len(row) for row, _ in rows).most_common(1)[0][0] if rows else 1
    if n_cells == 1:
        return 1, 0
    first = next((place for place, (row, _) in enumerate(rows[:MAX_TITLES]) if len(row) == n_cells <= 2 * sum(map(bool, row))), 0)
    if any(cell[:1].isdigit() for cell in rows[first][0]):
        first = 0
    counts = [len(row) for row, _ in rows[first:]]
    if counts[0] != n_cells or counts.count(n_cells) < 0.8 * len(counts):
        return 1, 0
    return n_cells, rows[first - 1][1] if first else 0


def _starts_with(location: str, magic: bytes) -> bool:
    with plain_bytes(location) as file:
        return bytes(file.read(len(magic))) == magic


def _key(cells: Mapping[str, Sequence[str | None]], when: str, usable: Mapping[str, ColumnType]) -> tuple[str, ...] | None:
    """Return a column that never repeats, or one that does not beside the event time; None where there is none."""
    candidates = [
        name
        for name, kind in usable.items()
        if name not in (ROW_ID, EVENT_TIME) and kind in ("string", "integer") and all(cells[name]) and name != when
    ]
    candidates.sort(key=lambda name: not any(name.lower().endswith(word) for word in KEY_WORDS))
    for name in candidates:
        if len(set(cells[name])) == len(cells[name]) > 1:
            return (name,)
    for name in candidates if when in usable else ():
        if len(set(zip(cells[name], cells[when], strict=True))) == len(cells[name]):
            return name, when
    return None
