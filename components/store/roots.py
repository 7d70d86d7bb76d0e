"""Roots: deliveries and their parts by span, and the snapshot of what a run may read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from components.store.artifacts import COLUMNS, artifact_of, record_artifact
from components.store.database import Database
from components.store.records import ArtifactRecord, DeliveryRecord, NewArtifact
from components.store.tables import artifact, delivery, delivery_part


@dataclass(frozen=True)
class NewDelivery:
    """A reading of a source, its blobs published already. ``parts`` are its rows of each span that differs from the delivery before."""

    source: str
    content_sha256: str
    declaration: str
    hint: Mapping[str, object]
    known_rule: str
    known_after: str
    known_from: int
    first_span: str
    last_span: str
    n_read: int
    n_partitioned: int
    n_quarantined: int
    parts: Sequence[NewArtifact]
    quarantine: NewArtifact | None


@dataclass(frozen=True)
class Snapshot:
    """The root versions that one run may read: fixed when the run opens, the same on retry and clear.

    ``deliveries`` are delivery numbers by source, ``ledger`` the numbers of schema approvals, ``champion`` the number of the blessing
    in force (None where there is none), ``champions`` the numbers of those in force at earlier dates, by the root that says which.
    """

    as_of: int
    deliveries: Mapping[str, tuple[int, ...]]
    ledger: tuple[int, ...]
    champion: int | None
    champions: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """Return the snapshot in plain values."""
        sources = {source: list(numbers) for source, numbers in sorted(self.deliveries.items())}
        earlier = {"champions": dict(self.champions)} if self.champions else {}
        return {"as_of": self.as_of, "deliveries": sources, "ledger": list(self.ledger), "champion": self.champion, **earlier}

    @classmethod
    def from_json(cls, body: Mapping[str, object]) -> "Snapshot":
        """Read a snapshot back."""
        sources = {source: tuple(numbers) for source, numbers in body["deliveries"].items()}  # type: ignore[attr-defined]
        return cls(body["as_of"], sources, tuple(body["ledger"]), body["champion"], body.get("champions", {}))  # type: ignore[arg-type]


class Roots:
    """The deliveries of one pipeline."""

    def __init__(self, database: Database, pipeline: str) -> None:
        self.database = database
        self.pipeline = pipeline

    def deliveries(self, source: str | None = None) -> list[DeliveryRecord]:
        """Return the deliveries of one source, or of all, oldest first."""
        query = sa.select(delivery).where(delivery.c.pipeline == self.pipeline).order_by(delivery.c.id)
        if source is not None:
            query = query.where(delivery.c.source == source)
        names = DeliveryRecord.__dataclass_fields__
        with self.database.read() as connection:
            return [DeliveryRecord(**{name: row[name] for name in names}) for row in connection.execute(query).mappings()]

    def record(self, new: NewDelivery) -> DeliveryRecord | None:
        """Record a delivery and its parts in one transaction; None where the same content was recorded meanwhile."""
        with self.database.write(f"{self.pipeline}/{new.source}") as connection:
            now = self.database.now(connection)
            mine = sa.and_(delivery.c.pipeline == self.pipeline, delivery.c.source == new.source)
            last = connection.execute(sa.select(delivery).where(mine).order_by(delivery.c.version.desc()).limit(1)).mappings().first()
            if last and (last["content_sha256"], last["declaration"]) == (new.content_sha256, new.declaration):
                return None
            quarantine = record_artifact(connection, self.pipeline, new.quarantine, now).id if new.quarantine else None
            row = {name: getattr(new, name) for name in DeliveryRecord.__dataclass_fields__ if hasattr(new, name)} | {
                "pipeline": self.pipeline,
                "version": last["version"] + 1 if last else 1,
                "quarantine": quarantine,
                "recorded_at": now,
            }
            number = connection.execute(sa.insert(delivery).values(row).returning(delivery.c.id)).scalar_one()
            parts = [
                {"delivery": number, "span": part.span, "artifact": record_artifact(connection, self.pipeline, part, now).id}
                for part in new.parts
            ]
            if parts:
                connection.execute(sa.insert(delivery_part), parts)
        return next(one for one in self.deliveries(new.source) if one.id == number)

    def parts(self, source: str) -> dict[str, list[tuple[int, ArtifactRecord]]]:
        """Return (delivery number, artifact) by span key of a source's deliveries, ordered by (known_at, number)."""
        query = (
            sa.select(delivery_part.c.delivery, *COLUMNS)
            .join(delivery, delivery.c.id == delivery_part.c.delivery)
            .join(artifact, artifact.c.id == delivery_part.c.artifact)
            .where(delivery.c.pipeline == self.pipeline, delivery.c.source == source)
            .order_by(artifact.c.known_at, delivery_part.c.delivery)
        )
        found: dict[str, list[tuple[int, ArtifactRecord]]] = {}
        with self.database.read() as connection:
            for row in connection.execute(query):
                part = artifact_of(row)
                found.setdefault(part.span, []).append((row[0], part))
        return found

    def late_for(self, snapshot: Snapshot) -> list[int]:
        """Return deliveries that a run of this snapshot would read today and did not: they make it superseded."""
        seen = {number for numbers in snapshot.deliveries.values() for number in numbers}
        return [one.id for one in self.deliveries() if one.id not in seen and one.known_from <= snapshot.as_of]
