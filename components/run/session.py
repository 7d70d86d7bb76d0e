"""A run from end to end: opened, its steps one by one, decided, closed; the runner and every Airflow task go through here."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.artifacts.findings import Findings
from components.run.alarms import raise_alarms
from components.run.basis import Basis
from components.run.completion import complete_evaluations
from components.run.decisions import settle_decisions
from components.run.evaluation import Evaluation, Pending, Result
from components.run.leakage import record_proofs
from components.run.opening import Request, open_run
from components.run.recording import Recorder
from components.runtime.feeds import WindowRef, steps_of
from components.runtime.graph import Pipeline, Step
from components.runtime.instants import from_micros
from components.runtime.resources import INLINE, Engine
from components.runtime.spans import Span
from components.runtime.window import Absent
from components.store.records import ArtifactRecord, RunRecord
from components.store.resolver import Resolver
from components.store.roots import Snapshot
from components.store.store import Store

if TYPE_CHECKING:
    from components.run.workers import Workers

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
    basis: Basis | None = None
    workers: "Workers | None" = None
    failed: bool = False
    """Whether a check failed the span, known once the run is closed."""

    @classmethod
    def open(cls, store: Store, pipeline: Pipeline, request: Request, *, engine: Engine = INLINE, basis: Basis | None = None) -> "Session":
        """Open the run of a request (or the one opened earlier under its key) for a new attempt.

        Runs of one ``basis`` read the same roots, and share what they find: it is for requests without a key of their own.
        """
        record = open_run(store, pipeline, request, basis)
        return cls(store, pipeline, record, store.runs.attempt(record.id), engine, basis)

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

    def __post_init__(self) -> None:
        """Stand on the roots of now, where no others are given."""
        basis = self.basis or Basis(self.store, self.pipeline)
        resolver = Resolver(self.pipeline, basis.roots, Snapshot.from_json(self.run.snapshot))
        self.recorder = Recorder(self.store, basis.executions, self.run.id, self.attempt, self.engine, self.store.memo)
        as_of = from_micros(self.run.as_of)
        self.evaluation = Evaluation(self.store, self.pipeline, resolver, as_of, self.recorder.settle, basis.results, basis.load)

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

    def settle(self, step: Step) -> Result:
        """Settle one step for the run: many positions of a mapped one in processes, where there are any."""
        if self.workers is None or step.mapped is None or (width := self.width(step.name)) < self.workers.least:
            return self.evaluation.result(step, self.span, own=True)
        self.recorder.flush()
        self.recorder.computed += self.workers.settle(self, step.name, width)
        return self.evaluation.result(step, self.span)

    def look_ahead(self, names: Sequence[str]) -> None:
        """Fetch in one query what was computed of all spans that some steps can read: a process that joins walks the graph anew."""
        end = self.span.end if self.span else from_micros(self.run.as_of)
        reach = max(_reach(self.pipeline, self.pipeline.steps[name]) for name in names)
        self.recorder.executions.look_ahead([span.key for span in self.pipeline.calendar.ending_by(end, reach + 1)])

    def close(self) -> str:
        """Settle what the run decided and close it; return the verdict, one sentence."""
        records = self.store.run(self.run.id).artifacts
        for proof in record_proofs(self.store, self.run, records):
            logger.info("no leak: %s", proof.sentence)
        raise_alarms(self.store, self.pipeline, self.run, records)
        verdict = settle_decisions(self.store, self.pipeline, self.run, records) or self._data_verdict(records)
        if self.run.graph == "training":
            for entry in complete_evaluations(self.store, self.pipeline, self.run):
                logger.info("late labels completed the evaluation of run %s: ledger entry %d", entry.value["run"], entry.id)
        self.run = self.store.runs.close(self.run.id, "COMPLETE", verdict)
        return verdict

    def fail(self, error: BaseException) -> None:
        """Close the run as FAILED, or as CANCELED where a person or a signal stopped it."""
        broken = isinstance(error, Exception)
        self.store.runs.close(self.run.id, "FAILED" if broken else "CANCELED", str(error) if broken else "stopped before its end")

    def _data_verdict(self, records: Mapping[str, ArtifactRecord]) -> str:
        """Say in one sentence what the steps of a data run found."""
        failed = [name for name, record in records.items() if record.summary.get("failed") and "." not in name]
        self.failed = bool(failed)
        if failed:
            told = f"{self.run.span}: {' and '.join(failed)} failed the span; nothing downstream of it ran"
            values = [value for name in failed if isinstance(value := self.store.load(records[name]), Findings)]
            worst = next((one for value in values for one in value.findings if one.severity == "fail"), None)
            return told if worst is None else f"{told}: {worst.code} {worst.where}: {worst.message}{f'; {worst.fix}' if worst.fix else ''}"
        in_order = [records[step.name] for step in self.steps if step.name in records]
        rows = next((record.summary["n_rows"] for record in in_order if "n_rows" in record.summary), None)
        warnings = sum(int(r.summary.get("warn", 0)) for name, r in records.items() if "." not in name)
        aside = sum(int(r.summary["n_rows"]) for r in {r.id: r for r in records.values() if r.kind == "quarantined_rows"}.values())
        set_aside = f"{aside} set aside, " if aside else ""
        return f"{self.run.span}: {rows if rows is not None else 'no'} rows, {set_aside}{warnings} warning{'s' if warnings != 1 else ''}"


def run_graph(
    store: Store, pipeline: Pipeline, request: Request, *, engine: Engine = INLINE, progress: Progress | None = None,
    workers: "Workers | None" = None,
) -> RunRecord:  # fmt: skip
    """Run a whole graph in this process, with workers, and return the closed run; an error closes it as FAILED and is raised."""
    session = Session.open(store, pipeline, request, engine=engine)
    session.workers = workers
    return run_steps(session, progress)


def run_steps(session: Session, progress: Progress | None = None) -> RunRecord:
    """Settle every step of an open session in order, close it, and return the run."""
    with closing(session):
        for step in session.steps:
            before = session.recorder.computed
            result = session.settle(step)
            if progress:
                progress(step.name, describe(result, made=session.recorder.computed > before))
    return session.run


@contextmanager
def closing(session: Session) -> Iterator[None]:
    """Close an open session after a block; an error in it closes the run as FAILED and is raised."""
    try:
        yield
        session.recorder.flush()
        session.close()
    except BaseException as error:
        session.recorder.flush()
        session.fail(error)
        raise


def _reach(pipeline: Pipeline, step: Step) -> int:
    """Count the spans before its own (before the as-of, of a training step) that a step reads, and what it is made from."""
    windows = {name: feed.n + (0 if feed.until else feed.back - 1) for name, feed in step.feeds.items() if isinstance(feed, WindowRef)}
    above = {name: max((_reach(pipeline, pipeline.steps[one]) for one in steps_of(feed)), default=0) for name, feed in step.feeds.items()}
    return max((above[name] + windows.get(name, 0) for name in above), default=0)


def describe(result: Result, *, made: bool) -> str:
    """Say in a few words what came of a step."""
    first: Sequence[object] | Absent | Pending = next(iter(result.values()))
    if isinstance(first, Absent):
        return f"absent: {first.reason}"
    return "computed" if made else "reused"
