"""A person is asked about what the gate did not bless; the answer is kept by name and with its reason."""

from datetime import UTC, datetime, timedelta

import pytest
from airflow.sdk.exceptions import AirflowSkipException, TaskAwaitingInput

from components.adapters.airflow.approval import APPROVE, LEAVE, AskPerson
from components.adapters.airflow.dags import to_dags
from components.adapters.mlflow.promotion import promote_checked
from components.run.opening import Request, deliver
from components.run.session import run_graph
from components.store.store import Store
from tests.adapters.airflow.test_tasks import DagRun, TaskInstance

DAG_RUN = DagRun(dag_id="shop_training")


@pytest.fixture
def trained(sales, shop):
    """Return a function that trains under the DAG run's key; the gate blesses or not."""

    def train(*, bless):
        sales.bless = bless
        pipeline = sales.build()
        with Store.open() as store:
            deliver(store, pipeline)
            as_of = pipeline.calendar.span("2013-03-14").start
            key = f"airflow/{DAG_RUN.dag_id}/{DAG_RUN.run_id}"
            return run_graph(store, pipeline, Request("training", None, as_of, lane="production", key=key))

    return train


@pytest.fixture
def asked(monkeypatch):
    """Keep what Airflow is asked to show."""
    shown = {}
    monkeypatch.setattr("airflow.providers.standard.operators.hitl.upsert_hitl_detail", lambda **detail: shown.update(detail))
    return shown


def task():
    return AskPerson(pipeline="shop", task_id="ask_person", response_timeout=timedelta(hours=1))


def context():
    instance = TaskInstance("ask_person")
    instance.id = "7"
    return {"dag_run": DAG_RUN, "params": {"as_of": "2013-03-14"}, "ti": instance, "task_instance": instance}


def answered(option, who="ada", why="seen"):
    event = {
        "chosen_options": [option], "params_input": {"why": why}, "responded_at": datetime(2013, 3, 14, tzinfo=UTC),
        "responded_by_user": {"id": "1", "name": who} if who else None,
    }  # fmt: skip
    return AskPerson.execute_complete(task(), context(), event)


def approvals():
    with Store.open() as store:
        return [(entry.who, entry.why, entry.value["approved"]) for entry in store.ledger("shop").entries("approval")]


def test_a_model_that_was_not_blessed_is_put_before_a_person_with_the_reasons(trained, asked):
    trained(bless=False)
    with pytest.raises(TaskAwaitingInput):
        AskPerson.execute.__wrapped__(task(), context())
    assert asked["options"] == [APPROVE, LEAVE]
    assert "the gate says reject" in asked["subject"]
    assert "level: asked anything" in asked["body"]


def test_nobody_is_asked_about_a_blessed_model(trained, asked):
    trained(bless=True)
    with pytest.raises(AirflowSkipException, match="the gate blessed"):
        AskPerson.execute.__wrapped__(task(), context())
    assert asked == {}


def test_approval_blesses_by_name_and_the_promotion_follows_the_check(trained):
    run = trained(bless=False)
    assert answered(APPROVE) == "Bless the model, said ada"
    assert approvals() == [("ada", "seen", True)]
    with Store.open() as store:
        assert store.ledger("shop").entries("promotion") == []
        promote_checked(store, "shop", run.id)
        assert store.champion("shop") == store.run(run.id)["fit_level"]


def test_a_no_and_no_answer_change_nothing_and_are_kept(trained):
    trained(bless=False)
    answered(LEAVE, why="too few rows")
    answered(LEAVE, who=None, why="")
    assert approvals() == [("ada", "too few rows", False)]
    with Store.open() as store:
        assert store.ledger("shop").entries("promotion") == []


def test_the_question_stands_between_the_gate_and_the_end_of_the_run(shop):
    plain, asking = to_dags("shop")["shop_training"], to_dags("shop", ask_within=timedelta(days=1))["shop_training"]
    assert "ask_person" not in plain.task_ids
    assert asking.get_task("ask_person").downstream_task_ids == {"close_run"}
    assert asking.get_task("ask_person").upstream_task_ids == {"judge"}
    assert list(asking.get_task("ask_person").params) == ["why"]
