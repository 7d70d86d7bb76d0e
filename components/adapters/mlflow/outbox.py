"""The sync of the outbox: every run that MLflow lacks, written once, however often it is tried."""

from dataclasses import replace

from components.adapters.mlflow.alias import mirror_alias
from components.adapters.mlflow.sync import sync
from components.artifacts.findings import Finding
from components.reports.collect import write_report
from components.run.mirror import MirrorUnavailable, SyncResult
from components.run.outbox import MirrorTable, mark, mirror_record, pending
from components.runtime.errors import StoreError
from components.store.champions import champion_entry
from components.store.connections import Connections
from components.store.store import Store


def sync_outbox(store: Store, tracking_uri: str, *, only: str | None = None) -> SyncResult:
    """Copy every waiting run (or ``only`` this one) to MLflow and return what was done; what MLflow did not take waits on.

    Raises
    ------
    MirrorUnavailable
        If MLflow does not answer; runs that were written before are marked, the others wait.

    """
    records = {run: mirror_record(store, run) for run in pending(store) if only in (None, run)}
    waiting = {record.key: run for run, record in records.items()}
    try:
        result = sync(records.values(), tracking_uri, MirrorTable(store))
    except MirrorUnavailable as error:
        _mark(store, waiting, error.done)
        raise
    _mark(store, waiting, result)
    trained = {record.pipeline for record in records.values() if record.graph == "training"} if only else _pipelines(store)
    moved = [finding for pipeline in sorted(trained) for finding in champion_alias(store, pipeline, tracking_uri)]
    return replace(result, findings=(*result.findings, *moved))


def _pipelines(store: Store) -> set[str]:
    return {run.pipeline for run in store.runs.recent(limit=1000, graph="training")}


def champion_alias(store: Store, pipeline: str, tracking_uri: str) -> list[Finding]:
    """Hold MLflow's alias ``champion`` against the ledger; one moved by hand is put back and reported."""
    entry = champion_entry(store.ledger(pipeline))
    return mirror_alias(pipeline, "champion", str(entry.value["digest"]), tracking_uri) if entry else []


def _mark(store: Store, waiting: dict[str, str], result: SyncResult) -> None:
    for one in result.mirrored:
        run = waiting[one.key]
        mark(store, run)
        if store.runs.link(run, "mlflow", one.url) and store.runs.get(run).graph == "training":
            write_report(store, run)  # once more, with the way to MLflow
    for key, reason in result.refused.items():
        mark(store, waiting[key], reason)


def mirror_champion(store: Store, pipeline: str) -> str:
    """Move MLflow's alias after the ledger where a server is set up, and say in a few words what came of it."""
    address = Connections.of(store.folder).mlflow
    if not address:
        return "not set up; `almanac mlflow-sync` catches up"
    try:
        findings = champion_alias(store, pipeline, address)
    except (MirrorUnavailable, StoreError) as error:
        return f"{error.message}; `almanac mlflow-sync` catches up"
    return "; ".join(finding.message for finding in findings) or "the alias champion follows"
