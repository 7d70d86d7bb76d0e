"""The page of anomalies: `AnomaliesView` in, one HTML text out; written beside the same values as JSON."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup

from components.artifacts.findings import SEVERITIES, Severity
from components.reports import absence
from components.reports.anomalies_view import AnomaliesView, Anomaly
from components.reports.drawing import COLORS, NO_EDGE, bare_graph, finish, library
from components.reports.formats import count, plural
from components.reports.layout import render
from components.reports.words import PAGE_WORDS, SEVERITY_WORDS, Tone

PAGE, DATA = "anomalies.html", "anomalies.json"
COURSE_SIZE = (190, 14)
NOUNS: dict[Severity, tuple[str, str]] = {
    "fail": ("failure", "failures"),
    "quarantine": ("rule that set rows aside", "rules that set rows aside"),
    "warn": ("warning", "warnings"),
    "info": ("note", "notes"),
}


def write_anomalies_page(view: AnomaliesView, directory: Path, *, index: str = "../index.html") -> Path:
    """Write ``anomalies.html`` and ``anomalies.json`` into a folder and return the path of the page."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / DATA).write_text(view.to_json(), encoding="utf-8")
    page = directory / PAGE
    page.write_text(render_anomalies(view, index=index), encoding="utf-8")
    return page


def render_anomalies(view: AnomaliesView, *, index: str = "../index.html") -> str:
    """Return the page as one HTML text that needs nothing else; `index` is the address that its head leads back to."""
    name = f"{view.pipeline[:1].upper()}{view.pipeline[1:]}"
    tone, words = verdict_of(view)
    values = {
        "view": view,
        "heading": f"{name} anomalies, {window_words(view)}",
        "tone": tone,
        "verdict": words,
        "sentence": sentence_of(view),
        "index": index,
        "json_name": DATA,
        "facts": _facts(view),
        "course_of": lambda anomaly: course_mark(anomaly, view.spans),
        "since_words": since_words,
        "reason_sentence": absence.sentence,
        **PAGE_WORDS,
    }
    contents = {"verdict": "Verdict", "broke": "What broke"}
    contents |= {"alarms": "Alarms"} if view.alarms else {}
    contents |= {"unjudged": "Not judged"} if view.unjudged else {}
    contents |= {"aside": "Rows set aside"}
    return render("anomalies.html", title=f"{name} anomalies · {window_words(view)}", contents=contents, values=values)


def window_words(view: AnomaliesView) -> str:
    """Return the window in words: its only span, or from the first to the last."""
    return view.spans[0] if len(view.spans) == 1 else f"{view.spans[0]} to {view.spans[-1]}"


def verdict_of(view: AnomaliesView) -> tuple[Tone, str]:
    """Return the tone and a word or three: by the worst that broke, else by what could not be judged; only what was judged passes."""
    worst = next((severity for severity in SEVERITIES if severity != "info" and view.of_severity(severity)), None)
    if worst is not None:
        return SEVERITY_WORDS[worst][0], {"fail": "Spans failed", "quarantine": "Rows set aside"}.get(worst, "Warnings")
    if view.unjudged or view.n_checked_spans < len(view.spans):
        return "warn", "Not fully checked"
    return "good", "Nothing broke"


def sentence_of(view: AnomaliesView) -> str:
    """Return what broke, on how many spans, and what could not be judged, in one or two sentences."""
    said = (
        ", ".join(plural(number, *NOUNS[severity]) for severity in SEVERITIES if (number := len(view.of_severity(severity))))
        or "no anomaly"
    )
    hit = len({span for one in view.anomalies for span in one.spans})
    where = f" on {hit} of {plural(len(view.spans), 'span')}" if hit else f" on {plural(len(view.spans), 'span')}"
    unsaid = f" Not all was judged: {', '.join(absence.short_words(reason).lower() for reason in view.unjudged)}." if view.unjudged else ""
    return f"{said[0].upper()}{said[1:]}{where}.{unsaid}"


def since_words(anomaly: Anomaly, spans: tuple[str, ...]) -> str:
    """Return since when, or when, and on how many spans: "since" only where the last span of the window still has it."""
    if len(anomaly.spans) == 1:
        return anomaly.spans[0]
    n = plural(len(anomaly.spans), "span")
    if anomaly.spans[-1] == spans[-1]:
        return f"since {anomaly.spans[0]}, {n}"
    return f"{anomaly.spans[0]} to {anomaly.spans[-1]}, {n}"


def course_mark(anomaly: Anomaly, spans: tuple[str, ...]) -> Markup:
    """Return a strip over the window's spans with a bar at each that has the anomaly; the words beside it say the same."""
    drawing = bare_graph(*COURSE_SIZE, (0, max(1, len(spans))))
    drawing.add(library().Bars([0], [0.15], width=max(1, len(spans)), align="left").color(COLORS["grid"]).style(NO_EDGE))
    places = [place for place, span in enumerate(spans) if span in anomaly.spans]
    role = "third" if anomaly.severity in ("fail", "quarantine") else "main"
    drawing.add(
        library().Bars([place + 0.1 for place in places], [1.0] * len(places), width=0.8, align="left").color(COLORS[role]).style(NO_EDGE)
    )
    return finish(drawing, stretch=True)


def _facts(view: AnomaliesView) -> dict[str, str]:
    return {
        "Window": window_words(view),
        "As of": view.as_of,
        "Spans checked": f"{view.n_checked_spans} of {len(view.spans)}",
        "Rules evaluated": count(view.n_rules),
        "Rows set aside": count(sum(one.n_rows for one in view.set_aside)),
    }
