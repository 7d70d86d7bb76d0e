"""The store: one metadata database and one folder of blobs."""

import importlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from components.runtime.errors import StoreError, nearest
from components.runtime.home import home
from components.runtime.instants import from_micros
from components.runtime.value import Value
from components.store.artifacts import COLUMNS, artifact_of
from components.store.blobs import Blobs
from components.store.champions import champion_entry
from components.store.connections import Connections
from components.store.database import Database
from components.store.executions import Executions
from components.store.known_roots import KnownRoots
from components.store.ledger import Ledger
from components.store.memo import MemoFolder
from components.store.records import ArtifactRecord, NewArtifact, RunRecord
from components.store.roots import Roots
from components.store.runs import Runs
from components.store.source_findings import SourceFindings
from components.store.tables import artifact, event, execution


class Store:
    """Artifacts, executions, runs and decisions; the notebook's door to what the pipelines made.

    ``Store.open()`` takes ``$ALMANAC_DATABASE_URL``, else the address that ``make up`` left in the state folder, else a SQLite file there.
    """

    def __init__(self, database: Database, blobs: Blobs, folder: Path) -> None:
        self.database = database
        self.blobs = blobs
        self.folder = folder

    @classmethod
    def open(cls, url: str | None = None, folder: Path | None = None) -> "Store":
        """Open the store, creating it where it is new."""
        root = (folder or home()).resolve()
        root.mkdir(parents=True, exist_ok=True)
        address = url or Connections.of(root).database or f"sqlite:///{root / 'metadata.db'}"
        return cls(Database(address), Blobs(root / "blobs"), root)

    def close(self) -> None:
        """Return the database connections."""
        self.database.close()

    def __enter__(self) -> Self:
        """Return the store itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the store."""
        self.close()

    @cached_property
    def runs(self) -> Runs:
        """The runs of all pipelines."""
        return Runs(self.database)

    @cached_property
    def memo(self) -> MemoFolder:
        """What steps keep beside the blobs."""
        return MemoFolder(self.folder / "memo")

    def runs_of(self, pipeline: str) -> Runs:
        """Return the runs of one pipeline."""
        return Runs(self.database, pipeline)

    def executions(self, pipeline: str) -> Executions:
        """Return the executions of one pipeline."""
        return Executions(self.database, pipeline)

    def roots(self, pipeline: str) -> Roots:
        """Return the deliveries of one pipeline."""
        return Roots(self.database, pipeline)

    def source_findings(self, pipeline: str) -> SourceFindings:
        """Return what was found wrong with the sources of one pipeline."""
        return SourceFindings(self.database, pipeline)

    def known_roots(self, pipeline: str) -> KnownRoots:
        """Return the deliveries and decisions of one pipeline as they stand now."""
        return KnownRoots(self.roots(pipeline), self.ledger(pipeline))

    def ledger(self, pipeline: str) -> Ledger:
        """Return the decisions of one pipeline."""
        return Ledger(self.database, pipeline)

    def run(self, identity: str) -> "RunArtifacts":
        """Return a run's artifacts by step: ``store.run("latest")["examples"].to_polars()``."""
        return RunArtifacts(self, self.runs.get(identity))

    def champion(self, pipeline: str, *, lane: str = "production", as_of: datetime | None = None) -> Value:
        """Return the model that serves in a lane (the newest promotion's, unless a rollback pins another); with ``as_of``, as known then."""
        from components.runtime.instants import to_micros

        entry = champion_entry(self.ledger(pipeline), lane, to_micros(as_of) if as_of is not None else None)
        if entry is None:
            raise StoreError(
                f"{pipeline} has no champion in the lane '{lane}'", fix="run its training in that lane until a model is blessed"
            )
        return self.load(self.artifact(int(str(entry.value["artifact"]))))

    def put(self, value: Value, span: str, known_at: int) -> NewArtifact:
        """Publish a value's blob and return what there is to record of it."""
        digest, size = self.blobs.publish(value)
        loads = f"{type(value).__module__}:{type(value).__qualname__}"
        return NewArtifact(value.kind, digest, span, known_at, size, loads, dict(value.summary()))

    def load(self, record: ArtifactRecord) -> Value:
        """Return an artifact's value; its class is the one that saved it, and must still call itself by the same kind."""
        module, _, name = record.value_type.partition(":")
        loader = getattr(importlib.import_module(module), name)
        if getattr(loader, "kind", None) != record.kind:
            raise StoreError(f"{record.value_type} does not load artifacts of kind '{record.kind}'")
        path = self.blobs.path(record.kind, record.digest)
        if not path.is_dir():
            raise StoreError(f"{record.kind} {record.digest[:12]} is missing", where=str(path), fix="run its step again")
        value: Value = loader.load(path)
        return value

    def artifact(self, number: int) -> ArtifactRecord:
        """Return an artifact's record by its number."""
        with self.database.read() as connection:
            row = connection.execute(sa.select(*COLUMNS).where(artifact.c.id == number)).first()
        if row is None:
            raise StoreError(f"there is no artifact number {number}")
        return artifact_of(row)

    def find_artifact(self, digest: str) -> ArtifactRecord:
        """Return the newest artifact whose digest begins with ``digest``."""
        query = sa.select(*COLUMNS).where(artifact.c.digest.startswith(digest, autoescape=True)).order_by(artifact.c.id.desc())
        with self.database.read() as connection:
            row = connection.execute(query.limit(1)).first()
        if row is None:
            raise StoreError(f"there is no artifact whose digest begins with '{digest}'", fix="`almanac show RUN` lists them")
        return artifact_of(row)


