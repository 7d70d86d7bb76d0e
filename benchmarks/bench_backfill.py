"""How long a year of the flights pipeline's data steps takes in one process, computed and reused, and what one step costs.

- ``year_cold_s``: `almanac backfill flights 2013-01-01 2013-12-31` into an empty store, sources read and libraries imported (bar: 90)
- ``year_cached_s``: the same again, in a new process (bar: 5)
- ``step_overhead_ms``: median cost of a step whose component does nothing: key, claim, save, digest, publish with fsync, record (bar: 10)
- ``peak_mb``: peak resident memory of the cold process; ``growth_mb`` is how much it grew over the last three quarters of the days

``--quick`` runs 14 days of June and scales: the time until the first one is done, with all that it looks back on, counts once, the mean of
the others for the rest of the year. ``days`` says how many were run.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import psutil

from components.run.backfilling import backfill
from components.run.catalog import load_pipeline
from components.run.opening import Request
from components.run.session import Session
from components.runtime.component import component
from components.runtime.graph import Pipeline
from components.runtime.spans import Span
from components.store.store import Store

YEAR_DAYS, QUICK_DAYS, QUICK_FIRST = 365, 14, 151
OVERHEAD_SPANS = 100


@dataclass(frozen=True)
class Nothing:
    """An empty value."""

    kind: ClassVar[str] = "nothing"
    format_version: ClassVar[int] = 1

    name: str = ""

    def save(self, directory: Path) -> None:
        """Write the name."""
        (directory / "nothing.json").write_text(json.dumps(self.name), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the name back."""
        return cls(json.loads((directory / "nothing.json").read_text(encoding="utf-8")))

    def summary(self) -> dict[str, str]:
        """Give the name."""
        return {"name": self.name}


@component
def begin(span: Span) -> Nothing:
    """Return nothing."""
    return Nothing(span.key)


@component
def go_on(nothing: Nothing, *, number: int) -> Nothing:
    """Return nothing again."""
    return Nothing(f"{number} {nothing.name}")


def days_of_flights(folder: Path, days: int) -> dict[str, object]:
    """Backfill some days and return the seconds since the start of the process after each, and the memory in use then."""
    ended: list[float] = []
    memory: list[float] = []
    process = psutil.Process()

    def note(_: str) -> None:
        ended.append(time.time() - process.create_time())
        memory.append(process.memory_info().rss / 2**20)

    pipeline = load_pipeline("flights")
    first = 0 if days == YEAR_DAYS else QUICK_FIRST
    spans = pipeline.calendar.between("2013-01-01", "2013-12-31")[first : first + days]
    with Store.open(f"sqlite:///{folder / 'metadata.db'}", folder) as store:
        outcome = backfill(store, pipeline, spans, progress=note)
    assert not outcome.failures, outcome.failures
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"ended": ended, "memory": memory, "peak_mb": peak, "computed": outcome.computed, "reused": outcome.reused}


def overhead(folder: Path) -> dict[str, object]:
    """Return the milliseconds of each step that does nothing."""
    pipeline = Pipeline("nothing", grain="day", zone="UTC", start="2013-01-01")
    last = pipeline.add(begin)
    for number in range(4):
        last = pipeline.add(go_on, name=f"step{number}", nothing=last, number=number)
    found = []
    with Store.open(f"sqlite:///{folder / 'metadata.db'}", folder) as store:
        for span in pipeline.calendar.between("2013-01-01", "2013-12-31")[:OVERHEAD_SPANS]:
            session = Session.open(store, pipeline, Request("data", span, span.end))
            for step in session.steps:
                began = time.perf_counter()
                session.evaluation.result(step, span, own=True)
                found.append((time.perf_counter() - began) * 1000)
            session.close()
    return {"milliseconds": found}


MEASURES = {"days": days_of_flights, "overhead": lambda folder, _: overhead(folder)}


def in_process(measure: str, folder: Path, days: int) -> dict[str, object]:
    """Run one measure in a process of its own, as the command would, and return what it found."""
    command = [sys.executable, __file__, "--measure", measure, "--folder", str(folder), "--days", str(days)]
    found: dict[str, object] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def year(found: dict[str, object]) -> float:
    """Return the seconds of a whole year: the first day as it was, every other day like the mean of those that were run."""
    ended = list(map(float, found["ended"]))  # type: ignore[call-overload]
    each = (ended[-1] - ended[0]) / (len(ended) - 1)
    return round(ended[0] + each * (YEAR_DAYS - 1), 1)


def report(days: int) -> dict[str, object]:
    """Measure everything."""
    with tempfile.TemporaryDirectory(prefix="almanac-bench-") as folder:
        cold, cached = (in_process("days", Path(folder), days) for _ in range(2))
    assert cached["computed"] == 0
    with tempfile.TemporaryDirectory(prefix="almanac-bench-") as folder:
        steps = sorted(in_process("overhead", Path(folder), days)["milliseconds"])  # type: ignore[type-var]
    memory = list(map(float, cold["memory"]))  # type: ignore[call-overload]
    return {
        "year_cold_s": year(cold),
        "year_cached_s": year(cached),
        "step_overhead_ms": round(statistics.median(steps), 2),
        "step_overhead_p90_ms": round(steps[len(steps) * 9 // 10], 2),
        "peak_mb": round(float(str(cold["peak_mb"]))),
        "growth_mb": round(memory[-1] - memory[len(memory) // 4]),
        "steps": cold["computed"],
        "days": days,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_DAYS} days in place of the year")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--measure", choices=sorted(MEASURES), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--days", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(MEASURES[arguments.measure](arguments.folder, arguments.days)))
        return
    result = report(QUICK_DAYS if arguments.quick else YEAR_DAYS)
    if arguments.json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        print(f"{name:22} {value}")


if __name__ == "__main__":
    main()
