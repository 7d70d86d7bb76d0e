"""Raters are asked in Airflow: the batch goes out, the task waits, and the answers become a file of ratings."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from airflow.sdk.exceptions import AirflowSkipException, TaskAwaitingInput

from components.adapters.airflow import people
from components.adapters.airflow.people import NONE, TAKE, AskRaters, people_dag
from components.labeling.label_studio import Question
from components.run.opening import Request, deliver
from components.run.session import run_graph
from components.runtime.home import home
from components.store.store import Store
from tests import labeled_shop
from tests.adapters.airflow.test_tasks import DagRun, TaskInstance
from tests.cli.test_label_batch import answered

DAG_RUN = DagRun(dag_id="shop_people")


@pytest.fixture
def _trained(tmp_path, monkeypatch):
    labeled_shop.count_as_project_code(monkeypatch)
    labeled_shop.write(tmp_path)
    pipeline = labeled_shop.build(tmp_path)
    with Store.open() as store:
        deliver(store, pipeline)
        run_graph(store, pipeline, Request("training", None, pipeline.calendar.span("2013-03-12").start))


@pytest.fixture
def asked(monkeypatch):
    """Keep what Airflow is asked to show."""
    shown = {}
    monkeypatch.setattr("airflow.providers.standard.operators.hitl.upsert_hitl_detail", lambda **detail: shown.update(detail))
    return shown


def task(into: Path) -> AskRaters:
    return AskRaters(task_id="ask_raters", pipeline="shop", key=("id",), question=Question(("low", "high")), into=into)


def context():
    instance = TaskInstance("ask_raters")
    instance.id = "7"
    return {"dag_run": DAG_RUN, "params": {}, "ti": instance, "task_instance": instance}


def event(option):
    return {"chosen_options": [option], "params_input": {}, "responded_at": datetime(2013, 3, 14, tzinfo=UTC), "responded_by_user": None}


@pytest.mark.usefixtures("_trained")
def test_the_batch_goes_out_the_task_waits_and_the_answers_become_a_file_of_ratings(asked, tmp_path):
    one, into = task(tmp_path / "ratings"), tmp_path / "ratings"
    with pytest.raises(TaskAwaitingInput):
        AskRaters.execute.__wrapped__(one, context())
    assert asked["subject"] == "shop: 4 rows to label"
    (tasks,) = (home() / "people" / "shop").glob("*/tasks.json")
    lines = tasks.with_name("tasks.jsonl")
    lines.write_text("\n".join(json.dumps(each) for each in json.loads(tasks.read_text(encoding="utf-8"))), encoding="utf-8")
    answered(lines, "high")
    assert AskRaters.execute_complete(one, context(), event(TAKE)) == "4 ratings"
    (written,) = [path for path in into.glob("*.csv") if path.name != "first.csv"]
    assert len(written.read_text(encoding="utf-8").splitlines()) == 5


@pytest.mark.usefixtures("_trained")
def test_where_nobody_labeled_the_task_is_skipped(tmp_path):
    with pytest.raises(AirflowSkipException, match="nobody labeled"):
        AskRaters.execute_complete(task(tmp_path), context(), event(NONE))


def test_the_dag_is_one_task_that_is_started_by_hand(tmp_path, monkeypatch):
    monkeypatch.setattr(people, "standing", lambda _name: labeled_shop_of(tmp_path, monkeypatch))
    dag = people_dag("shop", key=("id",), choices=("low", "high"), into=tmp_path)["shop_people"]
    assert [one.task_id for one in dag.tasks] == ["ask_raters"]
    assert dag.schedule is None


def labeled_shop_of(folder, monkeypatch):
    labeled_shop.count_as_project_code(monkeypatch)
    labeled_shop.write(folder)
    return labeled_shop.build(folder)
