"""One MLflow run for each key and slot, found by tags, whatever crashed, was repeated or ran at the same time before."""

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from components.adapters.mlflow.connection import unless_done_already
from components.adapters.mlflow.content import Content, milliseconds

if TYPE_CHECKING:
    from mlflow.entities import Run
    from mlflow.tracking import MlflowClient

RUN_KEY = "almanac.run_key"
CANDIDATE = "almanac.candidate"
PARENT = "mlflow.parentRunId"
PARENT_SLOT = ""
"""The slot of the pipeline run itself; a candidate's slot is its name."""


def settle(client: "MlflowClient", experiment: str, key: str, wanted: Mapping[str, Content], hint: str | None) -> dict[str, "Run"]:
    """Return exactly one active run for each wanted slot of a run key, the parent's first.

    MLflow has no unique keys, so every writer does the same: search by tag, create what is missing, search again, and where there
    is more than one run for a slot keep the same one as everybody else (the hinted one, else the lowest id) and delete the others.
    A writer whose run was deleted under its hands is refused by the server, begins again and finds the one that stayed. A run that
    somebody deleted by hand is restored under its old id, for the store still has it.
    """
    found = _found(client, experiment, key, wanted, hint)
    missing = [slot for slot in wanted if slot not in found]
    parent = found[PARENT_SLOT].info.run_id if PARENT_SLOT in found else ""
    for slot in sorted(missing):
        tags = {RUN_KEY: key, **wanted[slot].wanted_tags} | ({CANDIDATE: slot, PARENT: parent} if slot else {})
        run = client.create_run(experiment, milliseconds(wanted[slot].started), tags, wanted[slot].name)
        parent = parent or run.info.run_id
    return _found(client, experiment, key, wanted, hint) if missing else found


def _found(client: "MlflowClient", experiment: str, key: str, wanted: Mapping[str, Content], hint: str | None) -> dict[str, "Run"]:
    """Return the run to keep of each slot, restored if need be, and delete every other active run of the key."""
    by_slot: dict[str, list[Run]] = defaultdict(list)
    for run in _search(client, experiment, key):
        by_slot[run.data.tags.get(CANDIDATE, PARENT_SLOT)].append(run)
    kept = {}
    for slot, runs in sorted(by_slot.items()):
        ranked = sorted(runs, key=lambda run: (_deleted(run), run.info.run_id != hint, run.info.run_id))
        if slot in wanted:
            kept[slot] = ranked.pop(0)
        with unless_done_already():
            if slot in wanted and _deleted(kept[slot]):
                client.restore_run(kept[slot].info.run_id)
        for run in ranked:
            with unless_done_already():
                if not _deleted(run):
                    client.delete_run(run.info.run_id)
    return kept


def _search(client: "MlflowClient", experiment: str, key: str) -> list["Run"]:
    from mlflow.entities import ViewType

    query = f"tags.`{RUN_KEY}` = '{key}'"
    page = client.search_runs([experiment], query, ViewType.ALL)
    runs = list(page)
    while page.token:
        page = client.search_runs([experiment], query, ViewType.ALL, page_token=page.token)
        runs.extend(page)
    return runs


def _deleted(run: "Run") -> bool:
    return bool(run.info.lifecycle_stage == "deleted")


def experiment_of(client: "MlflowClient", pipeline: str) -> str:
    """Return the id of the pipeline's experiment, created or restored if need be."""
    from mlflow.exceptions import MlflowException

    experiment = client.get_experiment_by_name(pipeline)
    if experiment is None:
        try:
            return str(client.create_experiment(pipeline))
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
            experiment = client.get_experiment_by_name(pipeline)
    if experiment.lifecycle_stage == "deleted":
        client.restore_experiment(experiment.experiment_id)
    return str(experiment.experiment_id)
