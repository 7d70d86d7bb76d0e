"""Lineage: what an artifact is made of, and what is made of it, each way in one recursive query."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from components.store.artifacts import COLUMNS, artifact_of
from components.store.database import Database
from components.store.records import ArtifactRecord
from components.store.tables import artifact, event, execution


@dataclass(frozen=True)
class Link:
    """One artifact of a lineage: how far it lies from the start, and the step that made it ("" for a root)."""

    depth: int
    artifact: ArtifactRecord
    step: str


def lineage(
    database: Database, start: int, *, upstream: bool = True, depth: int = 50, without: Sequence[str] = (), ends: Sequence[str] = ()
) -> list[Link]:
    """Return the artifacts that ``start`` (an artifact's number) was made of, or with ``upstream=False`` those made of it.

    Ordered by distance, then kind and span; each artifact once, at its shortest distance; ``start`` itself first, at depth 0.
    Artifacts of the kinds ``without`` are left out, with what is reached through them alone; those of the kinds ``ends`` are listed, and
    nothing beyond them.
    """
    here, there = ("output", "input") if upstream else ("input", "output")
    near, far = event.alias("near"), event.alias("far")
    walk = sa.select(sa.cast(start, sa.BigInteger).label("artifact"), sa.literal(0).label("depth")).cte("walk", recursive=True)
    left_out, last = (sa.select(artifact.c.id).where(artifact.c.kind.in_(kinds)) for kinds in (without, ends))
    step = (
        sa.select(far.c.artifact, walk.c.depth + 1)
        .join(near, sa.and_(near.c.artifact == walk.c.artifact, near.c.direction == here))
        .join(far, sa.and_(far.c.execution == near.c.execution, far.c.direction == there))
        .where(
            walk.c.depth < depth,
            *([far.c.artifact.not_in(left_out)] if without else []),
            *([sa.or_(walk.c.depth == 0, walk.c.artifact.not_in(last))] if ends else []),
        )
    )
    walk = walk.union(step)
    nearest = sa.select(walk.c.artifact, sa.func.min(walk.c.depth).label("depth")).group_by(walk.c.artifact).subquery()
    maker = (
        sa.select(sa.func.min(execution.c.step))
        .join(event, event.c.execution == execution.c.id)
        .where(event.c.artifact == artifact.c.id, event.c.direction == "output")
        .scalar_subquery()
    )
    query = (
        sa.select(nearest.c.depth, maker, *COLUMNS)
        .join(artifact, artifact.c.id == nearest.c.artifact)
        .order_by(nearest.c.depth, artifact.c.kind, artifact.c.span, artifact.c.id)
    )
    with database.read() as connection:
        return [Link(row[0], artifact_of(row), row[1] or "") for row in connection.execute(query)]
