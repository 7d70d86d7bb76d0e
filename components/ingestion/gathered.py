"""Rows gathered by span while a source is read; threads write the spans that it has passed meanwhile."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from components.artifacts.examples import ROW_ID
from components.artifacts.tiles import tiles_of, write_pieces
from components.ingestion.merge import merged
from components.ingestion.order import in_canonical_order
from components.ingestion.rows import identified
from components.ingestion.spill import PIECE_BYTES, Spill
from components.measures.hashing import numbered_keys
from components.runtime.spans import Calendar, Span

if TYPE_CHECKING:
    import pyarrow as pa

WRITERS = 2
"""Threads that write spans while others parse rows: as many as the processors of a small machine."""

WAITING_BYTES = 64 << 20
"""Rows of passed spans that wait to be written, beside those that are gathered."""

MAX_RETURNS = 0.1
"""Of the spans that were written early, the share to which rows may be added after all before the source counts as unordered."""


@dataclass(frozen=True)
class _Written:
    """A passed span, in its file once the writing is done."""

    done: Future[None]
    path: Path
    n_rows: int
    n_bytes: int


class Gathered:
    """The rows of a source by span, in canonical order and with their final ids.

    While batches come in order of time, forward or backward, a span that lies behind is written as canonical Parquet and leaves memory; if rows
    of it come after all it is read back. The rest is held in memory, or in a temporary file, until it is asked for. Which way a span
    took does not show in its rows. Temporary files go when this object does.
    """

    def __init__(self, calendar: Calendar, *, has_key: bool, is_cut_later: bool = False) -> None:
        self._spill = Spill(calendar)
        self._has_key = has_key
        self._writes_early = not is_cut_later
        self._reach: tuple[Span, Span] | None = None
        self._written: dict[Span, _Written] = {}
        self._waiting: deque[_Written] = deque()
        self._folder: Path | None = None
        self._n_passed = self._n_returned = 0

    @property
    def n_rows(self) -> dict[Span, int]:
        """The rows of each span, in order of time."""
        found = self._spill.n_rows | {span: one.n_rows for span, one in self._written.items()}
        return {span: found[span] for span in sorted(found) if found[span]}

    def add(self, rows: pa.Table, threads: ThreadPoolExecutor) -> None:
        """Take rows in canonical order; the threads write what they leave behind."""
        spans = self._spill.spans_of(rows)
        if not spans:
            return
        for span in spans:
            if span in self._written:
                self._take_back(span)
        self._spill.add(rows)
        if self._writes_early:
            for span in self._passed(spans[0], spans[-1]):
                self._write(span, threads)
        self._reach = spans[0], spans[-1]

    def close(self) -> None:
        """Finish the files: no rows are added any more."""
        for one in self._waiting:
            one.done.result()
        self._waiting.clear()
        self._spill.close()

    def file(self, span: Span) -> Path | None:
        """Return the canonical Parquet file of a span, if it is written already."""
        return self._written[span].path if span in self._written else None

    def n_pieces(self, span: Span) -> int:
        """Return in how many pieces the rows of a span come back."""
        return len(tiles_of(self._written[span].path)) if span in self._written else self._spill.n_pieces(span)

    def pieces(self, span: Span) -> Iterator[pa.Table]:
        """Yield the rows of a span in canonical order, in pieces; threads may ask side by side once it is closed."""
        if span in self._written:
            return (tile.read() for tile in tiles_of(self._written[span].path))
        return self._final(self._spill.rows(span))

    def _passed(self, first: Span, last: Span) -> list[Span]:
        """Return the spans in memory that batches in order of time have left behind with one from the first to the last span."""
        if self._reach is None:
            return []
        if first >= self._reach[1]:
            return [span for span in self._spill.in_memory if span < first]
        return [span for span in self._spill.in_memory if span > last] if last <= self._reach[0] else []

    def _write(self, span: Span, threads: ThreadPoolExecutor) -> None:
        """Let a thread write a span; wait for others first where too many rows would wait."""
        tables = self._spill.take(span)
        n_bytes = sum(table.nbytes for table in tables)
        while self._waiting and n_bytes + sum(one.n_bytes for one in self._waiting) > WAITING_BYTES:
            self._waiting.popleft().done.result()
        path = self._opened() / f"{self._n_passed}.parquet"
        done = threads.submit(self._write_file, tables, -(-n_bytes // PIECE_BYTES), path)
        self._written[span] = _Written(done, path, sum(table.num_rows for table in tables), n_bytes)
        self._waiting.append(self._written[span])
        self._n_passed += 1

    def _write_file(self, tables: list[pa.Table], n_pieces: int, path: Path) -> None:
        write_pieces(self._final(merged(tables.copy, n_pieces)), path)

    def _take_back(self, span: Span) -> None:
        """Gather the rows of a span anew that counted as passed."""
        one = self._written.pop(span)
        one.done.result()
        for tile in tiles_of(one.path):
            rows = tile.read()
            self._spill.add(rows if self._has_key else identified(rows.drop_columns([ROW_ID]), None))
        one.path.unlink()
        self._n_returned += 1
        self._writes_early = self._n_returned <= MAX_RETURNS * self._n_passed

    def _final(self, pieces: Iterator[pa.Table]) -> Iterator[pa.Table]:
        """Yield rows with their final ids: without a key those tell rows apart that are the same, and the rows are in the order of those."""
        return pieces if self._has_key else _numbered(pieces, self._spill.calendar)

    def _opened(self) -> Path:
        """Return the folder of the files."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="almanac-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder


def _numbered(pieces: Iterator[pa.Table], calendar: Calendar) -> Iterator[pa.Table]:
    """Yield the rows of a span without a key with ids that hold the number of each among those that are the same."""
    again = Spill(calendar, PIECE_BYTES)
    for piece in pieces:
        ids = numbered_keys(piece.column(ROW_ID).combine_chunks())
        again.add(in_canonical_order(piece.set_column(0, ROW_ID, ids)))
    again.close()
    for span in again.spans:
        yield from again.rows(span)
