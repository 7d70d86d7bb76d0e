"""Late labels: a past evaluation that lacked outcomes is made again once they are known, as a new artifact; the old one stays."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from components.artifacts.evaluation import Evaluation
from components.artifacts.labels import Labels
from components.artifacts.split import Split
from components.runtime.graph import Pipeline
from components.runtime.window import Window
from components.store.artifacts import record_artifact
from components.store.records import ArtifactRecord, LedgerEntry, RunRecord
from components.store.store import Store

if TYPE_CHECKING:
    from components.store.records import ExecutionRecord

LOOK_BACK = 30
"""Trainings before a run whose evaluations are looked at; at one a week more than half a year."""


def complete_evaluations(store: Store, pipeline: Pipeline, run: RunRecord) -> Iterator[LedgerEntry]:
    """Make again each evaluation of the lane's recent trainings that waited for outcomes, with the run's newer labels, and yield the records.

    Model, champion, features and split are those of the past evaluation; only the labels are newer, and only rows that they know count. The
    new evaluation is known since the labels are, and the ledger says which run it completes. One that would wait as before is not kept.
    """
    labels = max((a for a in store.run(run.id).artifacts.values() if a.kind == Labels.kind), key=lambda a: a.known_at, default=None)
    value = None if labels is None else store.load(labels)
    if labels is None or not isinstance(value, Labels):
        return
    done = {str(e.value["run"]): int(str(e.value["n_immature"])) for e in store.ledger(pipeline.name).entries("completion")}
    for past in store.runs_of(pipeline.name).recent(limit=LOOK_BACK, graph="training"):
        if past.lane != run.lane or past.as_of >= run.as_of:
            continue
        for made, old in _evaluations(store, past):
            waiting = done.get(past.id, int(old.summary.get("n_immature", 0)))
            found = _again(store, pipeline, made, value) if waiting else None
            if found is not None and found.n_immature < waiting:
                yield _record(store, pipeline, past, old, found, labels.known_at)


def _evaluations(store: Store, run: RunRecord) -> Iterator[tuple["ExecutionRecord", ArtifactRecord]]:
    """Yield the executions of a run that made or reused an evaluation, with it."""
    executions = store.executions(run.pipeline)
    for one in executions.of_run(run.id):
        if one.own and one.state in ("COMPLETE", "CACHED"):
            origin = executions.get(one.reuses) if one.reuses else one
            yield from ((origin, a) for a in executions.outputs(origin.id).values() if a.kind == Evaluation.kind)


def _again(store: Store, pipeline: Pipeline, made: "ExecutionRecord", labels: Labels) -> Evaluation | None:
    """Return the evaluation with other labels; None where these do not reach back over all its spans, or the pipeline has no such step."""
    step = pipeline.steps.get(made.step)
    inputs: dict[str, object] = dict(_inputs(store, pipeline, made))
    split = inputs.get("split")
    if step is None or not isinstance(split, Split) or not {*split.test} <= {*labels.rows["span"].unique()}:
        return None
    returned = step.component(**{**dict.fromkeys(step.component.inputs), **inputs, "labels": labels}, **step.config)
    return next((value for value in step.component.named(returned).values() if isinstance(value, Evaluation)), None)


def _inputs(store: Store, pipeline: Pipeline, made: "ExecutionRecord") -> Iterator[tuple[str, object]]:
    """Yield what an execution read, by parameter; spans that were absent are not in its windows."""
    read: dict[str, list[ArtifactRecord]] = {}
    for (name, _), record in store.executions(pipeline.name).inputs(made.id).items():
        read.setdefault(name, []).append(record)
    for name, records in read.items():
        if name == "features":
            spans = [pipeline.calendar.span(record.span) for record in records]
            yield name, Window(tuple(spans), tuple(store.load(record) for record in records))
        else:
            yield name, store.load(records[0])


def _record(store: Store, pipeline: Pipeline, past: RunRecord, old: ArtifactRecord, found: Evaluation, known_at: int) -> LedgerEntry:
    new = store.put(found, old.span, known_at)
    with store.database.write() as connection:
        record = record_artifact(connection, pipeline.name, new, store.database.now(connection))
    value: Mapping[str, object] = {"run": past.id, "artifact": record.id, "digest": record.digest, "n_immature": found.n_immature}
    why = f"outcomes came in of rows that evaluation {old.digest[:12]} waited for"
    return store.ledger(pipeline.name).append(
        "completion", "evaluation", value, lane=past.lane, effective_from=past.as_of, known_at=known_at, who="late labels", why=why
    )
