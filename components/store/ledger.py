"""The ledger: what people and policies decided; append-only, and read as of a date like any root."""

from collections.abc import Mapping

import sqlalchemy as sa

from components.store.database import Database
from components.store.records import LedgerEntry
from components.store.tables import ledger


class Ledger:
    """The decisions of one pipeline: schema approvals, blessings, promotions, rollbacks."""

    def __init__(self, database: Database, pipeline: str) -> None:
        self.database = database
        self.pipeline = pipeline

    def append(
        self,
        kind: str,
        subject: str,
        value: Mapping[str, object],
        *,
        lane: str,
        effective_from: int,
        known_at: int,
        who: str,
        why: str,
    ) -> LedgerEntry:
        """Add one decision, unless the very same one (all but who, why and the clock) stands already; return it."""
        same = {"kind": kind, "subject": subject, "lane": lane, "effective_from": effective_from, "known_at": known_at}
        with self.database.write(f"{self.pipeline}/{kind}") as connection:
            there = [e for e in self._entries(connection, kind) if all(getattr(e, n) == v for n, v in same.items())]
            for entry in there:
                if dict(entry.value) == dict(value):
                    return entry
            now = self.database.now(connection)
            row = same | {"pipeline": self.pipeline, "value": dict(value), "recorded_at": now, "who": who, "why": why}
            number = connection.execute(sa.insert(ledger).values(row).returning(ledger.c.id)).scalar_one()
        return LedgerEntry(number, kind, subject, value, lane, effective_from, known_at, now, who, why)

    def entries(self, kind: str) -> list[LedgerEntry]:
        """Return the decisions of one kind in the order they became known, then in which they were recorded."""
        with self.database.read() as connection:
            return self._entries(connection, kind)

    def _entries(self, connection: sa.Connection, kind: str) -> list[LedgerEntry]:
        query = sa.select(ledger).where(ledger.c.pipeline == self.pipeline, ledger.c.kind == kind).order_by(ledger.c.known_at, ledger.c.id)
        names = LedgerEntry.__dataclass_fields__
        return [LedgerEntry(**{name: row[name] for name in names}) for row in connection.execute(query).mappings()]
