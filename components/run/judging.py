"""Judging sources: what a look at one found wrong is told, recorded, and shown by every run that reads the source."""

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, cast

from components.artifacts.findings import Finding
from components.runtime.errors import DataError
from components.runtime.graph import Pipeline, SourceRoot
from components.runtime.instants import shift
from components.runtime.spans import Span
from components.store.records import DeliveryRecord
from components.store.source_findings import SourceFinding
from components.store.store import Store

if TYPE_CHECKING:
    from components.ingestion.sources.source import Source

logger = logging.getLogger("almanac.run")


class Judge:
    """What one look at a source meets, recorded where it differs from what stands already."""

    def __init__(self, store: Store, pipeline: Pipeline, root: SourceRoot, standing: Sequence[SourceFinding]) -> None:
        self.pipeline = pipeline
        self.root = root
        self._roots = store.roots(pipeline.name)
        self._findings = store.source_findings(pipeline.name)
        self._standing = [one for one in standing if one.source == root.name]
        self._met: list[Finding] = []
        self._met_in_spans: list[Finding] = []
        self._broken: list[Finding] = []

    def meet(self, finding: Finding) -> None:
        """Take what is wrong with the source or one of its files."""
        self._met.append(finding)
        logger.warning("%s: %s: %s: %s", self.root.name, finding.code, finding.where, finding.message)

    def meet_in_span(self, span: str, message: str) -> None:
        """Take that what came for a span is what came before."""
        self._met_in_spans.append(Finding("source-repeated", "warn", span, message))

    def meet_broken(self, location: str, spans: Collection[str], error: DataError) -> None:
        """Take why a file could not be read that holds the rows of some spans."""
        for one in error.findings:
            message = f"{PurePosixPath(location).name}: {one.where + ': ' if one.where != location else ''}{one.message}"
            self._broken += [Finding(one.code, "fail", span, message) for span in spans]
            logger.warning("%s: %s: %s: %s", self.root.name, one.code, ", ".join(spans), message)

    @property
    def unread_in_first_load(self) -> set[str]:
        """The spans whose file was there with the first load and could not be read."""
        return {one.span for one in self._standing if one.span and one.finding.severity == "fail" and one.delivery is not None}

    def fail(self, error: DataError) -> None:
        """Record why the source could not be read."""
        self._findings.note(self.root.name, [one for one in error.findings if isinstance(one, Finding)])

    def conclude(
        self, reached: Collection[str], earlier: Sequence[DeliveryRecord], landed: Sequence[DeliveryRecord], as_of: datetime | None
    ) -> None:
        """Record what was met, and judge the rows of the spans that the look reached, or that are due by ``as_of``."""
        delivered = [*earlier, *landed]
        if self._met or any(not one.span for one in self._standing):
            self._findings.note(self.root.name, self._met)
        due = self._due(as_of) if as_of is not None else None
        last = max((self.pipeline.calendar.span(one.last_span) for one in delivered if one.last_span), default=None)
        if reached or (last is not None and due is not None and due > last):
            self._judge_spans(reached, delivered, due)
        if self._broken:
            since = delivered[-1].id if delivered and not earlier else None
            self._findings.note(self.root.name, self._broken, spans={one.where for one in self._broken}, delivery=since)

    def _judge_spans(self, reached: Collection[str], delivered: Sequence[DeliveryRecord], due: Span | None) -> None:
        from components.ingestion.volume import judged_spans, volume_findings

        calendar, declared = self.pipeline.calendar, cast("Source", self.root.reads)
        counts = self._counts(delivered)
        new = {key: counts[key] for key in reached if key in counts}
        before = {key: n for key, n in counts.items() if key not in new}
        known = {one.where for one in self._broken}
        judged = [span for span in judged_spans(new, before, calendar, due=due) if span >= self.pipeline.start and span.key not in known]
        found = [*self._met_in_spans, *volume_findings(new, before, calendar, judged, holidays=declared.holidays)]
        for one in found:
            logger.warning("%s: %s: %s: %s", self.root.name, one.code, one.where, one.message)
        keys = {span.key for span in judged}
        if found or any(one.span in keys for one in self._standing):
            self._findings.note(self.root.name, found, spans=keys, delivery=delivered[-1].id if reached and delivered else None)

    def _counts(self, delivered: Sequence[DeliveryRecord]) -> Mapping[str, int]:
        """Return the rows of each span: of the last part of each file, or of all parts where each delivery brings only what is new."""
        adds = cast("Source", self.root.reads).adds
        files = {one.id: one.id if adds else one.hint.get("file", "") for one in delivered}
        counts = {}
        for key, parts in self._roots.parts(self.root.name).items():
            last = {(files[number], part.known_at if adds else 0): part for number, part in parts if number in files}
            counts[key] = sum(cast("int", part.summary["n_rows"]) for part in last.values())
        return counts

    def _due(self, as_of: datetime) -> Span | None:
        """Return the last span whose rows should be there by a date."""
        calendar = self.pipeline.calendar
        (last,) = calendar.ending_by(shift(as_of, self.root.known_after, calendar.zone, -1), 1)
        return min(last, self.pipeline.end) if self.pipeline.end is not None else last


def findings_of_run(store: Store, pipeline: str, span: str, ended_at: int | None) -> dict[str, list[Finding]]:
    """Return by source the findings that concern a run: those about its span, and those about a source that stood when it ended."""
    found: dict[str, list[Finding]] = {}
    for one in store.source_findings(pipeline).standing():
        if one.span == span if one.span else ended_at is None or one.recorded_at <= ended_at:
            found.setdefault(one.source, []).append(one.finding)
    return found
