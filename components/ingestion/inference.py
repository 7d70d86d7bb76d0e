"""A first guess at an unknown file: format, dialect, types, null tokens, event time and key, for a person to correct."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from components.artifacts.examples import EVENT_TIME, ROW_ID
from components.ingestion.cells import EPOCHS, typed
from components.ingestion.inferred_files import sampled_files
from components.ingestion.inferred_samples import SAMPLE_BYTES, Sample, joined, sample_of, sqlite_tables
from components.ingestion.inferred_times import BEGIN, day_first_too, grain_of, instants_of, time_format, zone_of
from components.ingestion.inferred_types import Seen, has_decimal_commas, seen_type
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

MAGIC = {b"PAR1": ParquetSource, b"ARROW1": ArrowSource, b"ORC": OrcSource, b"Obj\x01": AvroSource}
SUFFIXES: Mapping[str, type[Source]] = {
    ".csv": CsvSource, ".tsv": CsvSource, ".txt": CsvSource, ".json": JsonSource, ".jsonl": JsonSource, ".ndjson": JsonSource,
    ".tfrecord": TfRecordSource, ".tfrecords": TfRecordSource,
}  # fmt: skip
TIME_WORDS = ("time", "date", "timestamp", "at", "day", "when", "ts")
KEY_WORDS = ("id", "key", "uuid", "number", "no")
RECENT = (0.0, 4.1e9)
"""Seconds since 1970 of the years 1970 to 2099: numbers outside are no times."""


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
    formats = {name: form for name, one in columns.items() if one == "string" and (form := time_format(cells[name]))}
    ranks = {name: _time_rank(name, "timestamp" if name in formats else one, cells[name]) for name, one in columns.items()}
    times = sorted((name for name in ranks if ranks[name]), key=lambda name: ranks[name])
    if not times:
        raise DataError(
            "no column of the file holds times", where=location, fix="Declare the source by hand: an event time may need a format."
        )
    when = times[-1]
    form = _epoch(cells[when]) if columns[when] in ("integer", "float") else formats.get(when)
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
    remarks |= {names[when]: said} if (said := day_first_too(cells[when], form)) else {}
    grain = grain_of([one for one in instants_of(cells[when], form, zone) if one > BEGIN], zone)
    return Guess(source, len(sample.numbers), tuple(names[name] for name in times[:-1]), grain, remarks)


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


def _dialect(start: bytes) -> dict[str, str]:
    """Return what differs from comma and UTF-8: the delimiter that cuts the first lines into the same, largest number of cells.

    The encoding is UTF-8 where most lines beyond ASCII are; a stray line of another goes to quarantine.
    """
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    else:
        marked = [line for line in start[: start.rfind(b"\n") + 1].splitlines() if not line.isascii()]
        encoding = "utf-8" if sum(map(_is_utf8, marked)) >= len(marked) / 2 else "cp1252"
    lines = start.decode(encoding, errors="replace").splitlines()[:50]

    def n_cells(delimiter: str) -> int:
        counts = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        return counts[0] if counts and sum(count == counts[0] for count in counts) >= 0.8 * len(counts) else 1

    delimiter = max((",", ";", "\t", "|"), key=n_cells)
    return {name: value for name, value, usual in (("delimiter", delimiter, ","), ("encoding", encoding, "utf-8")) if value != usual}


def _starts_with(location: str, magic: bytes) -> bool:
    with plain_bytes(location) as file:
        return bytes(file.read(len(magic))) == magic


def _epoch(values: Sequence[str | None]) -> str | None:
    """Return the unit in which numbers are times since 1970 in this century; None if none fits."""
    import pyarrow as pa

    numbers = typed(pa.chunked_array([pa.array(values, pa.string())]), "float").drop_null().to_pylist()
    for name, micros in EPOCHS.items():
        seconds = [number * micros / 1e6 for number in numbers]
        if seconds and min(seconds) > 1e8 and max(seconds) < RECENT[1]:  # noqa: PLR2004 - March 1973
            return name
    return None


def _time_rank(name: str, kind: ColumnType, values: Sequence[str | None]) -> tuple[float, ...]:
    """Return how well a column would do as event time, larger is better; () if it cannot."""
    named = any(word in name.lower().replace("@", "").split("_") or name.lower().endswith(word) for word in TIME_WORDS)
    numeric = kind in ("integer", "float")
    if numeric and not (named and _epoch(values)):
        return ()
    if not numeric and kind not in ("timestamp", "date"):
        return ()
    filled = sum(bool(value) for value in values) / len(values)
    return (1 if filled > 0.99 else 0, {"timestamp": 2, "date": 1}.get(kind, 0) + int(named), filled)  # noqa: PLR2004


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
