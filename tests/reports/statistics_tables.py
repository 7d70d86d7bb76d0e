"""Statistics of invented days for the tests of their page."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from components.artifacts.examples import Examples
from components.artifacts.statistics import Statistics
from components.reports.statistics_view import StatisticsView, view_of
from components.statistics.component import generate_statistics

HOSTILE = "</script><img src=x onerror=alert(1)>\u202e\"'&"
N = 2_000


def a_day(day: int, *, moved: bool = False, copies: int = 0, n: int = N) -> Statistics:
    random = np.random.default_rng([day, moved])
    columns = {
        "late": pa.array(random.normal(5 if moved else 0, 10, n), mask=random.random(n) < 0.1),
        "hour": pa.array(random.integers(0, 24, n)),
        HOSTILE: pa.array(random.choice(["a", HOSTILE, "né"], n)),
        "constant": pa.array(["same"] * n),
        "nothing": pa.nulls(n, pa.float64()),
        "tags": pa.array([["x"] * (row % 3) for row in range(n)]),
        "cancelled": pa.array(random.random(n) < 0.02),
    }
    columns |= {f"f{copy}": pa.array(random.normal(size=n)) for copy in range(copies)}
    time = datetime(2013, 1, 1, tzinfo=UTC) + timedelta(days=day)
    return generate_statistics(Examples.from_arrow(pa.table({"event_time": pa.array([time] * n, pa.timestamp("us", "UTC")), **columns})))


def a_view(*, copies: int = 0, n_baseline: int = 7, moved: bool = True, n: int = N) -> StatisticsView:
    baseline = {f"2013-01-{day + 1:02}": a_day(day, copies=copies, n=n) for day in range(n_baseline)}
    window = {f"2013-01-{day + 1:02}": a_day(day, moved=moved, copies=copies, n=n) for day in range(n_baseline, n_baseline + 3)}
    return view_of(window, baseline, pipeline="flights", step="statistics", as_of="2013-01-11 00:00 EST")
