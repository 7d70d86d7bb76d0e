"""The resolver: which root versions a step reads at a span, as of an instant; it reads roots only."""

from datetime import datetime
from functools import cached_property

from components.runtime.errors import DataError
from components.runtime.graph import LedgerRoot, Pipeline, SourceRoot
from components.runtime.instants import shift, to_micros
from components.runtime.spans import Span
from components.runtime.window import Absent
from components.store.ledger import Ledger
from components.store.records import ArtifactRecord, DeliveryRecord, LedgerEntry
from components.store.roots import Roots, Snapshot


class Resolver:
    """Answers from one snapshot, so that a retry, a clear and ``verify`` see what the first try saw.

    An earlier as-of than the snapshot's narrows the answer to what was known then; it never widens it.
    """

    def __init__(self, pipeline: Pipeline, roots: Roots, ledger: Ledger, snapshot: Snapshot) -> None:
        self.pipeline = pipeline
        self.snapshot = snapshot
        self._roots = roots
        self._ledger = ledger
        self._parts: dict[str, dict[str, list[tuple[int, ArtifactRecord]]]] = {}

    def deliveries(self, root: SourceRoot, span: Span, as_of: datetime) -> list[ArtifactRecord] | Absent:
        """Return the deliveries' parts of a span known by ``as_of``, later ones last; or why there are none."""
        if span < self.pipeline.start:
            return Absent("before-history")
        limit = min(to_micros(as_of), self.snapshot.as_of)
        if root.name not in self._parts:
            self._parts[root.name] = self._roots.parts(self.snapshot.deliveries.get(root.name, ()))
        parts = [part for _, part in self._parts[root.name].get(span.key, [])]
        known = [part for part in parts if part.known_at <= limit]
        if known:
            return known
        return Absent("empty" if not parts and self._covered(root, span, limit) else "no-delivery")

    def schema(self, root: LedgerRoot, span: Span, as_of: datetime) -> LedgerEntry:
        """Return the newest approved schema in force for the span; without one the run is refused."""
        limit = min(to_micros(as_of), self.snapshot.as_of)
        start = to_micros(span.start)
        ours = [e for e in self._schemas if e.subject == root.name and e.known_at <= limit and e.effective_from <= start]
        if not ours:
            raise DataError(
                f"no approved schema '{root.name}' is in force on {span.key}",
                where=f"pipeline {self.pipeline.name}",
                fix=f"approve one that is: `almanac approve {self.pipeline.name} {root.name} --effective-from {span.key}`",
            )
        return max(ours, key=lambda e: (e.effective_from, e.known_at, e.id))

    @cached_property
    def champion(self) -> LedgerEntry | None:
        """The blessing that names the champion, or None where the lane has none before this as-of."""
        if self.snapshot.champion is None:
            return None
        return next(entry for entry in self._ledger.entries("blessing") if entry.id == self.snapshot.champion)

    @cached_property
    def _schemas(self) -> list[LedgerEntry]:
        return [entry for entry in self._ledger.entries("schema") if entry.id in self.snapshot.ledger]

    @cached_property
    def _readable(self) -> list[DeliveryRecord]:
        numbers = {number for of_source in self.snapshot.deliveries.values() for number in of_source}
        return [one for one in self._roots.deliveries() if one.id in numbers]

    def _covered(self, root: SourceRoot, span: Span, limit: int) -> bool:
        """Tell whether a delivery known by then reaches over the span: then no rows means an empty span."""
        calendar = self.pipeline.calendar
        if to_micros(shift(span.end, root.known_after, calendar.zone)) > limit:
            return False
        reaching = [one for one in self._readable if one.source == root.name and one.n_partitioned]
        return any(calendar.span(one.first_span) <= span <= calendar.span(one.last_span) for one in reaching)
