"""The only writer to MLflow: each pipeline run becomes one parent run, with what belongs to it, however often it is synced."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from components.adapters.mlflow.alias import move_alias
from components.adapters.mlflow.connection import MirrorRefused, answers_from, connect, public
from components.adapters.mlflow.content import Content, fill, log_datasets, unfinished
from components.adapters.mlflow.registry import register
from components.adapters.mlflow.runs import CANDIDATE, PARENT, PARENT_SLOT, RUN_KEY, experiment_of, settle
from components.artifacts.findings import Finding
from components.run.mirror import CandidateRecord, MirroredRun, MirrorIds, MirrorUnavailable, RunRecord, SyncResult
from components.runtime.errors import StoreError

if TYPE_CHECKING:
    from mlflow.entities import Run
    from mlflow.tracking import MlflowClient

TRIES = 5
"""How often a refused record is begun again: another writer may have settled on its run, and the next search finds that."""

REPORT = "almanac.report"


def sync(records: Iterable[RunRecord], tracking_uri: str, ids: MirrorIds) -> SyncResult:
    """Return where each record is found in MLflow, after writing what MLflow lacked of it.

    A record is found by the tag ``almanac.run_key``, so a retry, a crash at any point, a lost side table or a second sync at the same
    time leaves one parent run and no other. A run deleted in MLflow by hand is restored, or made again if it is gone for good. A
    record that MLflow refuses, or whose artifacts cannot be read, is reported in ``refused`` and does not hold up the others.

    Raises
    ------
    MirrorUnavailable
        If MLflow does not answer; ``done`` holds what was mirrored before. Syncing again completes the rest.
    """
    result = SyncResult()
    records = list(records)
    if not records:
        return result
    try:
        client = connect(tracking_uri)
        experiments: dict[str, str] = {}
        for record in records:
            result = _add(result, client, tracking_uri, record, ids, experiments)
    except MirrorUnavailable as error:
        error.done = result
        raise
    return result


def _add(
    result: SyncResult, client: "MlflowClient", uri: str, record: RunRecord, ids: MirrorIds, experiments: dict[str, str]
) -> SyncResult:
    """Return the result with one more record, mirrored or refused."""
    for left in reversed(range(TRIES)):
        try:
            with answers_from(uri):
                if record.pipeline not in experiments:
                    experiments[record.pipeline] = experiment_of(client, record.pipeline)
                mirrored, findings = _mirror(client, uri, record, experiments[record.pipeline], ids)
            return replace(result, mirrored=(*result.mirrored, mirrored), findings=(*result.findings, *findings))
        except (MirrorRefused, StoreError, OSError) as error:
            experiments.pop(record.pipeline, None)
            refusal = str(error)
            if left == 0 or not isinstance(error, MirrorRefused):
                break
    return replace(result, refused={**result.refused, record.key: refusal})


def _mirror(client: "MlflowClient", uri: str, record: RunRecord, experiment: str, ids: MirrorIds) -> tuple[MirroredRun, list[Finding]]:
    """Write one record; the parent's status comes last, so that a run that looks finished is complete."""
    wanted = {PARENT_SLOT: _parent(record)} | {each.name: _child(record, each) for each in record.candidates}
    hint = ids.get(record.key)
    runs = settle(client, experiment, record.key, wanted, hint)
    run_id = runs[PARENT_SLOT].info.run_id
    if run_id != hint:
        ids.put(record.key, run_id)
    findings: list[Finding] = []
    for each in record.candidates:
        child = wanted[each.name]
        findings += fill(client, runs[each.name], replace(child, tags={**child.tags, PARENT: run_id}))
    log_datasets(client, runs[PARENT_SLOT], record.datasets)
    _upload_report(client, runs[PARENT_SLOT], record, wanted[PARENT_SLOT].tags.get(REPORT))
    version, model_findings = _mirror_model(client, runs[PARENT_SLOT], record)
    findings += model_findings + fill(client, runs[PARENT_SLOT], wanted[PARENT_SLOT])
    return MirroredRun(record.key, run_id, f"{public(uri).rstrip('/')}/#/experiments/{experiment}/runs/{run_id}", version), findings


def _mirror_model(client: "MlflowClient", run: "Run", record: RunRecord) -> tuple[str | None, list[Finding]]:
    """Return the model's registered version, its aliases set, or None for a run without a model."""
    if record.model is None:
        return None, []
    lineage = {RUN_KEY: record.key, "almanac.as_of": record.as_of.isoformat(), "almanac.lane": record.lane, **record.model.tags}
    model = replace(record.model, tags=lineage)
    version = register(client, run, model)
    findings = [one for alias in model.aliases for one in move_alias(client, model.name, alias, model.digest)]
    return version, findings


def _upload_report(client: "MlflowClient", run: "Run", record: RunRecord, digest: str | None) -> None:
    """Upload the page of the run, unless the run is finished and holds this one."""
    if record.report is not None and (unfinished(run) or run.data.tags.get(REPORT) != digest):
        client.log_artifact(run.info.run_id, str(record.report))


def _parent(record: RunRecord) -> Content:
    """Return what the parent run holds."""
    links = {f"almanac.link.{name}": address for name, address in record.links.items()}
    tags = {
        **record.tags,
        **links,
        RUN_KEY: record.key,
        "almanac.graph": record.graph,
        "almanac.as_of": record.as_of.isoformat(),
        "almanac.lane": record.lane,
        "almanac.reason": record.reason,
        "almanac.state": record.state,
        "mlflow.note.content": _note(record),
        "mlflow.source.name": f"{record.pipeline}/{record.graph}",
        "mlflow.source.type": "PROJECT",
    }
    if record.report is not None:
        tags[REPORT] = hashlib.sha256(record.report.read_bytes()).hexdigest()
    name = f"{record.graph} {record.as_of:%Y-%m-%d} {record.lane}"
    return Content(name, record.state, record.started, record.ended, record.parameters, record.metrics, tags)


def _child(record: RunRecord, candidate: CandidateRecord) -> Content:
    """Return what a candidate's run holds."""
    tags = {RUN_KEY: record.key, CANDIDATE: candidate.name, "almanac.chosen": str(candidate.chosen).lower()}
    tags |= {"mlflow.note.content": candidate.card} if candidate.card else {}
    return Content(
        candidate.name, "COMPLETE", record.started, record.ended or record.started, candidate.parameters, candidate.metrics, tags
    )


def _note(record: RunRecord) -> str:
    """Return the run's description in MLflow, Markdown: why it ran, and where to read on."""
    links = " · ".join(f"[{name}](<{address}>)" for name, address in record.links.items())
    return f"{record.reason}: {record.why}\n\n{links}".strip()
