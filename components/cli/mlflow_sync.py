"""`almanac mlflow-sync`: copy to MLflow what it has not got yet."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from components.store.store import Store


def mlflow_sync() -> None:
    """Copy every finished run that MLflow lacks: runs, metrics, candidates, models, reports and the champion's alias."""
    from components.adapters.mlflow.outbox import sync_outbox
    from components.adapters.mlflow.promotion import promote_waiting
    from components.run.catalog import pipeline_names
    from components.runtime.errors import ConfigError
    from components.store.connections import Connections
    from components.store.store import Store

    with Store.open() as store:
        address = Connections.of(store.folder).mlflow
        if not address:
            raise ConfigError("no MLflow server is set up", fix="start one with `make up`, or set ALMANAC_MLFLOW_URL")
        result = sync_outbox(store, address)
        promoted = {name: said for name in pipeline_names() if (said := promote_waiting(store, name))}
    print(f"{len(result.mirrored)} runs written to {address}")  # noqa: T201
    for key, reason in result.refused.items():
        print(f"  refused {key}: {reason}")  # noqa: T201
    for finding in result.findings:
        print(f"  {finding.code}: {finding.message}")  # noqa: T201
    for name, said in promoted.items():
        print(f"  {name}: {said}")  # noqa: T201
    if result.refused:
        raise typer.Exit(1)


def sync_quietly(store: "Store") -> str:
    """Sync where a server is set up, and say in a few words what came of it; a server that is down costs nothing."""
    from components.adapters.mlflow.outbox import sync_outbox
    from components.run.mirror import MirrorUnavailable
    from components.store.connections import Connections

    address = Connections.of(store.folder).mlflow
    if not address:
        return "not set up (`make up` starts a server; `almanac mlflow-sync` catches up)"
    try:
        result = sync_outbox(store, address)
    except MirrorUnavailable as error:
        return f"{error.message}; `almanac mlflow-sync` catches up"
    newest = result.mirrored[-1].url if result.mirrored else address
    return f"{newest}{f' ({len(result.refused)} refused: see `almanac mlflow-sync`)' if result.refused else ''}"
