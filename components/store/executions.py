"""Executions: found by key, claimed, and recorded exactly once."""

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from components.store.artifacts import COLUMNS, artifact_of, record_artifact
from components.store.database import Database
from components.store.past_executions import PastExecutions
from components.store.records import ArtifactRecord, NewArtifact, State
from components.store.tables import artifact, claim, event, execution

LEASE_SECONDS = 30.0
"""How long a claim holds without renewal: long enough for a busy machine to renew (every third of it), short enough to wait for."""

POLL_SECONDS = 0.1
"""How often a waiting process looks whether the holder of a claim is done."""

# Built once: SQLAlchemy takes longer to build a statement than the database to answer it.
BEGIN = sa.insert(execution).returning(execution.c.id)
END = sa.update(execution).where(execution.c.id == sa.bindparam("number"))
RELEASE = sa.delete(claim).where(claim.c.key == sa.bindparam("held"), claim.c.token == sa.bindparam("mine"))
HELD_UNTIL = sa.select(claim.c.expires_at).where(claim.c.key == sa.bindparam("key")).scalar_subquery()
RECORDED = sa.exists().where(execution.c.key == sa.bindparam("key"), execution.c.state == "COMPLETE")
HITS = (
    sa.select(execution.c.key, execution.c.id, event.c.name, event.c.position, *COLUMNS)
    .outerjoin(event, sa.and_(event.c.execution == execution.c.id, event.c.direction == "output"))
    .outerjoin(artifact, artifact.c.id == event.c.artifact)
    .where(execution.c.state == "COMPLETE")
)
HITS_OF_KEY = HITS.where(execution.c.key == sa.bindparam("key"))
HITS_OF_SPANS = HITS.where(execution.c.pipeline == sa.bindparam("pipeline"), execution.c.span.in_(sa.bindparam("spans", expanding=True)))

Made = Mapping[tuple[str, int], ArtifactRecord]
"""Artifacts by output name and position."""


@dataclass(frozen=True)
class Placed:
    """An output or input in its place: parameter or output name, and position in a window or list."""

    name: str
    position: int
    artifact: int


@dataclass(frozen=True)
class Hit:
    """A complete execution of a key, and its outputs by name and position."""

    execution: int
    outputs: Made


@dataclass(frozen=True)
class Claim:
    """The right to record a key: only the holder of the current token may."""

    key: str
    token: str
    execution: int


@dataclass(frozen=True)
class Started:
    """What is known of an execution when it starts."""

    run: str
    attempt: int
    own: bool
    step: str
    position: int
    component: str
    span: str
    key: str
    key_parts: Mapping[str, object]
    libraries: Mapping[str, str]


@dataclass(frozen=True)
class Settled:
    """An execution that had nothing to compute: CACHED, with the number of the one that it reuses, or ABSENT."""

    started: Started
    state: State
    reuses: int | None = None


