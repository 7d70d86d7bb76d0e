"""The graph: roots, steps and the windows between them; one definition serves hand, runner and Airflow."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import overload

from components.runtime.component import Component
from components.runtime.errors import DefinitionError, nearest
from components.runtime.feeds import (
    Accepted,
    AsOf,
    EachOf,
    Feed,
    Graph,
    LedgerRoot,
    Outputs,
    Reads,
    Redelivery,
    Ref,
    SourceRoot,
    Step,
    WindowRef,
    each,
    steps_of,
    window,
)
from components.runtime.instants import Duration, shift
from components.runtime.spans import Calendar, Grain, Span
from components.runtime.value import Value
from components.runtime.window import Each
from components.runtime.wiring import check_arguments, check_group, check_known, check_own_past, check_spans

__all__ = [
    "Accepted", "AsOf", "EachOf", "Feed", "Graph", "LedgerRoot", "Outputs", "Pipeline", "Reads", "Ref", "SourceRoot", "Step", "WindowRef",
    "each", "window",
]  # fmt: skip

NAME = r"[a-z][a-z0-9_]*"


class Pipeline:
    """Roots and steps on one calendar. ``add`` checks names, types and cycles there and then.

    Parameters
    ----------
    name
        A lower-case identifier; tables, DAGs and folders are called by it.
    grain, zone
        The spans: hour, day, week or month, cut at the local edges of an IANA time zone. They never change after the first run.
    start, end
        Keys of the first and last span of the history; earlier spans are absent for the reason ``before-history``. No ``end``
        means that the data go on.
    lag
        How long after ``span.end`` a data run's as-of lies by default.

    """

    def __init__(self, name: str, *, grain: str, zone: str, start: str, end: str | None = None, lag: str = "0 days") -> None:
        if not re.fullmatch(NAME, name):
            raise DefinitionError(
                "not a pipeline's name", expected="lower-case letters, digits and underscores, a letter first", got=repr(name)
            )
        grains = [one.value for one in Grain]
        if grain not in grains:
            near = nearest(grain, grains)
            raise DefinitionError("unknown grain", where=f"pipeline {name}", expected=", ".join(grains), got=repr(grain), nearest=near)
        self.name = name
        self.calendar = Calendar(Grain(grain), zone)
        self.start: Span = self.calendar.span(start)
        self.end: Span | None = self.calendar.span(end) if end else None
        if self.end is not None and self.end < self.start:
            raise DefinitionError(
                "the history ends before it starts", where=f"pipeline {name}", expected=f"an end from {start}", got=str(end)
            )
        self.lag = Duration.parse(lag)
        self.as_of = AsOf()
        self.roots: dict[str, SourceRoot | LedgerRoot] = {}
        self.steps: dict[str, Step] = {}

    def source(self, name: str, reads: Reads, *, known_after: str = "0 days", redelivery: Redelivery = "merge") -> SourceRoot:
        """Declare a source of dated rows; its deliveries are the root."""
        root = SourceRoot(name, reads, Duration.parse(known_after), redelivery)
        self._declare(root)
        return root

    def schema(self, name: str = "schema") -> LedgerRoot:
        """Declare the approved schema (the draft is ``<name>.yaml`` beside ``pipeline.py``)."""
        root = LedgerRoot("schema", name)
        self._declare(root)
        return root

    def champion(self, name: str = "champion", *, until: AsOf | None = None) -> LedgerRoot:
        """Declare the champion: the model of the last blessing in the run's lane before the run's as-of, or before ``until``."""
        root = LedgerRoot("champion", name, until)
        self._declare(root)
        return root

    def accept(self, ref: Ref, *findings: Ref) -> Accepted:
        """Return ``ref`` guarded: absent where one of ``findings`` fails the span."""
        for one in findings:
            if one.made != "findings":
                raise DefinitionError("only findings accept or refuse a span", where=f"pipeline {self.name}", got=one.made)
        return Accepted(ref, findings)

    @overload
    def add(  # type: ignore[overload-overlap]  # an Each is a tuple, but one output
        self, component: "Component[..., Each[Value]]", *, name: str | None = None, group: str | None = None, **arguments: object
    ) -> Ref: ...
    @overload
    def add(
        self, component: "Component[..., tuple[Value, ...]]", *, name: str | None = None, group: str | None = None, **arguments: object
    ) -> Outputs: ...
    @overload
    def add(self, component: "Component[..., Value]", *, name: str | None = None, group: str | None = None, **arguments: object) -> Ref: ...
    def add(
        self, component: "Component[..., object]", *, name: str | None = None, group: str | None = None, **arguments: object
    ) -> "Ref | Outputs":
        """Add a step and return its output (or outputs, by name).

        Parameters
        ----------
        name
            The step's name; by default the component's.
        group
            Steps of one group are one task in Airflow; by default each step is its own.
        arguments
            The component's inputs and configuration by parameter name; an optional input may be given as None.

        """
        name = name or component.name
        optional = {parameter.name for parameter in component.inputs.values() if not parameter.required}
        arguments = {key: value for key, value in arguments.items() if value is not None or key not in optional}
        where = f"pipeline {self.name}, step '{name}'"
        if name in self.steps or not re.fullmatch(NAME, name):
            raise DefinitionError("a step's name", where=where, expected="lower-case letters, digits and underscores, each name once")
        check_arguments(where, component, arguments)
        feeds: dict[str, Feed] = {p: arguments[p] for p in component.inputs if p in arguments}  # type: ignore[misc]  # checked above
        for feed in feeds.values():
            check_known(where, feed, self.steps, self.roots)
        config = {p: arguments.get(p, parameter.default) for p, parameter in component.configuration.items()}
        mapped = next((p for p, value in (feeds | config).items() if isinstance(value, EachOf)), None)
        step = Step(name, component, feeds, config, self._graph_of(feeds), group or name, mapped)
        for check in (check_spans, check_own_past, check_group):
            check(where, step, self.steps)
        self.steps[name] = step
        refs = {o.name: Ref(name, o.name, o.type.kind, o.each or mapped is not None) for o in component.outputs.values()}
        return next(iter(refs.values())) if len(refs) == 1 else Outputs(refs)

    def of_graph(self, graph: Graph) -> list[Step]:
        """Return the steps of the data or the training graph, in the order they were added."""
        return [step for step in self.steps.values() if step.graph == graph]

    def groups(self, graph: Graph) -> dict[str, list[Step]]:
        """Return the steps of a graph by group, in order."""
        found: dict[str, list[Step]] = {}
        for step in self.of_graph(graph):
            found.setdefault(step.group, []).append(step)
        return found

    def span_as_of(self, span: Span) -> datetime:
        """Return the default as-of of a data run: ``span.end`` plus the pipeline's lag."""
        return shift(span.end, self.lag, self.calendar.zone)

    def newest_as_of(self, now: datetime) -> datetime:
        """Return ``now``, or for a pipeline whose history has ended the as-of of its last span."""
        return min(now, self.span_as_of(self.end)) if self.end else now

    def _declare(self, root: SourceRoot | LedgerRoot) -> None:
        if root.name in self.roots:
            raise DefinitionError(f"pipeline {self.name}: two roots are called '{root.name}'")
        self.roots[root.name] = root

    def _graph_of(self, feeds: Mapping[str, Feed]) -> Graph:
        """Tell whether a step belongs to the data graph (one span) or the training graph (as of a date)."""
        for feed in feeds.values():
            dated = isinstance(feed, AsOf) or (isinstance(feed, WindowRef) and feed.until is not None)
            champion = isinstance(feed, LedgerRoot) and feed.kind == "champion"
            windowed = isinstance(feed, WindowRef)
            training = not windowed and any(self.steps[name].graph == "training" for name in steps_of(feed))
            if dated or champion or training:
                return "training"
        return "data"
