"""The list of runs: small records in, one HTML text out, newest first."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from components.reports.layout import render
from components.reports.run_page import heading_of
from components.reports.run_view import RunView
from components.reports.verdict import findings_of, verdict_of
from components.reports.words import Tone

LINE = "line.json"


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


def remember(record: RunRecord, directory: Path) -> None:
    """Keep a run's line beside its page, so that the list needs no other look at the run."""
    body = asdict(record) | {"as_of": record.as_of.isoformat(), "started": record.started.isoformat()}
    (directory / LINE).write_text(json.dumps(body, sort_keys=True, ensure_ascii=False), encoding="utf-8")


def remembered(directory: Path, limit: int) -> list[RunRecord]:
    """Return the lines of the runs below a folder whose pages were written last, at most ``limit``."""
    files = sorted(directory.glob(f"*/{LINE}"), key=lambda path: path.stat().st_mtime_ns, reverse=True)[:limit]
    bodies = [json.loads(path.read_text(encoding="utf-8")) for path in files]
    times = [{name: datetime.fromisoformat(body[name]) for name in ("as_of", "started")} for body in bodies]
    return [RunRecord(**body | instants) for body, instants in zip(bodies, times, strict=True)]


def write_index(records: Iterable[RunRecord], directory: Path) -> Path:
    """Write ``index.html`` into the folder that holds the runs' folders and return its path."""
    directory.mkdir(parents=True, exist_ok=True)
    page = directory / "index.html"
    page.write_text(render_index(records), encoding="utf-8")
    return page
