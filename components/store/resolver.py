"""The resolver: which root versions a step reads at a span, as of an instant; it reads roots only."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from components.runtime.errors import DataError
from components.runtime.graph import LedgerRoot, Pipeline, SourceRoot
from components.runtime.holidays import is_holiday
from components.runtime.instants import shift, to_micros
from components.runtime.spans import Span
from components.runtime.window import Absent
from components.store.known_roots import KnownRoots
from components.store.records import ArtifactRecord, DeliveryRecord, LedgerEntry
from components.store.roots import Snapshot

T = TypeVar("T")

BEGINNING = to_micros(datetime.fromisoformat("0001-01-01T00:00Z"))
NEVER = to_micros(datetime.fromisoformat("9999-12-31T00:00Z"))


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What the roots say, and the as-ofs [since, until) over which they say the same; in microseconds."""

    found: T
    since: int = BEGINNING
    until: int = NEVER


class Resolver:
    """Answers from one snapshot, so that a retry, a clear and ``verify`` see what the first try saw.

    An earlier as-of than the snapshot's narrows the answer to what was known then; it never widens it.
    """

    def __init__(self, pipeline: Pipeline, roots: KnownRoots, snapshot: Snapshot) -> None:
        self.pipeline = pipeline
        self.snapshot = snapshot
        self._roots = roots
        self._readable = {source: _current(roots.deliveries[source], numbers) for source, numbers in snapshot.deliveries.items()}

    def limit(self, as_of: datetime) -> int:
        """Return the as-of in microseconds, the snapshot's at most."""
        return min(to_micros(as_of), self.snapshot.as_of)

    def deliveries(self, root: SourceRoot, span: Span, as_of: datetime) -> Answer[tuple[ArtifactRecord, ...] | Absent]:
        """Return the deliveries' parts of a span known by ``as_of``, later ones last; or why there are none."""
        if span < self.pipeline.start:
            return Answer(Absent("before-history"))
        limit, readable = self.limit(as_of), self._readable.get(root.name, frozenset())
        parts = self._roots.parts(root.name).get(span.key, [])
        known = self._in_force(root, [(number, part) for number, part in parts if number in readable and part.known_at <= limit])
        until = min((part.known_at for _, part in parts if part.known_at > limit), default=NEVER)
        if known:
            return Answer(known, max(part.known_at for part in known), until)
        if root.reads.holidays is not None:
            return self._expected(root, span, limit, until)
        reaching = {one.id: self._reaches(root, one, span) for one in self._roots.deliveries.get(root.name, ())}
        until = min([until, *(since for since in reaching.values() if since > limit)])
        since = min((since for number, since in reaching.items() if number in readable), default=NEVER)
        return Answer(Absent("empty"), since, until) if since <= limit else Answer(Absent("no-delivery"), BEGINNING, until)

    def _expected(self, root: SourceRoot, span: Span, limit: int, until: int) -> Answer[tuple[ArtifactRecord, ...] | Absent]:
        """Return why a span has no rows by the source's calendar: a holiday is empty once its rows would have been known."""
        if is_holiday(span, root.reads.holidays or ()):
            over = to_micros(shift(span.end, root.known_after, self.pipeline.calendar.zone))
            if over <= limit:
                return Answer(Absent("empty"), over, until)
            until = min(until, over)
        return Answer(Absent("no-delivery"), BEGINNING, until)

    def schema(self, root: LedgerRoot, span: Span, as_of: datetime) -> Answer[LedgerEntry]:
        """Return the newest approved schema in force for the span; without one the run is refused."""
        limit, start = self.limit(as_of), to_micros(span.start)
        ours = [e for e in self._roots.entries("schema") if e.subject == root.name and e.effective_from <= start]
        known = [e for e in ours if e.id in self.snapshot.ledger and e.known_at <= limit]
        if not known:
            raise DataError(
                f"no approved schema '{root.name}' is in force on {span.key}",
                where=f"pipeline {self.pipeline.name}",
                fix=f"approve one that is: `almanac schema approve {self.pipeline.name} --name {root.name} --effective-from {span.key}`",
            )
        until = min((e.known_at for e in ours if e.known_at > limit), default=NEVER)
        return Answer(max(known, key=lambda e: (e.effective_from, e.known_at, e.id)), max(e.known_at for e in known), until)

    def champion(self, root: LedgerRoot) -> LedgerEntry | None:
        """Return the blessing that names the champion as of the run, or as of the root's own date; None where the lane had none before it."""
        number = self.snapshot.champion if root.until is None else self.snapshot.champions.get(root.name)
        return next((entry for entry in self._roots.entries("blessing") if entry.id == number), None)

    def _reaches(self, root: SourceRoot, one: DeliveryRecord, span: Span) -> int:
        """Return since when a delivery without rows of the span is known to reach over it; never where it does not."""
        calendar = self.pipeline.calendar
        if not one.n_partitioned or not calendar.span(one.first_span) <= span <= calendar.span(one.last_span):
            return NEVER
        if one.known_rule not in ("assumed", "column"):
            return one.known_from
        over = to_micros(shift(span.end, root.known_after, calendar.zone))
        return max(over, one.known_from) if one.known_rule == "column" else over

    def _in_force(self, root: SourceRoot, parts: Sequence[tuple[int, ArtifactRecord]]) -> tuple[ArtifactRecord, ...]:
        """Return the parts of a span that count: all of them, or the last of each file where a later delivery replaces."""
        if root.redelivery == "merge":
            return tuple(part for _, part in parts)
        files = {one.id: one.hint.get("file", "") for one in self._roots.deliveries.get(root.name, ())}
        last = {files[number]: (number, part) for number, part in parts}
        return tuple(part for number, part in parts if last[files[number]] == (number, part))


def _current(deliveries: Sequence[DeliveryRecord], numbers: Sequence[int]) -> frozenset[int]:
    """Return the numbered deliveries without those whose content the next one, or the next of the same file, read again as declared anew."""
    ours = [one for one in deliveries if one.id in numbers]
    files: dict[object, list[DeliveryRecord]] = {}
    for one in ours:
        files.setdefault(one.hint.get("file", ""), []).append(one)
    again = {
        one.id
        for group in [ours, *files.values()]
        for one, after in itertools.pairwise(group)
        if one.content_sha256 == after.content_sha256 and one.declaration != after.declaration
    }
    return frozenset(one.id for one in ours if one.id not in again)
