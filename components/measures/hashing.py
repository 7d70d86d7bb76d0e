"""Row identity: a 128-bit hash of the declared key, or of the whole row and its occurrence number."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from components.measures.micros import to_micros
from components.measures.murmur import CHUNK_ROWS, SPARE_BYTES, hash_rows
from components.measures.storage import plain
from components.runtime.errors import DefinitionError, nearest

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

# One byte in front of each cell, so that 1, 1.0, "1" and true differ. Part of every row_id: never renumber.
_NULL, _BOOLEAN, _INTEGER, _UNSIGNED, _FLOAT, _STRING, _BINARY, _INSTANT, _LOCAL_TIMESTAMP, _DATE, _TIME, _DURATION, _DECIMAL, _NESTED = (
    range(14)
)


def row_keys(table: pa.Table, columns: Sequence[str]) -> pa.Array:
    """Return one 128-bit hash a row over the named columns, in the given order.

    A row is encoded as one int64 a column (the value, or the length of its text), one type byte a column and then the texts, so
    that no two different rows share an encoding. Integers of any width are equal, as are floats; -0.0 is 0.0 and every NaN is one NaN;
    timestamps, times and durations count microseconds (finer parts are dropped); decimals keep their scale; strings are
    UTF-8; how a column is stored (dictionaries, views) does not matter; lists and structs go through JSON, slowly. Column names do not enter.

    Returns
    -------
    fixed_size_binary(16) of `table.num_rows`.

    Raises
    ------
    DefinitionError
        If no column is named, or one is not in the table.
    """
    import pyarrow as pa

    for name in columns:
        if name not in table.column_names:
            near = nearest(name, table.column_names)
            raise DefinitionError("the row key names a column that the table lacks", got=repr(name), nearest=near)
    if not columns:
        raise DefinitionError("the row key names no column", expected=f"some of {table.column_names}", fix="leave the key out to hash all")
    hashes = np.empty((table.num_rows, 2), dtype=np.uint64)
    done = 0
    for batch in table.select(list(columns)).to_batches(max_chunksize=CHUNK_ROWS):
        hashes[done : done + batch.num_rows] = hash_rows(_encode(batch), seed=len(columns))
        done += batch.num_rows
    return pa.Array.from_buffers(pa.binary(16), table.num_rows, [None, pa.py_buffer(hashes)])


def occurrence(keys: pa.Array) -> NDArray[np.int64]:
    """Return for each key how many equal keys stand before it: 0 for the first, 1 for its first duplicate, and so on.

    >>> import pyarrow as pa
    >>> occurrence(pa.array([b"a" * 16, b"b" * 16, b"a" * 16], pa.binary(16))).tolist()
    [0, 0, 1]
    """
    halves = _halves(keys)
    order = np.lexsort((halves[:, 1], halves[:, 0]))
    ordered = halves[order]
    position = np.arange(len(order))
    starts = np.ones(len(order), dtype=bool)
    starts[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    numbers = np.empty(len(order), dtype=np.int64)
    numbers[order] = position - np.maximum.accumulate(np.where(starts, position, 0))
    return numbers


def row_ids(table: pa.Table, key: Sequence[str] | None) -> pa.Array:
    """Return the `row_id` of each row: its key's hash, or, without a key, a hash of the whole row and its occurrence number.

    With a declared key equal keys get equal ids: finding them is the business of validation. Without one, identical rows are numbered, and
    since they are identical the ids do not depend on the order of rows.

    Returns
    -------
    fixed_size_binary(16) of `table.num_rows`.

    Raises
    ------
    DefinitionError
        If the key is empty or names a column that the table lacks.
    """
    return row_keys(table, key) if key is not None else numbered_keys(row_keys(table, table.column_names))


def numbered_keys(keys: pa.Array) -> pa.Array:
    """Return the `row_id` of rows without a declared key from the hashes of whole rows, all of those that agree among them."""
    import pyarrow as pa

    numbered = np.column_stack([_halves(keys), occurrence(keys).view(np.uint64)])
    hashes = hash_rows(pa.Array.from_buffers(pa.binary(24), len(keys), [None, pa.py_buffer(numbered)]))
    return pa.Array.from_buffers(pa.binary(16), len(keys), [None, pa.py_buffer(hashes)])


def _halves(keys: pa.Array) -> NDArray[np.uint64]:
    """Return fixed_size_binary(16) as [n, 2] uint64 without a copy."""
    words = np.frombuffer(keys.buffers()[1] or b"", dtype=np.uint64, count=2 * (keys.offset + len(keys)))
    return words.reshape(-1, 2)[keys.offset :]


def _encode(batch: pa.RecordBatch) -> pa.Array:
    """Return one canonical byte string a row: 8 bytes a column, then one type byte a column, then the texts in column order."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = [plain(column) for column in batch.columns]
    cells = [_cells(column) for column in columns]
    texts = [text for _, _, text in cells if text is not None]
    blocks = [block for text in texts if (block := _of_one_length(text)) is not None]
    is_fixed, n_fixed = len(blocks) == len(texts), 9 * len(columns)
    width = n_fixed + (sum(block.shape[1] for block in blocks) if is_fixed else 0)
    room = np.empty(batch.num_rows * width + SPARE_BYTES, dtype=np.uint8)
    rows = room[: batch.num_rows * width].reshape(-1, width)
    for index, (column, (tags, words, _)) in enumerate(zip(columns, cells, strict=True)):
        if column.null_count:
            null = pc.is_null(column).to_numpy(zero_copy_only=False)
            tags, words = np.where(null, _NULL, tags), np.where(null, 0, words)  # noqa: PLW2901
        rows[:, 8 * index : 8 * index + 8].view("<i8")[:, 0] = words
        rows[:, 8 * len(columns) + index] = tags
    if is_fixed and blocks:
        np.concatenate(blocks, axis=1, out=rows[:, n_fixed:])
    fixed = pa.Array.from_buffers(pa.binary(width), len(rows), [None, pa.py_buffer(room)])
    if is_fixed:
        return fixed
    texts = [text.cast(pa.large_binary()).fill_null(b"") for text in texts]
    return pc.binary_join_element_wise(fixed.cast(pa.large_binary()), *texts, pa.scalar(b"", pa.large_binary()))


