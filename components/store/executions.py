"""Executions: found by key, claimed, and recorded exactly once."""

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from components.store.database import Database, insert_missing
from components.store.records import ArtifactRecord, ExecutionRecord, NewArtifact, State
from components.store.tables import artifact, claim, event, execution

LEASE_SECONDS = 30.0
"""How long a claim holds without renewal: long enough for a busy machine to renew (every third of it), short enough to wait for."""


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
    outputs: Mapping[tuple[str, int], ArtifactRecord]


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


class Executions:
    """The ``execution``, ``event``, ``artifact`` and ``claim`` tables of one pipeline."""

    def __init__(self, database: Database, pipeline: str) -> None:
        self.database = database
        self.pipeline = pipeline

    def find(self, key: str) -> Hit | None:
        """Return the first complete execution of ``key``, or None."""
        query = (
            sa.select(execution.c.id, event.c.name, event.c.position, artifact)
            .join(event, sa.and_(event.c.execution == execution.c.id, event.c.direction == "output"))
            .join(artifact, artifact.c.id == event.c.artifact)
            .where(execution.c.key == key, execution.c.state == "COMPLETE")
            .order_by(execution.c.id)
        )
        with self.database.read() as connection:
            rows = connection.execute(query).all()
        first = rows[0][0] if rows else None
        return Hit(first, {(row[1], row[2]): artifact_of(row) for row in rows if row[0] == first}) if first is not None else None

    def claim(self, started: Started, *, steal: bool = False) -> Claim | None:
        """Record a RUNNING execution and claim its key, or return None where a live claim of somebody else holds it.

        With ``steal`` a live claim is taken over: who has waited a whole lease computes too.
        """
        token = secrets.token_hex(16)
        with self.database.write() as connection:
            now = self.database.now(connection)
            held = connection.execute(sa.select(claim.c.expires_at).where(claim.c.key == started.key)).first()
            if held is not None and held.expires_at > now and not steal:
                return None
            if held is None or held.expires_at <= now:
                self._bury(connection, started.key, now)
            connection.execute(sa.delete(claim).where(claim.c.key == started.key))
            connection.execute(
                sa.insert(claim).values(key=started.key, token=token, run=started.run, expires_at=now + int(LEASE_SECONDS * 1e6))
            )
            row = _row(started) | {"state": "RUNNING", "started_at": now, "error": ""}
            inserted = connection.execute(sa.insert(execution).values(row).returning(execution.c.id)).scalar_one()
        return Claim(started.key, token, inserted)

    def renew(self, held: Claim) -> bool:
        """Extend the lease; False where the claim was lost meanwhile."""
        with self.database.write() as connection:
            until = self.database.now(connection) + int(LEASE_SECONDS * 1e6)
            return bool(connection.execute(sa.update(claim).where(_mine(held)).values(expires_at=until)).rowcount)

    def wait(self, key: str, seconds: float = LEASE_SECONDS) -> Hit | None:
        """Wait up to one lease for the holder of ``key`` to finish; return its hit, or None where it did not."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if hit := self.find(key):
                return hit
            with self.database.read() as connection:
                alive = sa.select(claim.c.key).where(claim.c.key == key, claim.c.expires_at > self.database.now(connection))
                if connection.execute(alive).first() is None:
                    return self.find(key)
            time.sleep(0.1)
        return None

    def complete(
        self,
        held: Claim,
        inputs: Sequence[Placed],
        outputs: Mapping[tuple[str, int], NewArtifact],
        *,
        cpu_ms: int,
        peak_kb: int,
    ) -> Mapping[tuple[str, int], ArtifactRecord]:
        """Record outputs and events in one transaction and release the claim.

        Where somebody else recorded the key first (the lease had run out), nothing is recorded and the winner's artifacts are
        returned; this execution is marked CANCELED.
        """
        used = {"cpu_ms": cpu_ms, "peak_kb": peak_kb}
        try:
            with self.database.write() as connection:
                now = self.database.now(connection)
                done = sa.update(execution).where(execution.c.id == held.execution)
                connection.execute(done.values(used | {"state": "COMPLETE", "ended_at": now}))
                connection.execute(sa.delete(claim).where(_mine(held)))
                made = {place: record_artifact(connection, self.pipeline, new, now) for place, new in outputs.items()}
                events = [_event(held.execution, "input", p.name, p.position, p.artifact) for p in inputs]
                events += [_event(held.execution, "output", name, position, a.id) for (name, position), a in made.items()]
                connection.execute(sa.insert(event), events)
                return made
        except sa.exc.IntegrityError:
            winner = self.find(held.key)
            if winner is None:
                raise
            self.fail(held, "CANCELED", f"execution {winner.execution} recorded the key first")
            return winner.outputs

    def lose(self, hit: Hit) -> None:
        """Mark a complete execution LOST: one of its blobs is gone, so that its key counts as never made."""
        with self.database.write() as connection:
            connection.execute(sa.update(execution).where(execution.c.id == hit.execution).values(state="LOST"))

    def fail(self, held: Claim, state: State, error: str) -> None:
        """Mark the execution FAILED or CANCELED and release the claim."""
        with self.database.write() as connection:
            connection.execute(sa.delete(claim).where(_mine(held)))
            ended = {"state": state, "error": error, "ended_at": self.database.now(connection)}
            connection.execute(sa.update(execution).where(execution.c.id == held.execution).values(ended))

    def reuse(self, started: Sequence[tuple[Started, int | None]], state: State = "CACHED") -> None:
        """Record executions that reuse another one (CACHED), or that had nothing to do (ABSENT), in one transaction."""
        with self.database.write() as connection:
            now = self.database.now(connection)
            rows = [
                _row(one) | {"state": state, "reuses": reused, "started_at": now, "ended_at": now, "cpu_ms": 0, "error": ""}
                for one, reused in started
            ]
            connection.execute(sa.insert(execution), rows)

    def of_run(self, run: str) -> list[ExecutionRecord]:
        """Return the executions of a run in the order they started."""
        with self.database.read() as connection:
            rows = connection.execute(sa.select(execution).where(execution.c.run == run).order_by(execution.c.id)).mappings()
            return [_record(row) for row in rows]

    def get(self, number: int) -> ExecutionRecord:
        """Return an execution by its number."""
        with self.database.read() as connection:
            return _record(connection.execute(sa.select(execution).where(execution.c.id == number)).mappings().one())

    def outputs(self, number: int) -> dict[tuple[str, int], ArtifactRecord]:
        """Return an execution's artifacts by output name and position."""
        return self._placed(number, "output")

    def inputs(self, number: int) -> dict[tuple[str, int], ArtifactRecord]:
        """Return the artifacts that an execution read, by parameter name and position."""
        return self._placed(number, "input")

    def mean_seconds(self) -> dict[str, float]:
        """Return the mean duration of complete executions by component, for estimates."""
        duration = sa.func.avg(execution.c.ended_at - execution.c.started_at)
        query = sa.select(execution.c.component, duration).where(execution.c.state == "COMPLETE").group_by(execution.c.component)
        with self.database.read() as connection:
            return {name: float(micros or 0) / 1e6 for name, micros in connection.execute(query)}

    def previous(self, one: ExecutionRecord) -> ExecutionRecord | None:
        """Return the newest complete execution of the same step and span before ``one``."""
        return self._newest(one.step, one.span, execution.c.id < one.id)

    def last(self, step: str, span: str) -> ExecutionRecord | None:
        """Return the newest complete execution of a step at a span: what a plan compares a key with."""
        return self._newest(step, span)

    def _newest(self, step: str, span: str, *conditions: sa.ColumnElement[bool]) -> ExecutionRecord | None:
        where = (execution.c.step == step, execution.c.span == span, execution.c.state == "COMPLETE", *conditions)
        with self.database.read() as connection:
            query = sa.select(execution).where(*where).order_by(execution.c.id.desc()).limit(1)
            row = connection.execute(query).mappings().first()
        return _record(row) if row else None

    def _placed(self, number: int, direction: str) -> dict[tuple[str, int], ArtifactRecord]:
        query = (
            sa.select(event.c.name, event.c.position, artifact)
            .join(artifact, artifact.c.id == event.c.artifact)
            .where(event.c.execution == number, event.c.direction == direction)
            .order_by(event.c.name, event.c.position)
        )
        with self.database.read() as connection:
            return {(row[0], row[1]): artifact_of(row) for row in connection.execute(query)}

    def _bury(self, connection: sa.Connection, key: str, now: int) -> None:
        """Mark the executions FAILED that died without releasing their claim."""
        dead = sa.and_(execution.c.key == key, execution.c.state == "RUNNING")
        why = {"state": "FAILED", "error": "the process died: its lease ran out", "ended_at": now}
        connection.execute(sa.update(execution).where(dead).values(why))


