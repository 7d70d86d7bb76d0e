"""The graph: roots, steps and the windows between them; one definition serves hand, runner and Airflow."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from components.runtime.component import Component, Input
from components.runtime.errors import DefinitionError, nearest
from components.runtime.instants import Duration, shift
from components.runtime.spans import Calendar, Span

Graph = Literal["data", "training"]
OnAbsent = Literal["block", "skip"]


class Reads(Protocol):
    """What a pipeline keeps of a source declaration: the run layer reads it, the graph only names it."""

    @property
    def identity(self) -> Mapping[str, object]:
        """The declaration in plain values, without secrets."""

    def fingerprint(self) -> object:
        """Look at the source: what tells whether it changed."""


@dataclass(frozen=True)
class AsOf:
    """The run's as-of date, moved back by whole durations in the pipeline's zone."""

    back: tuple[Duration, ...] = ()

    def minus(self, duration: str | Duration) -> "AsOf":
        """Return the instant ``duration`` earlier ("10 days" keeps the local wall clock)."""
        return AsOf((*self.back, Duration.parse(duration) if isinstance(duration, str) else duration))

    def resolve(self, as_of: datetime, calendar: Calendar) -> datetime:
        """Return the instant for a run as of ``as_of``."""
        for duration in self.back:
            as_of = shift(as_of, duration, calendar.zone, -1)
        return as_of


@dataclass(frozen=True)
class SourceRoot:
    """Deliveries of one source. ``known_after`` is the lag after ``span.end`` that the first load is assumed to have had."""

    name: str
    reads: Reads = field(compare=False, repr=False)
    known_after: Duration
    made: str = "delivery"


@dataclass(frozen=True)
class LedgerRoot:
    """A value that the ledger points to: the newest one of ``kind`` in force (``schema``, ``champion``)."""

    kind: Literal["schema", "champion"]
    name: str

    @property
    def made(self) -> str:
        """The kind of value that the ledger's row names."""
        return "model" if self.kind == "champion" else self.kind


@dataclass(frozen=True)
class Ref:
    """One output of one step, at the span (or run) of whoever reads it."""

    step: str
    output: str
    made: str
    each: bool = False


@dataclass(frozen=True)
class Accepted:
    """A step's output where no findings fail; where one fails it is absent for the reason ``failed-validation``."""

    ref: Ref
    findings: tuple[Ref, ...]

    @property
    def made(self) -> str:
        """The kind of the output that is guarded."""
        return self.ref.made


@dataclass(frozen=True)
class WindowRef:
    """The last ``n`` spans before an anchor, of one input.

    With ``until``, the anchor is that as-of: the last span ends at or before it, and every root below is read as of it. Without,
    the anchor is the reading step's own span, and the last span of the window lies ``back`` spans before it (at least one).
    """

    ref: "Ref | Accepted"
    n: int
    until: AsOf | None = None
    back: int = 1
    on_absent: OnAbsent = "block"
    minimum: int = 0

    @property
    def made(self) -> str:
        """The kind of one entry."""
        return self.ref.made


@dataclass(frozen=True)
class EachOf:
    """A fan-out: over plain configuration values known at parse time, or over a step's list of values."""

    over: "tuple[object, ...] | Ref"


Feed: TypeAlias = Ref | Accepted | WindowRef | SourceRoot | LedgerRoot | AsOf | EachOf


@dataclass(frozen=True)
class Step:
    """A component in its place: what feeds it, and its configuration."""

    name: str
    component: "Component[..., object]" = field(compare=False)
    feeds: Mapping[str, Feed]
    config: Mapping[str, object]
    graph: Graph
    group: str
    mapped: str | None = None

    @property
    def upstream(self) -> list[str]:
        """The steps that this one reads, each once, in order."""
        return list(dict.fromkeys(name for feed in self.feeds.values() for name in _steps_of(feed)))


class Outputs:
    """The outputs of a step that has several, by name."""

    def __init__(self, refs: Mapping[str, Ref]) -> None:
        self._refs = refs

    def __getattr__(self, name: str) -> Ref:
        """Return the output called ``name``."""
        if name.startswith("_") or name not in self._refs:
            raise AttributeError(f"no output '{name}'; there are {', '.join(self._refs)}")
        return self._refs[name]


