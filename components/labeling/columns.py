"""Columns of a span as votes need them: taken from the memo where an edit left them, else from the file."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from components.artifacts.examples import EVENT_TIME, ROW_ID
from components.artifacts.features import Features
from components.artifacts.votes import ROW_ID_BYTES
from components.runtime.canonical import canonical_json
from components.runtime.keys import minor_version
from components.runtime.resources import Memo

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    import pyarrow as pa
    from numpy.typing import NDArray

LIBRARIES = ("polars", "pyarrow")
"""Whose minor versions can change what a file or kept bytes hold in memory."""


def read_columns(features: Features, names: Sequence[str], memo: Memo, *, again: bool) -> "pl.DataFrame":
    """Return columns of the span's rows, in the order of ``names``.

    To decompress a column of texts costs as much as a cheap function. Who edits functions reads the same columns again and again: with
    ``again`` what the file held is kept, uncompressed, to be mapped into memory the next time. Rows in memory are not kept.
    """
    import polars as pl

    if features.path is None:
        return features.to_polars(names)
    keys = {name: key for name in names if (key := _key((name,), memo))}
    known = memo.find(keys.values())
    recalled = {name: column_of(known[key]) for name, key in keys.items() if key in known}
    missing = [name for name in names if name not in recalled]
    read = pl.read_parquet(features.path, columns=missing).to_dict() if missing else {}
    if again:
        memo.keep({keys[name]: packed(column) for name, column in read.items() if name in keys})
    return pl.DataFrame([(recalled | read)[name] for name in names])


def read_identity(features: Features, memo: Memo, *, again: bool) -> "tuple[NDArray[np.bytes_], NDArray[np.int64]]":
    """Return the row ids, 16 raw bytes each, and the event times in microseconds, [n_rows] each; ``again`` as for columns."""
    import numpy as np

    key = _key((ROW_ID, EVENT_TIME), memo)
    found = memo.find([key] if key else [])
    rows = _table(found[key]) if key in found else features.to_arrow((ROW_ID, EVENT_TIME)).combine_chunks()
    if again and key and not found:
        memo.keep({key: _bytes(rows)})
    ids, times = (column.combine_chunks() for column in rows.columns)
    raw = np.frombuffer(ids.buffers()[1] or b"", f"V{ROW_ID_BYTES}", count=ids.offset + len(ids))
    return raw[ids.offset :], times.view("int64").to_numpy()


def packed(column: "pl.Series") -> memoryview:
    """Return a column as bytes, in the form that Polars has it in memory."""
    import polars as pl

    return _bytes(column.to_frame().to_arrow(compat_level=pl.CompatLevel.newest()))


def column_of(content: memoryview) -> "pl.Series":
    """Return the column of `packed` bytes, which are not copied."""
    import polars as pl

    return cast("pl.DataFrame", pl.from_arrow(_table(content))).to_series()


def _bytes(table: "pa.Table") -> memoryview:
    """Return a table as an Arrow file, uncompressed, in memory that is as large as it will be: a buffer that grows is copied again and again."""
    import pyarrow as pa

    def write(sink: "pa.NativeFile") -> None:
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)

    size = pa.MockOutputStream()
    write(size)
    buffer = pa.allocate_buffer(size.size())
    write(pa.FixedSizeBufferWriter(buffer))
    return memoryview(buffer)


def _table(content: memoryview) -> "pa.Table":
    import pyarrow as pa

    return pa.ipc.open_file(pa.py_buffer(content)).read_all()


def _key(columns: tuple[str, ...], memo: Memo) -> str | None:
    """Return the key of kept columns; None where nothing can be kept."""
    content = memo.digest_of("features")
    if content is None:
        return None
    libraries = {one: minor_version(one) for one in LIBRARIES}
    return hashlib.sha256(canonical_json({"what": "columns", "features": content, "columns": columns, "libraries": libraries})).hexdigest()