def record_artifact(connection: sa.Connection, pipeline: str, new: NewArtifact, now: int) -> ArtifactRecord:
    """Insert the artifact unless the same blob is there for the same span and time, and return its record."""
    place = {"pipeline": pipeline, "kind": new.kind, "digest": new.digest, "span": new.span, "known_at": new.known_at}
    row = place | {"recorded_at": now, "n_bytes": new.n_bytes, "value_type": new.value_type, "summary": dict(new.summary)}
    insert_missing(connection, artifact, [row])
    found = connection.scalar(sa.select(artifact.c.id).where(*(artifact.c[name] == value for name, value in place.items())))
    return ArtifactRecord(int(found or 0), new.kind, new.digest, new.span, new.known_at, new.n_bytes, new.value_type, new.summary)


def artifact_of(row: "sa.Row[tuple[object, ...]]") -> ArtifactRecord:
    """Return the artifact in a row that selects the ``artifact`` table."""
    part = row._mapping  # noqa: SLF001
    columns = artifact.c
    return ArtifactRecord(**{name: part[columns[name]] for name in ArtifactRecord.__dataclass_fields__})


def _row(started: Started) -> dict[str, object]:
    return {
        "run": started.run,
        "attempt": started.attempt,
        "own": started.own,
        "step": started.step,
        "position": started.position,
        "component": started.component,
        "span": started.span,
        "key": started.key,
        "key_parts": dict(started.key_parts),
        "libraries": dict(started.libraries),
    }


def _record(row: Mapping[str, object]) -> ExecutionRecord:
    names = ExecutionRecord.__dataclass_fields__
    return ExecutionRecord(**{name: row[name] for name in names})  # type: ignore[arg-type]


def _mine(held: Claim) -> sa.ColumnElement[bool]:
    return sa.and_(claim.c.key == held.key, claim.c.token == held.token)


def _event(execution_id: int, direction: str, name: str, position: int, artifact_id: int) -> dict[str, object]:
    return {"execution": execution_id, "direction": direction, "name": name, "position": position, "artifact": artifact_id}
