"""The page of one run: `RunView` in, one HTML text out; written beside the same values as JSON."""

from pathlib import Path

from components.reports.formats import when
from components.reports.layout import render
from components.reports.run_summary import (
    anomalies,
    key_figures,
    reading_of,
    rows_chart,
    rows_summary,
    signals_sentence,
    sliced,
    steps_summary,
)
from components.reports.run_view import RunView
from components.reports.statistics_marks import course_mark
from components.reports.verdict import overall, verdict_of
from components.reports.words import PAGE_WORDS

PAGE, DATA = "index.html", "run.json"


def write_run_page(view: RunView, directory: Path, *, index: str = "../index.html") -> Path:
    """Write ``index.html`` and ``run.json`` of a run into its folder and return the path of the page."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / DATA).write_text(view.to_json(), encoding="utf-8")
    page = directory / PAGE
    page.write_text(render_run(view, index=index), encoding="utf-8")
    return page


def render_run(view: RunView, *, index: str = "../index.html") -> str:
    """Return the page of a run as one HTML text that needs nothing else; `index` is the address of the list of runs."""
    values = {
        "view": view,
        "heading": heading_of(view),
        "verdict": verdict_of(view),
        "key_figures": key_figures(view),
        "facts": _facts(view),
        "index": index,
        "json_name": DATA,
        "fresh_steps": [step for step in view.steps if step.state != "CACHED"],
        "reused_steps": [step for step in view.steps if step.state == "CACHED"],
        "steps_summary": steps_summary(view),
        "rows_summary": rows_summary(view),
        "rows_chart": rows_chart(view),
        **anomalies(view),
        "overall_metrics": overall(view),
        "sliced": sliced(view),
        "reading_of": reading_of,
        "signals_sentence": signals_sentence(view.signals),
        "course_mark": course_mark,
        **PAGE_WORDS,
    }
    return render("run.html", title=f"{heading_of(view)} · {view.run_id}", contents=_contents(view), values=values)


def heading_of(view: RunView) -> str:
    """Return what a run is called: the pipeline, its graph and its span or as-of."""
    name = view.pipeline[:1].upper() + view.pipeline[1:]
    return f"{name} {view.graph}, {view.span}" if view.graph == "data" and view.span else f"{name} {view.graph}, as of {_day(view)}"


def _day(view: RunView) -> str:
    day, time, *_ = when(view.as_of, view.zone).split()
    return day if time == "00:00" else f"{day} {time}"


def _contents(view: RunView) -> dict[str, str]:
    training = view.graph == "training"
    shown = {
        "verdict": ("Verdict", True),
        "steps": ("Steps", True),
        "rows": ("Rows", bool(view.rows)),
        "anomalies": ("Anomalies", view.checks is not None or not training),
        "labels": ("Labels", view.labels is not None or training),
        "signals": ("Signals", view.signals is not None),
        "metrics": ("Metrics", view.metrics is not None or training),
        "decision": ("Decision", view.decision is not None or training),
        "lineage": ("Lineage", bool(view.lineage)),
    }
    return {anchor: name for anchor, (name, there) in shown.items() if there}


def _facts(view: RunView) -> dict[str, str]:
    facts = {
        "As of": when(view.as_of, view.zone),
        "Span": view.span,
        "Lane": view.lane,
        "Why it ran": view.reason,
        "Started": when(view.started),
        "Code": view.code,
        **view.facts,
    }
    return {name: value for name, value in facts.items() if value}
