"""The sync of the outbox: every run that MLflow lacks, written once, however often it is tried."""

from dataclasses import replace

from components.adapters.mlflow.alias import mirror_alias
from components.adapters.mlflow.sync import sync
from components.artifacts.findings import Finding
from components.reports.collect import write_report
from components.run.mirror import MirrorUnavailable, SyncResult
from components.run.outbox import MirrorTable, mark, mirror_record, pending
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
    moved = [finding for pipeline in sorted(trained) for finding in _champion_alias(store, pipeline, tracking_uri)]
    return replace(result, findings=(*result.findings, *moved))


def _pipelines(store: Store) -> set[str]:
    return {run.pipeline for run in store.runs.recent(limit=1000, graph="training")}


def _champion_alias(store: Store, pipeline: str, tracking_uri: str) -> list[Finding]:
    """Hold MLflow's alias ``champion`` against the ledger's newest promotion; one moved by hand is put back and reported."""
    promotions = [entry for entry in store.ledger(pipeline).entries("promotion") if entry.lane == "production"]
    if not promotions:
        return []
    newest = max(promotions, key=lambda entry: (entry.effective_from, entry.id))
    return mirror_alias(pipeline, "champion", str(newest.value["digest"]), tracking_uri)


def _mark(store: Store, waiting: dict[str, str], result: SyncResult) -> None:
    for one in result.mirrored:
        run = waiting[one.key]
        mark(store, run)
        if store.runs.link(run, "mlflow", one.url) and store.runs.get(run).graph == "training":
            write_report(store, run)  # once more, with the way to MLflow
    for key, reason in result.refused.items():
        mark(store, waiting[key], reason)