class Executions(PastExecutions):
    """The ``execution``, ``event``, ``artifact`` and ``claim`` tables of one pipeline."""

    def __init__(self, database: Database, pipeline: str, lease_seconds: float = LEASE_SECONDS) -> None:
        super().__init__(database, pipeline)
        self.lease_seconds = lease_seconds
        self._ahead: Mapping[str, Hit] = {}
        self._look = sa.select(database.clock, HELD_UNTIL, RECORDED)
        self._release = RELEASE.returning(database.clock)

    def find(self, key: str) -> Hit | None:
        """Return the complete execution of ``key``, or None."""
        return self._ahead.get(key) or self._hits(HITS_OF_KEY, {"key": key}).get(key)

    def look_ahead(self, spans: Sequence[str]) -> None:
        """Fetch the complete executions of some spans in one query, for the many calls of :meth:`find` to come; it forgets earlier ones."""
        self._ahead = self._hits(HITS_OF_SPANS, {"pipeline": self.pipeline, "spans": spans})

    def claim(self, started: Started, *, steal: bool = False) -> Claim | None:
        """Record a RUNNING execution and claim its key; None where somebody has recorded the key, or holds a live claim of it.

        With ``steal`` a live claim is taken over: who has waited a whole lease computes too.
        """
        token = secrets.token_hex(16)
        with self.database.write(started.key) as connection:
            now, expires_at, done = connection.execute(self._look, {"key": started.key}).one()
            if done or (expires_at is not None and expires_at > now and not steal):
                return None
            if expires_at is not None:
                self._bury(connection, started.key, now)
            until = now + int(self.lease_seconds * 1e6)
            connection.execute(sa.insert(claim), {"key": started.key, "token": token, "run": started.run, "expires_at": until})
            row = self._row(started) | {"state": "RUNNING", "started_at": now, "error": ""}
            number = connection.execute(BEGIN, row).scalar_one()
        return Claim(started.key, token, number)

    def renew(self, held: Claim) -> bool:
        """Extend the lease; False where the claim was lost meanwhile."""
        until = self.database.clock + int(self.lease_seconds * 1e6)
        with self.database.write(held.key) as connection:
            mine = sa.and_(claim.c.key == held.key, claim.c.token == held.token)
            return bool(connection.execute(sa.update(claim).where(mine).values(expires_at=until)).rowcount)

    def wait(self, key: str) -> Hit | None:
        """Wait up to one lease for the holder of ``key`` to finish; return its hit, or None where it did not."""
        deadline = time.monotonic() + self.lease_seconds
        alive = sa.select(claim.c.key).where(claim.c.key == key, claim.c.expires_at > self.database.clock)
        while (hit := self.find(key)) is None and time.monotonic() < deadline:
            with self.database.read() as connection:
                if connection.execute(alive).first() is None:
                    return self.find(key)
            time.sleep(POLL_SECONDS)
        return hit

    def complete(
        self, held: Claim, inputs: Sequence[Placed], outputs: Mapping[tuple[str, int], NewArtifact], *,
        cpu_ms: int, peak_kb: int, steal: bool = False,
    ) -> Made | None:  # fmt: skip
        """Record outputs and events in one transaction and release the claim; None, and nothing recorded, where the claim was lost.

        With ``steal`` it is taken back, unless the key was recorded: who holds it had a whole lease to do so.
        """
        with self.database.write(held.key) as connection:
            now = connection.execute(self._release, {"held": held.key, "mine": held.token}).scalar()
            if now is None:
                now, _, done = connection.execute(self._look, {"key": held.key}).one()
                if done or not steal:
                    return None
                connection.execute(sa.delete(claim).where(claim.c.key == held.key))
            ended = {"state": "COMPLETE", "error": "", "ended_at": now, "cpu_ms": cpu_ms, "peak_kb": peak_kb}
            connection.execute(END, ended | {"number": held.execution})
            made = {place: record_artifact(connection, self.pipeline, new, now) for place, new in outputs.items()}
            events = [_event(held.execution, "input", p.name, p.position, p.artifact) for p in inputs]
            events += [_event(held.execution, "output", name, position, one.id) for (name, position), one in made.items()]
            if events:
                connection.execute(sa.insert(event), events)
        return made

    def lose(self, key: str, hit: Hit) -> None:
        """Mark a complete execution LOST: one of its blobs is gone, so that its key counts as never made."""
        self._ahead = {other: found for other, found in self._ahead.items() if other != key}
        with self.database.write() as connection:
            connection.execute(END, {"number": hit.execution, "state": "LOST"})

    def fail(self, held: Claim, state: State, error: str) -> None:
        """Mark the execution FAILED or CANCELED and release the claim, if it is still ours."""
        with self.database.write(held.key) as connection:
            connection.execute(RELEASE, {"held": held.key, "mine": held.token})
            connection.execute(END, {"number": held.execution, "state": state, "error": error, "ended_at": self.database.now(connection)})

    def note(self, settled: Sequence[Settled]) -> None:
        """Record executions that had nothing to compute, in one transaction."""
        if not settled:
            return
        with self.database.write() as connection:
            now = self.database.now(connection)
            same = {"started_at": now, "ended_at": now, "cpu_ms": 0, "error": ""}
            rows = [self._row(one.started) | same | {"state": one.state, "reuses": one.reuses} for one in settled]
            connection.execute(sa.insert(execution), rows)

    def _hits(self, query: sa.Select[Any], parameters: Mapping[str, object]) -> dict[str, Hit]:
        """Return complete executions by key."""
        found: dict[str, tuple[int, dict[tuple[str, int], ArtifactRecord]]] = {}
        with self.database.read() as connection:
            for row in connection.execute(query, parameters):
                made = found.setdefault(row[0], (row[1], {}))[1]
                if row[2] is not None:  # an empty list has no outputs
                    made[row[2], row[3]] = artifact_of(row)
        return {key: Hit(number, made) for key, (number, made) in found.items()}

    def _row(self, started: Started) -> dict[str, object]:
        return {**vars(started), "pipeline": self.pipeline}

    @staticmethod
    def _bury(connection: sa.Connection, key: str, now: int) -> None:
        """Take the claim of a key away, and mark FAILED whose it was: the process died, or is slower than a whole lease."""
        connection.execute(sa.delete(claim).where(claim.c.key == key))
        running = sa.and_(execution.c.key == key, execution.c.state == "RUNNING")
        why = {"state": "FAILED", "error": "the process died: its lease ran out", "ended_at": now}
        connection.execute(sa.update(execution).where(running).values(why))


def _event(execution_id: int, direction: str, name: str, position: int, artifact_id: int) -> dict[str, object]:
    return {"execution": execution_id, "direction": direction, "name": name, "position": position, "artifact": artifact_id}