def _of_one_length(texts: pa.Array) -> NDArray[np.uint8] | None:
    """Return the bytes of texts as [n_rows, length] without a copy; None where one is null or of another length, or none is there."""
    import pyarrow as pa

    wide = pa.types.is_large_string(texts.type) or pa.types.is_large_binary(texts.type)
    if texts.null_count or not len(texts):
        return None
    _, offsets, data = texts.buffers()
    places = np.frombuffer(offsets, np.int64 if wide else np.int32)[texts.offset : texts.offset + len(texts) + 1]
    length = int(places[1] - places[0])
    if not length or not (np.diff(places) == length).all():
        return None
    return np.frombuffer(data, np.uint8)[places[0] : places[-1]].reshape(-1, length)


def _cells(column: pa.Array) -> tuple[NDArray[np.integer] | int, NDArray[np.int64], pa.Array | None]:
    """Return the type bytes, one int64 a cell (the value or the text's length) and the texts, if any; null cells hold anything."""
    import pyarrow as pa
    import pyarrow.compute as pc

    types, kind = pa.types, column.type
    if types.is_null(kind):
        return _NULL, np.zeros(len(column), dtype=np.int64), None
    if types.is_temporal(kind) and not types.is_interval(kind):
        return *_temporal_cells(column), None
    if types.is_boolean(kind) or types.is_integer(kind) or types.is_floating(kind):
        return *_number_cells(column), None
    tag, text = _text_cells(column)
    return tag, _int64(pc.binary_length(text).cast(pa.int64())), text


def _number_cells(column: pa.Array) -> tuple[NDArray[np.integer] | int, NDArray[np.int64]]:
    """Return booleans as 0 and 1, integers as they are and floats as the bits of a double."""
    import pyarrow as pa

    if pa.types.is_floating(column.type):
        floats = column.cast(pa.float64()).fill_null(0.0).to_numpy() + 0.0  # -0.0 + 0.0 is 0.0
        return _FLOAT, np.where(np.isnan(floats), np.nan, floats).view(np.int64)
    if pa.types.is_uint64(column.type):
        words = column.fill_null(0).to_numpy().view(np.int64)
        return np.where(words < 0, _UNSIGNED, _INTEGER), words
    return (_BOOLEAN if pa.types.is_boolean(column.type) else _INTEGER), _int64(column.cast(pa.int64()))


def _temporal_cells(column: pa.Array) -> tuple[int, NDArray[np.int64]]:
    """Return dates as days, everything else of time as microseconds, floored."""
    import pyarrow as pa

    types, kind = pa.types, column.type
    if types.is_date(kind):
        return _DATE, _int64(column.cast(pa.date32()).cast(pa.int32()).cast(pa.int64()))
    micros = to_micros(column)
    if types.is_timestamp(kind):
        return (_INSTANT if kind.tz else _LOCAL_TIMESTAMP), micros
    return (_TIME if types.is_time(kind) else _DURATION), micros


def _text_cells(column: pa.Array) -> tuple[int, pa.Array]:
    """Return what does not fit 64 bits as strings or bytes."""
    import pyarrow as pa

    types, kind = pa.types, column.type
    if types.is_string(kind) or types.is_large_string(kind):
        return _STRING, column
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        return _BINARY, column.cast(pa.large_binary())
    if types.is_decimal(kind):
        return _DECIMAL, column.cast(pa.string())
    cells = (None if cell is None else json.dumps(cell, sort_keys=True, default=str) for cell in column.to_pylist())
    return _NESTED, pa.array(cells, type=pa.string())


def _int64(column: pa.Array) -> NDArray[np.int64]:
    return np.asarray(column.fill_null(0).to_numpy(), dtype=np.int64)