def window(
    ref: "Ref | Accepted",
    length: str,
    *,
    until: AsOf | None = None,
    back: int = 1,
    on_absent: OnAbsent = "block",
    minimum: int = 0,
) -> WindowRef:
    """Return the last spans of ``ref`` before an anchor; see :class:`WindowRef`.

    Parameters
    ----------
    length
        ``"28 spans"``.
    on_absent
        ``"block"``: an absent span stops the step. ``"skip"``: the component sees ``Absent`` with its reason.
    minimum
        Spans that must be there; with fewer the step is blocked.

    """
    match = re.fullmatch(r"(\d+) spans?", length.strip())
    if not match or int(match[1]) < 1:
        raise DefinitionError(f"window length {length!r}: expected a count of spans such as '28 spans'")
    if until is None and back < 1:
        raise DefinitionError(f"window of '{length}': back={back}; a span's step may read only earlier spans, so back is at least 1")
    return WindowRef(ref, int(match[1]), until, back, on_absent, minimum)


def each(over: "Sequence[object] | Ref") -> EachOf:
    """Return a fan-out over a list of configuration values, or over a step's output declared ``Each[...]``."""
    return EachOf(over if isinstance(over, Ref) else tuple(over))


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
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise DefinitionError(f"pipeline name {name!r}: expected lower-case letters, digits and underscores, a letter first")
        self.name = name
        self.calendar = Calendar(grain, zone)
        self.start: Span = self.calendar.span(start)
        self.end: Span | None = self.calendar.span(end) if end else None
        self.lag = Duration.parse(lag)
        self.as_of = AsOf()
        self.roots: dict[str, SourceRoot | LedgerRoot] = {}
        self.steps: dict[str, Step] = {}

    def source(self, name: str, reads: Reads, *, known_after: str = "0 days") -> SourceRoot:
        """Declare a source of dated rows; its deliveries are the root."""
        root = SourceRoot(name, reads, Duration.parse(known_after))
        self._declare(root)
        return root

    def schema(self, name: str = "schema") -> LedgerRoot:
        """Declare the approved schema (the draft is ``<name>.yaml`` beside ``pipeline.py``)."""
        root = LedgerRoot("schema", name)
        self._declare(root)
        return root

    def champion(self) -> LedgerRoot:
        """Declare the champion: the model of the last blessing in the run's lane before the run's as-of."""
        root = LedgerRoot("champion", "champion")
        self._declare(root)
        return root

    def accept(self, ref: Ref, *findings: Ref) -> Accepted:
        """Return ``ref`` guarded: absent where one of ``findings`` fails the span."""
        return Accepted(ref, findings)

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
            The component's inputs and configuration by parameter name.

        """
        step_name = name or component.name
        if step_name in self.steps:
            raise DefinitionError(f"pipeline {self.name}: two steps are called '{step_name}'; give one of them name=")
        known = [*component.inputs, *component.configuration]
        for argument in arguments:
            if argument not in known:
                raise DefinitionError(
                    f"{component.name} has no parameter '{argument}'",
                    where=f"pipeline {self.name}, step '{step_name}'",
                    expected=", ".join(known),
                    nearest=nearest(argument, known),
                )
        feeds, config, mapped = self._wire(step_name, component, arguments)
        step = Step(step_name, component, feeds, config, self._graph_of(feeds), group or step_name, mapped)
        self._refuse_own_kind(step)
        self._refuse_bare_span(step)
        self.steps[step_name] = step
        gathered = mapped is not None
        refs = {o.name: Ref(step_name, o.name, o.type.kind, o.each or gathered) for o in component.outputs.values()}
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

    def _wire(
        self, step: str, component: "Component[..., object]", arguments: Mapping[str, object]
    ) -> tuple[dict[str, Feed], dict[str, object], str | None]:
        """Sort the arguments into feeds and configuration, checking each against its parameter."""
        feeds: dict[str, Feed] = {}
        mapped = None
        for parameter in component.inputs.values():
            if parameter.name in arguments:
                feed = arguments[parameter.name]
                _check_feed(f"pipeline {self.name}, step '{step}'", parameter, feed)
                feeds[parameter.name] = feed  # type: ignore[assignment]
                mapped = parameter.name if isinstance(feed, EachOf) else mapped
            elif parameter.required and parameter.shape != "span":
                raise DefinitionError(f"pipeline {self.name}, step '{step}': input '{parameter.name}' of {component.name} is not given")
        config = {}
        for parameter_name, parameter_ in component.configuration.items():
            config[parameter_name] = arguments.get(parameter_name, parameter_.default)
            if config[parameter_name] is parameter_.empty:
                raise DefinitionError(f"pipeline {self.name}, step '{step}': configuration '{parameter_name}' is not given")
            if isinstance(config[parameter_name], EachOf):
                if mapped:
                    raise DefinitionError(f"pipeline {self.name}, step '{step}': it is mapped over '{mapped}' already; one fan-out a step")
                mapped = parameter_name
        return feeds, config, mapped

    def _graph_of(self, feeds: Mapping[str, Feed]) -> Graph:
        """Tell whether a step belongs to the data graph (one span) or the training graph (as of a date)."""
        for feed in feeds.values():
            dated = isinstance(feed, AsOf) or (isinstance(feed, WindowRef) and feed.until is not None)
            champion = isinstance(feed, LedgerRoot) and feed.kind == "champion"
            windowed = isinstance(feed, WindowRef)
            training = not windowed and any(self.steps[name].graph == "training" for name in _steps_of(feed))
            if dated or champion or training:
                return "training"
        return "data"

    def _refuse_bare_span(self, step: Step) -> None:
        """Refuse a training step that reads a data step without a window: it would not know which span."""
        for parameter, feed in step.feeds.items():
            bare = not isinstance(feed, WindowRef) and any(self.steps[name].graph == "data" for name in _steps_of(feed))
            if step.graph == "training" and (bare or isinstance(feed, SourceRoot)):
                raise DefinitionError(
                    f"'{parameter}' is of one span, but the step runs as of a date",
                    where=f"pipeline {self.name}, step '{step.name}'",
                    fix=f"say which spans: {parameter}=window(…, '28 spans', until=pipeline.as_of)",
                )

    def _refuse_own_kind(self, step: Step) -> None:
        """Refuse a window over a kind that the step makes, or that is made from it (design: no step feeds on its own past)."""
        made = {output.type.kind for output in step.component.outputs.values()}
        for parameter, feed in step.feeds.items():
            if isinstance(feed, WindowRef) and feed.until is None and feed.made in made:
                raise DefinitionError(
                    f"pipeline {self.name}, step '{step.name}': '{parameter}' is a window of {feed.made}, which the step makes "
                    "itself; a step may not feed on its own past, or the answer would depend on the order of the backfill"
                )


def _check_feed(where: str, parameter: Input, feed: object) -> None:
    """Refuse a feed whose shape or type is not the parameter's."""
    expected = parameter.type.kind if parameter.type else parameter.shape
    if parameter.shape == "as_of":
        if not isinstance(feed, AsOf):
            raise DefinitionError(f"{where}: '{parameter.name}' expects pipeline.as_of, got {type(feed).__name__}")
        return
    inner = feed.over if isinstance(feed, EachOf) else feed
    if not isinstance(inner, Ref | Accepted | WindowRef | SourceRoot | LedgerRoot):
        raise DefinitionError(f"{where}: '{parameter.name}' expects {expected} from a step or root, got {type(feed).__name__}")
    wants_window = parameter.shape == "window"
    if wants_window != isinstance(inner, WindowRef):
        raise DefinitionError(f"{where}: '{parameter.name}' expects {'a' if wants_window else 'no'} window(...) of {expected}")
    if inner.made != expected:
        raise DefinitionError(f"{where}: '{parameter.name}' expects {expected}, got {inner.made}")
    lists = isinstance(inner, SourceRoot) or (isinstance(inner, Ref) and inner.each and not isinstance(feed, EachOf))
    if (parameter.shape == "sequence") != lists:
        raise DefinitionError(
            f"{where}: '{parameter.name}' expects {'a list' if parameter.shape == 'sequence' else 'one value'} of {expected}"
        )


def _steps_of(feed: Feed) -> list[str]:
    """Name the steps that a feed reads."""
    match feed:
        case Ref(step=step):
            return [step]
        case Accepted(ref=ref, findings=findings):
            return [ref.step, *(finding.step for finding in findings)]
        case WindowRef(ref=ref):
            return _steps_of(ref)
        case EachOf(over=Ref(step=step)):
            return [step]
        case _:
            return []
