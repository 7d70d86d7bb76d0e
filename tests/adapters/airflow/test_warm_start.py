"""A training that starts from the champion makes the same in Airflow's tasks, trials mapped one by one, as in the local runner."""

from pathlib import Path

import pytest

from components.run.decisions import bless
from components.run.opening import deliver
from components.run.session import run_graph
from components.runtime.graph import Pipeline
from components.store.records import RunRecord
from components.store.store import Store
from tests import three_kinds
from tests.adapters.airflow.conftest import session
from tests.adapters.airflow.test_tasks import Airflow, DagRun
from tests.labeled_shop import count_as_project_code
from tests.pipelines import days
from tests.run.conftest import training_request

DAYS = [days(three_kinds.N_DAYS)[place] for place in (8, 13)]
CANDIDATES = [
    {"name": name, "estimator": "sklearn.linear_model.LogisticRegression", "parameters": {"C": strength}, "warm_start": True}
    for name, strength in (("loose", 5.0), ("tight", 0.5))
]


@pytest.fixture
def kinds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    three_kinds.write(tmp_path)
    count_as_project_code(monkeypatch)
    pipeline = three_kinds.build(tmp_path, training={**three_kinds.TRAINING, "candidates": CANDIDATES})
    for name in ("load_pipeline", "standing"):
        monkeypatch.setattr(session, name, lambda *_: pipeline)
    monkeypatch.setattr("components.adapters.airflow.request.configured", lambda _: {})
    return pipeline


def blessed(store: Store, run: RunRecord) -> dict[str, str]:
    """Bless the run's model, and return the digests of all that it made."""
    made = store.run(run.id).artifacts
    bless(store, run.pipeline, run, made["model.model"], who="test", why="the next one starts from it")
    return {name: record.digest for name, record in made.items()}


def in_tasks(store: Store, pipeline: Pipeline, day: str) -> dict[str, str]:
    airflow = Airflow(day, "training", dag_run=DagRun("kinds_training", f"manual__{day}"))
    identity = airflow.open()
    for step in pipeline.of_graph("training"):
        for position in range(len(CANDIDATES)) if step.name == "try_candidate" else (-1,):
            airflow.step(step.name, map_index=position)
    airflow.close()
    return blessed(store, store.runs.get(identity))


@pytest.mark.slow
def test_tasks_and_local_runner_start_from_the_same_champions_to_the_same_bytes(kinds: Pipeline, make_store) -> None:
    with Store.open() as store:
        tasks = [in_tasks(store, kinds, day) for day in DAYS]
        starts = [store.load(store.run(run.id).artifacts["rehearsal.model"]).start.state for run in store.runs.recent(graph="training")]
    other = make_store()
    deliver(other, kinds)
    runner = [blessed(other, run_graph(other, kinds, training_request(kinds, day))) for day in DAYS]
    assert tasks == runner
    assert starts == ["warm", "no-champion"]


@pytest.fixture
def backend() -> str:
    return "sqlite"
