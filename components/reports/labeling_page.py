"""The page of labeling functions: `LabelingView` in, one HTML text out; written beside the same values as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from components.artifacts.label_analysis import Alarm, FunctionAnalysis, LabelAnalysis
from components.artifacts.label_diagnostics import LabelDiagnostics
from components.reports.charts import Chart, stacked_columns
from components.reports.formats import count, figure, plural, share
from components.reports.labeling_marks import CLASS_COLORS, by_class, reliability
from components.reports.layout import render
from components.reports.marks import domain_of
from components.reports.run_view import Estimate
from components.reports.statistics_marks import course_mark

PAGE, DATA = "labeling.html", "labeling.json"
FORMAT_VERSION = 2
SHADES = 5
"""Steps of the shades behind shares of conflict."""
STRONG = 0.5
"""Dependence from which two functions count as one in the sentence at the top."""
SOURCES = {"outcome": "Outcome", "feedback": "Outcome", "raters": "Raters", "label_model": "Label model"}
"""What the chart calls the sources of labels; rows of all others have no label. The JSON keeps them apart."""


@dataclass(frozen=True)
class Suspect:
    """A label that a model of other days finds wrong: as given, where it comes from, the class that it should rather be, and its probability."""

    row_id: str
    span: str
    source: str
    label: float
    suggested: int
    probability: float


@dataclass(frozen=True)
class LabelingView:
    """All that the page shows: the analysis, and the run that made it.

    ``learned`` is what a label model that saw votes alone says of them. ``suspects`` are the most doubtful of ``n_suspects`` labels, of all
    of which a share of ``noise`` is estimated to be wrong; None where nobody looked.
    """

    pipeline: str
    run: str
    as_of: str
    analysis: LabelAnalysis
    learned: LabelDiagnostics | None = None
    suspects: tuple[Suspect, ...] = ()
    n_suspects: int = 0
    noise: float | None = None

    @property
    def alarms(self) -> list[tuple[str, Alarm]]:
        """The alarms of all functions, newest first."""
        found = [(function.name, alarm) for function in self.analysis.functions for alarm in function.alarms]
        return sorted(found, key=lambda one: (one[1].span, one[0]), reverse=True)

    @property
    def worse_than_chance(self) -> list[FunctionAnalysis]:
        """The functions whose whole interval of accuracy lies below that of a vote by lot."""
        chance = 1 / max(1, len(self.analysis.classes))
        return [function for function in self.analysis.functions if function.high is not None and function.high < chance]

    def to_json(self) -> str:
        """Return the same values as JSON with sorted keys: what a script reads instead of the page."""
        body = {"format_version": FORMAT_VERSION, **asdict(self)}
        return json.dumps(body, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def write_labeling_page(view: LabelingView, directory: Path, *, index: str = "index.html") -> Path:
    """Write ``labeling.html`` and ``labeling.json`` into a folder and return the path of the page."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / DATA).write_text(view.to_json(), encoding="utf-8")
    page = directory / PAGE
    page.write_text(render_labeling(view, index=index), encoding="utf-8")
    return page


def render_labeling(view: LabelingView, *, index: str = "index.html") -> str:
    """Return the page as one HTML text that needs nothing else; ``index`` is the address that its head leads back to."""
    analysis = view.analysis
    values = {
        "view": view,
        "analysis": analysis,
        "heading": f"{view.pipeline[:1].upper()}{view.pipeline[1:]} labeling functions, {window_words(analysis)}",
        "tone": "bad" if view.worse_than_chance else "warn" if view.alarms or _copies(analysis) else "good",
        "verdict": verdict_words(view),
        "sentence": sentence_of(view),
        "index": index,
        "json_name": DATA,
        "facts": _facts(view),
        "accuracy_of": lambda one: Estimate(one.accuracy, one.low, one.high, absent="labels-not-mature" if one.accuracy is None else None),
        "domain": domain_of([Estimate(f.accuracy, f.low, f.high) for f in analysis.functions], 1 / max(1, len(analysis.classes))),
        "chance": 1 / max(1, len(analysis.classes)),
        "course": lambda values: course_mark(values) if len(analysis.spans) > 1 else "",
        "shade": lambda value: round(SHADES * value) if value else 0,
        "charts": _charts(analysis),
        "calibration": _calibration(analysis),
        "polarity": _polarity,
        "lists": _lists(analysis),
        "low_accuracy": view.worse_than_chance,
    }
    contents = {
        "verdict": "Verdict", "functions": "Functions", "details": "Where they err", "pairs": "Pairs", "labels": "Labels", "rows": "Rows to look at",
    }  # fmt: skip
    return render("labeling.html", title=f"{view.pipeline} labeling · {window_words(analysis)}", contents=contents, values=values)


