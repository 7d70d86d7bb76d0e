"""Delivering: sources are read, and what is new in them lands as deliveries, each with the time from which it was known."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, cast

from components.artifacts.findings import MAX_EXAMPLES, Finding
from components.artifacts.tiles import TILE_ROWS
from components.run.judging import Judge
from components.run.known_rules import Known, check_rules, column_of, known_of
from components.runtime.canonical import canonical_json
from components.runtime.errors import DataError, DefinitionError
from components.runtime.graph import Pipeline, SourceRoot
from components.runtime.instants import from_micros, shift, to_micros
from components.runtime.spans import Span
from components.store.records import ArtifactRecord, DeliveryRecord, NewArtifact
from components.store.roots import NewDelivery
from components.store.store import Store

if TYPE_CHECKING:
    from components.ingestion.fingerprint import Hint
    from components.ingestion.partition import Reading
    from components.ingestion.sources.event_time import Dump
    from components.ingestion.sources.source import Source

NO_ACCESS = ("source-denied", "source-unreachable")
"""What concerns all files of a source: the next one is not asked for."""

PUBLISHERS = 4
"""Spans that are published side by side: most of the time goes into waiting for the disk. Of large spans two, for memory."""

logger = logging.getLogger("almanac.run")


class SpansUnreadError(DataError):
    """Files could not be read whose names tell which spans lack their rows; every other file has landed."""

    def __init__(self, spans: "Mapping[str, DataError]", landed: "Sequence[DeliveryRecord]") -> None:
        findings = [one for error in dict.fromkeys(spans.values()) for one in error.findings]
        super().__init__(f"files of {len(spans)} spans cannot be read: {', '.join(sorted(spans)[:MAX_EXAMPLES])}", findings)
        self.spans = spans
        self.landed = landed


def deliver(store: Store, pipeline: Pipeline, as_of: datetime | None = None) -> list[DeliveryRecord]:
    """Read every file of every source that changed since its last delivery, and return the new deliveries.

    What is wrong with a source is recorded: too few rows or none, the same file again, no access. With ``as_of`` spans whose rows should be
    there by then are missed too.

    Raises
    ------
    SpansUnreadError
        If files could not be read that are the only ones of some spans; all others have landed.
    DataError
        If a source could not be read, or a file whose name does not tell its spans.
    """
    standing = store.source_findings(pipeline.name).standing()
    roots = [root for root in pipeline.roots.values() if isinstance(root, SourceRoot)]
    landings = [_Landing(store, pipeline, root, Judge(store, pipeline, root, standing)) for root in roots]
    landed = [one for landing in landings for one in landing.deliver(as_of)]
    unread = {key: error for landing in landings for key, error in landing.unread.items()}
    if unread:
        raise SpansUnreadError(unread, landed)
    return landed


def deliver_for(store: Store, pipeline: Pipeline, span: Span | None, as_of: datetime | None = None) -> Sequence[DeliveryRecord]:
    """Deliver for a run of one span, or of none: what other spans lack is recorded and does not stop it."""
    try:
        return deliver(store, pipeline, as_of)
    except SpansUnreadError as error:
        if span is not None and span.key in error.spans:
            raise error.spans[span.key] from None
        return error.landed


@dataclass(frozen=True)
class _Landing:
    """What one source brings. Its first load, however many files, is known by its lag after each span; later ones since they were seen."""

    store: Store
    pipeline: Pipeline
    root: SourceRoot
    judge: Judge
    reached: set[str] = field(default_factory=set)
    landed: list[DeliveryRecord] = field(default_factory=list)
    unread: dict[str, DataError] = field(default_factory=dict)
    """Why spans lack rows, by key."""

    def deliver(self, as_of: datetime | None) -> list[DeliveryRecord]:
        """Land what is new; the rule by which rows are known is fixed at the first delivery."""
        from components.ingestion.sources.source import Source

        reads = self.root.reads
        if not isinstance(reads, Source):
            raise DefinitionError(f"source '{self.root.name}' is a {type(reads).__name__}", expected="a Source such as CsvSource")
        check_rules(self.pipeline, self.root, self.earlier)
        try:
            files = reads.files()
            for file in files:
                self._land(file, alone=files == [reads])
        except DataError as error:
            self.judge.fail(error)
            raise
        self.judge.conclude(self.reached, self.earlier, self.landed, as_of)
        return self.landed

    def _land(self, file: "Source", *, alone: bool) -> None:
        """Land a file; one that cannot be read is kept in mind where its name tells its spans, and else ends the look.

        What an earlier delivery of the file held stays in force.
        """
        try:
            if (one := self._deliver(file, alone=alone)) is not None:
                self.landed.append(one)
        except DataError as error:
            spans = self._spans(file)
            if not spans or any(one.code in NO_ACCESS for one in error.findings):
                raise
            self.judge.meet_broken(file.location, spans, error)
            if not any(one.hint.get("file") == file.location for one in self.earlier):
                self.unread.update(dict.fromkeys(spans, error))

    def _spans(self, file: "Source") -> list[str]:
        """Return the keys of the spans that a file is named for."""
        from components.ingestion.sources.known import spans_named

        return spans_named(cast("Source", self.root.reads).location, file.location, self.pipeline.calendar)

    @cached_property
    def earlier(self) -> Sequence[DeliveryRecord]:
        """The source's deliveries before this one, oldest first."""
        return self.store.roots(self.pipeline.name).deliveries(self.root.name)

    def _deliver(self, file: "Source", *, alone: bool) -> DeliveryRecord | None:
        """Land one file, unless it is the one of its last delivery, or the same content came under another name.

        Size and modification time are the hint that it is; where they differ the content's sha256 decides. The same content declared
        otherwise is read again, and known since it was known.
        """
        from components.ingestion.fingerprint import DumpHint
        from components.ingestion.partition import read_source

        declaration = hashlib.sha256(canonical_json(file.identity)).hexdigest()
        ours = [one for one in self.earlier if one.hint.get("file", "") == ("" if alone else file.location)]
        rest = self._rest(file, ours[-1]) if ours and ours[-1].declaration == declaration else file
        if rest is None:
            return None
        file = rest
        for doubt in file.doubts():
            self.judge.meet(doubt)
        hint = file.fingerprint()
        mark = {**hint.mark, "file": "" if alone else file.location}
        if column := column_of(file):
            mark["known_by"] = column
        if any(one.declaration == declaration and _same(one, hint, mark) for one in ours[-1:]):
            return None
        there = [one for one in (*self.earlier, *self.landed) if one.content_sha256 == hint.sha256]
        same = [one for one in there if not alone or one in ours[-1:]]
        if any(one.declaration == declaration and one.n_read for one in same):
            if not file.rotates:
                self.judge.meet(Finding("source-repeated", "warn", hint.location, "the file holds what was delivered before"))
            return None
        reading = read_source(file.seen_at(to_micros(datetime.now(UTC))), self.pipeline.calendar)
        if isinstance(hint, DumpHint):
            mark["content"] = hint.content
            self._tell_stale(file, mark)
        return self._record(
            reading,
            mark,
            declaration,
            [] if same else ours,
            known_of(self.pipeline, self.root, file, same[-1] if same else None, is_first=self._is_first(file)),
        )

    def _is_first(self, file: "Source") -> bool:
        """Tell whether a file belongs to the first load: also where it was there then and could not be read."""
        unread = self.judge.unread_in_first_load
        return not self.earlier or (bool(unread) and not unread.isdisjoint(self._spans(file)))

    def _rest(self, file: "Source", last: DeliveryRecord) -> "Source | None":
        """Return what of a source its last delivery did not bring, None where there is nothing new."""
        if lost := file.lost_since(last.hint):
            self.judge.meet(Finding("source-partial", "warn", file.location, f"deleted before it was read: {lost}"))
        return file.continued(last.hint)

    def _tell_stale(self, file: "Source", mark: Mapping[str, object]) -> None:
        """Find that a dump holds what the one before it held: it may not have been made anew."""
        before = [*self.earlier, *self.landed][-1:]
        if before and before[0].hint.get("content") == mark["content"] and before[0].hint.get("file") != mark["file"]:
            when = self.pipeline.calendar.span_at(from_micros(cast("Dump", file.event_time).at or 0))
            self.judge.meet_in_span(when.key, "the dump holds what the one before it held")

    def _record(
        self, reading: "Reading", mark: Mapping[str, object], declaration: str, ours: Sequence[DeliveryRecord], known: Known
    ) -> DeliveryRecord | None:
        now = to_micros(datetime.now(UTC))
        parts = self._changed_parts(reading, ours, known)
        keys = list(reading.parts)
        counts = {"ambiguous": reading.n_ambiguous, "withheld": reading.n_withheld}
        new = NewDelivery(
            self.root.name, reading.content_sha256, declaration, {**mark, **counts}, known.rule, str(self.root.known_after),
            min((part.known_at for part in parts), default=now), keys[0] if keys else "", keys[-1] if keys else "", reading.counts["read"],
            reading.counts["partitioned"], reading.counts["quarantined"], parts,
            self.store.put(reading.quarantine, "", now) if reading.quarantine else None,
        )  # fmt: skip
        recorded = self.store.roots(self.pipeline.name).record(new)
        if recorded:
            self.reached.update(keys)
            lag = f"{self.root.known_after} after each span (assumed)"
            logger.info(
                "%s: delivery %d, %d rows in %d spans, %d quarantined, %d withheld, %d local times that occur twice; known %s",
                self.root.name, recorded.version, recorded.n_read, len(parts), recorded.n_quarantined, reading.n_withheld,
                reading.n_ambiguous, lag if known.rule == "assumed" else f"since {from_micros(recorded.known_from):%Y-%m-%d} ({known.rule})",
            )  # fmt: skip
        return recorded

    def _changed_parts(self, reading: "Reading", ours: Sequence[DeliveryRecord], known: Known) -> list[NewArtifact]:
        """Publish the rows of each span that differ from the file's deliveries before; where those are replaced, empty ones too."""
        numbers = {one.id for one in ours}
        parts = self.store.roots(self.pipeline.name).parts(self.root.name) if ours else {}
        there = {key: [part for number, part in found if number in numbers] for key, found in parts.items()}
        before = there if known.rule == "column" else {key: found[-1:] for key, found in there.items()}

        def publish(key: str) -> list[NewArtifact]:
            if known.rule == "column":
                return [self.store.put(part, key, since) for since, part in reading.parts.by_known(key).items()]
            assumed = shift(self.pipeline.calendar.span(key).end, self.root.known_after, self.pipeline.calendar.zone)
            return [self.store.put(reading.parts[key], key, to_micros(assumed) if known.rule == "assumed" else known.since)]

        are_small = max(reading.parts.n_rows().values(), default=0) <= TILE_ROWS
        with ThreadPoolExecutor(PUBLISHERS if are_small else 2) as threads:
            published = [part for parts in threads.map(publish, reading.parts) for part in parts]
        found = [part for part in published if not any(known.has(part, one) for one in before.get(part.span, ()))]
        if self.root.redelivery == "replace":
            gone = [part for key, last in before.items() if key not in reading.parts for part in last]
            found += [self._emptied(part, known.since) for part in gone if part.summary["n_rows"]]
        return found

    def _emptied(self, part: ArtifactRecord, since: int) -> NewArtifact:
        """Publish that a span has no rows any more."""
        from components.artifacts.delivery import Delivery

        rows = cast("Delivery", self.store.load(part)).to_arrow()
        return self.store.put(Delivery.from_arrow(rows.slice(0, 0)), part.span, since)


def _same(one: DeliveryRecord, hint: "Hint", mark: Mapping[str, object]) -> bool:
    """Tell whether a file is that of a delivery by its mark, without reading it, or by its digest."""
    return (
        hint.mtime_ns is not None and all(one.hint.get(name) == value for name, value in mark.items())
    ) or one.content_sha256 == hint.sha256
