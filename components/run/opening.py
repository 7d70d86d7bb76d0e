"""Opening a run: the snapshot of what the run may read is fixed."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import get_args

from components.run.basis import Basis
from components.run.delivering import deliver as deliver  # noqa: PLC0414 - part of opening a run
from components.run.delivering import deliver_for as deliver_for  # noqa: PLC0414
from components.run.leakage import known_since
from components.run.platforms import platform_facts
from components.runtime.canonical import canonical_json
from components.runtime.errors import ConfigError, DataError, nearest
from components.runtime.graph import Graph, LedgerRoot, Pipeline
from components.runtime.instants import from_micros, to_micros
from components.runtime.spans import Span
from components.store.records import Cause, Lane, LedgerEntry, RunRecord, Why
from components.store.roots import Snapshot
from components.store.runs import NewRun
from components.store.store import Store


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


def cause_named(text: str) -> Cause:
    """Return why a run is started on purpose; `ConfigError` with the nearest one if there is no such cause."""
    causes: tuple[Cause, ...] = get_args(Cause)
    for cause in causes:
        if cause == text:
            return cause
    raise ConfigError(
        "no run is started for that", key="because", expected=", ".join(causes), got=repr(text), nearest=nearest(text, causes)
    )


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
        platform=platform_facts(),
        links=dict(request.links),
    )
    return runs.open(new, snapshot)


def superseded_by(store: Store, run: RunRecord) -> list[int]:
    """Return the deliveries that came in later and that the run would have read, had they been there; it never changes for them."""
    return store.roots(run.pipeline).late_for(Snapshot.from_json(run.snapshot))


def take_snapshot(basis: Basis, as_of: datetime, lane: Lane) -> Snapshot:
    """Return the root versions known by ``as_of``; nothing that becomes known later is in it."""
    limit = to_micros(as_of)
    known = {source: tuple(one.id for one in found if one.known_from <= limit) for source, found in basis.roots.deliveries.items()}
    schemas = tuple(e.id for e in basis.roots.entries("schema") if e.known_at <= limit)
    champion, champions = None, {}
    for root in basis.pipeline.roots.values():
        if isinstance(root, LedgerRoot) and root.kind == "champion":
            until = root.until.resolve(as_of, basis.pipeline.calendar) if root.until else as_of
            entry = _champion(basis, min(to_micros(until), limit), lane)
            if entry is not None and root.until:
                _check_knowledge(basis, entry, until)
                champions[root.name] = entry.id
            elif entry is not None:
                champion = entry.id
    return Snapshot(limit, {source: numbers for source, numbers in known.items() if numbers}, schemas, champion, champions)


def _check_knowledge(basis: Basis, entry: LedgerEntry, until: datetime) -> None:
    """Raise where a champion as of a date is, by its lineage, made of what was known later: its blessing alone bears the earlier date."""
    model = basis.store.artifact(int(str(entry.value["artifact"])))
    known = known_since(basis.store, basis.pipeline.name, model)
    if known > to_micros(until):
        raise DataError(
            f"the champion as of {until:%Y-%m-%d %H:%M} UTC is made of what was known at {from_micros(known):%Y-%m-%d %H:%M}",
            where=f"blessing {entry.id}, of run {entry.value['run']}",
            fix="a model that would start from it would know rows that it is tested on: leave `warm_start` out of the candidates",
        )


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
