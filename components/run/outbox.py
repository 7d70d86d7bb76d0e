"""The outbox: runs that the mirror has not got yet, told as plain records from the artifacts, whether steps ran or were reused."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from components.artifacts.choice import Choice
from components.run.mirror import CandidateRecord, DatasetRecord, MetricRecord, ModelRecord, Plain, RunRecord
from components.run.model_cards import candidate_card, card_text
from components.runtime.instants import from_micros
from components.store import records
from components.store.champions import champion_entry
from components.store.executions import Executions
from components.store.records import ArtifactRecord, ExecutionRecord
from components.store.store import Store
from components.store.tables import mirror, outbox

DATASET_KINDS = frozenset({"examples", "features", "votes"})


@dataclass(frozen=True)
class MirrorTable:
    """The side table of MLflow run ids, kept in the store."""

    store: Store

    def get(self, run_key: str) -> str | None:
        """Return the MLflow run of a run key, or None."""
        with self.store.database.read() as connection:
            return connection.scalar(sa.select(mirror.c.mlflow_run).where(mirror.c.run_key == run_key))

    def put(self, run_key: str, foreign_id: str) -> None:
        """Remember the MLflow run of a run key."""
        with self.store.database.write() as connection:
            connection.execute(sa.delete(mirror).where(mirror.c.run_key == run_key))
            connection.execute(sa.insert(mirror).values(run_key=run_key, mlflow_run=foreign_id))


def pending(store: Store) -> list[str]:
    """Return the runs that wait to be mirrored, oldest first."""
    waiting = sa.select(outbox.c.run).where(outbox.c.synced_at.is_(None)).order_by(outbox.c.run)
    with store.database.read() as connection:
        names = list(connection.scalars(waiting))
    return sorted(names, key=lambda name: store.runs.get(name).started_at)


def mark(store: Store, run: str, error: str = "") -> None:
    """Note that a run was mirrored, or why it was not: then it waits on."""
    with store.database.write() as connection:
        values: dict[str, object] = {"attempts": outbox.c.attempts + 1, "error": error}
        if not error:
            values["synced_at"] = store.database.now(connection)
        connection.execute(sa.update(outbox).where(outbox.c.run == run).values(values))


def mirror_record(store: Store, run: str) -> RunRecord:
    """Return what the mirror shows of a run."""
    record = store.runs.get(run)
    executions = store.executions(record.pipeline)
    artifacts = {name: artifact for name, artifact in store.run(run).artifacts.items() if "." in name}
    own = {(one.step, one.position): one for one in executions.of_run(run) if one.own}
    page = store.folder / "runs" / run / "index.html"
    return RunRecord(
        key=record.key,
        pipeline=record.pipeline,
        graph=record.graph,
        as_of=from_micros(record.as_of),
        lane=record.lane,
        reason=record.why,
        why=record.reason or record.verdict,
        state=record.state if record.state in ("RUNNING", "COMPLETE", "CACHED", "FAILED", "CANCELED") else "FAILED",
        started=from_micros(record.started_at),
        ended=from_micros(record.ended_at) if record.ended_at else None,
        parameters=_parameters(record, executions, list(own.values())),
        metrics=tuple(_metrics(artifacts)),
        tags={"verdict": record.verdict[:500], "span": record.span},
        datasets=tuple(_datasets(executions, list(own.values()))),
        candidates=tuple(_candidates(store, artifacts)),
        model=_model(store, record, artifacts),
        report=page if page.exists() else None,
        links={**record.links, "store": run},
    )


def _parameters(record: records.RunRecord, executions: Executions, own: Sequence[ExecutionRecord]) -> dict[str, Plain]:
    """Return the run's overrides and the plain values of its steps' configuration, by dotted name."""
    found: dict[str, Plain] = {name: str(value) for name, value in record.parameters.items()}
    for one in own:
        origin = executions.get(one.reuses) if one.reuses else one
        config = origin.key_parts.get("config", {})
        if one.position == 0 and isinstance(config, Mapping):
            found |= dict(_flat(one.step, config))
    return found


def _flat(prefix: str, value: object) -> Iterator[tuple[str, Plain]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(f"{prefix}.{name}", inner) if name != "class" else ()
    elif value is None or isinstance(value, bool | int | float | str):
        yield prefix, value
    elif isinstance(value, list):
        yield prefix, str(value)


def _metrics(artifacts: Mapping[str, ArtifactRecord]) -> Iterator[MetricRecord]:
    """Yield every number of every artifact's summary."""
    for name, artifact in artifacts.items():
        for figure, value in artifact.summary.items():
            if isinstance(value, int | float):
                yield MetricRecord(f"{name.replace('[', '.').replace(']', '')}.{figure}", float(value))


def _datasets(executions: Executions, own: Sequence[ExecutionRecord]) -> Iterator[DatasetRecord]:
    """Yield each row-level input of the run's steps; a window is one dataset, its digest over those of its spans."""
    for one in own:
        inputs: dict[str, list[ArtifactRecord]] = {}
        for (name, _), artifact in sorted(executions.inputs(one.reuses or one.id).items()):
            if artifact.kind in DATASET_KINDS:
                inputs.setdefault(name, []).append(artifact)
        for name, found in inputs.items():
            digest = found[0].digest if len(found) == 1 else hashlib.sha256("".join(a.digest for a in found).encode()).hexdigest()
            rows = sum(int(a.summary.get("n_rows", 0)) for a in found)
            span = found[0].span if len(found) == 1 else f"{found[0].span}/{found[-1].span}"
            yield DatasetRecord(name, digest, one.step, span, rows)


def _candidates(store: Store, artifacts: Mapping[str, ArtifactRecord]) -> Iterator[CandidateRecord]:
    """Yield the trials of the run's choice among several candidates."""
    chosen = [a for a in artifacts.values() if a.kind == Choice.kind]
    choices = [value for value in map(store.load, chosen) if isinstance(value, Choice)]
    if not choices:
        return
    choice = max(choices, key=lambda one: len(one.trials))
    for position, trial in enumerate(choice.trials):
        metrics = tuple(MetricRecord(f"validation.{name}", value) for name, value in trial.metrics.items())
        proposal = trial.proposal
        about: dict[str, Plain] = {"estimator": trial.candidate.estimator, "window": proposal.window.name, "share": proposal.share}
        card = card_text(proposal.name, candidate_card(choice, position))
        yield CandidateRecord(proposal.name, {**about, **trial.candidate.parameters}, metrics, position == choice.chosen, card)


def _model(store: Store, record: records.RunRecord, artifacts: Mapping[str, ArtifactRecord]) -> ModelRecord | None:
    """Return the model that the run's decision is about; it carries the alias where the ledger names it the champion."""
    decision = next((a for a in artifacts.values() if a.kind == "decision"), None)
    if decision is None:
        return None
    step = str(decision.summary.get("model_step", ""))
    model = artifacts.get(f"{step}.model")
    if model is None:
        return None
    champion = champion_entry(store.ledger(record.pipeline))
    aliases = ("champion",) if champion and champion.value["digest"] == model.digest else ()
    tags = {"run": record.id, "as_of": f"{from_micros(record.as_of):%Y-%m-%d}", "lane": record.lane, "span": model.span}
    return ModelRecord(store.blobs.path(model.kind, model.digest), model.digest, record.pipeline, aliases, tags)
