"""Read a source once and partition its rows by event span; every row lands in a part or in quarantine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from components.artifacts.delivery import Delivery, Pieces, Quarantine
from components.artifacts.findings import MAX_EXAMPLES, Finding
from components.ingestion.gathered import WRITERS, Gathered
from components.ingestion.reasons import REASONS
from components.ingestion.rows import KNOWN, Fault, Rows, UncleanError, all_rows, clean_rows
from components.ingestion.sources.location import DAMAGE, unreadable
from components.ingestion.sources.source import Source
from components.runtime.errors import DataError
from components.runtime.spans import Calendar, Span

if TYPE_CHECKING:
    import pyarrow as pa


class Parts(Mapping[str, Delivery]):
    """The delivery of each span that holds rows, by span key in order of time: made when asked for, one span in memory at a time."""

    def __init__(self, gathered: Gathered) -> None:
        self._gathered = gathered
        self._spans = {span.key: span for span in gathered.n_rows}

    def __getitem__(self, key: str) -> Delivery:
        span = self._spans[key]
        if self._gathered.file(span) is None and self._gathered.n_pieces(span) == 1:
            return Delivery.from_arrow(next(self._pieces(span, None)))
        return Delivery(pieces=Pieces(partial(self._pieces, span, None), self._gathered.n_rows[span], self._gathered.file(span)))

    def by_known(self, key: str) -> dict[int, Delivery]:
        """Return the part of a span by the time since which its rows are known, in microseconds; only of a source with a known column."""
        import pyarrow.compute as pc

        span = self._spans[key]
        n_rows: Counter[int] = Counter()
        for piece in self._gathered.pieces(span):
            n_rows.update({one["values"]: one["counts"] for one in pc.value_counts(piece.column(KNOWN)).to_pylist()})
        return {time: Delivery(pieces=Pieces(partial(self._pieces, span, time), n_rows[time])) for time in sorted(n_rows)}

    def _pieces(self, span: Span, known: int | None) -> Iterator[pa.Table]:
        """Yield the rows of a span in canonical order, those known since a time if one is given."""
        import pyarrow.compute as pc

        for piece in self._gathered.pieces(span):
            rows = piece if known is None else piece.filter(pc.equal(piece.column(KNOWN), known))
            yield rows.drop_columns([KNOWN]) if KNOWN in rows.column_names else rows

    def n_rows(self) -> dict[str, int]:
        """Return the rows of each span, without making its part."""
        return {span.key: n for span, n in self._gathered.n_rows.items()}

    def __iter__(self) -> Iterator[str]:
        return iter(self._spans)

    def __len__(self) -> int:
        return len(self._spans)


@dataclass(frozen=True)
class Reading:
    """What one read of a source brought: a delivery per span that holds rows, by span key in order of time, and the quarantine.

    ``counts`` holds ``read``, ``partitioned`` and ``quarantined``, with read = partitioned + quarantined. ``content_sha256`` is of the
    raw file: the same bytes under the same declaration and calendar give the same parts. ``n_ambiguous`` counts the rows whose local
    time the clock of the zone shows twice, of which the first is meant; ``n_withheld`` those left out for want of consent, which are in no other count.
    """

    parts: Parts
    quarantine: Quarantine | None
    counts: Mapping[str, int]
    content_sha256: str
    n_ambiguous: int = 0
    n_withheld: int = 0


@dataclass
class _Partition:
    """The rows of one pass over a source, gathered."""

    source: Source
    gathered: Gathered
    faults: list[Fault]
    n_read: int = 0
    n_ambiguous: int = 0
    n_withheld: int = 0
    fault_bytes: int = 0

    def gather(self, batches: Iterator[Rows]) -> None:
        """Take every batch; stop as soon as more rows are at fault than the source's absolute limit."""
        with ThreadPoolExecutor(WRITERS) as threads:
            for batch in batches:
                self.gathered.add(batch.table, threads)
                self.faults.extend(batch.faults)
                self.n_read += batch.n_read
                self.n_ambiguous += batch.n_ambiguous
                self.n_withheld += batch.n_withheld
                self.fault_bytes += sum(len(fault.raw) for fault in batch.faults)
                if len(self.faults) > self.source.max_quarantined_rows or self.fault_bytes > MAX_QUARANTINED_BYTES:
                    raise _too_many(
                        self.source, self.faults, f"at least {len(self.faults)} rows cannot be read", "the limit of a quarantine"
                    )
        self.gathered.close()


