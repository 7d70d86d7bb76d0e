"""Cells to typed columns: what cannot be read becomes null and is told apart from what was null."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from components.ingestion.sources.column import Column, ColumnType
from components.runtime.errors import DefinitionError

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

TRUE = ("true", "True", "TRUE", "1")
FALSE = ("false", "False", "FALSE", "0")

ISO_FORMATS = ("%+", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M")
"""ISO 8601 as read without a declared format: with an offset (RFC 3339), else local; a date alone means its midnight."""

UTC_FORMATS = (None, "%Y-%m-%dT%H:%M:%SZ")
"""Declared formats under which a text such as 2013-01-05T10:00:00Z is that instant."""

UTC_SHAPES = ("0000-00-00T00:00:00Z",)
LOCAL_SHAPES = ("0000-00-00T00:00:00", "0000-00-00 00:00:00", "0000-00-00T00:00:00.000000", "0000-00-00 00:00:00.000000")
"""The most common forms of an instant and of a local time; 0 stands for what the cast itself checks to be a digit."""

EPOCHS = {"epoch-s": 1_000_000, "epoch-ms": 1_000, "epoch-us": 1}
"""Formats of numbers since 1970-01-01T00:00Z, and their microseconds."""

MAX_EPOCH_MICROS = 2.0**53
"""Beyond, in the year 2255, doubles no longer hold every microsecond."""

OFFSET = r"(Z|[+-]\d\d:?\d\d|\d-\d\d[T ]\d\d(:\d\d){0,2}(\.\d*)?[+-]\d\d)$"


def arrow_type(kind: ColumnType) -> pa.DataType:
    """Return the Arrow type of a declared one: int64, double, timestamp[us, UTC] and so on."""
    import pyarrow as pa

    types = {"string": pa.string(), "integer": pa.int64(), "float": pa.float64(), "boolean": pa.bool_(), "date": pa.date32()}
    return types.get(kind) or pa.timestamp("us", "UTC")


def mapped(cells: pa.ChunkedArray, rule: Column, tokens: Sequence[str]) -> pa.ChunkedArray:
    """Return text cells with the null tokens of a column as null (the source's ``tokens`` where it has none) and forms replaced."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = cells.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind)):
        return cells
    null = pa.array(tokens if rule.null_tokens is None else rule.null_tokens, pa.string()).cast(kind)
    cells = pc.if_else(pc.is_in(cells, value_set=null), pa.scalar(None, kind), cells)
    if not rule.canonical:
        return cells
    place = pc.index_in(cells, value_set=pa.array(rule.canonical.keys(), pa.string()).cast(kind))
    return pc.coalesce(pa.array(rule.canonical.values(), pa.string()).cast(kind).take(place), cells)


def typed(
    cells: pa.ChunkedArray, kind: ColumnType, time_format: str | None = None, zone: str = "UTC", *, is_utf8: bool = False
) -> pa.Array:
    """Return a column as its declared type, null where a cell is null or cannot be read.

    Text is read as the CSV reader reads it: blanks around numbers and dates do not count. Numbers convert only without loss. A time
    without an offset is local time of ``zone``; the first of two where the clock shows it twice, unreadable where the clock skips it.
    Strings are checked to be UTF-8 unless they are known to be (``is_utf8``).
    """
    import pyarrow as pa

    target = arrow_type(kind)
    array = cells.chunk(0) if cells.num_chunks == 1 else cells.combine_chunks()
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if array.type == target:
        return _only_utf8(array) if kind == "string" and not is_utf8 else array
    if pa.types.is_binary(array.type) or pa.types.is_large_string(array.type):
        array = _cast_or_null(array, pa.string())
    if kind == "timestamp":
        return _instants(array, time_format, zone)
    if pa.types.is_string(array.type) and kind != "string":
        return _from_text(array, kind)
    return _cast_or_null(array, target)


def n_ambiguous(cells: pa.ChunkedArray, times: pa.Array, zone: str) -> int:
    """Count the local times of ``zone`` that its clock shows twice: ``times`` [n_rows] are the cells' instants, the first of the two."""
    import polars as pl
    import pyarrow as pa
    import pyarrow.compute as pc

    if zone == "UTC" or (pa.types.is_timestamp(cells.type) and cells.type.tz is not None):
        return 0
    instants = pl.Series(values=times)
    local = instants.dt.convert_time_zone(zone).dt.replace_time_zone(None)
    first, last = (local.dt.replace_time_zone(zone, ambiguous=which, non_existent="null") for which in ("earliest", "latest"))
    twice = ((first != last) & (first == instants.dt.convert_time_zone(zone))).fill_null(False).to_arrow()  # noqa: FBT003
    found = cells.combine_chunks().filter(twice)
    if not len(found) or pa.types.is_timestamp(found.type) or pa.types.is_date(found.type):
        return len(found)
    offset = pc.match_substring_regex(_cast_or_null(found, pa.string()), OFFSET)
    return len(found) - int(pc.sum(offset).as_py() or 0)


def _from_text(text: pa.Array, kind: ColumnType) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    if kind == "boolean":
        found = pc.index_in(text, pa.array(TRUE + FALSE))
        return pc.less(found, len(TRUE))
    return _cast_or_null(pc.ascii_trim(text, " \t"), arrow_type(kind))


def _only_utf8(array: pa.Array) -> pa.Array:
    """Return texts, null where the bytes are no UTF-8: readers of typed formats believe what a file says of its bytes."""
    import pyarrow as pa

    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        return _cast_or_null(array.view(pa.binary()), pa.string())
    return array


def _cast_or_null(array: pa.Array, target: pa.DataType) -> pa.Array:
    """Return the array cast to a type, null where that fails; then each distinct value is tried once."""
    import pyarrow as pa

    try:
        return array.cast(target)
    except pa.ArrowInvalid:
        distinct = array.dictionary_encode()
    return pa.concat_arrays(_halved(distinct.dictionary, target)).take(distinct.indices)


def _halved(array: pa.Array, target: pa.DataType) -> list[pa.Array]:
    """Return the cast parts of an array, halved where the cast fails, down to single values, which become null."""
    import pyarrow as pa

    try:
        return [array.cast(target)]
    except pa.ArrowInvalid:
        middle = len(array) // 2
    if middle == 0:
        return [pa.nulls(1, target)]
    return _halved(array.slice(0, middle), target) + _halved(array.slice(middle), target)


def _instants(array: pa.Array, time_format: str | None, zone: str) -> pa.Array:
    import polars as pl
    import pyarrow as pa

    if pa.types.is_timestamp(array.type) and array.type.tz is not None:
        return array.cast(pa.timestamp("us", "UTC"), safe=False)
    if time_format in EPOCHS:
        return _since_epoch(array, EPOCHS[time_format])
    if pa.types.is_integer(array.type) or pa.types.is_floating(array.type):
        array = array.cast(pa.string()) if time_format is not None else pa.nulls(len(array), pa.string())
    series = pl.Series(values=array)
    if time_format in UTC_FORMATS and (plain := _shaped(array, UTC_SHAPES, pa.timestamp("us", "UTC"))) is not None:
        return plain
    if time_format is None and (plain := _shaped(array, LOCAL_SHAPES, pa.timestamp("us"))) is not None:
        times = _anchored(pl.Series(values=plain), zone)
    elif not pa.types.is_string(array.type):
        times = _anchored(series.cast(pl.Datetime("us")), zone)
    elif time_format is not None:
        times = _parsed(series, (time_format,), zone)
    else:
        days = series.str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us"))
        times = _parsed(series, ISO_FORMATS, zone).zip_with(days.is_null(), _anchored(days, zone))
        return _or_as_arrow_reads(array, times.to_arrow().cast(pa.timestamp("us", "UTC")))
    return times.to_arrow().cast(pa.timestamp("us", "UTC"))


def _or_as_arrow_reads(texts: pa.Array, times: pa.Array) -> pa.Array:
    """Return times, and where a text with an offset gave none, what Arrow's CSV reader makes of it, which may have read the other blocks."""
    import pyarrow.compute as pc

    if times.null_count == texts.null_count:
        return times
    unread = pc.and_(pc.is_null(times), pc.fill_null(pc.match_substring_regex(texts, OFFSET), False))  # noqa: FBT003
    return pc.replace_with_mask(times, unread, _cast_or_null(texts.filter(unread), times.type))


def _since_epoch(array: pa.Array, micros: int) -> pa.Array:
    """Return numbers since 1970 as instants, null beyond 64 bits; whole ones exactly."""
    import pyarrow as pa
    import pyarrow.compute as pc

    numbers = typed(pa.chunked_array([array]), "float")
    scaled = pc.round(pc.multiply(numbers, float(micros)))
    inside = pc.less(pc.abs(scaled), MAX_EPOCH_MICROS)
    return pc.if_else(inside, scaled, None).cast(pa.int64()).cast(pa.timestamp("us", "UTC"))


def _shaped(texts: pa.Array, shapes: Sequence[str], target: pa.DataType) -> pa.Array | None:
    """Return texts that all are of one of some shapes as times, many times faster than any; None if one is not."""
    import numpy as np
    import pyarrow as pa

    n_rows = len(texts)
    if not n_rows or texts.null_count or not pa.types.is_string(texts.type):
        return None
    _, offsets, data = texts.buffers()
    starts = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + n_rows + 1]
    width = int(starts[1] - starts[0])
    fitting = [shape for shape in shapes if len(shape) == width]
    if not fitting or not (np.diff(starts) == width).all():
        return None
    characters = np.frombuffer(data, np.uint8)[starts[0] : starts[-1]].reshape(n_rows, width)
    marks = ([(place, ord(mark)) for place, mark in enumerate(shape) if mark != "0"] for shape in fitting)
    if not any(all((characters[:, place] == mark).all() for place, mark in places) for places in marks):
        return None
    try:
        return texts.cast(target)
    except pa.ArrowInvalid:
        return None


def _parsed(texts: pl.Series, formats: Sequence[str], zone: str) -> pl.Series:
    """Return the instants of texts by the first format that reads each."""
    import polars as pl

    found = pl.Series(values=[None], dtype=pl.Datetime("us", "UTC")).new_from_index(0, len(texts))
    for one in formats:
        open_ = found.is_null() & texts.is_not_null()
        if not open_.any():
            break
        try:
            times = texts.str.to_datetime(one, time_unit="us", time_zone="UTC" if one == "%+" else None, strict=False)
        except pl.exceptions.PolarsError as error:
            raise DefinitionError("not a time format", expected="such as '%Y-%m-%dT%H:%M:%SZ'", got=repr(one)) from error
        found = found.zip_with(~open_, _anchored(times, zone))
    return found


def _anchored(times: pl.Series, zone: str) -> pl.Series:
    """Return times as UTC instants; local ones by the zone's clock."""
    if times.dtype.time_zone is None:  # type: ignore[attr-defined]
        times = times.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return times.dt.convert_time_zone("UTC")
