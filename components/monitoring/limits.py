"""Limits: columns whose drift the schema bounds, and the number of rows, against the span before."""

from __future__ import annotations

from collections.abc import Iterator

from components.artifacts.findings import Finding, Findings
from components.artifacts.schema import Schema
from components.artifacts.schema_columns import Comparator
from components.artifacts.statistics import Statistics
from components.measures.changes import distances_of
from components.runtime.component import component
from components.runtime.window import Window

FIX = "see whether the world changed or the source; if the new values are true, raise the threshold in the schema"


@component
def check_drift_limits(statistics: Statistics, before: Window[Statistics], schema: Schema) -> Findings:
    """Return what moved farther from the newest span before than the schema allows: columns by their `drift`, rows by `rows`.

    A column without a threshold is left to its own past (`detecting.detect_drift`). One whose distance is not defined, as where a side has no
    values, is `rule-not-evaluated`. Where no span before has rows, nothing can be said: the state is "no-baseline".
    """
    limits = {name: one.drift for name, one in schema.columns.items() if one.is_checked and one.drift and one.drift.threshold is not None}
    n_ratios = sum(bound is not None for bound in (schema.rows.min_ratio, schema.rows.max_ratio))
    past = next((value for _, value in reversed(list(before.present())) if value.n_rows), None)
    if past is None:
        return Findings.of([], checked=0, state="no-baseline" if limits or n_ratios else "checked")
    moved = [_column(name, limit, past, statistics, schema) for name, limit in limits.items()]
    found = [*_rows(statistics.n_rows, past.n_rows, schema), *(one for one in moved if one is not None)]
    return Findings.of(found, checked=n_ratios + len(limits) - sum(one.code == "rule-not-evaluated" for one in found))


def _rows(n_rows: int, n_before: int, schema: Schema) -> Iterator[Finding]:
    rows, got = schema.rows, f"{n_rows} rows after {n_before}"
    fix = "see whether the delivery is complete and delivered once; mend `rows` in the schema if such a change is true"
    if rows.min_ratio is not None and n_rows < rows.min_ratio * n_before:
        expected, severity = f"at least {rows.min_ratio:g} times those before", schema.severity_of("rows-fell")
        yield Finding("rows-fell", severity, "rows", "there are far fewer rows than in the span before", expected, got, fix)
    if rows.max_ratio is not None and n_rows > rows.max_ratio * n_before:
        expected, severity = f"at most {rows.max_ratio:g} times those before", schema.severity_of("rows-rose")
        yield Finding("rows-rose", severity, "rows", "there are far more rows than in the span before", expected, got, fix)


def _column(name: str, limit: Comparator, past: Statistics, statistics: Statistics, schema: Schema) -> Finding | None:
    sides = [one.figures.get(name) for one in (past, statistics)]
    distance = None if sides[0] is None or sides[1] is None else distances_of(sides[0], sides[1]).get(limit.measure)
    words = limit.measure.replace("_", " ")
    if distance is None:
        fix = "choose a measure that suits the column's type; a limit that cannot be judged is no pass"
        severity = schema.severity_of("rule-not-evaluated", name)
        return Finding(
            "rule-not-evaluated", severity, name, "the column could not be compared with the span before", words, "no distance", fix
        )
    if limit.threshold is None or distance <= limit.threshold:
        return None
    expected, severity = f"{words} of at most {limit.threshold:g}", schema.severity_of("drift-limit", name)
    return Finding("drift-limit", severity, name, "the values moved since the span before", expected, f"{distance:.3g}", FIX)
