"""Opening a run: sources are read, deliveries land, and the snapshot of what the run may read is fixed."""

import hashlib
import logging
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from components.runtime.canonical import canonical_json
from components.runtime.errors import DefinitionError
from components.runtime.graph import Graph, LedgerRoot, Pipeline, SourceRoot
from components.runtime.instants import from_micros, shift, to_micros
from components.runtime.keys import make_key
from components.runtime.spans import Span
from components.store.records import DeliveryRecord, Lane, LedgerEntry, RunRecord, Why
from components.store.roots import NewDelivery, Snapshot
from components.store.runs import NewRun
from components.store.store import Store

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


def open_run(store: Store, pipeline: Pipeline, request: Request) -> RunRecord:
    """Return the run of the request, opened now or earlier.

    A request with a key of its own (an Airflow run's) keeps its first snapshot for ever. Without one, the key is what the run is made
    of: the same request on the same roots, code and configuration is one run, however often it is tried.
    """
    runs = store.runs_of(pipeline.name)
    found = runs.find(request.key) if request.key else None
    runs.declare(str(pipeline.calendar.grain), pipeline.calendar.zone)
    snapshot = Snapshot.from_json(found.snapshot) if found else take_snapshot(store, pipeline, request.as_of, request.lane)
    new = NewRun(
        key=request.key or _content_key(pipeline, request, snapshot),
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
    snapshot = Snapshot.from_json(run.snapshot)
    roots = store.roots(run.pipeline)
    return [number for source in snapshot.deliveries for number in roots.late_for(snapshot, source)]


def deliver(store: Store, pipeline: Pipeline) -> list[DeliveryRecord]:
    """Read every source that changed since its last delivery, and return the new deliveries."""
    found = [_deliver(store, pipeline, root) for root in pipeline.roots.values() if isinstance(root, SourceRoot)]
    return [one for one in found if one is not None]


def take_snapshot(store: Store, pipeline: Pipeline, as_of: datetime, lane: Lane) -> Snapshot:
    """Return the root versions known by ``as_of``; nothing that becomes known later is in it."""
    limit = to_micros(as_of)
    deliveries: dict[str, list[int]] = {}
    for one in store.roots(pipeline.name).deliveries():
        if one.known_from <= limit:
            deliveries.setdefault(one.source, []).append(one.id)
    schemas = tuple(e.id for e in store.ledger(pipeline.name).entries("schema") if e.known_at <= limit)
    champion = None
    if any(isinstance(root, LedgerRoot) and root.kind == "champion" for root in pipeline.roots.values()):
        entry = _champion(store, pipeline, limit, lane)
        champion = entry.id if entry else None
    return Snapshot(limit, {source: tuple(numbers) for source, numbers in deliveries.items()}, schemas, champion)


def _champion(store: Store, pipeline: Pipeline, limit: int, lane: Lane) -> LedgerEntry | None:
    """Return the last blessing in the lane with ``as_of`` before the limit.

    The backfill lane starts from production's ledger as known at the lane's first date.
    """
    earlier = [e for e in store.ledger(pipeline.name).entries("blessing") if e.effective_from < limit and e.known_at <= limit]
    ours = [e for e in earlier if e.lane == lane]
    if not ours and lane == "backfill":
        first = min([r.as_of for r in store.runs_of(pipeline.name).recent(limit=10_000, graph="training", lane=lane)] + [limit])
        ours = [e for e in earlier if e.lane == "production" and e.effective_from < first and e.known_at <= first]
    return max(ours, key=lambda e: (e.effective_from, e.known_at, e.id), default=None)


def _content_key(pipeline: Pipeline, request: Request, snapshot: Snapshot) -> str:
    steps = {step.name: make_key(step.component, step.config, {}).digest for step in pipeline.of_graph(request.graph)}
    about = {
        "pipeline": pipeline.name,
        "graph": request.graph,
        "span": request.span.key if request.span else "",
        "lane": request.lane,
        "parameters": dict(request.parameters),
        "snapshot": snapshot.to_json(),
        "steps": steps,
    }
    return f"{pipeline.name}/{hashlib.sha256(canonical_json(about)).hexdigest()}"


def _deliver(store: Store, pipeline: Pipeline, root: SourceRoot) -> DeliveryRecord | None:
    """Land a delivery of one source, unless its file is the one of the last delivery.

    Size and modification time are the hint that it is; where they differ the content's sha256 decides.
    """
    from components.ingestion.partition import read_source
    from components.ingestion.sources.source import Source

    if not isinstance(root.reads, Source):
        raise DefinitionError(f"source '{root.name}' is a {type(root.reads).__name__}", expected="a Source such as CsvSource")
    roots = store.roots(pipeline.name)
    declaration = hashlib.sha256(canonical_json(root.reads.identity)).hexdigest()
    earlier = roots.deliveries(root.name)
    last = earlier[-1] if earlier else None
    hint = root.reads.fingerprint()
    mark = {"size": hint.size, "mtime_ns": hint.mtime_ns, "location": hint.location}
    same_file = last and hint.mtime_ns is not None and dict(last.hint) == mark
    if last and last.declaration == declaration and (same_file or last.content_sha256 == hint.sha256):
        return None
    reading = read_source(root.reads, pipeline.calendar)
    zone, spans = pipeline.calendar.zone, [pipeline.calendar.span(key) for key in reading.parts]
    first_load = last is None
    now = to_micros(datetime.now(UTC))
    before = {key: parts[-1][1].digest for key, parts in roots.parts([one.id for one in earlier]).items()}
    parts = []
    for span in sorted(spans):
        known_at = to_micros(shift(span.end, root.known_after, zone)) if first_load else now
        part = store.put(reading.parts[span.key], span.key, known_at)
        if before.get(span.key) != part.digest:
            parts.append(part)
    new = NewDelivery(
        root.name, reading.content_sha256, declaration, mark, "assumed" if first_load else "observed",
        min(spans).key if spans else "", max(spans).key if spans else "", reading.counts["read"], reading.counts["partitioned"],
        reading.counts["quarantined"], parts, store.put(reading.quarantine, "", now) if reading.quarantine else None,
    )  # fmt: skip
    recorded = roots.record(new)
    if recorded:
        logger.info(
            "%s: delivery %d, %d rows in %d spans, %d quarantined; known %s", root.name, recorded.version, recorded.n_read, len(parts),
            recorded.n_quarantined, f"{root.known_after} after each span (assumed)" if first_load else f"since {from_micros(now):%Y-%m-%d}",
        )  # fmt: skip
    return recorded
