"""Recording: each execution is found by its key and reused, or claimed, computed, published and recorded once."""

import logging
import resource
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from components.run.evaluation import Pending, Result, Task
from components.runtime.errors import PipelineError
from components.runtime.instants import to_micros
from components.runtime.keys import Key, make_key
from components.runtime.resources import INLINE, Engine
from components.runtime.value import Value
from components.runtime.window import Absent
from components.store.executions import LEASE_SECONDS, Claim, Executions, Hit, Placed, Started
from components.store.records import ArtifactRecord, NewArtifact
from components.store.store import Store

logger = logging.getLogger("almanac.run")

Made = Mapping[tuple[str, int], ArtifactRecord]


@dataclass
class Recorder:
    """Settles the tasks of one attempt of one run. CACHED and ABSENT executions are written together by :meth:`flush`."""

    store: Store
    executions: Executions
    run: str
    attempt: int
    engine: Engine = INLINE
    computed: int = 0
    reused: int = 0
    _waiting: dict[str, list[tuple[Started, int | None]]] = field(default_factory=lambda: {"CACHED": [], "ABSENT": []})

    def settle(self, task: Task) -> Result:
        """Return the task's outputs: absent where a required input is, reused where the key is known, else computed."""
        stop = next((fed.stops for fed in task.inputs.values() if fed.stops is not None), None)
        names = task.step.component.outputs
        if stop is not None:
            self._note_absence(task, stop)
            return dict.fromkeys(names, stop)
        key = make_key(task.step.component, task.config, {name: fed.plain for name, fed in task.inputs.items()})
        hit = self._hit(key)
        if hit is not None:
            self.reused += 1
            if task.own:
                self._waiting["CACHED"].append((self._started(task, key, parts=False), hit.execution))
            made: Made = hit.outputs
        else:
            made = self._compute(task, key)
        return {name: tuple(made[place] for place in sorted(made) if place[0] == name) for name in names}

    def flush(self) -> None:
        """Write the executions that had nothing to compute."""
        for state, rows in self._waiting.items():
            if rows:
                self.executions.reuse(rows, "CACHED" if state == "CACHED" else "ABSENT")
                rows.clear()

    def _hit(self, key: Key) -> Hit | None:
        """Return a complete execution of the key whose blobs are all there; one that lost a blob no longer counts."""
        hit = self.executions.find(key.digest)
        if hit is None or all(self.store.blobs.holds(a.kind, a.digest) for a in hit.outputs.values()):
            return hit
        logger.warning("execution %d lost a blob: its step runs again", hit.execution)
        self.executions.lose(hit)
        return None

    def _compute(self, task: Task, key: Key) -> Made:
        """Claim the key and run the component; where somebody else is at it, wait one lease for them first."""
        started = self._started(task, key)
        held = self.executions.claim(started)
        if held is None:
            logger.info("%s: another process computes it; waiting up to %.0f s", _title(task), LEASE_SECONDS)
            hit = self.executions.wait(key.digest)
            if hit is not None:
                self.reused += 1
                self._waiting["CACHED"].append((self._started(task, key, parts=False), hit.execution))
                return hit.outputs
            held = self.executions.claim(started, steal=True)
        if held is None:
            raise AssertionError("a stolen claim is always granted")
        return self._run_claimed(task, held)

    def _run_claimed(self, task: Task, held: Claim) -> Made:
        began, cpu = time.monotonic(), time.process_time()
        try:
            with _renewal(self.executions, held):
                outputs = self.make(task)
        except BaseException as error:
            failed = isinstance(error, Exception)
            self.executions.fail(held, "FAILED" if failed else "CANCELED", f"{type(error).__name__}: {error}" if failed else "interrupted")
            if isinstance(error, PipelineError) and error.where is None:
                error.where = _title(task)
            raise
        inputs = [Placed(name, i, record.id) for name, fed in task.inputs.items() for i, record in enumerate(fed.records)]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        made = self.executions.complete(held, inputs, outputs, cpu_ms=int((time.process_time() - cpu) * 1000), peak_kb=peak)
        self.computed += 1
        logger.info(
            "%s: made %s in %.2f s", _title(task), ", ".join(f"{a.kind} {a.digest[:8]}" for a in made.values()), time.monotonic() - began
        )
        return made

    def make(self, task: Task) -> dict[tuple[str, int], NewArtifact]:
        """Run the component on its values and publish what it returns."""
        component = task.step.component
        values = {name: fed.make() for name, fed in task.inputs.items()}
        resources = dict.fromkeys(component.resources, self.engine)
        returned = component.named(component(**values, **task.config, **resources))
        label = task.label
        known_at = max(task.known_at, to_micros(task.span.end) if task.span and not task.known_at else 0)
        outputs = {}
        for output in component.outputs.values():
            found = returned[output.name]
            for position, value in enumerate(found if output.each and isinstance(found, tuple) else (found,)):
                if not isinstance(value, output.type) or not isinstance(value, Value):
                    raise TypeError(f"{component.name} returned {type(value).__name__} as '{output.name}', declared {output.type.__name__}")
                outputs[output.name, position] = self.store.put(value, label, known_at)
        return outputs

    def _started(self, task: Task, key: Key, *, parts: bool = True) -> Started:
        libraries = {str(name): str(found) for name, found in dict(key.parts["libraries"]).items()}  # type: ignore[call-overload]
        return Started(
            self.run, self.attempt, task.own, task.step.name, task.position, task.step.component.name, task.label, key.digest,
            key.parts if parts else {}, libraries,
        )  # fmt: skip

    def _note_absence(self, task: Task, stop: Absent | Pending) -> None:
        if isinstance(stop, Pending) or not task.own:
            return
        row = Started(
            self.run, self.attempt, True, task.step.name, task.position, task.step.component.name, task.label, "", {"absent": stop.reason}, {}  # noqa: FBT003
        )  # fmt: skip
        self._waiting["ABSENT"].append((row, None))


def _title(task: Task) -> str:
    return f"{task.step.name} {task.label}".strip()


@contextmanager
def _renewal(executions: Executions, held: Claim) -> Iterator[None]:
    """Renew the claim every third of its lease while the body runs."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(LEASE_SECONDS / 3):
            executions.renew(held)

    timer = threading.Thread(target=renew, name="almanac-lease", daemon=True)
    timer.start()
    try:
        yield
    finally:
        done.set()
        timer.join()
