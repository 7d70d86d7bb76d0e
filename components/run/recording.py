"""Recording: each execution is found by its key and reused, or claimed, computed, published and recorded once."""

import logging
import resource
import sys
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from components.run.evaluation import Pending, Result, Task
from components.runtime.errors import PipelineError
from components.runtime.keys import Key
from components.runtime.resources import FORGETFUL, INLINE, Engine
from components.runtime.value import Value
from components.runtime.window import Absent
from components.store.executions import Claim, Executions, Hit, Made, Placed, Settled, Started
from components.store.memo import MemoFolder
from components.store.records import NewArtifact
from components.store.store import Store

logger = logging.getLogger("almanac.run")


@dataclass
class Recorder:
    """Settles the tasks of one attempt of one run. CACHED and ABSENT executions are written together by :meth:`flush`."""

    store: Store
    executions: Executions
    run: str
    attempt: int
    engine: Engine = INLINE
    memo: MemoFolder | None = None
    computed: int = 0
    reused: int = 0
    _settled: list[Settled] = field(default_factory=list)

    def settle(self, task: Task) -> Result:
        """Return the task's outputs: absent where a required input is, reused where the key is known, else computed."""
        names = task.step.component.outputs
        if task.stops is not None:
            self._note_absence(task, task.stops)
            return dict.fromkeys(names, task.stops)
        hit = self._hit(task.key)
        made = self._compute(task) if hit is None else self._reuse(task, hit)
        return {name: tuple(made[place] for place in sorted(made) if place[0] == name) for name in names}

    def flush(self) -> None:
        """Write the executions that had nothing to compute."""
        self.executions.note(self._settled)
        self._settled.clear()

    def _hit(self, key: Key) -> Hit | None:
        """Return a complete execution of the key whose blobs are all there; one that lost a blob no longer counts."""
        hit = self.executions.find(key.digest)
        if hit is None or all(self.store.blobs.holds(a.kind, a.digest) for a in hit.outputs.values()):
            return hit
        logger.warning("execution %d lost a blob: its step runs again", hit.execution)
        self.executions.lose(key.digest, hit)
        return None

    def _reuse(self, task: Task, hit: Hit) -> Made:
        self.reused += 1
        if task.own:
            self._settled.append(Settled(self._started(task, parts=False), "CACHED", hit.execution))
        return hit.outputs

    def _compute(self, task: Task) -> Made:
        """Claim the key and run the component; where somebody else is at it, wait one lease for them first."""
        self.flush()  # executions are numbered in the order of their steps
        steal = False
        while (held := self.executions.claim(self._started(task), steal=steal)) is None:
            logger.info("%s: another process computes it; waiting up to %.0f s", task.title, self.executions.lease_seconds)
            hit = self.executions.wait(task.key.digest)
            if hit is not None:
                return self._reuse(task, hit)
            steal = True
        try:
            return self._run_claimed(task, held)
        except BaseException as error:
            if isinstance(error, PipelineError) and error.where is None:
                error.where = task.title
            failed = isinstance(error, Exception)
            self.executions.fail(held, "FAILED" if failed else "CANCELED", f"{type(error).__name__}: {error}" if failed else "interrupted")
            raise

    def _run_claimed(self, task: Task, held: Claim) -> Made:
        began, cpu = time.monotonic(), time.process_time()
        with _renewal(self.executions, held):
            outputs = self.make(task)
            used = {
                "cpu_ms": int((time.process_time() - cpu) * 1000),
                "peak_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1),
            }
            inputs = [Placed(name, i, record.id) for name, fed in task.inputs.items() for i, record in enumerate(fed.records)]
            steal = False
            while (made := self.executions.complete(held, inputs, outputs, steal=steal, **used)) is None:
                winner = self.executions.wait(held.key)
                if winner is not None:
                    self.executions.fail(held, "CANCELED", f"execution {winner.execution} recorded the key first")
                    return self._reuse(task, winner)
                steal = True
        self.computed += 1
        artifacts = ", ".join(f"{a.kind} {a.digest[:8]}" for a in made.values())
        logger.info("%s: made %s in %.2f s", task.title, artifacts, time.monotonic() - began)
        return made

    def make(self, task: Task) -> dict[tuple[str, int], NewArtifact]:
        """Run the component on its values and publish what it returns."""
        component = task.step.component
        values = {name: fed.make() for name, fed in task.inputs.items()}
        every = {"engine": self.engine, "memo": StepMemo(self.memo, task) if self.memo else FORGETFUL}
        resources = {name: every[name] for name in component.resources}
        returned = component.named(component(**values, **task.config, **resources))
        outputs = {}
        for output in component.outputs.values():
            found = returned[output.name]
            for position, value in enumerate(found if output.each and isinstance(found, tuple) else (found,)):
                if not isinstance(value, output.type) or not isinstance(value, Value):
                    raise TypeError(f"{component.name} returned {type(value).__name__} as '{output.name}', declared {output.type.__name__}")
                outputs[output.name, position] = self.store.put(value, task.label, task.known_at)
        return outputs

    def _started(self, task: Task, *, parts: bool = True) -> Started:
        key = task.key
        return Started(
            self.run, self.attempt, task.own, task.step.name, task.position, task.step.component.name, task.label, key.digest,
            key.parts if parts else {}, key.libraries,
        )  # fmt: skip

    def _note_absence(self, task: Task, stop: Absent | Pending) -> None:
        if task.own and isinstance(stop, Absent):
            row = Started(
                self.run, self.attempt, task.own, task.step.name, task.position, task.step.component.name, task.label, "",
                {"absent": stop.reason}, {},
            )  # fmt: skip
            self._settled.append(Settled(row, "ABSENT"))


@dataclass(frozen=True)
class StepMemo:
    """The memo of one step: the store's folder, and the digests of what the step was given."""

    folder: MemoFolder
    task: Task

    def digest_of(self, parameter: str) -> str | None:
        """Return the digest of the one artifact that a parameter was given, None for none and for several."""
        fed = self.task.inputs.get(parameter)
        return fed.records[0].digest if fed and len(fed.records) == 1 else None

    def find(self, keys: Collection[str]) -> dict[str, memoryview]:
        """Return the content of those keys that are there."""
        return self.folder.find(keys)

    def keep(self, entries: Mapping[str, bytes | memoryview]) -> None:
        """Keep the content of each key."""
        self.folder.keep(entries)


@contextmanager
def _renewal(executions: Executions, held: Claim) -> Iterator[None]:
    """Renew the claim every third of its lease while the body runs."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(executions.lease_seconds / 3):
            try:
                executions.renew(held)
            except SQLAlchemyError as error:
                logger.warning("the claim was not renewed (%s); at worst somebody else computes the same", error)

    timer = threading.Thread(target=renew, name="almanac-lease", daemon=True)
    timer.start()
    try:
        yield
    finally:
        done.set()
        timer.join()
