"""Opening a run: sources are read, deliveries land, and the snapshot of what the run may read is fixed."""

import hashlib
import logging
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from components.run.basis import Basis
from components.runtime.canonical import canonical_json
from components.runtime.errors import DefinitionError
from components.runtime.graph import Graph, LedgerRoot, Pipeline, SourceRoot
from components.runtime.instants import from_micros, shift, to_micros
from components.runtime.spans import Span
from components.store.records import DeliveryRecord, Lane, LedgerEntry, NewArtifact, RunRecord, Why
from components.store.roots import NewDelivery, Snapshot
from components.store.runs import NewRun
from components.store.store import Store

if TYPE_CHECKING:
    from components.ingestion.partition import Reading

logger = logging.getLogger("almanac.run")


@dataclass(frozen=True)
class Request:
    """What somebody wants run: a span's data, or a training as of a date."""

    graph: Graph
    span: Span | None
    as_of: datetime
    lane: Lane = "experiment"
    why: Why = "manual"
    reason: str = ""
    key: str = ""
    parameters: Mapping[str, object] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)


def open_run(store: Store, pipeline: Pipeline, request: Request, basis: Basis | None = None) -> RunRecord:
    """Return the run of the request, opened now or earlier.

    A request with a key of its own (an Airflow run's) keeps its first snapshot for ever. Without one, the key is what the run is made
    of: the same request on the same roots, code and configuration is one run, however often it is tried.
    """
    runs, basis = store.runs_of(pipeline.name), basis or Basis(store, pipeline)
    runs.declare(str(pipeline.calendar.grain), pipeline.calendar.zone)
    found = runs.find(request.key) if request.key else None
    snapshot = Snapshot.from_json(found.snapshot) if found else take_snapshot(basis, request.as_of, request.lane)
    new = NewRun(
        key=request.key or _content_key(basis, request, snapshot),
        graph=request.graph,
        span=request.span.key if request.span else "",
        as_of=to_micros(request.as_of),
        lane=request.lane,
        why=request.why,
        reason=request.reason,
        parameters=dict(request.parameters),
        platform={"machine": platform.machine(), "python": platform.python_version(), "system": platform.system()},
        links=dict(request.links),
    )
    return runs.open(new, snapshot)


def superseded_by(store: Store, run: RunRecord) -> list[int]:
    """Return the deliveries that came in later and that the run would have read, had they been there; it never changes for them."""
    return store.roots(run.pipeline).late_for(Snapshot.from_json(run.snapshot))


def deliver(store: Store, pipeline: Pipeline) -> list[DeliveryRecord]:
    """Read every source that changed since its last delivery, and return the new deliveries."""
    found = [_deliver(store, pipeline, root) for root in pipeline.roots.values() if isinstance(root, SourceRoot)]
    return [one for one in found if one is not None]


def take_snapshot(basis: Basis, as_of: datetime, lane: Lane) -> Snapshot:
    """Return the root versions known by ``as_of``; nothing that becomes known later is in it."""
    limit = to_micros(as_of)
    known = {source: tuple(one.id for one in found if one.known_from <= limit) for source, found in basis.roots.deliveries.items()}
    schemas = tuple(e.id for e in basis.roots.entries("schema") if e.known_at <= limit)
    champion = None
    if any(isinstance(root, LedgerRoot) and root.kind == "champion" for root in basis.pipeline.roots.values()):
        entry = _champion(basis, limit, lane)
        champion = entry.id if entry else None
    return Snapshot(limit, {source: numbers for source, numbers in known.items() if numbers}, schemas, champion)


def _champion(basis: Basis, limit: int, lane: Lane) -> LedgerEntry | None:
    """Return the last blessing in the lane with ``as_of`` before the limit.

    The backfill lane starts from production's ledger as known at the lane's first date.
    """
    earlier = [e for e in basis.roots.entries("blessing") if e.effective_from < limit and e.known_at <= limit]
    ours = [e for e in earlier if e.lane == lane]
    if not ours and lane == "backfill":
        first = basis.store.runs_of(basis.pipeline.name).first_as_of("training", lane)
        first = limit if first is None else min(first, limit)
        ours = [e for e in earlier if e.lane == "production" and e.effective_from < first and e.known_at <= first]
    return max(ours, key=lambda e: (e.effective_from, e.known_at, e.id), default=None)


