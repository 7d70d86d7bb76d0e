"""Limits: columns whose drift the schema bounds, against the span before."""

from __future__ import annotations

from components.artifacts.findings import Finding, Findings
from components.artifacts.schema import Schema
from components.artifacts.statistics import Statistics
from components.measures.changes import distances_of
from components.runtime.component import component
from components.runtime.window import Window

FIX = "see whether the world changed or the source; if the new values are true, raise the threshold in the schema"


@component
def check_drift_limits(statistics: Statistics, before: Window[Statistics], schema: Schema) -> Findings:
    """Return the columns that lie further from the newest span before than the `drift` threshold of their schema allows.

    A column without a threshold is left to its own past (`detecting.detect_drift`). Where a distance is not defined, as of texts too many to
    list, or where no span before has rows, nothing can be said: if that holds for every threshold, the state is "no-baseline".
    """
    limits = {name: column.drift for name, column in schema.columns.items() if column.drift and column.drift.threshold is not None}
    if not limits:
        return Findings.of([], checked=0)
    past = next((value for _, value in reversed(list(before.present())) if value.n_rows), None)
    found, checked = [], 0
    for name, limit in limits.items():
        if past is None or name not in past.figures or name not in statistics.figures:
            continue
        distance = distances_of(past.column(name), statistics.column(name)).get(limit.measure)
        if distance is None or limit.threshold is None:
            continue
        checked += 1
        if distance > limit.threshold:
            words = limit.measure.replace("_", " ")
            expected, got = f"{words} of at most {limit.threshold:g}", f"{distance:.3g}"
            found.append(Finding("drift-limit", "warn", name, "the values moved since the span before", expected, got, FIX))
    return Findings.of(found, checked=checked, state="checked" if checked else "no-baseline")
