"""Rows gathered by span while a source is read: in memory up to a budget, beyond it in one temporary file."""

from __future__ import annotations

import bisect
import os
import tempfile
import weakref
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from components.ingestion.merge import merged
from components.ingestion.order import times_of
from components.runtime.instants import from_micros, to_micros
from components.runtime.spans import Calendar, Span

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

BUDGET_BYTES = 64 << 20
"""Rows held in memory before they go to disk: with one copy of them while they are sorted, a quarter of the 600 MB that a read may take."""

PIECE_BYTES = 16 << 20
"""Rows of a span that are sorted at a time."""


class Spill:
    """Batches of rows in canonical order, cut at the edges of spans; each span's rows come back in canonical order.

    The temporary file is one Arrow IPC file without compression: batches in canonical order (runs), one or more a span and flush, mapped into memory
    when it is read. It goes when the spill does.
    """

    def __init__(self, calendar: Calendar, budget: int = BUDGET_BYTES, piece: int = PIECE_BYTES) -> None:
        self.calendar = calendar
        self.n_rows: defaultdict[Span, int] = defaultdict(int)
        self._budget = budget
        self._piece = piece
        self._n_bytes: defaultdict[Span, int] = defaultdict(int)
        self._spans: list[Span] = []
        self._ends: list[int] = []
        self._held: defaultdict[Span, list[pa.Table]] = defaultdict(list)
        self._held_bytes = 0
        self._on_disk: defaultdict[Span, list[int]] = defaultdict(list)
        self._n_on_disk = 0
        self._file: Path | None = None
        self._writer: pa.RecordBatchFileWriter | None = None

    @property
    def spans(self) -> list[Span]:
        """The spans that hold rows, in order of time."""
        return sorted(self.n_rows)

    @property
    def in_memory(self) -> list[Span]:
        """The spans of which no row is on disk."""
        return [span for span in self._held if span not in self._on_disk]

    def spans_of(self, rows: pa.Table) -> list[Span]:
        """Return the spans of rows in canonical order, in order of time."""
        return [span for span, _, _ in self._cut(times_of(rows))]

    def add(self, rows: pa.Table) -> None:
        """Take rows in canonical order."""
        n_bytes = rows.nbytes
        for span, start, end in self._cut(times_of(rows)):
            self._held[span].append(rows.slice(start, end - start))
            self.n_rows[span] += end - start
            self._n_bytes[span] += n_bytes * (end - start) // rows.num_rows
        self._held_bytes += n_bytes
        if self._held_bytes > self._budget:
            self._flush()

    def take(self, span: Span) -> list[pa.Table]:
        """Return the rows of a span in memory as they came, as if they never had."""
        self._held_bytes -= self._n_bytes.pop(span)
        del self.n_rows[span]
        return self._held.pop(span)

    def close(self) -> None:
        """Finish the temporary file: no rows are added any more. Where there is one, memory is left to who reads the rows."""
        if self._writer is not None:
            self._flush()
            self._writer.close()
            self._writer = None

    def n_pieces(self, span: Span) -> int:
        """Return in how many pieces the rows of a span come back."""
        return -(-self._n_bytes[span] // self._piece)

    def rows(self, span: Span) -> Iterator[pa.Table]:
        """Yield the rows of a span in canonical order, in pieces; threads may ask side by side once it is closed.

        Rows that agree in event time and row id come together, in the order in which they came.
        """
        return merged(partial(self._runs, span), self.n_pieces(span))

    def _cut(self, times: NDArray[np.int64]) -> list[tuple[Span, int, int]]:
        """Return each span of ascending times with the half-open range of its rows."""
        found, start = [], 0
        while start < len(times):
            span, limit = self._span_at(int(times[start]))
            end = len(times) if times[-1] < limit else int(np.searchsorted(times, limit))
            found.append((span, start, end))
            start = end
        return found

    def _span_at(self, micros: int) -> tuple[Span, int]:
        """Return the span that holds an instant and its end in microseconds; each span is computed once."""
        index = bisect.bisect_right(self._ends, micros)
        if index == len(self._spans) or micros < to_micros(self._spans[index].start):
            span = self.calendar.span_at(from_micros(micros))
            self._spans.insert(index, span)
            self._ends.insert(index, to_micros(span.end))
        return self._spans[index], self._ends[index]

    def _flush(self) -> None:
        """Write what is held, a run a span, or several, so that no large one is copied whole."""
        for span in sorted(self._held):
            tables = self._held.pop(span)
            n_runs = -(-sum(table.nbytes for table in tables) // self._piece)
            for batch in (batch for run in merged(tables.copy, n_runs) for batch in run.to_batches()):
                self._opened(batch.schema).write_batch(batch)
                self._on_disk[span].append(self._n_on_disk)
                self._n_on_disk += 1
        self._held_bytes = 0

    def _opened(self, schema: pa.Schema) -> pa.RecordBatchFileWriter:
        import pyarrow as pa

        if self._writer is None:
            handle, name = tempfile.mkstemp(prefix="almanac-", suffix=".arrow")
            os.close(handle)
            self._file = Path(name)
            weakref.finalize(self, self._file.unlink, missing_ok=True)
            self._writer = pa.ipc.new_file(name, schema)
        return self._writer

    def _runs(self, span: Span) -> list[pa.Table]:
        """Return the runs of a span, those on disk as maps of the file, and what is in memory."""
        import pyarrow as pa

        stored = []
        if span in self._on_disk:
            file = pa.ipc.open_file(pa.memory_map(str(self._file)))
            stored = [pa.Table.from_batches([file.get_batch(index)]) for index in self._on_disk[span]]
        return [*stored, *self._held.get(span, ())]
