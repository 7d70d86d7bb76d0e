"""What the page of anomalies shows, as plain frozen values: findings of several spans gathered by what broke, and rows set aside."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from components.artifacts.findings import SEVERITIES, Finding, Findings, Severity
from components.reports.run_view import Checked

FORMAT_VERSION = 1
"""Of the JSON beside a page."""


@dataclass(frozen=True)
class Anomaly:
    """One thing that broke: a code at a place, on some of the window's spans.

    ``spans`` are those that have it, in order, ``counts`` the rows that it touches on each (None where it is not about rows); ``newest`` is
    the finding of the last of them. ``touches`` says what is made of the column, ``chart`` is the address of the column's statistics.
    """

    check: str
    severity: Severity
    newest: Finding
    spans: tuple[str, ...]
    counts: tuple[int | None, ...]
    touches: tuple[str, ...] = ()
    chart: str = ""

    @property
    def n_rows(self) -> int | None:
        """The rows that it touches on all spans; None where it is not about rows."""
        known = [count for count in self.counts if count is not None]
        return sum(known) if known else None


@dataclass(frozen=True)
class SetAside:
    """Rows that could not be read or that the schema keeps back: where they come from, the first of them, and the file that has all.

    ``columns`` and ``rows`` [n_shown][n_columns] are texts; the last column of a source's rows is the row as it stood there.
    """

    source: str
    span: str
    n_rows: int
    reasons: Mapping[str, int]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    file: str = ""


@dataclass(frozen=True)
class AlarmView:
    """An alarm that was raised: the span it was raised at, its column, and why."""

    span: str
    column: str
    rank: float
    why: str


@dataclass(frozen=True)
class AnomaliesView:
    """All that the page shows: the window's spans, what broke, what could not be judged (state, then "check: spans"), and rows set aside."""

    pipeline: str
    as_of: str
    spans: tuple[str, ...]
    n_checked_spans: int
    n_rules: int
    anomalies: tuple[Anomaly, ...] = ()
    unjudged: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    set_aside: tuple[SetAside, ...] = ()
    alarms: tuple[AlarmView, ...] = ()

    def of_severity(self, severity: Severity) -> tuple[Anomaly, ...]:
        """Return what broke with one severity."""
        return tuple(one for one in self.anomalies if one.severity == severity)

    def to_json(self) -> str:
        """Return the same values as JSON with sorted keys: what a script reads instead of the page."""
        body = {"format_version": FORMAT_VERSION, **asdict(self)}
        return json.dumps(body, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def gathered(checks: Iterable[Checked]) -> tuple[Anomaly, ...]:
    """Return what broke over spans, worst first, then what lasted longest: findings of one check, code and place are one anomaly.

    The severity is the worst that any span gave it.
    """
    found: dict[tuple[str, str, str], list[tuple[str, Finding]]] = {}
    for check in sorted(checks, key=lambda one: one.span):
        for finding in check.findings.findings:
            found.setdefault((check.step, finding.code, finding.where), []).append((check.span, finding))
    every = [_anomaly(check, one) for (check, _, _), one in found.items()]
    order = {severity: place for place, severity in enumerate(SEVERITIES)}
    every.sort(key=lambda one: (order[one.severity], -len(one.spans), one.newest.code, one.newest.where))
    return tuple(every)


def unjudged(checks: Iterable[Checked]) -> dict[str, tuple[str, ...]]:
    """Return why checks could not say anything, and of each reason the checks with their spans; a pass is none of them."""
    found: dict[str, dict[str, list[str]]] = {}
    for check in checks:
        if check.findings.state != "checked":
            found.setdefault(check.findings.state, {}).setdefault(check.step, []).append(check.span)
    return {state: tuple(f"{check}, {_range(spans)}" for check, spans in by_check.items()) for state, by_check in sorted(found.items())}


def n_rules(checks: Iterable[Findings]) -> int:
    """Count the rules that were evaluated."""
    return sum(one.checked for one in checks)


def _anomaly(check: str, found: Sequence[tuple[str, Finding]]) -> Anomaly:
    worst = min((finding.severity for _, finding in found), key=SEVERITIES.index)
    return Anomaly(check, worst, found[-1][1], tuple(span for span, _ in found), tuple(finding.count for _, finding in found))


def _range(spans: Sequence[str]) -> str:
    return min(spans) if len(spans) == 1 else f"{min(spans)} to {max(spans)} ({len(spans)})"
