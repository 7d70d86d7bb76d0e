import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from components.adapters.airflow import tasks
from components.adapters.airflow.tasks import CloseRun, OpenRun, PromoteRun, ReportRun, RunSteps
from components.artifacts.findings import Finding
from components.run.mirror import MirrorUnavailable
from components.run.opening import Request, deliver
from components.run.session import run_graph
from components.runtime.errors import StoreError
from components.store.connections import Connections
from components.store.store import Store
from tests.pipelines import made, states


@dataclass
class DagRun:
    dag_id: str = "shop_data"
    run_id: str = "manual__1"
    run_type: str = "manual"
    state: str = "running"
    data_interval_start: datetime | None = None
    data_interval_end: datetime | None = None
    run_after: datetime = datetime(2013, 3, 20, tzinfo=UTC)


@dataclass
class TaskInstance:
    task_id: str
    try_number: int = 1
    map_index: int = -1
    states: dict[str, str] = field(default_factory=dict)

    def get_task_states(self, _dag_id, run_ids):
        return {run_ids[0]: {**self.states, self.task_id: "running"}}


@dataclass
class Airflow:
    """Runs tasks as Airflow does, as far as they can tell; `day` is what the form says."""

    day: str = "2013-03-12"
    graph: str = "data"
    form: dict[str, object] = field(default_factory=dict)
    dag_run: DagRun = field(default_factory=DagRun)
    item: str | None = None

    def run(self, task, *, attempt=1, map_index=-1, **ended):
        context = {
            "dag_run": self.dag_run,
            "params": {"span": self.day, "as_of": self.day, **self.form},
            "ti": TaskInstance(task.task_id, attempt, map_index, ended),
        }
        self.item = None
        try:
            return type(task).execute.__wrapped__(task, context)
        finally:
            self.item = context.get("item")

    def open(self, **options):
        return self.run(OpenRun(task_id="open_run", pipeline="shop", graph=self.graph), **options)

    def step(self, *names, listed="", n_mapped=None, **options):
        return self.run(RunSteps(task_id=names[0], pipeline="shop", steps=names, listed=listed, n_mapped=n_mapped), **options)

    def close(self):
        return self.run(CloseRun(task_id="close_run", pipeline="shop"))

    def report(self, **ended):
        return self.run(ReportRun(task_id="report_run", pipeline="shop"), **ended)

    def everything(self, shop):
        identity = self.open()
        for step in shop.of_graph(self.graph):
            self.step(step.name)
        self.close()
        return identity


@dataclass
class Raising:
    """Raises its error, however it is called."""

    error: Exception

    def __call__(self, *_: object) -> str:
        raise self.error


@pytest.fixture
def store(shop):
    """Return the store that the tasks open, too."""
    with Store.open() as opened:
        yield opened


@pytest.fixture
def airflow(store):
    return Airflow()


def test_tasks_make_what_the_local_runner_makes(store, airflow, shop, make_store):
    identity = airflow.everything(shop)
    other = make_store()
    deliver(other, shop)
    span = shop.calendar.span(airflow.day)
    run_graph(other, shop, Request("data", span, shop.span_as_of(span)))
    assert made(store) == made(other)
    run = store.runs.get(identity)
    assert (run.state, run.span, run.why, run.key) == ("COMPLETE", "2013-03-12", "manual", "airflow/shop_data/manual__1")
    assert run.links["airflow"].endswith("/dags/shop_data/runs/manual__1")


def test_every_task_may_run_again_and_changes_nothing(store, airflow, shop):
    identity = airflow.everything(shop)
    before, verdict = made(store), store.runs.get(identity).verdict
    for name in ("examples", "total"):
        airflow.step(name, attempt=2)
    assert airflow.open(attempt=2) == identity
    airflow.close()
    assert store.runs.get(identity).verdict == verdict
    assert made(store) == before
    assert len(store.runs.recent()) == 1
    attempts = [(one.step, one.attempt, one.state) for one in store.executions("shop").of_run(identity) if one.attempt > 1]
    assert attempts == [("examples", 2, "CACHED"), ("total", 2, "CACHED")]


def test_a_reopened_run_keeps_its_snapshot(store, airflow, sales):
    identity = airflow.open()
    before = store.runs.get(identity).snapshot
    sales.write({"2013-03-12": [1, 2, 3]})
    assert airflow.open(attempt=2) == identity
    assert store.runs.get(identity).snapshot == before
    assert len(store.roots("shop").deliveries()) == 2


