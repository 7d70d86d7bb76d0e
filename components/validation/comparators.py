"""The schema's fixed limits between a span and the one before it; limits that a column's own history gives are `monitoring.watching`'s."""

from __future__ import annotations

from collections.abc import Iterator

from components.artifacts.findings import Finding, Findings
from components.artifacts.schema import Schema
from components.artifacts.statistics import ColumnFigures, Statistics
from components.measures.changes import distances_of
from components.runtime.component import component
from components.runtime.window import Window


@component
def compare_with_previous(statistics: Statistics, earlier: Window[Statistics], schema: Schema) -> Findings:
    """Return a finding for each column, and for the number of rows, that moved farther from the span before than the schema allows.

    Judged are columns whose `drift` has a threshold (`drift-too-far`), against the last span of the window that has rows, and `rows` with
    `min_ratio` or `max_ratio` (`rows-fell`, `rows-rose`). Without such a span the state is `no-baseline`, without such a limit `no-limits`:
    neither is a pass. A column without values on a side cannot be compared (`rule-not-evaluated`).
    """
    limited = [name for name, column in schema.columns.items() if column.is_checked and column.drift and column.drift.threshold is not None]
    ratios = schema.rows.min_ratio is not None or schema.rows.max_ratio is not None
    before = next((one for _, one in reversed(list(earlier.present())) if one.n_rows), None)
    if before is None or not (limited or ratios):
        return Findings.of([], checked=0, state="no-limits" if not (limited or ratios) else "no-baseline")
    found = [*_rows(statistics.n_rows, before.n_rows, schema), *(_column(name, before, statistics, schema) for name in limited)]
    return Findings.of([one for one in found if one], checked=len(limited) + ratios)


def _rows(n_rows: int, n_before: int, schema: Schema) -> Iterator[Finding]:
    ratio, rows = n_rows / n_before, schema.rows
    fix = "See whether the delivery is complete and delivered once; mend `rows` in schema.yaml if such a change is true."
    got = f"{n_rows} rows after {n_before}"
    if rows.min_ratio is not None and ratio < rows.min_ratio:
        expected = f"at least {rows.min_ratio:g} times those before"
        yield Finding(
            "rows-fell", schema.severity_of("rows-fell"), "rows", "there are far fewer rows than in the span before", expected, got, fix
        )
    if rows.max_ratio is not None and ratio > rows.max_ratio:
        expected = f"at most {rows.max_ratio:g} times those before"
        yield Finding(
            "rows-rose", schema.severity_of("rows-rose"), "rows", "there are far more rows than in the span before", expected, got, fix
        )


def _column(name: str, before: Statistics, after: Statistics, schema: Schema) -> Finding | None:
    limit = schema.columns[name].drift
    if limit is None or limit.threshold is None:
        return None
    sides = [one.figures.get(name) for one in (before, after)]
    distance = _distance(sides[0], sides[1], limit.measure)
    words = limit.measure.replace("_", " ")
    if distance is None:
        fix = "Choose a measure that suits the column's type; without values on both sides there is nothing to compare."
        severity = schema.severity_of("rule-not-evaluated", name)
        return Finding(
            "rule-not-evaluated", severity, name, "the column could not be compared with the span before", words, "no distance", fix
        )
    if distance <= limit.threshold:
        return None
    fix = "See whether the world changed or the source: its unit, its filter, its code list."
    severity, message = schema.severity_of("drift-too-far", name), "the column moved farther from the span before than the schema allows"
    return Finding("drift-too-far", severity, name, message, f"{words} of at most {limit.threshold:g}", f"{distance:.4g}", fix)


def _distance(before: ColumnFigures | None, after: ColumnFigures | None, measure: str) -> float | None:
    if before is None or after is None or before.measure != after.measure:
        return None
    return distances_of(before, after).get(measure)
