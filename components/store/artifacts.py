"""Artifact rows: a blob in its place in time, recorded once."""

from typing import Any

import sqlalchemy as sa

from components.store.database import insert_missing
from components.store.records import ArtifactRecord, NewArtifact
from components.store.tables import artifact

COLUMNS = tuple(artifact.c[name] for name in ArtifactRecord.__dataclass_fields__)
"""What a query selects to make an :class:`ArtifactRecord` of its row."""

PLACE = ("pipeline", "kind", "digest", "span", "known_at")
"""The columns that tell artifacts apart."""

THERE = sa.select(artifact.c.id).where(*(artifact.c[name] == sa.bindparam(name) for name in PLACE))


def record_artifact(connection: sa.Connection, pipeline: str, new: NewArtifact, now: int) -> ArtifactRecord:
    """Insert the artifact unless the same blob is there for the same span and time, and return its record."""
    values = {"pipeline": pipeline, "kind": new.kind, "digest": new.digest, "span": new.span, "known_at": new.known_at}
    values |= {"recorded_at": now, "n_bytes": new.n_bytes, "value_type": new.value_type, "summary": dict(new.summary)}
    number = insert_missing(connection, artifact, values)
    if number is None:
        number = connection.execute(THERE, {name: values[name] for name in PLACE}).scalar_one()
    return ArtifactRecord(number, new.kind, new.digest, new.span, new.known_at, new.n_bytes, new.value_type, new.summary)


def artifact_of(row: sa.Row[Any]) -> ArtifactRecord:
    """Return the artifact in a row that ends with :data:`COLUMNS`."""
    return ArtifactRecord(*row[-len(COLUMNS) :])
