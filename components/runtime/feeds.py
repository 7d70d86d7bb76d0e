"""What feeds a step: roots, outputs of other steps, windows and fan-outs; and the step itself."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeAlias, get_args

from components.runtime.component import Component
from components.runtime.errors import DefinitionError, nearest
from components.runtime.instants import Duration, shift
from components.runtime.spans import Calendar

Graph = Literal["data", "training"]
OnAbsent = Literal["block", "skip"]


Redelivery = Literal["merge", "replace"]


class Reads(Protocol):
    """What a pipeline keeps of a source declaration: the run layer reads it, the graph only names it."""

    @property
    def identity(self) -> Mapping[str, object]:
        """The declaration in plain values, without secrets."""

    @property
    def known_column(self) -> object:
        """What says of each row since when it is known; None where nothing does."""

    @property
    def holidays(self) -> Collection[str] | None:
        """The spans of which nothing is expected; None where no calendar tells."""

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
    """Deliveries of one source. ``known_after`` is the lag after ``span.end`` that the first load is assumed to have had.

    A later delivery of a file is merged with its earlier ones, row by row, or replaces the spans that it changed: what it lacks is then
    deleted.
    """

    name: str
    reads: Reads = field(compare=False, repr=False)
    known_after: Duration
    redelivery: Redelivery = "merge"
    made: str = "delivery"


@dataclass(frozen=True)
class LedgerRoot:
    """A value that the ledger points to: the newest one of ``kind`` in force (``schema``, ``champion``), a champion as of ``until``."""

    kind: Literal["schema", "champion"]
    name: str
    until: AsOf | None = None

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
        return list(dict.fromkeys(name for feed in self.feeds.values() for name in steps_of(feed)))


class NoSuchOutput(DefinitionError, AttributeError):  # noqa: N818 - it says what is wrong as its base does
    """A step has no output of that name."""


class Outputs:
    """The outputs of a step that has several, by name."""

    def __init__(self, refs: Mapping[str, Ref]) -> None:
        self._refs = refs

    def __getattr__(self, name: str) -> Ref:
        """Return the output called ``name``."""
        if name.startswith("_") or name not in self._refs:
            raise NoSuchOutput(f"there is no output '{name}'", expected=", ".join(self._refs), nearest=nearest(name, self._refs))
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
    match = re.fullmatch(r"([1-9]\d*) spans?", length.strip())
    if not match:
        raise DefinitionError("not a window's length", expected="a count of spans such as '28 spans'", got=repr(length))
    where = f"window of '{length}'"
    if back < 1:
        raise DefinitionError("a span's step may read only earlier spans", where=where, expected="back of at least 1", got=str(back))
    if on_absent not in get_args(OnAbsent):
        near = nearest(on_absent, get_args(OnAbsent))
        raise DefinitionError("unknown on_absent", where=where, expected="'block' or 'skip'", got=repr(on_absent), nearest=near)
    if not 0 <= minimum <= int(match[1]):
        raise DefinitionError("no window holds so many", where=where, expected=f"minimum of 0 to {match[1]}", got=str(minimum))
    return WindowRef(ref, int(match[1]), until, back, on_absent, minimum)


def each(over: "Sequence[object] | Ref") -> EachOf:
    """Return a fan-out over a list of configuration values, or over a step's output declared ``Each[...]``."""
    if isinstance(over, Ref) and not over.each:
        raise DefinitionError(f"'{over.step}' makes one {over.made}", expected="a list of values, or an output declared Each[...]")
    if not isinstance(over, Ref) and not over:
        raise DefinitionError("there is nothing to fan out over", expected="at least one value")
    return EachOf(over if isinstance(over, Ref) else tuple(over))


def steps_of(feed: Feed) -> list[str]:
    """Name the steps that a feed reads."""
    match feed:
        case Ref(step=step):
            return [step]
        case Accepted(ref=ref, findings=findings):
            return [ref.step, *(finding.step for finding in findings)]
        case WindowRef(ref=ref):
            return steps_of(ref)
        case EachOf(over=Ref(step=step)):
            return [step]
        case _:
            return []
