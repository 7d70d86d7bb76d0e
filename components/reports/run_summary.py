"""What the page of a run says in figures and short sentences, section by section."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from components.artifacts.findings import SEVERITIES
from components.artifacts.signals import Signals
from components.reports.charts import Chart, stacked_columns
from components.reports.formats import count, duration, estimate_words, figure, interval, plural, share
from components.reports.marks import domain_of
from components.reports.run_view import Comparison, Labels, Metric, RunView
from components.reports.verdict import findings_of, overall
from components.reports.words import STEP_WORDS, Tone

CHART_FROM = 4
"""Spans from which rows are drawn over time rather than only listed."""


@dataclass(frozen=True)
class KeyFigure:
    """One of the figures under the verdict; a word is set smaller than a number."""

    name: str
    value: str
    note: str = ""
    is_word: bool = False


@dataclass(frozen=True)
class Sliced:
    """One metric by one dimension: a forest plot on the axis that all dimensions of the metric share."""

    metric: str
    dimension: str
    rows: tuple[Metric, ...]
    domain: tuple[float, float]
    reference: float | None
    first_of_more: bool
    last_of_more: bool


def key_figures(view: RunView) -> list[KeyFigure]:
    """Return the figures under the verdict: what the run has of steps, time, rows, anomalies, labels and its first metric."""
    states = Counter(step.state for step in view.steps)
    found = [
        KeyFigure("Steps computed", count(states["COMPLETE"]), f"{count(states['CACHED'])} reused"),
        KeyFigure("Time", duration(view.seconds)),
    ]
    if view.rows:
        found.append(KeyFigure("Rows written", count(sum(flow.written for flow in view.rows))))
    if isinstance(view.checks, tuple):
        by_severity = Counter(finding.severity for finding in findings_of(view))
        found.append(KeyFigure("Anomalies", count(len(findings_of(view))), f"{by_severity['fail']} failing, {by_severity['warn']} warning"))
    if isinstance(view.labels, Labels):
        found.append(KeyFigure("Label coverage", share(view.labels.coverage), f"{share(view.labels.from_outcomes)} from outcomes"))
    found += [_metric_figure(metric) for metric in overall(view)[:1]]
    return found if view.steps else []


def signals_sentence(signals: Signals | None) -> str:
    """Return what the columns tell of the outcome, in one sentence: those suspected of leaking it first."""
    if signals is None or not signals.signals:
        return "No outcome is known yet, so that nothing can be said of the columns."
    seen = f"{plural(signals.n_rows, 'row')} of {plural(len(signals.spans), 'span')} with a known outcome"
    if signals.suspected:
        named = ", ".join(signal.column for signal in signals.suspected)
        return f"Suspected of leaking the outcome, since each tells it too well alone: {named}. {seen}."
    return f"{seen}: {signals.signals[0].column} tells most, {share(signals.signals[0].explained)}; no column tells it too well."


def _metric_figure(metric: Metric) -> KeyFigure:
    if metric.estimate.value is None:
        return KeyFigure(metric.name, estimate_words(metric.estimate).capitalize(), is_word=True)
    return KeyFigure(metric.name, figure(metric.estimate.value), interval(metric.estimate) if metric.estimate.low is not None else "")


def steps_summary(view: RunView) -> str:
    """Return how many steps ran, were reused and so on, and the work that they took."""
    states = Counter(step.state for step in view.steps)
    seconds = sum(step.seconds or 0.0 for step in view.steps if step.state != "CACHED")
    named = ", ".join(f"{count(states[state])} {word.lower()}" for state, (_, word) in STEP_WORDS.items() if states[state])
    return f"{plural(len(view.steps), 'step')}: {named}. {duration(seconds)} of work."


def rows_summary(view: RunView) -> str:
    """Return the rows of all spans and sources: read, written, and set aside by pile."""
    totals = {pile: sum(getattr(flow, pile) for flow in view.rows) for pile in ("read", "quarantined", "duplicate", "dropped", "written")}
    absent = sum(flow.absent is not None for flow in view.rows)
    lost = [f"{count(totals[pile])} {pile}" for pile in ("quarantined", "duplicate", "dropped") if totals[pile]]
    missing = f" {plural(absent, 'span')} absent." if absent else ""
    return f"{count(totals['read'])} read, {count(totals['written'])} written, {' and '.join(lost) or 'none set aside'}.{missing}"


def rows_chart(view: RunView) -> Chart | None:
    """Return the rows by span as columns; None for so few spans that the table says it better."""
    spans: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for flow in view.rows:
        spans[flow.span][0] += flow.written
        spans[flow.span][1] += flow.quarantined + flow.duplicate + flow.dropped
    if len(spans) < CHART_FROM:
        return None
    written, aside = ([piles[pile] for piles in spans.values()] for pile in (0, 1))
    layers = {"written": written, **({"set aside": aside} if any(aside) else {})}
    return stacked_columns(list(spans), layers, title="Rows by span")


def anomalies(view: RunView) -> dict[str, object]:
    """Return the findings, gravest first, the reasons why something was not judged and where, and a sentence."""
    checks = view.checks if isinstance(view.checks, tuple) else ()
    pairs = [(check, finding) for check in checks for finding in check.findings.findings]
    found = sorted(pairs, key=lambda pair: SEVERITIES.index(pair[1].severity))
    unchecked: dict[str, list[str]] = defaultdict(list)
    for check in checks:
        if check.findings.state != "checked":
            unchecked[check.findings.state].append(f"{check.step} at {check.span}")
    n_rules = sum(check.findings.checked for check in checks)
    summary = f"{plural(n_rules, 'rule')} evaluated, {plural(len(found), 'anomaly', 'anomalies')} found."
    where = {reason: places[0] + (f" and {len(places) - 1} more" if len(places) > 1 else "") for reason, places in unchecked.items()}
    return {"found": found, "unchecked": where, "checks_summary": summary if n_rules else "No rule was evaluated: this is no pass."}


def sliced(view: RunView) -> list[Sliced]:
    """Return one forest plot per metric and dimension, in the order of the metrics; all but the first metric are folded away."""
    by_metric: dict[str, dict[str, list[Metric]]] = defaultdict(lambda: defaultdict(list))
    for metric in view.metrics if isinstance(view.metrics, tuple) else ():
        if metric.dimension:
            by_metric[metric.name][metric.dimension].append(metric)
    wholes = {metric.name: metric.estimate.value for metric in overall(view)}
    groups = []
    for place, (name, dimensions) in enumerate(by_metric.items()):
        whole = wholes.get(name)
        domain = domain_of([m.estimate for rows in dimensions.values() for m in rows], *([whole] if whole is not None else []))
        last = len(dimensions) - 1
        for index, (dimension, rows) in enumerate(dimensions.items()):
            folded = place > 0
            groups.append(Sliced(name, dimension, tuple(rows), domain, whole, folded and index == 0, folded and index == last))
    return groups


def reading_of(row: Comparison) -> tuple[Tone, str]:
    """Return how a difference reads: better or worse only if its interval lies on one side of zero."""
    difference = row.difference
    if difference.low is None or difference.high is None:
        return "idle", "No interval"
    if difference.low <= 0 <= difference.high:
        return "idle", "No clear difference"
    return ("good", "Better") if (difference.low > 0) == row.higher_is_better else ("bad", "Worse")
