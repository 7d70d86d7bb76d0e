"""The first sentence of a page: composed from the run by rule, so that no run is called better than it is."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from components.artifacts.findings import Finding, Severity
from components.reports import absence
from components.reports.formats import count, estimate_words, plural
from components.reports.run_view import Decision, Metric, RunView
from components.reports.words import Tone

Part = TypeVar("Part")


ERROR_LENGTH = 240
"""Characters of an error in the verdict; the table of steps has all of it."""


@dataclass(frozen=True)
class Verdict:
    """A tone, a word or three, and one sentence."""

    tone: Tone
    words: str
    sentence: str


def findings_of(view: RunView) -> list[Finding]:
    """Return all findings of a run, in the order of its checks; none where nothing was checked."""
    return [finding for check in _or_empty(view.checks) for finding in check.findings.findings]


def overall(view: RunView) -> list[Metric]:
    """Return the metrics of the whole test window, in order; the first is the one that the page names."""
    return [metric for metric in _or_empty(view.metrics) if not metric.dimension]


def verdict_of(view: RunView) -> Verdict:
    """Return the verdict of a run: its failure first, then supersession, then the decision or, for a data run, its checks."""
    if view.state != "COMPLETE":
        return _unfinished(view)
    found = _suspecting(view, _decided(view)) if view.graph == "training" else _checked(view)
    if view.superseded:
        return Verdict("warn", "Superseded", f"{view.superseded} When it ran: {found.words.lower()}. {found.sentence}")
    return found


def _unfinished(view: RunView) -> Verdict:
    done = sum(step.state in ("COMPLETE", "CACHED") for step in view.steps)
    progress = f"{done} of {plural(len(view.steps), 'step')} finished."
    if view.state == "FAILED":
        failed = next((step for step in view.steps if step.state == "FAILED"), None)
        where = f"The step {failed.name} failed{_error_words(failed.error)} " if failed else ""
        return Verdict("bad", "Failed", where + progress)
    if view.state == "CANCELED":
        return Verdict("idle", "Canceled", f"Stopped before its end. {progress}")
    return Verdict("idle", "Running", progress)


def _error_words(error: str) -> str:
    line = error.strip().partition("\n")[0]
    return f": {line[:ERROR_LENGTH]}{'…' if len(line) > ERROR_LENGTH else ''}" + ("" if line.endswith(".") else ".") if line else "."


def _checked(view: RunView) -> Verdict:
    by_severity = Counter(finding.severity for finding in findings_of(view))
    written, partitioned = sum(flow.written for flow in view.rows), sum(flow.partitioned for flow in view.rows)
    rows = f"{count(written)} of {plural(partitioned, 'row')} written"
    if any(flow.unaccounted for flow in view.rows):
        return Verdict("bad", "Rows lost", f"{rows}, and some are in none of the piles.")
    if by_severity["fail"]:
        return Verdict("bad", "Failed validation", f"{rows}; {_anomalies(by_severity)}.")
    unchecked = _unchecked(view)
    if not view.rows or not written:
        return Verdict("idle", "No rows", f"Nothing was written{f'; {unchecked}' if unchecked else ''}.")
    if unchecked:
        return Verdict("warn", "Not fully checked", f"{rows}; {_anomalies(by_severity)}; not judged: {unchecked}.")
    if by_severity["warn"] or by_severity["quarantine"]:
        return Verdict("warn", "Complete, with warnings", f"{rows}; {_anomalies(by_severity)}.")
    return Verdict("good", "Complete", f"{rows}; {_anomalies(by_severity)}.")


def _decided(view: RunView) -> Verdict:
    named = overall(view)
    figure = _measured(named[0]) if named else "Nothing was measured."
    if not isinstance(view.decision, Decision):
        return Verdict("idle", "No decision", f"{figure} {absence.sentence(view.decision or 'not-run')}")
    missed = [reason.text for reason in view.decision.reasons if reason.judgement == "missed"]
    unknown = [reason.text for reason in view.decision.reasons if reason.judgement == "unknown"]
    if view.decision.outcome == "blessed":
        return Verdict("good", "Blessed", f"{figure}{_first_of('not judged', unknown)}")
    if view.decision.outcome == "rejected":
        return Verdict("bad", "Not blessed", f"{figure}{_first_of('missed', missed)}")
    return Verdict("warn", "Inconclusive", f"{figure}{_first_of('not judged', unknown or missed)}")


def _suspecting(view: RunView, found: Verdict) -> Verdict:
    """Return the verdict with the columns that may leak the outcome: no figure is good news then."""
    suspected = [signal.column for signal in view.signals.suspected] if view.signals else []
    if not suspected:
        return found
    return replace(
        found,
        tone="warn" if found.tone == "good" else found.tone,
        sentence=f"{found.sentence} May leak the outcome: {', '.join(suspected)}.",
    )


def _measured(metric: Metric) -> str:
    link = "has no value:" if metric.estimate.value is None else "is"
    return f"On the test window {metric.name} {link} {estimate_words(metric.estimate)}."


def _first_of(word: str, texts: Sequence[str]) -> str:
    if not texts:
        return ""
    more = f" (and {len(texts) - 1} more)" if len(texts) > 1 else ""
    return f" {word.capitalize()}: {texts[0].rstrip('.')}{more}."


def _anomalies(by_severity: Counter[Severity]) -> str:
    parts = [plural(by_severity["fail"], "failure")] if by_severity["fail"] else []
    parts += [f"rows set aside for {plural(by_severity['quarantine'], 'reason')}"] if by_severity["quarantine"] else []
    parts += [plural(by_severity["warn"], "warning")] if by_severity["warn"] else []
    return " and ".join(parts) or "no anomaly found"


def _unchecked(view: RunView) -> str:
    if view.checks is None or isinstance(view.checks, str):
        return f"validation, {absence.short_words(view.checks or 'not-run').lower()}"
    states = sorted({check.findings.state for check in view.checks if check.findings.state != "checked"})
    if not view.checks or not any(check.findings.checked for check in view.checks):
        states = states or ["not-run"]
    return ", ".join(absence.short_words(state).lower() for state in states)


def _or_empty(part: tuple[Part, ...] | str | None) -> tuple[Part, ...]:
    return part if isinstance(part, tuple) else ()
