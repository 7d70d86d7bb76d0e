"""Evaluation: the graph walked for one span or as-of; each step's inputs are found the same way whoever asks.

Nothing here looks for "the latest": a derived artifact is what its step makes of the roots, found by key or made.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TypeAlias, TypeVar

from components.runtime.errors import DataError
from components.runtime.graph import Accepted, AsOf, EachOf, Feed, LedgerRoot, Pipeline, Ref, SourceRoot, Step, WindowRef
from components.runtime.instants import to_micros
from components.runtime.keys import Key, make_key
from components.runtime.spans import Span
from components.runtime.value import Value
from components.runtime.window import Absent, Window
from components.store.records import ArtifactRecord, LedgerEntry
from components.store.resolver import BEGINNING, NEVER, Answer, Resolver
from components.store.store import Store

T = TypeVar("T")


@dataclass(frozen=True)
class Pending:
    """An output that a plan has not made: its step would have to run first."""

    step: str


Found: TypeAlias = ArtifactRecord | Absent | Pending
Result: TypeAlias = Mapping[str, tuple[ArtifactRecord, ...] | Absent | Pending]


@dataclass(frozen=True)
class Fed:
    """One input, found: its plain form for the key, the artifacts in it, and how to make the value."""

    plain: object
    records: tuple[ArtifactRecord, ...] = ()
    make: Callable[[], object] = lambda: None
    stops: Absent | Pending | None = None
    known_at: int | None = None


@dataclass(frozen=True)
class Task:
    """One execution to settle: a step at a span (None: of the training graph) as of an instant, and its inputs."""

    step: Step
    span: Span | None
    as_of: datetime
    position: int
    inputs: Mapping[str, Fed]
    config: Mapping[str, object]
    own: bool

    @cached_property
    def label(self) -> str:
        """The span that the outputs belong to: the step's own, or from the first to the last of its windows (without one, of its inputs)."""
        if self.span is not None:
            return self.span.key
        windows = [fed for name, fed in self.inputs.items() if isinstance(self.step.feeds.get(name), WindowRef)]
        read = [record for fed in windows or self.inputs.values() for record in fed.records]
        keys = [key for record in read for key in record.span.split("/") if key]
        return f"{min(keys)}/{max(keys)}" if keys else ""

    @property
    def known_at(self) -> int:
        """The latest ``known_at`` of the inputs, an as-of among them; the span's end where there are none."""
        times = [record.known_at for fed in self.inputs.values() for record in fed.records]
        times += [fed.known_at for fed in self.inputs.values() if fed.known_at is not None]
        return max(times, default=to_micros(self.span.end) if self.span else 0)

    @property
    def stops(self) -> Absent | Pending | None:
        """Why it cannot run: the first required input that is absent or pending."""
        return next((fed.stops for fed in self.inputs.values() if fed.stops is not None), None)

    @cached_property
    def key(self) -> Key:
        """The cache key."""
        return make_key(self.step.component, self.config, {name: fed.plain for name, fed in self.inputs.items()}, self.label)

    @property
    def title(self) -> str:
        """Step and span, for messages."""
        return f"{self.step.name} {self.label}".strip()


Settle: TypeAlias = Callable[[Task], Result]


Results: TypeAlias = dict[tuple[str, str], list[Answer[Result]]]
"""What is known of steps, by name and span key, each over the as-ofs at which it holds."""


