"""Verification: a run's steps once more, on its own snapshot, compared with what was recorded."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from components.run.evaluation import Pending, Result, Task
from components.run.platforms import same_platform as on_same_platform
from components.run.recording import Recorder
from components.run.session import Session
from components.runtime.errors import StoreError
from components.runtime.graph import Pipeline
from components.runtime.keys import differing_parts
from components.store.blobs import Blobs
from components.store.records import ExecutionRecord
from components.store.store import Store

Outcome = Literal["same", "differs", "other-platform", "other-code"]


@dataclass(frozen=True)
class Checked:
    """One output, made again: the recorded digest, the one of now, and how they compare."""

    step: str
    span: str
    output: str
    recorded: str
    again: str
    outcome: Outcome
    note: str = ""


@dataclass
class Verifier:
    """Settles the run's own tasks by making them again in a scratch folder; what they read comes from the store."""

    recorder: Recorder
    scratch: Store
    recorded: Mapping[tuple[str, int], ExecutionRecord]
    same_platform: bool
    checked: list[Checked] = field(default_factory=list)

    def settle(self, task: Task) -> Result:
        """Return the recorded result of a task, after comparing it with a fresh one."""
        if not task.own:
            return self.recorder.settle(task)
        origin = self.recorded.get((task.step.name, task.position))
        if origin is None:  # a position that the run did not finish: there is nothing to compare, and nothing to make
            return dict.fromkeys(task.step.component.outputs, task.stops or Pending(task.step.name))
        outputs = self.recorder.executions.outputs(origin.id)
        key = task.key
        again = {}
        if key.digest == origin.key:
            again = Recorder(self.scratch, self.recorder.executions, self.recorder.run, self.recorder.attempt).make(task)
        for place, record in sorted(outputs.items()):
            title = f"{place[0]}[{place[1]}]" if place[1] else place[0]
            if place not in again:
                changed = ", ".join(differing_parts(origin.key_parts, key.parts))
                self.checked.append(Checked(task.step.name, task.label, title, record.digest, "", "other-code", changed))
                continue
            digest = again[place].digest
            outcome: Outcome = "same" if digest == record.digest else "differs" if self.same_platform else "other-platform"
            note = "declared to repeat in numbers, not in bytes" if outcome != "same" and task.step.component.repeats == "numbers" else ""
            self.checked.append(Checked(task.step.name, task.label, title, record.digest, digest, outcome, note))
        return {name: tuple(outputs[place] for place in sorted(outputs) if place[0] == name) for name in task.step.component.outputs}


def verify_run(store: Store, pipeline: Pipeline, identity: str) -> list[Checked]:
    """Make a run's own steps again with today's code and compare the bytes; the run itself does not change.

    A step whose key differs today (its code, configuration or inputs changed) is ``other-code``, with the parts that differ: there is
    nothing to compare. Bytes that differ on another kind of machine are ``other-platform``.
    """
    session = Session.resume(store, pipeline, identity)
    executions = session.recorder.executions
    finished = [one for one in executions.of_run(session.run.id) if one.own and one.state in ("COMPLETE", "CACHED")]
    if not finished:
        raise StoreError(f"run {session.run.id} has no finished step to verify", fix="run it to its end first")
    recorded = {(one.step, one.position): executions.get(one.reuses) if one.reuses else one for one in finished}
    with tempfile.TemporaryDirectory(prefix="almanac-verify-") as folder:
        scratch = Store(store.database, Blobs(Path(folder)), Path(folder))
        verifier = Verifier(session.recorder, scratch, recorded, on_same_platform(session.run.platform))
        session.evaluation.settle = verifier.settle
        for step in session.steps:
            if any(name == step.name for name, _ in recorded):
                session.evaluation.result(step, session.span, own=True)
        return verifier.checked
