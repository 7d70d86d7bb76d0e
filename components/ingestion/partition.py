"""Read a source once and partition its rows by event span; every row lands in a part or in quarantine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from components.artifacts.delivery import Delivery, Quarantine
from components.artifacts.examples import EVENT_TIME, ROW_ID
from components.artifacts.findings import MAX_EXAMPLES, Finding
from components.ingestion.order import canonical_order
from components.ingestion.reasons import REASONS
from components.ingestion.rows import Fault, rows_and_faults
from components.ingestion.sources.location import DAMAGE, unreadable
from components.ingestion.sources.source import Source
from components.measures.hashing import row_ids
from components.runtime.errors import DataError
from components.runtime.instants import from_micros, to_micros
from components.runtime.spans import Calendar

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Reading:
    """What one read of a source brought: a delivery per span that holds rows, by span key in order of time, and the quarantine.

    ``counts`` holds ``read``, ``partitioned`` and ``quarantined``, with read = partitioned + quarantined. ``content_sha256`` is of the
    raw file: the same bytes under the same declaration and calendar give the same parts.
    """

    parts: Mapping[str, Delivery]
    quarantine: Quarantine | None
    counts: Mapping[str, int]
    content_sha256: str


def read_source(source: Source, calendar: Calendar) -> Reading:
    """Read all rows of a source, type them, and partition them by the calendar's spans.

    Memory is bounded by the decoded columns of the file. The parts do not depend on the order of rows in the file, unless rows share
    key and event time: those stay in file order.

    Raises
    ------
    DataError
        If the file is missing, denied, unreachable or damaged, lacks a declared column, changes while it is read, or has more rows that
        cannot be read than ``source.max_quarantined_share``.
    """
    import pyarrow as pa

    hint = source.fingerprint()
    sha256 = hint.sha256
    try:
        rows, faults = rows_and_faults(source)
    except (pa.ArrowException, *DAMAGE) as error:
        raise unreadable(source.location, error) from error
    if source.fingerprint() != hint:
        raise DataError("the file changed while it was read", where=source.location, fix="Read it again when its writer is done.")
    n_read = rows.num_rows + len(faults)
    _check_share(source, faults, n_read)
    parts = dict(_partitioned(rows, source, calendar))
    counts = {"read": n_read, "partitioned": sum(part.n_rows for part in parts.values()), "quarantined": len(faults)}
    if counts["read"] != counts["partitioned"] + counts["quarantined"]:
        raise DataError(f"rows do not add up: {counts}", where=source.location)
    return Reading(parts, _quarantine(source, faults), counts, sha256)


def _partitioned(rows: pa.Table, source: Source, calendar: Calendar) -> Iterator[tuple[str, Delivery]]:
    """Yield span key and delivery of each span that holds rows, in order of time: slices of one sorted table."""
    import pyarrow as pa

    ids = row_ids(rows, source.key)
    times = np.asarray(rows.column(EVENT_TIME).cast(pa.int64()))
    order = canonical_order(ids, times)
    ordered = rows.add_column(0, ROW_ID, ids).take(pa.array(order))
    times, start = times[order], 0
    while start < len(times):
        span = calendar.span_at(from_micros(int(times[start])))
        end = int(np.searchsorted(times, to_micros(span.end)))
        yield span.key, Delivery.from_arrow(ordered.slice(start, end - start))
        start = end


def _check_share(source: Source, faults: Sequence[Fault], n_read: int) -> None:
    """Raise a `DataError` with one finding a reason if too many rows cannot be read."""
    if len(faults) <= source.max_quarantined_share * n_read:
        return
    findings = []
    for reason in sorted({fault.reason for fault in faults}):
        found = [fault for fault in faults if fault.reason == reason]
        examples = tuple(f"row {fault.number}" + (f", column {fault.column}" if fault.column else "") for fault in found[:MAX_EXAMPLES])
        findings.append(
            Finding(reason, "fail", source.location, f"{REASONS[reason]} ({len(found)} rows)", count=len(found), examples=examples)
        )
    raise DataError(
        f"{len(faults)} of {n_read} rows cannot be read, more than {source.max_quarantined_share:.2%}",
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
