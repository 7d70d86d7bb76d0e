"""The examples of a span, from the deliveries that hold rows of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from components.artifacts.delivery import Delivery
from components.artifacts.examples import EVENT_TIME, ROW_ID, Examples
from components.artifacts.findings import Finding
from components.artifacts.purposes import purposes_of, tagged
from components.artifacts.tiles import tiles_of
from components.ingestion.order import Winner, canonical_winners, first_halves, is_in_canonical_order, times_of
from components.runtime.component import component
from components.runtime.errors import DataError
from components.runtime.instants import to_micros
from components.runtime.spans import Span

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class IngestionConfig:
    """Which of several rows with one id stays: the ``last`` or the ``first`` delivered, or, by a column such as a version, its greatest.

    With ``by`` the row with the greatest value in that column stays (the least where ``winner`` is ``first``; null is less than any); rows
    that agree in it count as delivered.
    """

    winner: Winner = "last"
    by: str | None = None


@component
def ingest_examples(deliveries: Sequence[Delivery], span: Span, *, config: IngestionConfig = IngestionConfig()) -> Examples:
    """Return the rows of a span, one an id, sorted by (event time, row id).

    The deliveries come in the order in which they became known. Of rows with one id the last delivered stays (``config.winner``), so that a
    later delivery corrects an earlier one; within one delivery rows count as delivered in order of event time, then of the file. The others
    are counted as duplicate; ``partitioned = written + duplicate + dropped`` holds. A column that only some deliveries have is null
    elsewhere.

    Raises
    ------
    DataError
        If there is no delivery, the winner's column is not there, a column changed its type between deliveries, or a row lies outside the span.
    """
    import pyarrow as pa

    if not deliveries:
        raise DataError("no delivery holds rows of the span", where=span.key)
    if len(deliveries) == 1 and config.by is None and (path := deliveries[0].path) is not None and _is_final(path, span):
        n_rows = deliveries[0].n_rows
        return Examples(path=path, counts={"partitioned": n_rows, "duplicate": 0, "dropped": 0})
    rows = _concatenated(deliveries, span).combine_chunks()
    if config.by is not None:
        rows = _ordered_by(rows, config.by)
    times = np.asarray(rows.column(EVENT_TIME).cast(pa.int64()))
    if rows.num_rows and not (to_micros(span.start) <= times.min() and times.max() < to_micros(span.end)):
        raise DataError("a delivery of the span holds rows of another", where=span.key, fix="Deliver the source again.")
    chosen = canonical_winners(rows.column(ROW_ID).combine_chunks(), times, config.winner)
    if len(chosen) < rows.num_rows or not (chosen[1:] > chosen[:-1]).all():
        rows = rows.take(pa.array(chosen))
    return Examples.from_arrow(rows, partitioned=len(times), duplicate=len(times) - len(chosen))


def _is_final(path: Path, span: Span) -> bool:
    """Tell whether the stored rows of a delivery are a span's examples as they are: within it, in order, one an id; a tile in memory at a time."""
    import pyarrow as pa

    halves, before, limits = [], None, (to_micros(span.start), to_micros(span.end))
    for tile in tiles_of(path):
        keys = tile.read([ROW_ID, EVENT_TIME])
        joined = keys if before is None else pa.concat_tables([before, keys])
        times = times_of(keys)
        if not (is_in_canonical_order(joined) and (limits[0] <= times).all() and (times < limits[1]).all()):
            return False
        halves.append(first_halves(keys))
        before = keys.slice(max(0, keys.num_rows - 1))
    ids = np.sort(np.concatenate(halves)) if halves else np.empty(0)
    return bool((ids[1:] != ids[:-1]).all())


def _ordered_by(rows: pa.Table, column: str) -> pa.Table:
    """Return rows sorted by a column, null first; rows that agree in it keep their order."""
    import pyarrow.compute as pc

    if column not in rows.column_names:
        raise DataError("the winner among rows with one id cannot be told", where=column, fix="Name a column of the source as `by`.")
    return rows.take(pc.sort_indices(rows, sort_keys=[(column, "ascending", "at_start")]))


def _concatenated(deliveries: Sequence[Delivery], span: Span) -> pa.Table:
    import pyarrow as pa

    try:
        tables = [delivery.to_arrow() for delivery in deliveries]
        return tagged(pa.concat_tables(tables, promote_options="default"), purposes_of(table.schema for table in tables))
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        finding = Finding("column-type-changed", "fail", span.key, " ".join(str(error).split()))
        raise DataError("the deliveries of the span do not fit together", [finding], where=span.key) from error
