"""The list of runs: small records in, one HTML text out, newest first."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from components.reports.layout import render
from components.reports.run_page import heading_of
from components.reports.run_view import RunView
from components.reports.verdict import findings_of, verdict_of
from components.reports.words import Tone


@dataclass(frozen=True)
class RunRecord:
    """One line of the list; `anomalies` is None where nothing was checked, `href` the address of the run's page."""

    run_id: str
    heading: str
    as_of: datetime
    lane: str
    tone: Tone
    words: str
    sentence: str
    started: datetime
    href: str
    seconds: float | None = None
    computed: int = 0
    reused: int = 0
    anomalies: int | None = None
    zone: str = "UTC"


def record_of(view: RunView, href: str) -> RunRecord:
    """Return the line of a run in the list."""
    verdict, states = verdict_of(view), Counter(step.state for step in view.steps)
    return RunRecord(
        run_id=view.run_id,
        heading=heading_of(view),
        as_of=view.as_of,
        lane=view.lane,
        tone=verdict.tone,
        words=verdict.words,
        sentence=verdict.sentence,
        started=view.started,
        href=href,
        seconds=view.seconds,
        computed=states["COMPLETE"],
        reused=states["CACHED"],
        anomalies=len(findings_of(view)) if isinstance(view.checks, tuple) else None,
        zone=view.zone,
    )


def render_index(records: Iterable[RunRecord]) -> str:
    """Return the list of runs as one HTML text, newest start first."""
    runs = sorted(records, key=lambda record: (record.started, record.run_id), reverse=True)
    return render("index.html", title="Runs · Almanac", contents={}, values={"runs": runs})


def write_index(records: Iterable[RunRecord], directory: Path) -> Path:
    """Write ``index.html`` into the folder that holds the runs' folders and return its path."""
    directory.mkdir(parents=True, exist_ok=True)
    page = directory / "index.html"
    page.write_text(render_index(records), encoding="utf-8")
    return page
