"""One registered version for each model artifact, found by its digest; registering twice changes nothing."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from components.adapters.mlflow.connection import unless_done_already
from components.adapters.mlflow.model_directory import write_model_directory
from components.run.mirror import ModelRecord

if TYPE_CHECKING:
    from mlflow.entities import LoggedModel, Run
    from mlflow.entities.model_registry import ModelVersion
    from mlflow.tracking import MlflowClient

DIGEST = "almanac.digest"
MODEL_ID = "almanac.model_id"


def register(client: "MlflowClient", run: "Run", model: ModelRecord) -> str:
    """Return the registered version of a model artifact, uploaded and linked to the run if that was not done before.

    A version belongs to a digest, not to a run: a cached run links to the version that is there, whose tags tell of the run that
    made it. Two writers at the same time may both create one; the lower number stays.
    """
    versions = _versions(client, model.name, model.digest)
    if not versions:
        _create_version(client, run, model)
        versions = _versions(client, model.name, model.digest)
        _discard_uploads(client, run.info.experiment_id, model.digest, kept=versions[0].tags[MODEL_ID])
    for other in versions[1:]:
        with unless_done_already():
            client.delete_model_version(model.name, other.version)
    _link(client, run.info.run_id, versions[0].tags[MODEL_ID])
    return str(versions[0].version)


def find_version(client: "MlflowClient", name: str, digest: str) -> "ModelVersion | None":
    """Return the lowest registered version of a model artifact, or None."""
    return next(iter(_versions(client, name, digest)), None)


def _versions(client: "MlflowClient", name: str, digest: str) -> list["ModelVersion"]:
    found = client.search_model_versions(f"name = '{name}' and tags.`{DIGEST}` = '{digest}'")
    return sorted(found, key=lambda version: int(version.version))


def _create_version(client: "MlflowClient", run: "Run", model: ModelRecord) -> None:
    from mlflow.exceptions import MlflowException

    logged = _logged_model(client, run, model)
    try:
        client.create_registered_model(model.name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    tags = {**model.tags, DIGEST: model.digest, MODEL_ID: logged.model_id}
    source, run_id = logged.artifact_location, logged.source_run_id
    client.create_model_version(model.name, source, run_id, tags, await_creation_for=0, model_id=logged.model_id)


def _discard_uploads(client: "MlflowClient", experiment: str, digest: str, *, kept: str) -> None:
    """Delete what another writer uploaded of the same artifact."""
    for logged in _uploads(client, experiment, digest):
        if logged.model_id != kept:
            with unless_done_already():
                client.delete_logged_model(logged.model_id)


def _uploads(client: "MlflowClient", experiment: str, digest: str) -> list["LoggedModel"]:
    found = client.search_logged_models([experiment], f"tags.`{DIGEST}` = '{digest}'")
    return sorted(found, key=lambda logged: str(logged.model_id))


def _logged_model(client: "MlflowClient", run: "Run", model: ModelRecord) -> "LoggedModel":
    """Return the uploaded model of an artifact; one that an earlier sync left unfinished is uploaded again."""
    experiment, run_id = run.info.experiment_id, run.info.run_id
    uploads = _uploads(client, experiment, model.digest)
    if uploads:
        logged = uploads[0]
    else:
        logged = client.create_logged_model(experiment, model.name, run_id, {**model.tags, DIGEST: model.digest}, model_type="classifier")
    if str(logged.status) != "READY":
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder)
            write_model_directory(model.directory, target, run_id=run_id, model_id=logged.model_id, location=logged.artifact_location)
            client.log_model_artifacts(logged.model_id, folder)
        client.finalize_logged_model(logged.model_id, "READY")
    return logged


def _link(client: "MlflowClient", run_id: str, model_id: str) -> None:
    """Show the model among the run's outputs; MLflow refuses a second time, so it is asked before and after."""
    from mlflow.entities import LoggedModelOutput
    from mlflow.exceptions import MlflowException

    if _linked(client, run_id, model_id):
        return
    try:
        client.log_outputs(run_id, [LoggedModelOutput(model_id, 0)])
    except MlflowException:
        if not _linked(client, run_id, model_id):
            raise


def _linked(client: "MlflowClient", run_id: str, model_id: str) -> bool:
    outputs = client.get_run(run_id).outputs
    return outputs is not None and any(each.model_id == model_id for each in outputs.model_outputs)
