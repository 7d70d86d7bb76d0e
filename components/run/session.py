"""A run from end to end: opened, its steps one by one, decided, closed; the runner and every Airflow task go through here."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from components.run.decisions import settle_decisions
from components.run.evaluation import Evaluation, Pending, Result
from components.run.opening import Request, open_run
from components.run.recording import Recorder
from components.runtime.graph import Pipeline, Step
from components.runtime.instants import from_micros
from components.runtime.resources import INLINE, Engine
from components.runtime.spans import Span
from components.runtime.window import Absent
from components.store.records import RunRecord
from components.store.resolver import Resolver
from components.store.roots import Snapshot
from components.store.store import Store

logger = logging.getLogger("almanac.run")

Progress = Callable[[str, str], None]
"""Told (step, what happened) after each step."""


@dataclass
class Session:
    """One attempt of one run."""

    store: Store
    pipeline: Pipeline
    run: RunRecord
    attempt: int
    engine: Engine = INLINE

    @classmethod
    def open(cls, store: Store, pipeline: Pipeline, request: Request, *, engine: Engine = INLINE) -> "Session":
        """Open the run of a request (or the one opened earlier under its key) for a new attempt."""
        record = open_run(store, pipeline, request)
        return cls(store, pipeline, record, store.runs.attempt(record.id), engine)

    @classmethod
    def resume(cls, store: Store, pipeline: Pipeline, run: str, *, attempt: int | None = None, engine: Engine = INLINE) -> "Session":
        """Join a run that is open: how a task of a scheduler works on its step."""
        record = store.runs.get(run)
        return cls(store, pipeline, record, attempt or store.runs.attempt(run), engine)

    @property
    def steps(self) -> list[Step]:
        """The steps of the run's graph, in order."""
        return self.pipeline.of_graph(self.run.graph)

    @property
    def span(self) -> Span | None:
        """The span of a data run; a training run has none."""
        return self.pipeline.calendar.span(self.run.span) if self.run.graph == "data" else None

    @cached_property
    def recorder(self) -> Recorder:
        """Where executions are settled."""
        return Recorder(self.store, self.store.executions(self.pipeline.name), self.run.id, self.attempt, self.engine)

    @cached_property
    def evaluation(self) -> Evaluation:
        """The walk through the graph, on the run's snapshot."""
        snapshot = Snapshot.from_json(self.run.snapshot)
        name = self.pipeline.name
        resolver = Resolver(self.pipeline, self.store.roots(name), self.store.ledger(name), snapshot)
        return Evaluation(self.store, self.pipeline, resolver, from_micros(self.run.as_of), self.recorder.settle)

    def step(self, name: str, position: int | None = None) -> Result:
        """Settle one step (of a mapped step one position, or all) and return its outputs."""
        step = self.pipeline.steps[name]
        try:
            if position is not None and step.mapped is not None:
                return self.evaluation.position(step, self.span, position, own=True)
            return self.evaluation.result(step, self.span, own=True)
        finally:
            self.recorder.flush()

    def width(self, name: str) -> int:
        """Count the positions of a step."""
        return self.evaluation.width(self.pipeline.steps[name], self.span)

    def close(self) -> str:
        """Settle what the run decided and close it; return the verdict, one sentence."""
        decided = settle_decisions(self.store, self.pipeline, self.run)
        verdict = decided or self._data_verdict()
        self.store.runs.close(self.run.id, "COMPLETE", verdict)
        return verdict

    def fail(self, error: BaseException) -> None:
        """Close the run as FAILED, or as CANCELED where a person or a signal stopped it."""
        broken = isinstance(error, Exception)
        self.store.runs.close(self.run.id, "FAILED" if broken else "CANCELED", str(error) if broken else "stopped before its end")

    def _data_verdict(self) -> str:
        """Say in one sentence what the steps of a data run found."""
        records = self.store.run(self.run.id).artifacts
        failed = [name for name, record in records.items() if record.summary.get("failed") and "." not in name]
        if failed:
            return f"{self.run.span}: {' and '.join(failed)} failed the span; nothing downstream of it ran"
        rows = next((record.summary["n_rows"] for record in records.values() if "n_rows" in record.summary), None)
        warnings = sum(int(r.summary.get("warn", 0)) for name, r in records.items() if "." not in name)
        return f"{self.run.span}: {rows if rows is not None else 'no'} rows, {warnings} warning{'s' if warnings != 1 else ''}"


def run_graph(
    store: Store, pipeline: Pipeline, request: Request, *, engine: Engine = INLINE, progress: Progress | None = None
) -> RunRecord:
    """Run a whole graph in this process and return the closed run; an error closes it as FAILED and is raised."""
    return run_steps(Session.open(store, pipeline, request, engine=engine), progress)


def run_steps(session: Session, progress: Progress | None = None) -> RunRecord:
    """Settle every step of an open session in order, close it, and return the run."""
    try:
        for step in session.steps:
            before = session.recorder.computed
            result = session.step(step.name)
            if progress:
                progress(step.name, describe(result, made=session.recorder.computed > before))
        session.close()
    except BaseException as error:
        session.fail(error)
        raise
    return session.store.runs.get(session.run.id)


def describe(result: Result, *, made: bool) -> str:
    """Say in a few words what came of a step."""
    first: Sequence[object] | Absent | Pending = next(iter(result.values()))
    if isinstance(first, Absent):
        return f"absent: {first.reason}"
    return "computed" if made else "reused"
