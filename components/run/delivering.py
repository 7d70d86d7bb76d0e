"""Delivering: sources are read, and what is new in them lands as deliveries, each with the time from which it was known."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from components.runtime.canonical import canonical_json
from components.runtime.errors import DefinitionError
from components.runtime.graph import Pipeline, SourceRoot
from components.runtime.instants import from_micros, shift, to_micros
from components.store.records import DeliveryRecord, NewArtifact
from components.store.roots import NewDelivery
from components.store.store import Store

if TYPE_CHECKING:
    from components.ingestion.fingerprint import Hint
    from components.ingestion.partition import Reading
    from components.ingestion.sources.source import Source

logger = logging.getLogger("almanac.run")


def deliver(store: Store, pipeline: Pipeline) -> list[DeliveryRecord]:
    """Read every file of every source that changed since its last delivery, and return the new deliveries."""
    landings = [_Landing(store, pipeline, root) for root in pipeline.roots.values() if isinstance(root, SourceRoot)]
    return [one for landing in landings for one in landing.deliver()]


@dataclass(frozen=True)
class _Landing:
    """What one source brings. Its first load, however many files, is known by its lag after each span; later ones since they were seen."""

    store: Store
    pipeline: Pipeline
    root: SourceRoot

    def deliver(self) -> list[DeliveryRecord]:
        """Land what is new; the rule by which rows are known is fixed at the first delivery."""
        from components.ingestion.sources.source import Source

        reads = self.root.reads
        if not isinstance(reads, Source):
            raise DefinitionError(f"source '{self.root.name}' is a {type(reads).__name__}", expected="a Source such as CsvSource")
        self._check_rule()
        files = reads.files()
        return [one for file in files if (one := self._deliver(file, alone=files == [reads])) is not None]

    @cached_property
    def earlier(self) -> Sequence[DeliveryRecord]:
        """The source's deliveries before this one, oldest first."""
        return self.store.roots(self.pipeline.name).deliveries(self.root.name)

    def _deliver(self, file: "Source", *, alone: bool) -> DeliveryRecord | None:
        """Land one file, unless it is the one of its last delivery, or the same content came under another name.

        Size and modification time are the hint that it is; where they differ the content's sha256 decides. The same content declared
        otherwise is read again, and known since it was known.
        """
        from components.ingestion.partition import read_source

        declaration = hashlib.sha256(canonical_json(file.identity)).hexdigest()
        hint = file.fingerprint()
        ours = [one for one in self.earlier if alone or one.hint.get("location") == hint.location]
        if any(one.declaration == declaration and _same(one, hint) for one in ours[-1:]):
            return None
        same = [one for one in self.earlier if one.content_sha256 == hint.sha256 and (not alone or one in ours[-1:])]
        if any(one.declaration == declaration for one in same):
            logger.warning("%s: source-repeated: %s holds what was delivered before", self.root.name, hint.location)
            return None
        return self._record(read_source(file, self.pipeline.calendar), hint, declaration, ours, same[-1] if same else None)

    def _record(
        self, reading: "Reading", hint: "Hint", declaration: str, ours: Sequence[DeliveryRecord], same: DeliveryRecord | None
    ) -> DeliveryRecord | None:
        now = to_micros(datetime.now(UTC))
        observed = now if same is None else same.known_from
        assumed = not self.earlier or (same is not None and same.known_rule == "assumed")
        parts = self._changed_parts(reading, [] if same else ours, None if assumed else observed)
        keys = list(reading.parts)
        mark = {"size": hint.size, "mtime_ns": hint.mtime_ns, "location": hint.location}
        new = NewDelivery(
            self.root.name, reading.content_sha256, declaration, mark, "assumed" if assumed else "observed", str(self.root.known_after),
            min((part.known_at for part in parts), default=now), keys[0] if keys else "", keys[-1] if keys else "", reading.counts["read"],
            reading.counts["partitioned"], reading.counts["quarantined"], parts,
            self.store.put(reading.quarantine, "", now) if reading.quarantine else None,
        )  # fmt: skip
        recorded = self.store.roots(self.pipeline.name).record(new)
        if recorded:
            since = f"{self.root.known_after} after each span (assumed)" if assumed else f"since {from_micros(observed):%Y-%m-%d}"
            logger.info(
                "%s: delivery %d, %d rows in %d spans, %d quarantined, %d local times that occur twice; known %s", self.root.name,
                recorded.version, recorded.n_read, len(parts), recorded.n_quarantined, reading.n_ambiguous, since,
            )  # fmt: skip
        return recorded

    def _changed_parts(self, reading: "Reading", ours: Sequence[DeliveryRecord], observed: int | None) -> list[NewArtifact]:
        """Publish the rows of each span that differ from the file's deliveries before, known since ``observed``.

        Without ``observed`` they are known as the source's first load: its lag after each span.
        """
        numbers = {one.id for one in ours}
        parts = self.store.roots(self.pipeline.name).parts(self.root.name) if ours else {}
        before = {key: [part.digest for number, part in found if number in numbers][-1:] for key, found in parts.items()}
        found = []
        for key, rows in reading.parts.items():
            assumed = shift(self.pipeline.calendar.span(key).end, self.root.known_after, self.pipeline.calendar.zone)
            part = self.store.put(rows, key, to_micros(assumed) if observed is None else observed)
            if before.get(key) != [part.digest]:
                found.append(part)
        return found

    def _check_rule(self) -> None:
        if self.earlier and self.earlier[0].known_after != str(self.root.known_after):
            raise DefinitionError(
                f"source '{self.root.name}': known_after cannot change after the first delivery",
                where=f"pipeline {self.pipeline.name}",
                expected=repr(self.earlier[0].known_after),
                got=repr(str(self.root.known_after)),
                fix="give the changed source a name of its own",
            )


def _same(one: DeliveryRecord, hint: "Hint") -> bool:
    """Tell whether a file is certainly that of a delivery without reading it, or is by its digest."""
    mark = {"size": hint.size, "mtime_ns": hint.mtime_ns, "location": hint.location}
    return (hint.mtime_ns is not None and dict(one.hint) == mark) or one.content_sha256 == hint.sha256
