"""Sources that come record by record: each value becomes a cell of text, and is typed as a cell of any text file is."""

from __future__ import annotations

import abc
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from components.ingestion.sources.source import Cells, Rejected, Source

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_RECORDS = 16_384
BATCH_BYTES = 8 << 20
MAX_RECORD_BYTES = 16 << 20
"""A longer record is taken for damage, or for an attack: it would not fit the memory bound."""


@dataclass(frozen=True)
class Record:
    """One record: its number in the source from 1, its values by name, and its bytes as they stood there (None: as JSON)."""

    number: int
    values: Mapping[str, object]
    raw: bytes | None = None

    @property
    def size(self) -> int:
        """About how many bytes of memory the record holds."""
        return len(self.raw) if self.raw is not None else sum(len(v) if isinstance(v, (str, bytes)) else 64 for v in self.values.values())

    def as_bytes(self) -> bytes:
        """Return the record as it stood there, or as JSON."""
        return self.raw if self.raw is not None else json.dumps(dict(self.values), default=str, ensure_ascii=False).encode(errors="replace")


@dataclass(frozen=True, kw_only=True)
class RecordSource(Source):
    """A source of records with named values, which may be nested: a dot in a column's name in the file leads into a value.

    ``renames={"user.id": "user"}`` reads field ``id`` of field ``user``; a number is a place in a list. A field that is absent is null; an
    object or list that is read as a string is its JSON text with sorted keys.
    """

    @abc.abstractmethod
    def records(self) -> Iterator[Record | Rejected]:
        """Yield every record in order, those that the format cannot read as rejected."""

    def batches(self) -> Iterator[pa.Table]:
        """Yield the columns as text; `pyarrow.ArrowInvalid` if a record cannot be read."""
        import pyarrow as pa

        for cells in self.cells():
            if cells.rejected:
                raise pa.ArrowInvalid(cells.rejected[0].reason)
            yield cells.table

    def cells(self) -> Iterator[Cells]:
        """Yield every record as cells of text."""
        import numpy as np
        import pyarrow as pa

        paths = {name: path_of(in_file) for name, in_file in self.file_names.items()}
        for batch in _batched(self.records()):
            good = [one for one in batch if isinstance(one, Record)]
            columns = {
                name: pa.array([self._cell(found_at(one.values, path), self.tokens(name)) for one in good], pa.binary())
                for name, path in paths.items()
            }
            yield Cells(
                pa.table(columns),
                np.array([one.number for one in good], dtype=np.int64),
                tuple(one for one in batch if isinstance(one, Rejected)),
                lambda indices, good=good: [good[index].as_bytes() for index in indices.tolist()],  # type: ignore[misc]
            )

    def _cell(self, value: object, tokens: tuple[str, ...]) -> bytes | None:
        return None if self.has_null_tokens and isinstance(value, str) and value in tokens else cell_of(value)


def path_of(name: str) -> tuple[str, ...]:
    """Return the whole name and its dotted parts: a field may have a dot in its own name, which comes first."""
    return (name, *name.split("."))


def found_at(values: Mapping[str, object], path: tuple[str, ...]) -> object:
    """Return the value at a path of `path_of`, None where there is none."""
    name, *parts = path
    if name in values:
        return values[name]
    found: object = values
    for part in parts:
        if isinstance(found, Mapping):
            found = found.get(part)
        elif isinstance(found, list) and part.isdecimal() and int(part) < len(found):
            found = found[int(part)]
        else:
            return None
    return found


def cell_of(value: object) -> bytes | None:
    r"""Return a value as the bytes that stand for it in a text file; None for null.

    >>> [cell_of(value) for value in ("ä", True, 1.5, None, {"b": 1, "a": [2]})]
    [b'\xc3\xa4', b'true', b'1.5', None, b'{"a": [2], "b": 1}']
    """
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, (datetime, date, time)):
        return value.isoformat().encode()
    if isinstance(value, (Mapping, list, tuple)):
        return encoded(json.dumps(value, sort_keys=True, ensure_ascii=False, default=str))
    return encoded(str(value))


def encoded(text: str) -> bytes:
    """Return text as UTF-8; half a surrogate pair, which is no character, as bytes that are no UTF-8, so that it is found out."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="surrogatepass")


def _batched(records: Iterator[Record | Rejected]) -> Iterator[list[Record | Rejected]]:
    """Yield records in lists that are bounded in number and in bytes."""
    batch: list[Record | Rejected] = []
    size = 0
    for record in records:
        batch.append(record)
        size += record.size if isinstance(record, Record) else len(record.raw)
        if len(batch) == BATCH_RECORDS or size > BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