def window_words(analysis: LabelAnalysis) -> str:
    """Return the window in words: its only span, or from the first to the last."""
    spans = analysis.spans
    return "no span" if not spans else spans[0] if len(spans) == 1 else f"{spans[0]} to {spans[-1]}"


def verdict_words(view: LabelingView) -> str:
    """Return the verdict in a few words."""
    if view.worse_than_chance:
        return "Worse than chance"
    if view.alarms:
        return "Functions jumped"
    return "Copies" if _copies(view.analysis) else "Nothing odd"


def sentence_of(view: LabelingView) -> str:
    """Return what was found, in one or two sentences."""
    analysis = view.analysis
    covered = share(1 - analysis.n_uncovered / analysis.n_rows) if analysis.n_rows else "none"
    found = [f"{plural(len(analysis.functions), 'function')} vote on {covered} of {plural(analysis.n_rows, 'row')}"]
    if bad := [function.name for function in view.worse_than_chance]:
        found.append(f"{_listed(bad)} {'is' if len(bad) == 1 else 'are'} wrong more often than a vote by lot")
    if copies := _copies(analysis):
        found.append(f"{_listed([f'{one} and {other}' for one, other in copies[:3]])} say nearly the same")
    if view.alarms:
        found.append(f"{plural(len(view.alarms), 'jump')} of coverage or agreement")
    if slow := [function.name for function in analysis.functions if function.is_row_wise]:
        found.append(f"{_listed(slow)} {'runs' if len(slow) == 1 else 'run'} row by row, which is slow")
    return "; ".join(found) + "."


def table_lines(view: LabelingView) -> list[str]:
    """Return the function table as lines of text, for a terminal."""
    lines = [f"{'function':<24} {'coverage':>8} {'overlap':>8} {'conflict':>8} {'accuracy':>8}  {'95 % interval':<16} votes by class"]
    for one in view.analysis.functions:
        marks = [text for text, is_so in (("slow", one.is_row_wise), ("jumped", one.alarms), ("failed", one.n_faults)) if is_so]
        within = f"{figure(one.low)} to {figure(one.high)}" if one.low is not None else "-"
        votes = ", ".join(f"{name}: {count(n)}" for name, n in one.polarity.items())
        shares = " ".join(f"{part:>8.3f}" for part in (one.coverage, one.overlap, one.conflict))
        lines.append(f"{one.name:<24} {shares} {figure(one.accuracy):>8}  {within:<16} {votes}{'  ' + ', '.join(marks) if marks else ''}")
    return lines


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _copies(analysis: LabelAnalysis) -> list[tuple[str, str]]:
    return [(one.one, one.other) for one in analysis.dependences if one.strength >= STRONG]


def _facts(view: LabelingView) -> dict[str, str]:
    analysis = view.analysis
    return {
        "Window": window_words(analysis),
        "As of": view.as_of,
        "Rows": count(analysis.n_rows),
        "With an outcome": count(analysis.n_known),
        "Without a vote": count(analysis.n_uncovered),
        "Functions": f"{len(analysis.functions)}, {sum(function.is_row_wise for function in analysis.functions)} row-wise",
    }


def _polarity(function: FunctionAnalysis) -> list[tuple[float, str]]:
    total = sum(function.polarity.values()) or 1
    return [(n / total, role) for n, role in zip(function.polarity.values(), CLASS_COLORS * 32, strict=False)]


def _charts(analysis: LabelAnalysis) -> list[Chart]:
    layers: dict[str, list[float]] = {}
    for source, counts in analysis.labels.items():
        layer = layers.setdefault(SOURCES.get(source, "No label"), [0.0] * len(counts))
        layers[SOURCES.get(source, "No label")] = [before + n for before, n in zip(layer, counts, strict=True)]
    charts = [stacked_columns(analysis.spans, layers, title="Rows by source of their label")] if layers else []
    if course := by_class(analysis.spans, analysis.distribution):
        charts.append(course)
    return charts


def _calibration(analysis: LabelAnalysis) -> list[Chart]:
    told = len(analysis.calibration) > 1
    curves = analysis.calibration.items()
    return [reliability(bins, title=f"Label model against outcomes{f', class {name}' if told else ''}") for name, bins in curves]


def _lists(analysis: LabelAnalysis) -> Sequence[tuple[str, str, object]]:
    return (
        ("Uncovered", "No function votes on them: label some by hand, or write a function for what they share.", analysis.uncovered),
        ("Disputed", "Most functions contradict one another here.", analysis.disputed),
        ("Doubted", "The label model holds their outcome least likely: the outcome may be wrong, or the functions are.", analysis.doubted),
    )  # fmt: skip
