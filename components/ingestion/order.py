"""The canonical order of rows, (event time, row id), and which of several rows with one id stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from components.artifacts.examples import EVENT_TIME, ROW_ID

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

Winner = Literal["last", "first"]


def canonical_order(ids: pa.Array, times: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the indices that sort rows by (event time, row id); rows that agree in both keep their order.

    Ids compare as unsigned bytes from the left, as in Parquet. Shapes: ``ids``, ``times`` and the result are [n_rows].
    """
    if (times[1:] > times[:-1]).all():
        return np.arange(len(times))
    order = np.argsort(times, kind="stable")
    same = times[order[1:]] == times[order[:-1]]
    if not same.any():
        return order
    tied = np.flatnonzero(np.append(same, False) | np.insert(same, 0, False))
    rows = order[tied]
    words = _words(ids)[rows]
    order[tied] = rows[np.lexsort((words[:, 1], words[:, 0], times[rows]))]
    return order


def in_canonical_order(rows: pa.Table) -> pa.Table:
    """Return rows sorted by (event time, row id), their columns in one piece; rows that agree in both keep their order."""
    import pyarrow as pa

    rows = rows.combine_chunks()
    order = canonical_order(rows.column(ROW_ID).combine_chunks(), times_of(rows))
    return rows if (order[1:] > order[:-1]).all() else rows.take(pa.array(order)).combine_chunks()


def times_of(rows: pa.Table) -> NDArray[np.int64]:
    """Return the event times [n_rows] in microseconds."""
    import pyarrow as pa

    return np.asarray(rows.column(EVENT_TIME).cast(pa.int64()))


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
