"""Who serves in production: promotion, rollback and unpin, each a decision in the ledger."""

import logging

from components.runtime.errors import StoreError
from components.runtime.instants import from_micros
from components.store.champions import champion_entry, pinned
from components.store.records import LedgerEntry
from components.store.store import Store

logger = logging.getLogger("almanac.run")

LANE = "production"


def promote(store: Store, pipeline: str, blessing: LedgerEntry) -> LedgerEntry | None:
    """Make a blessed model of the production lane the champion and return the decision, which is the gate's or the approver's.

    A model of another lane, or older than the newest promoted one, is not promoted: then None.
    """
    ledger = store.ledger(pipeline)
    newer = [e for e in ledger.entries("promotion") if e.lane == LANE and e.effective_from > blessing.effective_from]
    if newer or blessing.lane != LANE:
        logger.info(
            "not promoted: %s", f"the champion's as-of is newer ({newer[-1].value.get('run')})" if newer else f"lane {blessing.lane}"
        )
        return None
    return _decide(store, pipeline, "promotion", blessing, known_at=blessing.known_at, who=blessing.who, why=blessing.why)


def unpromoted(store: Store, pipeline: str) -> LedgerEntry | None:
    """Return the newest blessing of the production lane if it waits for its promotion and no infra check has failed it, else None."""
    ledger = store.ledger(pipeline)
    newest = max((e for e in ledger.entries("blessing") if e.lane == LANE), key=lambda e: (e.effective_from, e.id), default=None)
    if newest is None:
        return None
    promoted = [e for e in ledger.entries("promotion") if e.lane == LANE and e.effective_from >= newest.effective_from]
    digest = newest.value["digest"]
    failed = [e for e in ledger.entries("serving-check") if e.value.get("digest") == digest and not e.value.get("passed")]
    return None if promoted or failed else newest


def promote_run(store: Store, pipeline: str, identity: str, *, known_at: int, who: str, why: str) -> LedgerEntry:
    """Make the blessed model of a run the champion of production, and return the decision.

    Raises
    ------
    StoreError
        If no model of the run was blessed, if a model of a newer as-of serves (that is a rollback), or while a rollback pins one.

    """
    ledger, blessing = store.ledger(pipeline), blessing_of(store, pipeline, identity)
    if pin := pinned(ledger, LANE):
        raise StoreError(f"a rollback of {pin.who} pins the model of run {pin.value['run']}", fix=f"`almanac unpin {pipeline}` first")
    now = champion_entry(ledger, LANE)
    if now and now.effective_from > blessing.effective_from:
        served = (
            f"the champion is of {from_micros(now.effective_from):%Y-%m-%d}, newer than {from_micros(blessing.effective_from):%Y-%m-%d}"
        )
        raise StoreError(served, fix=f"`almanac rollback {pipeline} {identity}` puts an older model in its place")
    return _decide(store, pipeline, "promotion", blessing, known_at=known_at, who=who, why=why)


def blessing_of(store: Store, pipeline: str, identity: str) -> LedgerEntry:
    """Return the newest blessing of a run's model.

    Raises
    ------
    StoreError
        If there is none.

    """
    run = store.runs_of(pipeline).get(identity).id
    found = [e for e in store.ledger(pipeline).entries("blessing") if e.value.get("run") == run]
    if not found:
        raise StoreError(f"no model of run {run} was blessed", fix=f"`almanac approve {pipeline} {run}`, with your reason")
    return found[-1]


def roll_back(store: Store, pipeline: str, identity: str | None = None, *, known_at: int, who: str, why: str) -> LedgerEntry:
    """Pin the model of an earlier promotion or blessing (by default the one before the champion's), and return the decision.

    Raises
    ------
    StoreError
        If there is no champion, or nothing earlier to go back to.

    """
    ledger = store.ledger(pipeline)
    now = champion_entry(ledger, LANE)
    if now is None:
        raise StoreError(f"{pipeline} has no champion in production", fix="promote a model first")
    before = [e for e in ledger.entries("promotion") if e.lane == LANE and e.effective_from < now.effective_from]
    target = blessing_of(store, pipeline, identity) if identity else max(before, key=lambda e: (e.effective_from, e.id), default=None)
    if target is None:
        raise StoreError("no other model was promoted before the champion", fix="`almanac runs` lists the runs and their verdicts")
    return _decide(store, pipeline, "rollback", target, known_at=known_at, who=who, why=why)


def unpin(store: Store, pipeline: str, *, known_at: int, who: str, why: str) -> LedgerEntry:
    """Let the newest promotion serve again, and return the decision.

    Raises
    ------
    StoreError
        If no rollback pins a model.

    """
    pin = pinned(store.ledger(pipeline), LANE)
    if pin is None:
        raise StoreError(f"no rollback pins a model of {pipeline}")
    return _decide(store, pipeline, "unpin", pin, known_at=known_at, who=who, why=why)


def _decide(store: Store, pipeline: str, kind: str, about: LedgerEntry, *, known_at: int, who: str, why: str) -> LedgerEntry:
    when = {"effective_from": about.effective_from, "known_at": known_at}
    return store.ledger(pipeline).append(kind, "champion", about.value, lane=LANE, **when, who=who, why=why)
