"""The sync of the outbox: every run that MLflow lacks, written once, however often it is tried."""

from components.adapters.mlflow.sync import sync
from components.run.mirror import MirrorUnavailable, SyncResult
from components.run.outbox import MirrorTable, mark, mirror_record, pending
from components.store.store import Store


def sync_outbox(store: Store, tracking_uri: str) -> SyncResult:
    """Copy every waiting run to MLflow and return what was done; what MLflow did not take waits on.

    Raises
    ------
    MirrorUnavailable
        If MLflow does not answer; runs that were written before are marked, the others wait.

    """
    records = {run: mirror_record(store, run) for run in pending(store)}
    waiting = {record.key: run for run, record in records.items()}
    try:
        result = sync(records.values(), tracking_uri, MirrorTable(store))
    except MirrorUnavailable as error:
        _mark(store, waiting, error.done)
        raise
    _mark(store, waiting, result)
    return result


def _mark(store: Store, waiting: dict[str, str], result: SyncResult) -> None:
    for one in result.mirrored:
        mark(store, waiting[one.key])
    for key, reason in result.refused.items():
        mark(store, waiting[key], reason)