def _content_key(basis: Basis, request: Request, snapshot: Snapshot) -> str:
    about = {
        "pipeline": basis.pipeline.name,
        "graph": request.graph,
        "span": request.span.key if request.span else "",
        "lane": request.lane,
        "parameters": dict(request.parameters),
        "snapshot": snapshot.to_json(),
        "steps": basis.digests[request.graph],
    }
    return f"{basis.pipeline.name}/{hashlib.sha256(canonical_json(about)).hexdigest()}"


def _deliver(store: Store, pipeline: Pipeline, root: SourceRoot) -> DeliveryRecord | None:
    """Land a delivery of one source, unless its file is the one of the last delivery.

    Size and modification time are the hint that it is; where they differ the content's sha256 decides. The same content declared
    otherwise is read again, and known since it was known.
    """
    from components.ingestion.partition import read_source
    from components.ingestion.sources.source import Source

    if not isinstance(root.reads, Source):
        raise DefinitionError(f"source '{root.name}' is a {type(root.reads).__name__}", expected="a Source such as CsvSource")
    declaration = hashlib.sha256(canonical_json(root.reads.identity)).hexdigest()
    last = _last_delivery(store, pipeline, root)
    hint = root.reads.fingerprint()
    mark = {"size": hint.size, "mtime_ns": hint.mtime_ns, "location": hint.location}
    same_file = last and hint.mtime_ns is not None and dict(last.hint) == mark
    if last and last.declaration == declaration and (same_file or last.content_sha256 == hint.sha256):
        return None
    reading = read_source(root.reads, pipeline.calendar)
    now = to_micros(datetime.now(UTC))
    again = last is not None and last.content_sha256 == reading.content_sha256
    observed = None if last is None or (again and last.known_rule == "assumed") else last.known_from if again else now
    parts = _changed_parts(store, pipeline, root, reading, observed, whole=again)
    keys = list(reading.parts)
    new = NewDelivery(
        root.name, reading.content_sha256, declaration, mark, "assumed" if observed is None else "observed", str(root.known_after),
        min((part.known_at for part in parts), default=now), keys[0] if keys else "", keys[-1] if keys else "", reading.counts["read"],
        reading.counts["partitioned"], reading.counts["quarantined"], parts,
        store.put(reading.quarantine, "", now) if reading.quarantine else None,
    )  # fmt: skip
    recorded = store.roots(pipeline.name).record(new)
    if recorded:
        logger.info(
            "%s: delivery %d, %d rows in %d spans, %d quarantined; known %s", root.name, recorded.version, recorded.n_read, len(parts),
            recorded.n_quarantined, f"{root.known_after} after each span (assumed)" if observed is None else f"since {from_micros(observed):%Y-%m-%d}",
        )  # fmt: skip
    return recorded


def _last_delivery(store: Store, pipeline: Pipeline, root: SourceRoot) -> DeliveryRecord | None:
    """Return the newest delivery of a source, None before the first, which fixes the rule by which rows are known."""
    earlier = store.roots(pipeline.name).deliveries(root.name)
    if earlier and earlier[0].known_after != str(root.known_after):
        raise DefinitionError(
            f"source '{root.name}': known_after cannot change after the first delivery",
            where=f"pipeline {pipeline.name}",
            expected=repr(earlier[0].known_after),
            got=repr(str(root.known_after)),
            fix="give the changed source a name of its own",
        )
    return earlier[-1] if earlier else None


def _changed_parts(
    store: Store, pipeline: Pipeline, root: SourceRoot, reading: "Reading", observed: int | None, *, whole: bool
) -> list[NewArtifact]:
    """Publish the rows of each span that differ from the delivery before (``whole``: of each span), known since ``observed``.

    Without ``observed`` they are known as the source's first load: its lag after each span.
    """
    before = {} if whole else {key: parts[-1][1].digest for key, parts in store.roots(pipeline.name).parts(root.name).items()}
    found = []
    for key, rows in reading.parts.items():
        assumed = shift(pipeline.calendar.span(key).end, root.known_after, pipeline.calendar.zone)
        part = store.put(rows, key, to_micros(assumed) if observed is None else observed)
        if before.get(key) != part.digest:
            found.append(part)
    return found
