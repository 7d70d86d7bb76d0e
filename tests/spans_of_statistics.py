"""Statistics of seeded days for tests of what compares them."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from components.artifacts.examples import Examples
from components.artifacts.shifts import Shifts
from components.artifacts.statistics import Statistics
from components.monitoring.detecting import Detected, DriftConfig, detect_drift
from components.monitoring.measuring import ShiftsConfig, measure_shifts
from components.runtime.spans import Span
from components.runtime.window import Absent, Window
from components.statistics.component import generate_statistics
from tests.windows import days

Columns = Mapping[str, Sequence[object] | np.ndarray]
SPANS = days(100)


def usual(place: int, n: int = 300) -> dict[str, np.ndarray]:
    """Return the columns of a day on which nothing happened."""
    random = np.random.default_rng([5, place])
    return {"level": random.normal(10, 2, n), "code": random.choice(["a", "b", "c", "d"], n, p=[0.4, 0.3, 0.2, 0.1])}


def statistics_of(columns: Columns) -> Statistics:
    n = len(next(iter(columns.values())))
    rows = {"row_id": pa.array([i.to_bytes(16) for i in range(n)], pa.binary(16))}
    rows["event_time"] = pa.array(range(n), pa.timestamp("us", "UTC"))
    return generate_statistics(Examples.from_arrow(pa.table(rows | {k: pa.array(v, from_pandas=True) for k, v in columns.items()})))


def watched(every: Sequence[Columns | Absent], n_before: int = 91) -> list[tuple[Span, Shifts, Detected]]:
    """Return the shifts and the drift of each day that is there, as the two steps of a pipeline make them."""
    told = [one if isinstance(one, Absent) else statistics_of(one) for one in every]
    found: list[tuple[Span, Shifts, Detected]] = []
    shifts: list[Shifts | Absent] = []
    for place, now in enumerate(told):
        if isinstance(now, Absent):
            shifts.append(now)
            continue
        before = slice(max(0, place - 35), place)
        shifts.append(measure_shifts(now, Window(tuple(SPANS[before]), tuple(told[before])), config=ShiftsConfig()))
        past = slice(max(0, place - n_before), place)
        drift = detect_drift(shifts[-1], Window(tuple(SPANS[past]), tuple(shifts[past])), SPANS[place], config=DriftConfig())
        found.append((SPANS[place], shifts[-1], drift))
    return found