def test_a_task_tells_digests_and_finite_numbers_only(store, airflow):
    identity = airflow.open()
    told = airflow.step("examples", "statistics")
    record = store.run(identity).artifacts["examples"]
    assert told["examples"] == {
        "digest": record.digest,
        "n_rows": 1,
        **{k: v for k, v in told["examples"].items() if k not in ("digest", "n_rows")},
    }
    assert all(isinstance(value, int | float) for figures in told.values() for name, value in figures.items() if name != "digest")


def test_a_mapped_task_settles_its_position(store, airflow):
    airflow.day = "2013-03-11"  # four amounts
    identity = airflow.open()
    airflow.step("examples")
    assert len(airflow.step("split_amounts", listed="total")) == 4
    told = [airflow.step("doubled", map_index=position) for position in range(4)]
    assert [one["total"]["value"] for one in told] == [154, 156, 158, 160]
    assert [one.position for one in store.executions("shop").of_run(identity) if one.step == "doubled" and one.own] == [0, 1, 2, 3]


def test_mapped_tasks_share_a_list_that_the_form_made_longer_or_shorter(airflow, sales):
    sales.times = (1, 2, 3)
    airflow.open()
    airflow.step("examples")
    assert [one["value"] for one in airflow.step("scaled", map_index=0, n_mapped=2)["total"]] == [84, 252]
    assert airflow.item == "1, 3"
    assert airflow.step("scaled", map_index=1, n_mapped=2)["total"]["value"] == 168
    sales.times = (1,)
    with pytest.raises(AirflowSkipException, match="this run has fewer items"):
        airflow.step("scaled", map_index=1, n_mapped=2)


def test_a_step_whose_outputs_are_all_absent_is_skipped_with_the_reason(store, airflow, sales):
    sales.limit = 1
    identity = airflow.open()
    airflow.step("examples", "findings")
    with pytest.raises(AirflowSkipException, match=r"^absent: failed-validation$"):
        airflow.step("total")
    assert states(store, identity)["total"] == "ABSENT"
    airflow.close()
    assert "findings failed the span" in store.runs.get(identity).verdict


def test_an_error_in_the_data_fails_without_retry_and_tells_it_once(airflow, sales):
    sales.write({"2013-03-12": [-1]})
    airflow.open()
    with pytest.raises(AirflowFailException, match=r"^2013-03-12: an amount is not known\.$") as failed:
        airflow.step("total")
    assert failed.value.__suppress_context__


def test_a_bad_form_fails_before_a_run_is_opened(store, airflow):
    airflow.day = "2013-02-30"
    with pytest.raises(AirflowFailException, match=r"^span: no day of America/New_York has this key"):
        airflow.open()
    assert store.runs.recent() == []


def test_an_error_of_the_store_is_tried_again(airflow, monkeypatch):
    def broken(*_):
        raise StoreError("the disk is full")

    monkeypatch.setattr(tasks, "deliver_for", broken)
    with pytest.raises(AirflowException, match="the disk is full") as failed:
        airflow.open()
    assert not isinstance(failed.value, AirflowFailException)


def test_a_step_of_a_run_that_was_not_opened_says_what_to_do(airflow):
    with pytest.raises(AirflowException, match="Clear its first task, open_run"):
        airflow.step("examples")


def test_a_complete_run_is_reported(store, airflow, shop):
    identity = airflow.everything(shop)
    airflow.report(close_run="success")
    assert identity in (store.folder / "runs" / identity / "index.html").read_text()


def test_reporting_closes_a_run_of_which_a_task_failed_with_its_error(store, airflow, sales):
    sales.write({"2013-03-12": [-1]})
    identity = airflow.open()
    with pytest.raises(AirflowFailException):
        airflow.step("total")
    with pytest.raises(AirflowFailException, match=r"^the run is FAILED: total: DataError: 2013-03-12: an amount is not known"):
        airflow.report(examples="success", total="failed", close_run="upstream_failed")
    assert store.runs.get(identity).state == "FAILED"
    assert (store.folder / "runs" / identity / "index.html").exists()


def test_reporting_names_the_tasks_where_nothing_was_recorded(store, airflow):
    identity = airflow.open()
    with pytest.raises(AirflowFailException, match="unfinished tasks: total; their logs in Airflow say why"):
        airflow.report(examples="success", total="failed", close_run="skipped")
    assert store.runs.get(identity).state == "FAILED"


