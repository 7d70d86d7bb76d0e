"""The tour that `make up` ends with: eight weeks of flights on the servers, one training run, and what they found."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from components.cli.services.airflow_api import AirflowApi
from components.cli.services.environment import Addresses

if TYPE_CHECKING:
    from components.runtime.graph import Pipeline
    from components.store.records import RunRecord
    from components.store.store import Store

PIPELINE = "flights"
FIRST, LOCAL_LAST, AIRFLOW_FIRST, LAST = "2013-04-06", "2013-05-24", "2013-05-25", "2013-05-31"
BEFOREHAND = "2013-05-28"  # one day of Airflow's week, done before: it is reused there
AS_OF = "2013-06-01"
TRAINING_RUN = f"tour-{AS_OF}"
WITHIN = 600.0
POLL = 1.0

Progress = Callable[[str], None]


def run_tour(addresses: Addresses, home: Path, show: Progress) -> None:
    """Run the eight weeks before 2013-06-01 (seven here, one in Airflow) and a training in Airflow, then say what they found.

    What is there already is found and not run again.
    """
    from components.run.catalog import load_pipeline
    from components.store.store import Store

    pipeline = load_pipeline(PIPELINE)
    with Store.open(folder=home) as store:
        run = store.runs.find(f"airflow/{PIPELINE}_training/{TRAINING_RUN}")
        if run is None or run.state != "COMPLETE":
            api = AirflowApi(addresses.airflow)
            _local_weeks(store, pipeline, show)
            mirroring = subprocess.Popen(
                [sys.executable, "-m", "components.cli", "mlflow-sync"], env={**os.environ, "ALMANAC_HOME": str(home)}
            )
            _airflow_week(api, show)
            _training(api, show)
            mirroring.wait()
        _conclude(store, show, addresses)


def _local_weeks(store: "Store", pipeline: "Pipeline", show: Progress) -> None:
    """Run the data steps of the first seven weeks, and of one day of the eighth, in this process."""
    from components.engines.local import Threads
    from components.run.backfilling import backfill

    spans = [*pipeline.calendar.between(FIRST, LOCAL_LAST), pipeline.calendar.span(BEFOREHAND)]
    done, began = [0], time.monotonic()

    def count(key: str) -> None:
        done[0] += 1
        if done[0] % 10 == 0 or done[0] == len(spans):
            show(f"data steps here: {done[0]} of {len(spans)} days, up to {key}")

    outcome = backfill(store, pipeline, spans, progress=count, engine=Threads())
    show(f"{outcome.sentence}, {time.monotonic() - began:.0f} s")


def _airflow_week(api: AirflowApi, show: Progress) -> None:
    """Backfill the eighth week through the data DAG."""
    dag = f"{PIPELINE}_data"
    api.wait_for_dag(dag)
    api.unpause(dag)
    number = api.create_backfill(dag, f"{AIRFLOW_FIRST}T04:00:00Z", f"{LAST}T04:00:00Z")
    show(f"Airflow: backfill of {dag} from {AIRFLOW_FIRST} to {LAST}")
    deadline, before = time.monotonic() + WITHIN, ""
    while time.monotonic() < deadline:
        states = [str(run["state"]) for run in api.dag_runs(dag, run_type="backfill")]
        now = ", ".join(f"{states.count(state)} {state}" for state in sorted(set(states)))
        if now != before:
            show(f"Airflow: {dag}: {now}")
            before = now
        if api.backfill(number)["completed_at"] is not None:
            return
        time.sleep(POLL)
    raise _late(dag)


def _training(api: AirflowApi, show: Progress) -> None:
    """Trigger one training run in the production lane and follow its tasks."""
    dag = f"{PIPELINE}_training"
    api.wait_for_dag(dag)
    api.unpause(dag)
    known = {str(run["dag_run_id"]) for run in api.dag_runs(dag)}
    if TRAINING_RUN not in known:
        api.trigger(dag, {"as_of": AS_OF, "lane": "production", "reason": "the first look at the project"}, TRAINING_RUN)
    deadline, finished = time.monotonic() + WITHIN, set[str]()
    while time.monotonic() < deadline:
        for task in api.task_instances(dag, TRAINING_RUN):
            name = f"{task['task_id']}[{task['map_index']}]" if int(str(task["map_index"])) >= 0 else str(task["task_id"])
            if task["state"] in ("success", "failed", "upstream_failed", "skipped") and name not in finished:
                finished.add(name)
                show(f"Airflow: {dag}: {name}: {task['state']}")
        if api.dag_run(dag, TRAINING_RUN)["state"] in ("success", "failed"):
            return
        time.sleep(POLL)
    raise _late(dag)


def _late(dag: str) -> Exception:
    from components.cli.services.errors import ServiceError

    return ServiceError(f"{dag} was not finished within {WITHIN:.0f} s; see `make logs` and the task logs in the Airflow UI")


def _conclude(store: "Store", show: Progress, addresses: Addresses) -> None:
    """Say what the data runs and the training run found, and where to look."""
    run = store.runs.find(f"airflow/{PIPELINE}_training/{TRAINING_RUN}")
    show("")
    for line in [*_data_lines(store), *(_training_lines(store, run) if run else ["no training run: see `make logs`"])]:
        show(line)
    page = store.folder / "runs" / run.id / "index.html" if run else store.folder / "runs" / "index.html"
    show(f"Airflow   {addresses.airflow}")
    show(f"MLflow    {addresses.mlflow}")
    show(f"report    {page.as_uri()}")
    show(f"all runs  {(store.folder / 'runs' / 'index.html').as_uri()}")


def _data_lines(store: "Store") -> list[str]:
    """Sum up rows and findings over the newest data run of each day of the eight weeks."""
    newest: dict[str, RunRecord] = {}
    for run in store.runs_of(PIPELINE).recent(limit=5000, graph="data"):
        if FIRST <= run.span <= LAST and run.state == "COMPLETE":
            newest.setdefault(run.span, run)
    rows = failed = warned = 0
    for run in newest.values():
        artifacts = store.run(run.id).artifacts
        rows += int(artifacts["examples"].summary["n_rows"]) if "examples" in artifacts else 0
        findings = [record.summary for name, record in artifacts.items() if record.kind == "findings" and "." in name]
        failed += sum(int(one["fail"]) for one in findings)
        warned += sum(int(one["warn"]) for one in findings)
    return [f"days      {len(newest)} of 56, {rows:,} flights", f"anomalies {failed} failing, {warned} warnings"]


def _training_lines(store: "Store", run: "RunRecord") -> list[str]:
    artifacts = store.run(run.id).artifacts
    lines = []
    if "labels" in artifacts:
        labels = artifacts["labels"].summary
        lines.append(
            f"labels    {labels['coverage']:.1%} of {labels['n_rows']:,} rows: {labels['n_outcome']:,} outcomes, {labels['n_label_model']:,} by labeling functions"
        )
    evaluation = next((record.summary for record in artifacts.values() if record.kind == "evaluation"), None)
    if evaluation:
        shown = (
            f"{name} {evaluation[name]:.3f} [{evaluation[f'{name}_low']:.3f}, {evaluation[f'{name}_high']:.3f}]"
            for name in ("roc_auc", "log_loss", "brier")
        )
        lines.append(f"test      {', '.join(shown)} on {evaluation['n_rows']:,} flights")
    return [*lines, f"verdict   {run.verdict or run.state}"]
