"""Rows gathered by span while a source is read: in memory up to a budget, beyond it in one temporary file."""

from __future__ import annotations

import bisect
import os
import tempfile
import weakref
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from components.artifacts.examples import EVENT_TIME
from components.runtime.instants import from_micros, to_micros
from components.runtime.spans import Calendar, Span

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

BUDGET_BYTES = 32 << 20
"""Rows held in memory before they go to disk: eight blocks of the CSV reader, small beside the readers' own buffers."""


class Spill:
    """Batches of rows cut at the edges of spans; each span's rows come back in the order in which they came.

    The temporary file is one Arrow IPC file without compression: a batch a span and flush, read back batch by batch. It goes when the
    spill does.
    """

    def __init__(self, calendar: Calendar, budget: int = BUDGET_BYTES) -> None:
        self.calendar = calendar
        self.n_rows: defaultdict[Span, int] = defaultdict(int)
        self._budget = budget
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

    def add(self, rows: pa.Table) -> None:
        """Take rows with an `event_time`, in any order."""
        import pyarrow as pa

        times = np.asarray(rows.column(EVENT_TIME).cast(pa.int64()))
        if len(times) and not (times[1:] >= times[:-1]).all():
            order = np.argsort(times, kind="stable")
            rows, times = rows.take(pa.array(order)), times[order]
        for span, start, end in self._runs(times):
            self._held[span].append(rows.slice(start, end - start))
            self.n_rows[span] += end - start
        self._held_bytes += rows.nbytes
        if self._held_bytes > self._budget:
            self._flush(rows.schema)

    def close(self) -> None:
        """Finish the temporary file: no rows are added any more."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def rows(self, span: Span) -> pa.Table:
        """Return the rows of a span, stably by batch: within one batch by event time. Threads may ask side by side once it is closed."""
        import pyarrow as pa

        return pa.concat_tables([*self._stored(span), *self._held[span]])

    def _runs(self, times: NDArray[np.int64]) -> list[tuple[Span, int, int]]:
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

    def _flush(self, schema: pa.Schema) -> None:
        import pyarrow as pa

        if self._writer is None:
            handle, name = tempfile.mkstemp(prefix="almanac-", suffix=".arrow")
            os.close(handle)
            self._file = Path(name)
            weakref.finalize(self, self._file.unlink, missing_ok=True)
            self._writer = pa.ipc.new_file(name, schema)
        for span, tables in sorted(self._held.items()):
            for batch in pa.concat_tables(tables).combine_chunks().to_batches():
                self._writer.write_batch(batch)
                self._on_disk[span].append(self._n_on_disk)
                self._n_on_disk += 1
        self._held.clear()
        self._held_bytes = 0

    def _stored(self, span: Span) -> list[pa.Table]:
        import pyarrow as pa

        if not self._on_disk[span]:
            return []
        with pa.OSFile(str(self._file)) as source, pa.ipc.open_file(source) as file:
            return [pa.Table.from_batches([file.get_batch(index)]) for index in self._on_disk[span]]
