"""Runs: opened once per key, with the snapshot that every retry reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from components.runtime.errors import StoreError, nearest
from components.store.database import Database, new_id
from components.store.records import Lane, RunRecord, State, Why
from components.store.roots import Snapshot
from components.store.tables import execution, outbox, pipeline, run


@dataclass(frozen=True)
class NewRun:
    """What a run is about. ``key`` is unique: opening it twice gives the first run, with its old snapshot."""

    key: str
    graph: str
    span: str
    as_of: int
    lane: Lane
    why: Why
    reason: str
    parameters: Mapping[str, object]
    platform: Mapping[str, str]
    links: Mapping[str, str]


class Runs:
    """The runs of one pipeline, or of all where ``pipeline_name`` is empty."""

    def __init__(self, database: Database, pipeline_name: str = "") -> None:
        self.database = database
        self.pipeline = pipeline_name

    def open(self, new: NewRun, snapshot: Snapshot) -> RunRecord:
        """Record a run in state RUNNING and return it; where its key is there already, that run with its old snapshot."""
        with self.database.write(new.key) as connection:
            found = connection.execute(sa.select(run).where(run.c.key == new.key)).mappings().first()
            if found is not None:
                connection.execute(sa.update(run).where(run.c.id == found["id"]).values(state="RUNNING"))
                return _record({**found, "state": "RUNNING"})
            row = vars(new) | {
                "id": new_id(f"{self.pipeline}-{new.graph}-{new.span.replace('/', '_') or 'run'}"),
                "pipeline": self.pipeline,
                "snapshot": snapshot.to_json(),
                "state": "RUNNING",
                "verdict": "",
                "started_at": self.database.now(connection),
                "ended_at": None,
            }
            connection.execute(sa.insert(run).values(row))
        return _record(row)

    def close(self, identity: str, state: State, verdict: str) -> RunRecord:
        """Record how the run ended, hand it to the mirror's outbox in the same transaction, and return it."""
        with self.database.write(identity) as connection:
            ended = {"state": state, "verdict": verdict, "ended_at": self.database.clock}
            closed = connection.execute(sa.update(run).where(run.c.id == identity).values(ended).returning(run)).mappings().one()
            connection.execute(sa.delete(outbox).where(outbox.c.run == identity))
            connection.execute(sa.insert(outbox).values(run=identity, attempts=0, error=""))
        return _record(closed)

    def link(self, identity: str, name: str, url: str) -> bool:
        """Keep an address of the run under a name; False where it is there already."""
        with self.database.write() as connection:
            links = dict(connection.scalar(sa.select(run.c.links).where(run.c.id == identity)) or {})
            if links.get(name) == url:
                return False
            connection.execute(sa.update(run).where(run.c.id == identity).values(links={**links, name: url}))
        return True

    def find(self, key: str) -> RunRecord | None:
        """Return the run of a key, or None."""
        return next(iter(self._select(run.c.key == key)), None)

    def get(self, identity: str) -> RunRecord:
        """Return a run by its identifier or an unambiguous beginning of it; ``latest`` is the newest."""
        if identity == "latest":
            newest = self.recent(limit=1)
            if not newest:
                raise StoreError("there is no run yet", fix="start one: `almanac run PIPELINE --as-of DATE`")
            return newest[0]
        found = self._select(run.c.id == identity) or self._select(run.c.id.startswith(identity, autoescape=True))
        if len(found) == 1:
            return found[0]
        if found:
            raise StoreError(f"{len(found)} runs begin with '{identity}'", got=", ".join(one.id for one in found[:5]))
        known = [one.id for one in self.recent(limit=200)]
        raise StoreError(f"there is no run '{identity}'", nearest=nearest(identity, known), fix="list them: `almanac runs`")

    def recent(self, *, limit: int = 50, graph: str | None = None, lane: str | None = None) -> list[RunRecord]:
        """Return runs, newest first."""
        conditions = [run.c.graph == graph] if graph else []
        conditions += [run.c.lane == lane] if lane else []
        return self._select(*conditions, limit=limit)

    def first_as_of(self, graph: str, lane: str) -> int | None:
        """Return the earliest as-of of a lane's runs, or None where it has none."""
        first = sa.select(sa.func.min(run.c.as_of)).where(run.c.pipeline == self.pipeline, run.c.graph == graph, run.c.lane == lane)
        with self.database.read() as connection:
            found: int | None = connection.execute(first).scalar_one()
        return found

    def declare(self, grain: str, zone: str) -> None:
        """Record the pipeline's grain and zone at its first run; a change afterwards is refused."""
        declared = sa.select(pipeline.c.grain, pipeline.c.zone).where(pipeline.c.name == self.pipeline)
        with self.database.read() as connection:
            found = connection.execute(declared).first()
        if found is None:
            with self.database.write(self.pipeline) as connection:
                found = connection.execute(declared).first()
                if found is None:
                    now = self.database.now(connection)
                    connection.execute(sa.insert(pipeline).values(name=self.pipeline, grain=grain, zone=zone, recorded_at=now))
        if found is not None and tuple(found) != (grain, zone):
            raise StoreError(
                f"pipeline {self.pipeline}: grain and zone cannot change after the first run",
                expected=", ".join(found),
                got=f"{grain}, {zone}",
                fix="give the changed pipeline a name of its own",
            )

    def zone(self) -> str:
        """Return the pipeline's time zone, UTC before its first run."""
        with self.database.read() as connection:
            found = connection.scalar(sa.select(pipeline.c.zone).where(pipeline.c.name == self.pipeline))
        return str(found or "UTC")

    def attempt(self, identity: str) -> int:
        """Return the number of the next attempt of a run: one more than any execution has recorded."""
        with self.database.read() as connection:
            last = connection.scalar(sa.select(sa.func.max(execution.c.attempt)).where(execution.c.run == identity))
        return int(last or 0) + 1

    def _select(self, *conditions: sa.ColumnElement[bool], limit: int | None = None) -> list[RunRecord]:
        query = sa.select(run).where(*conditions).order_by(run.c.started_at.desc(), run.c.id).limit(limit)
        if self.pipeline:
            query = query.where(run.c.pipeline == self.pipeline)
        with self.database.read() as connection:
            return [_record(row) for row in connection.execute(query).mappings()]


def _record(row: Mapping[Any, object]) -> RunRecord:
    return RunRecord(**{name: row[name] for name in RunRecord.__dataclass_fields__})  # type: ignore[arg-type]
