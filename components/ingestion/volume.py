"""Too few rows, or none, judged by a source's own history of the same weekday."""

import statistics
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

from components.artifacts.findings import Finding
from components.runtime.holidays import is_holiday
from components.runtime.spans import Calendar, Grain, Span

LOOK_BACK = 8
"""Spans of the same weekday (of the same hour, the same grain elsewhere) that a span is compared with."""

MINIMUM = 3
"""With fewer of them there is no history to judge by."""

PARTIAL_SHARE = 0.5
"""Below this share of the median a span is taken for incomplete; holidays halve traffic, cut files do worse."""


def judged_spans(new: Collection[str], before: Collection[str], calendar: Calendar, *, due: Span | None = None) -> list[Span]:
    """Return the spans that a look at a source should have found filled, in order.

    ``new`` are the keys of the spans that it brought rows of, ``before`` those of which there were rows already: from the first new one, or
    the one after the last before, to the last new one, or to ``due``, the last whose rows should be there by now.
    """
    spans = sorted(calendar.span(key) for key in new)
    ends = [*spans[-1:], *([due] if due is not None else [])]
    if not ends or not (spans or before):
        return []
    first = spans[0] if spans else max(ends)
    if before and ((last := max(calendar.span(key) for key in before)) < first or not spans):
        first = calendar.next(last)
    return calendar.between(first.key, max(ends).key) if first <= max(ends) else []


def volume_findings(
    new: Mapping[str, int],
    before: Mapping[str, int],
    calendar: Calendar,
    judged: Sequence[Span],
    *,
    holidays: Collection[str] | None = None,
    share: float = PARTIAL_SHARE,
) -> list[Finding]:
    """Return `source-partial` for spans with too few rows and `source-missing` for spans without any, among those judged.

    ``new`` are rows by span key that a look at a source brought, ``before`` those of other spans that are there. A holiday may be empty:
    that is the state ``empty``, and no finding.

    >>> history, days = {f"2013-01-{day:02}": 100 for day in (1, 8, 15, 22)}, Calendar(Grain.DAY, "UTC")
    >>> [(one.code, one.where) for one in volume_findings({"2013-01-29": 40}, history, days, [days.span("2013-01-29")])]
    [('source-partial', '2013-01-29')]
    """
    known = dict(before)
    found = []
    for span in judged:
        n_rows = new.get(span.key, 0)
        usual = _usual(span, known, calendar)
        if usual is not None and not is_holiday(span, holidays or ()) and not (n_rows == 0 and span.key in before):
            if n_rows == 0:
                found.append(Finding("source-missing", "warn", span.key, "no rows", expected=f"about {usual:g}", got="0", count=0))
            elif n_rows < share * usual:
                told = f"{n_rows} rows are less than {share:.0%} of what this weekday brings"
                found.append(Finding("source-partial", "warn", span.key, told, expected=f"about {usual:g}", got=str(n_rows), count=n_rows))
        known[span.key] = max(n_rows, known.get(span.key, 0))
    return found


def _usual(span: Span, known: Mapping[str, int], calendar: Calendar) -> float | None:
    """Return the median rows of the last spans of the same kind before a span; None where there are too few."""
    counts = [known[key] for key in _earlier_keys(span, calendar) if key in known]
    if len(counts) < MINIMUM:
        return None
    return statistics.median(counts) or None


def _earlier_keys(span: Span, calendar: Calendar) -> list[str]:
    """Return the keys of the same day, or local hour, of the last weeks; of the last spans where the grain is longer."""
    weeks = [timedelta(weeks=back) for back in range(1, LOOK_BACK + 1)]
    if calendar.grain == Grain.DAY:
        return [(date.fromisoformat(span.key) - back).isoformat() for back in weeks]
    if calendar.grain == Grain.HOUR:
        wall = datetime.strptime(span.key[:13], "%Y-%m-%dT%H")  # noqa: DTZ007 - the clock's own time
        return [f"{wall - back:%Y-%m-%dT%H}" for back in weeks]
    return [calendar.previous(span, back).key for back in range(1, LOOK_BACK + 1)]