MAX_QUARANTINED_BYTES = 64 << 20
"""A quarantine is for people to look at; more than this is another file, and would not fit the memory bound."""


def read_source(source: Source, calendar: Calendar) -> Reading:
    """Read all rows of a source, type them, and partition them by the calendar's spans.

    Memory is bounded whatever the size of the file: rows beyond a budget wait in a temporary file, and the parts are made one span at a
    time. The source is read at full speed first, and a second time cell by cell only if some row of it cannot be read. The parts do not
    depend on the order of rows in the file, unless rows share key and event time: those stay in file order.

    Raises
    ------
    DataError
        If the file is missing, denied, unreachable or damaged, lacks a declared column, changes while it is read, or has more rows that
        cannot be read than ``source.max_quarantined_share`` and ``source.max_quarantined_rows``.
    """
    import pyarrow as pa

    hint = source.fingerprint()
    with ThreadPoolExecutor(1) as beside:
        sha256 = beside.submit(lambda: hint.sha256)
        try:
            found = _gathered(source, calendar)
        except (pa.ArrowException, *DAMAGE) as error:
            if source.is_private:
                raise unreadable(source.location, ValueError(f"{type(error).__name__}; what it met is private")) from None
            raise unreadable(source.location, error) from error
    if not source.live and source.fingerprint() != hint:
        raise DataError("the file changed while it was read", where=source.location, fix="Read it again when its writer is done.")
    faults = sorted(found.faults, key=lambda fault: fault.number)
    counts = {"read": found.n_read, "partitioned": sum(found.gathered.n_rows.values()), "quarantined": len(faults)}
    if counts["read"] != counts["partitioned"] + counts["quarantined"]:
        raise DataError(f"rows do not add up: {counts}", where=source.location)
    if len(faults) > source.max_quarantined_share * found.n_read:
        message = f"{len(faults)} of {found.n_read} rows cannot be read"
        raise _too_many(source, faults, message, f"{source.max_quarantined_share:.2%}")
    return Reading(Parts(found.gathered), _quarantine(source, faults), counts, sha256.result(), found.n_ambiguous, found.n_withheld)


def _gathered(source: Source, calendar: Calendar) -> _Partition:
    import pyarrow as pa

    def gathered(rows: Callable[[Source], Iterator[Rows]]) -> _Partition:
        held = Gathered(calendar, has_key=source.key is not None, is_cut_later=source.known_column is not None)
        found = _Partition(source, held, [])
        found.gather(rows(source))
        return found

    try:
        return gathered(clean_rows)
    except (pa.ArrowInvalid, UnicodeError, UncleanError):
        return gathered(all_rows)


def _too_many(source: Source, faults: Sequence[Fault], message: str, limit: str) -> DataError:
    """Return the error of too many rows that cannot be read, with one finding a reason."""
    findings = []
    for reason in sorted({fault.reason for fault in faults}):
        found = [fault for fault in faults if fault.reason == reason]
        examples = tuple(f"row {fault.number}" + (f", column {fault.column}" if fault.column else "") for fault in found[:MAX_EXAMPLES])
        findings.append(
            Finding(reason, "fail", source.location, f"{REASONS[reason]} ({len(found)} rows)", count=len(found), examples=examples)
        )
    return DataError(
        f"{message}, more than {limit}",
        findings,
        where=source.location,
        fix="Mend the file or the declaration, or allow a greater max_quarantined_share.",
    )


def _quarantine(source: Source, faults: Sequence[Fault]) -> Quarantine | None:
    import pyarrow as pa

    if not faults:
        return None
    columns = {
        "file": pa.array([source.location] * len(faults), pa.string()),
        "row": pa.array([fault.number for fault in faults], pa.int64()),
        "column": pa.array([fault.column for fault in faults], pa.string()),
        "reason": pa.array([fault.reason for fault in faults], pa.string()),
        "raw": pa.array([fault.raw for fault in faults], pa.binary()),
    }
    return Quarantine(table=pa.table(columns))
