"""MLflow's own scoring server for a registered model, which logs what it predicts."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from components.adapters.mlflow.connection import answers_from, connect
from components.adapters.mlflow.registry import DIGEST
from components.adapters.mlflow.serving_log import LoggedModel, ServedModel

if TYPE_CHECKING:
    from fastapi import FastAPI


def clock() -> datetime:
    """Return the time at which a prediction is served."""
    return datetime.now(UTC)


def scoring_app(served: ServedModel, log: Path, now: Callable[[], datetime] = clock) -> "FastAPI":
    """Return MLflow's scoring application for a version of a model; what it predicts is logged in a folder (see `LoggedModel`)."""
    import mlflow
    from mlflow.pyfunc import scoring_server

    app: FastAPI = scoring_server.init(LoggedModel(mlflow.pyfunc.load_model(served.uri), served, log, now))
    return app


def served_model(name: str, alias: str, tracking_uri: str) -> ServedModel:
    """Return the version that an alias of a registered model names now.

    Raises
    ------
    MirrorUnavailable
        If MLflow does not answer.
    MirrorRefused
        If it has no such model or alias.

    """
    client = connect(tracking_uri)
    with answers_from(tracking_uri):
        version = client.get_model_version_by_alias(name, alias)
    return ServedModel(name, str(version.version), version.tags.get(DIGEST, ""))


def serve_model(served: ServedModel, log: Path, *, tracking_uri: str, port: int) -> None:
    """Serve a version of a model on loopback until the process is stopped.

    Raises
    ------
    MirrorUnavailable
        If MLflow does not answer.

    """
    import mlflow
    import uvicorn

    connect(tracking_uri)
    mlflow.set_tracking_uri(tracking_uri)
    mlflow.set_registry_uri(tracking_uri)
    with answers_from(tracking_uri):
        app = scoring_app(served, log)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")