class NoSuchArtifact(StoreError, KeyError):  # noqa: N818 - it says what is wrong as its base does
    """A run has no artifact of that name."""


class RunArtifacts(Mapping[str, Value]):
    """The values of one run by step name, or ``step.output`` where a step has several; a mapped step gives its first, ``step[1]`` the next."""

    def __init__(self, store: Store, record: RunRecord) -> None:
        self.store = store
        self.record = record

    @cached_property
    def artifacts(self) -> dict[str, ArtifactRecord]:
        """The records by name, made in this run or reused by it."""
        origin = sa.func.coalesce(execution.c.reuses, execution.c.id)
        query = (
            sa.select(execution.c.step, execution.c.position, event.c.name, event.c.position, *COLUMNS)
            .join(event, sa.and_(event.c.execution == origin, event.c.direction == "output"))
            .join(artifact, artifact.c.id == event.c.artifact)
            .where(
                execution.c.run == self.record.id,
                execution.c.own,
                execution.c.state.in_(("COMPLETE", "CACHED")),
            )
            .order_by(execution.c.id)
        )
        with self.store.database.read() as connection:
            rows = connection.execute(query).all()
        outputs: dict[str, set[str]] = {}
        for step, _, name, *_ in rows:
            outputs.setdefault(step, set()).add(name)
        found = {}
        for row in rows:
            step, position, name, place, *_ = row
            suffix = f"[{position or place}]" if position or place else ""
            found[f"{step}.{name}{suffix}"] = artifact_of(row)
            if len(outputs[step]) == 1:
                found[f"{step}{suffix}"] = artifact_of(row)
        return found

    def __getitem__(self, name: str) -> Value:
        """Load the value called ``name``."""
        if name not in self.artifacts:
            raise NoSuchArtifact(
                f"run {self.record.id} (as of {from_micros(self.record.as_of):%Y-%m-%d}) has no artifact '{name}'",
                expected=", ".join(sorted(n for n in self.artifacts if "." not in n)),
                nearest=nearest(name, self.artifacts),
            )
        return self.store.load(self.artifacts[name])

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(self.artifacts)

    def __len__(self) -> int:
        """Count the names."""
        return len(self.artifacts)
