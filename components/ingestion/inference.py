"""A first guess at an unknown file: format, dialect, types, null tokens, event time and key, for a person to correct."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from components.artifacts.examples import EVENT_TIME, ROW_ID
from components.ingestion.cells import EPOCHS, typed
from components.ingestion.inferred_times import grain_of, instants_of, time_format, zone_of
from components.ingestion.sources.arrow import ArrowSource
from components.ingestion.sources.avro import AvroSource
from components.ingestion.sources.column import ColumnType
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.json import JsonSource
from components.ingestion.sources.location import CODECS, plain_bytes
from components.ingestion.sources.orc import OrcSource
from components.ingestion.sources.parquet import ParquetSource
from components.ingestion.sources.source import EventTime, Source
from components.ingestion.sources.tfrecord import TfRecordSource
from components.runtime.errors import DataError
from components.runtime.spans import Grain

if TYPE_CHECKING:
    import pyarrow as pa

SAMPLE_BYTES = 4 << 20
SAMPLE_ROWS = 20_000
NULL_TOKENS = ("", "NA", "N/A", "null", "NULL", "None", "nan", "NaN", "-", "?")
"""Texts that commonly mean null; only those that a file holds are declared."""

MAGIC = {b"PAR1": ParquetSource, b"ARROW1": ArrowSource, b"ORC": OrcSource, b"Obj\x01": AvroSource}
SUFFIXES: Mapping[str, type[Source]] = {
    ".csv": CsvSource, ".tsv": CsvSource, ".txt": CsvSource, ".json": JsonSource, ".jsonl": JsonSource, ".ndjson": JsonSource,
    ".tfrecord": TfRecordSource, ".tfrecords": TfRecordSource,
}  # fmt: skip
TIME_WORDS = ("time", "date", "timestamp", "at", "day", "when", "ts")
KEY_WORDS = ("id", "key", "uuid", "number", "no")
DECIMAL_COMMA = re.compile(r"[+-]?\d{1,15}(,\d+)?")
RECENT = (0.0, 4.1e9)
"""Seconds since 1970 of the years 1970 to 2099: numbers outside are no times."""


@dataclass(frozen=True)
class Guess:
    """What a file seems to be: the source that reads it, and what the guess rests on."""

    source: Source
    n_sampled: int
    other_times: tuple[str, ...]
    grain: Grain


def guessed(location: str) -> Guess:
    """Return a source that reads a file, from its first rows.

    Raises
    ------
    DataError
        If the file has no rows, or no column of it holds times.
    """
    kind, dialect = _format(location)
    cells = _sample(kind, location, dialect)
    if not cells:
        raise DataError("the file has no rows to guess from", where=location)
    tokens = tuple(token for token in NULL_TOKENS if token == "" or any(token in column for column in cells.values()))
    comma = kind is CsvSource and dialect.get("delimiter", ",") != "," and any(_has_decimal_commas(column) for column in cells.values())
    dialect = dialect | ({"decimal_point": ","} if comma else {})
    columns = {name: _column(values, tokens, comma=comma) for name, values in cells.items()}
    formats = {name: form for name, one in columns.items() if one == "string" and (form := time_format(cells[name]))}
    ranks = {name: _time_rank(name, "timestamp" if name in formats else one, cells[name]) for name, one in columns.items()}
    times = sorted((name for name in ranks if ranks[name]), key=lambda name: ranks[name])
    if not times:
        raise DataError(
            "no column of the file holds times", where=location, fix="Declare the source by hand: an event time may need a format."
        )
    when = times[-1]
    form = _epoch(cells[when]) if columns[when] in ("integer", "float") else formats.get(when)
    zone = zone_of(cells[when], instants_of(cells[when], form, "UTC"))
    types: dict[str, ColumnType] = {name: "timestamp" if name == when and form else one for name, one in columns.items()}
    names = _names(types)
    key = _key(cells, when, types)
    source = kind(
        location=location,
        columns={names[name]: one for name, one in types.items()},
        event_time=EventTime(names[when], form, zone),
        key=None if key is None else tuple(names[name] for name in key),
        renames={name: new for name, new in names.items() if new != name},
        null_tokens=tokens if kind in (CsvSource, JsonSource) else ("",),
        **dialect,
    )
    grain = grain_of(instants_of(cells[when], form, zone), zone)
    return Guess(source, len(next(iter(cells.values()))), tuple(names[name] for name in times[:-1]), grain)


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


def _dialect(start: bytes) -> dict[str, str]:
    """Return what differs from comma and UTF-8: the delimiter that cuts the first lines into the same, largest number of cells."""
    try:
        start[: start.rfind(b"\n") + 1].decode()
        encoding = "utf-8"
    except UnicodeDecodeError:
        encoding = "utf-16" if start.startswith((b"\xff\xfe", b"\xfe\xff")) else "cp1252"
    lines = start.decode(encoding, errors="replace").splitlines()[:50]

    def n_cells(delimiter: str) -> int:
        counts = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        return counts[0] if counts and sum(count == counts[0] for count in counts) >= 0.8 * len(counts) else 1

    delimiter = max((",", ";", "\t", "|"), key=n_cells)
    return {name: value for name, value, usual in (("delimiter", delimiter, ","), ("encoding", encoding, "utf-8")) if value != usual}


def _sample(kind: type[Source], location: str, dialect: Mapping[str, str]) -> dict[str, list[str | None]]:
    """Return the first rows as texts by column."""
    if kind is CsvSource:
        encoding = dialect.get("encoding", "utf-8")
        with plain_bytes(location) as file:
            text = file.read(SAMPLE_BYTES).decode("utf-8-sig" if encoding == "utf-8" else encoding, errors="replace")
        header, *rows = [row for row in csv.reader(text.splitlines(keepends=True), delimiter=dialect.get("delimiter", ",")) if row] or [[]]
        good = [row for row in rows if len(row) == len(header)][:SAMPLE_ROWS]
        return {name: [row[index] for row in good] for index, name in enumerate(header)} if good else {}
    return _records_sample(kind, location)


def _records_sample(kind: type[Source], location: str) -> dict[str, list[str | None]]:
    """Return the first rows of a format that names its fields; nested values stay JSON."""
    from components.ingestion.sources.records import Record, RecordSource, cell_of

    probe = kind(location=location, columns={}, event_time=EventTime("at"))
    if not isinstance(probe, RecordSource):
        return _table_sample(kind, location)
    rows: list[Mapping[str, object]] = []
    for record in probe.records():
        if isinstance(record, Record):
            rows.append(dict(_fields(record.values)))
        if len(rows) == SAMPLE_ROWS:
            break
    names = dict.fromkeys(name for row in rows for name in row)
    cells = {name: [cell_of(row.get(name)) for row in rows] for name in names}
    return {name: [None if cell is None else cell.decode(errors="replace") for cell in column] for name, column in cells.items()}


def _fields(values: Mapping[str, object], depth: int = 3) -> Iterator[tuple[str, object]]:
    """Yield the fields of a record, those of objects in it by their path."""
    for name, value in values.items():
        if isinstance(value, Mapping) and value and depth and "." not in name:
            yield from ((f"{name}.{inner}", one) for inner, one in _fields(value, depth - 1))
        else:
            yield name, value


def _table_sample(kind: type[Source], location: str) -> dict[str, list[str | None]]:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from pyarrow import orc

    from components.ingestion.sources.location import raw_bytes

    with raw_bytes(location) as stream:
        file = pa.PythonFile(stream, mode="r")
        if kind is ParquetSource:
            batch = next(pq.ParquetFile(file).iter_batches(SAMPLE_ROWS), None)
        elif kind is ArrowSource:
            reader = pa.ipc.open_file(file)
            batch = reader.get_batch(0) if reader.num_record_batches else None
        else:
            batch = orc.ORCFile(file).read_stripe(0)
    rows = [] if batch is None else batch.slice(0, SAMPLE_ROWS).to_pylist()
    return {name: [None if row[name] is None else _text(row[name]) for row in rows] for name in (rows[0] if rows else ())}


def _text(value: object) -> str:
    from components.ingestion.sources.records import cell_of

    return (cell_of(value) or b"").decode(errors="replace")


def _has_decimal_commas(values: Sequence[str | None]) -> bool:
    """Tell whether the values are numbers of which some have a decimal comma."""
    present = [value for value in values if value]
    return any("," in value for value in present) and all(DECIMAL_COMMA.fullmatch(value) for value in present)


def _column(values: Sequence[str | None], tokens: Sequence[str], *, comma: bool) -> ColumnType:
    """Return the narrowest type that reads every value; text with leading zeros, such as a postal code, stays text."""
    present = [value.replace(",", ".") if comma else value for value in values if value is not None and value not in tokens]
    if not present or any(len(value) > 1 and value.startswith("0") and value.isdecimal() for value in present):
        return "string"
    if all(value in ("true", "false", "True", "False", "TRUE", "FALSE") for value in present):
        return "boolean"
    cells = _cells(present)
    kinds: tuple[ColumnType, ...] = ("integer", "float", "date", "timestamp")
    return next((kind for kind in kinds if typed(cells, kind).null_count == 0), "string")


def _cells(values: Sequence[str]) -> pa.ChunkedArray:
    import pyarrow as pa

    return pa.chunked_array([pa.array(values, pa.string())])


def _epoch(values: Sequence[str | None]) -> str | None:
    """Return the unit in which numbers are times since 1970 in this century; None if none fits."""
    numbers = [float(value) for value in values if value]
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
