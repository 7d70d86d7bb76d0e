"""Rows of formats that type their columns themselves, as cells with a number and a raw form."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from components.ingestion.sources.source import Cells

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

BATCH_ROWS = 65_536


def sliced(table: pa.Table, file_names: Mapping[str, str]) -> Iterator[pa.Table]:
    """Yield the columns to read, by their names here, in batches."""
    chosen = table.select(list(file_names.values())).rename_columns(list(file_names))
    for start in range(0, chosen.num_rows, BATCH_ROWS):
        yield chosen.slice(start, BATCH_ROWS)


def table_cells(batches: Iterable[pa.Table]) -> Iterator[Cells]:
    """Yield each batch as cells: rows are numbered from 1, their raw form is a JSON object of the columns read."""
    first = 1
    for table in batches:
        yield Cells(table, np.arange(first, first + table.num_rows), (), _raw(table))
        first += table.num_rows


def _raw(table: pa.Table) -> Callable[[NDArray[np.int64]], list[bytes]]:
    def raw(indices: NDArray[np.int64]) -> list[bytes]:
        rows = table.take(indices)
        try:
            values = rows.to_pylist()
        except (OverflowError, ValueError):  # a time that Python has no date for, or a text that is none: numbers and bytes say as much
            values = _as_stored(rows).to_pylist()
        return [json.dumps(row, default=str, ensure_ascii=False).encode(errors="replace") for row in values]

    return raw


def _as_stored(table: pa.Table) -> pa.Table:
    """Return times as numbers and texts as bytes."""
    import pyarrow as pa

    for index, field in enumerate(table.schema):
        if pa.types.is_temporal(field.type):
            narrow = pa.types.is_date32(field.type) or pa.types.is_time32(field.type)
            table = table.set_column(index, field.name, table.column(index).combine_chunks().view(pa.int32() if narrow else pa.int64()))
        elif pa.types.is_string(field.type):
            table = table.set_column(index, field.name, table.column(index).combine_chunks().view(pa.binary()))
    return table
