"""Arrow times as whole microseconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def to_micros(column: pa.Array | pa.ChunkedArray) -> NDArray[np.int64]:
    """Return timestamps (since 1970, of UTC where they have a zone), times of day or durations in microseconds; null is 0.

    Nanoseconds are floored.

    >>> import pyarrow as pa
    >>> to_micros(pa.array([-1, 1_999], pa.timestamp("ns"))).tolist()
    [-1, 1]
    """
    import pyarrow as pa

    kind = column.type
    stored = pa.int32() if pa.types.is_time32(kind) else pa.int64()
    ticks = column.cast(stored).cast(pa.int64()).fill_null(0).to_numpy()
    return np.asarray(ticks // 1_000 if kind.unit == "ns" else ticks * (1_000_000 // PER_SECOND[kind.unit]))
