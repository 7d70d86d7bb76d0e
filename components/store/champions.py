"""Which model a lane serves: the newest promotion, unless a rollback pins an older one."""

from components.store.ledger import Ledger
from components.store.records import LedgerEntry


def champion_entry(ledger: Ledger, lane: str = "production", known_by: int | None = None) -> LedgerEntry | None:
    """Return the decision that names the lane's champion, or None; with ``known_by`` (microseconds), as it stood then.

    A rollback holds until an unpin: promotions meanwhile are recorded and take effect with it.
    """
    pin = pinned(ledger, lane, known_by)
    return pin or max(_entries(ledger, "promotion", lane, known_by), key=lambda e: (e.effective_from, e.id), default=None)


def pinned(ledger: Ledger, lane: str = "production", known_by: int | None = None) -> LedgerEntry | None:
    """Return the rollback that holds, or None."""
    turns = [*_entries(ledger, "rollback", lane, known_by), *_entries(ledger, "unpin", lane, known_by)]
    last = max(turns, key=lambda e: e.id, default=None)
    return last if last is not None and last.kind == "rollback" else None


def _entries(ledger: Ledger, kind: str, lane: str, known_by: int | None) -> list[LedgerEntry]:
    return [e for e in ledger.entries(kind) if e.lane == lane and (known_by is None or e.known_at <= known_by)]
