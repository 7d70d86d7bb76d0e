"""What one MLflow run holds, as plain values, and the writing of that part of it which is not there yet."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from components.artifacts.findings import Finding
from components.run.mirror import DatasetRecord, MetricRecord, Plain, State

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput, Run
    from mlflow.tracking import MlflowClient

STATUS: dict[State, str] = {
    "RUNNING": "RUNNING",
    "COMPLETE": "FINISHED",
    "CACHED": "FINISHED",
    "FAILED": "FAILED",
    "CANCELED": "KILLED",
}
MAX_TAG = 8000
MAX_PARAMETER = 6000
"""Longest values that MLflow 3.17 stores (mlflow.utils.validation); longer ones are cut, for the store has them whole."""

DIGEST_LENGTH = 32
"""MLflow's column of a dataset's digest holds 36 characters; the full digest stands in the dataset's source."""


@dataclass(frozen=True)
class Content:
    """What a run must hold when it is mirrored: its state and end, parameters, metrics, tags."""

    name: str
    state: State
    started: datetime
    ended: datetime | None
    parameters: Mapping[str, Plain]
    metrics: Sequence[MetricRecord]
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def wanted_tags(self) -> dict[str, str]:
        """The tags as MLflow stores them."""
        return {name: text[:MAX_TAG] for name, text in self.tags.items()}

    @property
    def wanted_parameters(self) -> dict[str, str]:
        """The parameters as MLflow stores them."""
        return {valid_name(name): str(value)[:MAX_PARAMETER] for name, value in self.parameters.items()}


def valid_name(name: str) -> str:
    """Return a name with each character that MLflow refuses in keys replaced by an underscore.

    Examples
    --------
    >>> valid_name("carrier=AA/roc_auc")
    'carrier_AA/roc_auc'
    """
    return re.sub(r"[^\w\-. :/]", "_", name)


def milliseconds(time: datetime) -> int:
    """Return a time as MLflow counts it, from 1970 in UTC."""
    return int(time.timestamp() * 1000)


def unfinished(run: "Run") -> bool:
    """Whether an earlier sync stopped in this run: its status is the last thing written."""
    return bool(run.info.status == "RUNNING")


def fill(client: "MlflowClient", run: "Run", content: Content) -> list[Finding]:
    """Write what the run lacks, its status last; return a finding for each parameter that MLflow holds with another value.

    A run that holds everything costs no request. MLflow's parameters cannot be changed: the first value stays.
    """
    from mlflow.entities import Metric, Param, RunTag

    time = milliseconds(content.ended or content.started)
    metrics = [Metric(valid_name(m.name), float(m.value), time, m.step or 0) for m in content.metrics if m.value is not None]
    if not unfinished(run) and {metric.key: metric.value for metric in metrics}.items() <= run.data.metrics.items():
        metrics = []
    wanted = content.wanted_parameters
    params = [Param(name, value) for name, value in wanted.items() if name not in run.data.params]
    tags = [RunTag(name, value) for name, value in content.wanted_tags.items() if run.data.tags.get(name) != value]
    if metrics or params or tags:
        client.log_batch(run.info.run_id, metrics, params, tags)
    end = milliseconds(content.ended) if content.ended and content.state != "RUNNING" else None
    if (run.info.status, run.info.end_time) != (STATUS[content.state], end):
        _close(client, run, content.state, end)
    changed = {name: value for name, value in wanted.items() if run.data.params.get(name, value) != value}
    return [_changed(content.name, name, run.data.params[name], value) for name, value in changed.items()]


def _close(client: "MlflowClient", run: "Run", state: State, end: int | None) -> None:
    if end is None:
        client.update_run(run.info.run_id, STATUS[state])
    else:
        client.set_terminated(run.info.run_id, STATUS[state], end)


def log_datasets(client: "MlflowClient", run: "Run", datasets: Sequence[DatasetRecord]) -> None:
    """Link the run to the artifacts that it read, those that it lacks, in one request."""
    there = {(each.dataset.name, each.dataset.digest) for each in run.inputs.dataset_inputs} if run.inputs else set()
    missing = [each for each in datasets if (each.name, each.digest[:DIGEST_LENGTH]) not in there]
    if missing:
        client.log_inputs(run.info.run_id, [_dataset_input(each) for each in missing])


def _dataset_input(dataset: DatasetRecord) -> "DatasetInput":
    from mlflow.entities import Dataset, DatasetInput, InputTag

    source = json.dumps({"digest": dataset.digest, "uri": dataset.source}, sort_keys=True)
    profile = json.dumps({"num_rows": dataset.n_rows, "span": dataset.span}, sort_keys=True)
    entity = Dataset(dataset.name, dataset.digest[:DIGEST_LENGTH], "almanac", source, None, profile)
    return DatasetInput(entity, [InputTag("mlflow.data.context", dataset.context), InputTag("almanac.span", dataset.span)])


def _changed(run: str, name: str, held: str, wanted: str) -> Finding:
    return Finding(
        code="mirror-parameter-changed",
        severity="warn",
        where=f"MLflow run {run}",
        message=f"MLflow cannot change the parameter {name}",
        expected=wanted,
        got=held,
        fix="Delete the run in MLflow for good (`mlflow gc`) and sync again, or read the value in the store",
    )