def test_a_step_that_airflow_stops_is_canceled_and_so_is_the_run(store, airflow, monkeypatch):
    identity = airflow.open()
    task = RunSteps(task_id="total", pipeline="shop", steps=["total"])
    monkeypatch.setattr("components.run.recording.Recorder.make", lambda *_: task.on_kill())
    with pytest.raises(KeyboardInterrupt, match="stopped by Airflow"):
        airflow.run(task)
    assert {one.state for one in store.executions("shop").of_run(identity)} == {"CANCELED"}
    with pytest.raises(AirflowFailException, match="the run is CANCELED"):
        airflow.report(total="failed")


def test_a_run_that_a_lone_clear_opened_again_is_closed_by_its_report(store, airflow, shop):
    identity = airflow.everything(shop)
    airflow.open(attempt=2)
    assert store.runs.get(identity).state == "RUNNING"
    airflow.report(open_run="success", total="success", close_run="success", earlier="skipped")
    assert store.runs.get(identity).state == "COMPLETE"


def test_a_failed_mirror_or_report_fails_nothing(store, airflow, shop, monkeypatch, caplog):
    identity = airflow.everything(shop)
    Connections(mlflow="http://127.0.0.1:9").save(store.folder)

    def away(*_, **__):
        raise MirrorUnavailable("MLflow does not answer", where="http://127.0.0.1:9", got="refused")

    monkeypatch.setattr("components.adapters.mlflow.outbox.sync_outbox", away)
    with pytest.raises(AirflowSkipException, match="MLflow does not answer"):
        airflow.report(close_run="success")
    monkeypatch.setattr("components.reports.collect.write_report", lambda *_, **__: 1 / 0)
    with caplog.at_level(logging.ERROR), pytest.raises(AirflowSkipException, match="division by zero"):
        airflow.report(close_run="success")
    assert store.runs.get(identity).state == "COMPLETE"


def test_a_training_is_opened_as_of_the_form(store, shop):
    airflow = Airflow("2013-03-16", "training", dag_run=DagRun("shop_training"))
    identity = airflow.everything(shop)
    run = store.runs.get(identity)
    assert (run.graph, run.state, run.as_of) == ("training", "COMPLETE", int(datetime(2013, 3, 16, 4, tzinfo=UTC).timestamp() * 1e6))


def test_what_a_training_blessed_is_promoted_by_a_task_of_its_own(store, shop):
    airflow = Airflow("2013-03-16", "training", form={"lane": "production"}, dag_run=DagRun("shop_training"))
    airflow.everything(shop)
    assert store.ledger("shop").entries("promotion") == []
    assert "promoted" in airflow.run(PromoteRun(task_id="promote", pipeline="shop"))
    assert len(store.ledger("shop").entries("promotion")) == 1
    assert airflow.run(PromoteRun(task_id="promote", pipeline="shop"), attempt=2) == "promoted already"


def test_a_model_that_does_not_serve_fails_its_task_and_the_dag_run_and_a_server_that_is_away_neither(store, shop, monkeypatch):
    airflow = Airflow("2013-03-16", "training", form={"lane": "production"}, dag_run=DagRun("shop_training"))
    airflow.everything(shop)
    for error, raised in (
        (StoreError("it differs"), AirflowException),
        (MirrorUnavailable("MLflow does not answer", where="x", got="refused"), AirflowSkipException),
    ):
        monkeypatch.setattr("components.adapters.mlflow.promotion.check_before_promotion", Raising(error))
        with pytest.raises(raised, match=error.message):
            airflow.run(PromoteRun(task_id="promote", pipeline="shop"))
    assert store.ledger("shop").entries("promotion") == []
    with pytest.raises(AirflowFailException, match="not all that follows: promote"):
        airflow.report(close_run="success", promote="failed")
    airflow.report(close_run="success", promote="skipped")


def test_what_stands_against_a_source_is_in_the_log_of_the_task_that_opens_the_run(store, airflow, caplog):
    airflow.open()
    found = [Finding("source-missing", "warn", "2013-03-12", "no rows")]
    store.source_findings("shop").note("sales", found, spans=["2013-03-12"])
    with caplog.at_level(logging.WARNING, "almanac.airflow"):
        Airflow(dag_run=DagRun(run_id="manual__2")).open()
    assert "sales: source-missing: 2013-03-12: no rows" in caplog.text
