"""Planning: what a run would reuse, recompute or find blocked, and why, before anything runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from components.run.basis import Basis
from components.run.evaluation import Evaluation, Pending, Result, Task
from components.run.opening import take_snapshot
from components.runtime.errors import DataError
from components.runtime.graph import Graph, Pipeline
from components.runtime.instants import from_micros
from components.runtime.keys import differing_parts
from components.runtime.spans import Span
from components.runtime.window import Absent
from components.store.executions import Executions
from components.store.records import Lane
from components.store.resolver import Resolver
from components.store.store import Store


@dataclass(frozen=True)
class PlannedStep:
    """One execution of a plan: ``reuse``, ``recompute``, ``absent`` or ``blocked``, why, and the seconds that the like of it took last."""

    step: str
    span: str
    action: str
    why: str
    seconds: float = 0.0
    own: bool = True


@dataclass
class Planner:
    """Settles tasks without running any: a known key is reused, an unknown one pends, and so does all that reads it."""

    store: Store
    executions: Executions
    seconds: Mapping[str, float]
    planned: list[PlannedStep] = field(default_factory=list)

    def settle(self, task: Task) -> Result:
        """Return the artifacts of a known key, or pending outputs; note either."""
        names = task.step.component.outputs
        stop = task.stops
        if isinstance(stop, Absent):
            self._note(task, "absent", stop.reason)
            return dict.fromkeys(names, stop)
        if isinstance(stop, Pending):
            self._note(task, "recompute", f"'{stop.step}' before it is recomputed; equal bytes would stop the rebuild here")
            return dict.fromkeys(names, Pending(task.step.name))
        key = task.key
        hit = self.executions.find(key.digest)
        if hit is not None and all(self.store.blobs.holds(a.kind, a.digest) for a in hit.outputs.values()):
            self._note(task, "reuse", f"execution {hit.execution}")
            return {name: tuple(hit.outputs[place] for place in sorted(hit.outputs) if place[0] == name) for name in names}
        last = self.executions.last(task.step.name, task.label)
        why = "; ".join(differing_parts(last.key_parts, key.parts)) if last else "never computed"
        self._note(task, "recompute", f"changed: {why}" if last and why else why or "its blob is gone")
        return dict.fromkeys(names, Pending(task.step.name))

    def _note(self, task: Task, action: str, why: str) -> None:
        seconds = self.seconds.get(task.step.component.name, 0.0) if action == "recompute" else 0.0
        name = f"{task.step.name}[{task.position}]" if task.step.mapped else task.step.name
        self.planned.append(PlannedStep(name, task.label, action, why, seconds, task.own))


@dataclass(frozen=True)
class Plan:
    """What the store says of one graph, at a span or as of a date."""

    steps: tuple[PlannedStep, ...]

    @cached_property
    def counts(self) -> dict[str, int]:
        """The number of executions by action."""
        return {action: sum(s.action == action for s in self.steps) for action in ("reuse", "recompute", "absent", "blocked")}

    @property
    def seconds(self) -> float:
        """The estimated seconds of all that would be recomputed."""
        return sum(step.seconds for step in self.steps)


def plan_graph(store: Store, pipeline: Pipeline, graph: Graph, span: Span | None, as_of: datetime, lane: Lane) -> Plan:
    """Return the plan of a graph on the roots known by ``as_of``; nothing is read from a source and nothing is written."""
    executions = store.executions(pipeline.name)
    planner = Planner(store, executions, executions.mean_seconds())
    basis = Basis(store, pipeline)
    snapshot = take_snapshot(basis, as_of, lane)
    resolver = Resolver(pipeline, basis.roots, snapshot)
    evaluation = Evaluation(store, pipeline, resolver, from_micros(snapshot.as_of), planner.settle)
    for step in pipeline.of_graph(graph):
        try:
            evaluation.result(step, span, own=True)
        except DataError as error:
            planner.planned.append(PlannedStep(step.name, span.key if span else "", "blocked", error.message))
    return Plan(tuple(planner.planned))