class Evaluation:
    """Walks the graph from a wanted step to the roots; ``settle`` finds, makes or plans each execution on the way.

    A result holds as long as no root below it says something else, so ``results`` may be shared by the runs of a backfill: all of them
    must read the same roots, each as of its own date.
    """

    def __init__(
        self, store: Store, pipeline: Pipeline, resolver: Resolver, as_of: datetime, settle: Settle, results: Results | None = None,
        load: Callable[[ArtifactRecord], Value] | None = None,
    ) -> None:  # fmt: skip
        self.store = store
        self.load = load or store.load
        self.pipeline = pipeline
        self.resolver = resolver
        self.as_of = as_of
        self.settle = settle
        self._results = {} if results is None else results
        self._decided: dict[int, ArtifactRecord] = {}
        self._holds = (BEGINNING, NEVER)  # the as-ofs over which all that was heard so far in the current step holds

    def result(self, step: Step, span: Span | None, as_of: datetime | None = None, *, own: bool = False) -> Result:
        """Return a step's outputs by name: its artifacts (several where it is mapped or returns a list), or why there are none."""
        moment = as_of or self.as_of
        limit = self.resolver.limit(moment)
        known = self._results.setdefault((step.name, span.key if span else ""), [])
        answer = None if own else next((one for one in known if one.since <= limit < one.until), None)
        if answer is None:
            with self._apart():
                found = self._evaluate(step, span, moment, own=own)
                answer = Answer(found, *self._holds)
            known.insert(0, answer)
        return self._heard(answer)

    @contextmanager
    def _apart(self) -> Iterator[None]:
        """Gather in a place of its own how long what is heard inside holds."""
        outer, self._holds = self._holds, (BEGINNING, NEVER)
        try:
            yield
        finally:
            self._holds = outer

    def _heard(self, answer: Answer[T]) -> T:
        since, until = self._holds
        self._holds = max(since, answer.since), min(until, answer.until)
        return answer.found

    def _now_only(self) -> None:
        """Bind the current step to this run's as-of."""
        now = self.resolver.limit(self.as_of)
        self._heard(Answer(None, now, now + 1))

    def _evaluate(self, step: Step, span: Span | None, as_of: datetime, *, own: bool) -> Result:
        if step.mapped is None:
            return self.settle(self._task(step, span, as_of, None, own=own))
        results = [self.position(step, span, position, as_of=as_of, own=own) for position in range(self.width(step, span, as_of))]
        merged: dict[str, tuple[ArtifactRecord, ...] | Absent | Pending] = {}
        for name in step.component.outputs:
            found = [result[name] for result in results]
            stop = next((one for one in found if isinstance(one, Absent | Pending)), None)
            merged[name] = stop or tuple(record for one in found if isinstance(one, tuple) for record in one)
        return merged

    def position(self, step: Step, span: Span | None, position: int, *, as_of: datetime | None = None, own: bool = False) -> Result:
        """Return the outputs of one position of a mapped step."""
        return self.settle(self._task(step, span, as_of or self.as_of, position, own=own))

    def width(self, step: Step, span: Span | None, as_of: datetime | None = None) -> int:
        """Count the positions of a mapped step; a plain step has one."""
        if step.mapped is None:
            return 1
        over = self._fan(step).over
        if not isinstance(over, Ref):
            return len(over)
        found = self.result(self.pipeline.steps[over.step], span, as_of)[over.output]
        return len(found) if isinstance(found, tuple) else 1

    def _fan(self, step: Step) -> EachOf:
        fan = step.feeds.get(str(step.mapped), step.config.get(str(step.mapped)))
        if not isinstance(fan, EachOf):
            raise TypeError(f"step {step.name} is mapped over {step.mapped}, which is no fan-out")
        return fan

    def _task(self, step: Step, span: Span | None, as_of: datetime, position: int | None, *, own: bool) -> Task:
        """Find every input of one execution."""
        inputs = {}
        for name, parameter in step.component.inputs.items():
            if parameter.shape == "span" or name in step.feeds:
                inputs[name] = self.fed(step, name, span, as_of, position or 0)
        config = {
            name: value.over[position or 0] if isinstance(value, EachOf) and isinstance(value.over, tuple) else value
            for name, value in step.config.items()
        }
        return Task(step, span, as_of, position or 0, inputs, config, own)

    def fed(self, step: Step, name: str, span: Span | None, as_of: datetime | None = None, position: int = 0) -> Fed:
        """Find one input of a step; what it is made of is settled on the way."""
        shape = step.component.inputs[name].shape
        if shape == "span":
            return self._span(step, span)
        return self._fed(step, step.feeds[name], shape, span, as_of or self.as_of, position)

    def _span(self, step: Step, span: Span | None) -> Fed:
        if span is None:
            raise DataError(f"step '{step.name}' wants its span, but it runs as of a date")
        return Fed([span.key, to_micros(span.start), to_micros(span.end)], (), lambda: span)

    def _fed(self, step: Step, feed: Feed, shape: str, span: Span | None, as_of: datetime, position: int) -> Fed:
        match feed:
            case AsOf():
                instant = feed.resolve(self.as_of, self.pipeline.calendar)
                self._now_only()
                return Fed(to_micros(instant), (), lambda: instant, None, to_micros(instant))
            case WindowRef():
                return self._window(step, feed, span, as_of)
            case EachOf(over=Ref() as ref):
                return self._list(self._records(ref, span, as_of), shape, position)
            case SourceRoot() | LedgerRoot() | Ref() | Accepted():
                return self._list(self._records(feed, span, as_of), shape, 0)
            case _:
                raise TypeError(f"step {step.name}: {feed!r} feeds nothing")

    def _list(self, found: tuple[ArtifactRecord, ...] | Absent | Pending, shape: str, position: int) -> Fed:
        """Return one value or a list of them, absent or None where there is nothing."""
        if isinstance(found, Pending):
            return Fed(None, stops=found)
        if isinstance(found, Absent):
            return Fed(["absent", found.reason], stops=None if shape == "optional" else found)
        if shape == "sequence":
            return Fed([_plain(record) for record in found], found, lambda: [self.load(record) for record in found])
        record = found[position]
        return Fed(_plain(record), (record,), lambda: self.load(record))

    def _records(
        self, feed: SourceRoot | LedgerRoot | Ref | Accepted, span: Span | None, as_of: datetime
    ) -> tuple[ArtifactRecord, ...] | Absent | Pending:
        match feed:
            case Ref(step=name, output=output):
                return self.result(self.pipeline.steps[name], span, as_of)[output]
            case Accepted(ref=ref, findings=findings):
                return self._accepted(ref, findings, span, as_of)
            case SourceRoot():
                return self._heard(self.resolver.deliveries(feed, self._of_span(feed.name, span), as_of))
            case LedgerRoot(kind="schema"):
                entry = self._heard(self.resolver.schema(feed, self._of_span(feed.name, span), as_of))
                return (self._decided_on(entry),)
            case LedgerRoot():
                champion = self.resolver.champion(feed)
                self._now_only()
                return (self._decided_on(champion),) if champion else Absent("no-champion")

    def _decided_on(self, entry: LedgerEntry) -> ArtifactRecord:
        """Return the artifact that a decision names; every span of a window asks for the same schema."""
        if entry.id not in self._decided:
            self._decided[entry.id] = self.store.artifact(int(str(entry.value["artifact"])))
        return self._decided[entry.id]

    def _of_span(self, root: str, span: Span | None) -> Span:
        if span is None:
            raise DataError(f"root '{root}' is read span by span; a training step reads it through a window of a data step")
        return span

    def _accepted(
        self, ref: Ref, findings: tuple[Ref, ...], span: Span | None, as_of: datetime
    ) -> tuple[ArtifactRecord, ...] | Absent | Pending:
        for finding in findings:
            found = self._records(finding, span, as_of)
            if not isinstance(found, tuple):
                return found
            if any(record.summary["failed"] for record in found):
                return Absent("failed-validation")
        return self._records(ref, span, as_of)

    def _window(self, step: Step, feed: WindowRef, span: Span | None, as_of: datetime) -> Fed:
        calendar = self.pipeline.calendar
        if feed.until is not None:
            as_of = feed.until.resolve(self.as_of, calendar)
            spans = calendar.ending_by(as_of, feed.n)
            with self._apart():
                entries = [self._entry(feed, one, as_of) for one in spans]
            self._now_only()
        elif span is not None:
            spans = calendar.ending_by(calendar.previous(span, feed.back - 1).start, feed.n)
            entries = [self._entry(feed, one, as_of) for one in spans]
        else:
            raise DataError(f"step '{step.name}' runs as of a date: its window wants until=pipeline.as_of")
        pending = next((entry for entry in entries if isinstance(entry, Pending)), None)
        if pending is None:
            _check_window(step, feed, spans, entries)
        records = tuple(entry for entry in entries if isinstance(entry, ArtifactRecord))
        plain = [
            _plain(e) if isinstance(e, ArtifactRecord) else [s.key, "absent", getattr(e, "reason", "")]
            for s, e in zip(spans, entries, strict=True)
        ]

        def make() -> Window[object]:
            return Window(tuple(spans), tuple(self.load(e) if isinstance(e, ArtifactRecord) else e for e in entries))

        return Fed(plain, records, make, pending)

    def _entry(self, feed: WindowRef, span: Span, as_of: datetime) -> Found:
        if span < self.pipeline.start:
            return Absent("before-history")
        found = self._records(feed.ref, span, as_of)
        return found[0] if isinstance(found, tuple) else found


def _plain(record: ArtifactRecord) -> list[str]:
    return [record.span, record.kind, record.digest]


def _check_window(step: Step, feed: WindowRef, spans: list[Span], entries: list[Found]) -> None:
    """Raise where absences stop the step: any of them with ``block``, too few values with ``minimum``."""
    absent = [(span, entry) for span, entry in zip(spans, entries, strict=True) if isinstance(entry, Absent)]
    present = len(spans) - len(absent)
    if present >= feed.minimum and not (absent and feed.on_absent == "block"):
        return
    listed = ", ".join(f"{span.key} ({entry.reason})" for span, entry in absent[:5]) + (", …" if len(absent) > 5 else "")  # noqa: PLR2004
    raise DataError(
        f"step '{step.name}' wants {feed.minimum or feed.n} spans of {feed.made} from {spans[0].key} to {spans[-1].key}, "
        f"{present} are there; absent: {listed}",
        fix="deliver or mend those spans, shorten the window, or allow gaps with on_absent='skip' and a lower minimum",
    )
