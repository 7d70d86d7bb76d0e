"""The canonical order of rows, (event time, row id), and which of several rows with one id stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from components.artifacts.examples import EVENT_TIME, ROW_ID

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

Winner = Literal["last", "first"]

ID_BITS = 40
"""Of an id, as many bits as tell the rows of one moment apart; the other 24 of the 64 number the moments."""


def canonical_order(ids: pa.Array, times: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the indices that sort rows by (event time, row id); rows that agree in both keep their order.

    Ids compare as unsigned bytes from the left, as in Parquet. Shapes: ``ids``, ``times`` and the result are [n_rows].
    """
    order = np.argsort(times, kind="stable")
    same = times[order[1:]] == times[order[:-1]]
    if not same.any():
        return order
    tied = np.flatnonzero(np.append(same, False) | np.insert(same, 0, False))
    rows = order[tied]
    order[tied] = rows[_order_of_ties(_words(ids)[rows], times[rows])]
    return order


def is_in_canonical_order(rows: pa.Table) -> bool:
    """Tell whether rows are sorted by (event time, row id)."""
    times = times_of(rows)
    later = times[1:] > times[:-1]
    if later.all():
        return True
    at = np.flatnonzero(~later)
    if (times[at + 1] < times[at]).any():
        return False
    words = _words(rows.column(ROW_ID).combine_chunks())
    high, low, next_high, next_low = words[at, 0], words[at, 1], words[at + 1, 0], words[at + 1, 1]
    return bool(((next_high > high) | ((next_high == high) & (next_low >= low))).all())


def first_halves(rows: pa.Table) -> NDArray[np.uint64]:
    """Return the first 64 bits of each row id [n_rows]: rows in which they differ have other ids."""
    return _words(rows.column(ROW_ID).combine_chunks())[:, 0].copy()


def _order_of_ties(words: NDArray[np.uint64], times: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the order by id of rows that are in order of time: by one number a row, unless too many rows or two equal numbers forbid it."""
    moments = np.cumsum(np.append(False, times[1:] > times[:-1]), dtype=np.uint64)
    numbers = (moments << np.uint64(ID_BITS)) | (words[:, 0] >> np.uint64(64 - ID_BITS))
    order = np.argsort(numbers)
    ordered = numbers[order]
    if int(moments[-1]) < 1 << (64 - ID_BITS) and (ordered[1:] > ordered[:-1]).all():
        return order
    return np.lexsort((words[:, 1], words[:, 0], times))


def in_canonical_order(rows: pa.Table) -> pa.Table:
    """Return rows sorted by (event time, row id), their columns in one piece; rows that agree in both keep their order."""
    import pyarrow as pa

    rows = rows.combine_chunks()
    if is_in_canonical_order(rows):
        return rows
    return rows.take(pa.array(canonical_order(rows.column(ROW_ID).combine_chunks(), times_of(rows)))).combine_chunks()


def times_of(rows: pa.Table) -> NDArray[np.int64]:
    """Return the event times [n_rows] in microseconds; without a copy where they lie in one piece."""
    import pyarrow as pa

    times = rows.column(EVENT_TIME)
    return np.asarray((times.chunk(0) if times.num_chunks == 1 else times.combine_chunks()).view(pa.int64()))


def canonical_winners(ids: pa.Array, times: NDArray[np.int64], winner: Winner) -> NDArray[np.int64]:
    """Return the indices of one row an id, the last or the first of them, sorted by (event time, row id).

    >>> import pyarrow as pa
    >>> ids = pa.array([b"a" * 16, b"b" * 16, b"a" * 16], pa.binary(16))
    >>> canonical_winners(ids, np.array([5, 6, 7]), "last").tolist()
    [1, 2]
    """
    words = _words(ids)
    by_id = _order_of_ids(words)
    ordered = words[by_id]
    kept = np.ones(len(by_id), dtype=bool)
    differs = (ordered[1:] != ordered[:-1]).any(axis=1)
    if winner == "last":
        kept[:-1] = differs
    else:
        kept[1:] = differs
    chosen = by_id[kept]
    return chosen[np.argsort(times[chosen], kind="stable")]


def _words(ids: pa.Array) -> NDArray[np.uint64]:
    """Return fixed_size_binary(16) as [n_rows, 2] numbers that compare as the bytes do."""
    words = np.frombuffer(ids.buffers()[1] or b"", dtype=">u8", count=2 * (ids.offset + len(ids)))
    return words.reshape(-1, 2)[ids.offset :].astype(np.uint64)


def _order_of_ids(words: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return the stable order of the ids; the second half is looked at only where two first halves agree."""
    order = np.argsort(words[:, 0], kind="stable")
    first = words[order, 0]
    return order if (first[1:] != first[:-1]).all() else np.lexsort((words[:, 1], words[:, 0]))
