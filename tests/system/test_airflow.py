"""Pipelines in a real Airflow, against the local runner: schedule, backfill, form, clear, kill, stop, and the browser."""

import os
import signal
import time
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from components.cli.services.errors import ServiceError
from components.engines.local import Threads
from components.run import opening
from components.run.backfilling import backfill
from components.run.catalog import load_pipeline
from components.run.outbox import MirrorTable
from components.run.session import run_graph
from components.run.setup import approve_first_schemas
from components.runtime.instants import parse_instant
from components.store.store import Store
from components.store.tables import claim
from tests.chromium import chromium, needs_chromium
from tests.pipelines import made, n_rows
from tests.system.conftest import BAD_DAY

DAYS = ("2013-01-17", "2013-01-18")
AS_OF = "2013-01-19"
SHORT = {
    "training.window": "12 spans",
    "training.test_spans": 3,
    "training.candidates": [{"name": "small", "parameters": {"max_iter": 20}}, {"name": "smaller", "parameters": {"max_iter": 10}}],
    "overrides": {"training.validation_spans": 2, "evaluation.resamples": 50},
}
PARAMETERS = {**{key: value for key, value in SHORT.items() if key != "overrides"}, **SHORT["overrides"]}

pytestmark = [pytest.mark.system, pytest.mark.slow]


@pytest.fixture(scope="module", autouse=True)
def _dags(api):
    for dag in ("flights_data", "flights_training", "shop_data", "shop_training", "slow_data"):
        api.wait_for_dag(dag)
        api.unpause(dag)


@pytest.fixture(scope="module")
def backfilled(api):
    """Run two days through the data DAG, and return their DAG runs."""
    number = api.create_backfill("flights_data", *(f"{day}T00:00:00Z" for day in DAYS))
    wait_until(lambda: api.backfill(number)["completed_at"] is not None, 240)
    return [str(run["dag_run_id"]) for run in api.dag_runs("flights_data", run_type="backfill")]


@pytest.fixture(scope="module")
def trained(api, backfilled):
    """Start a short training by the API, and return its DAG run."""
    run = api.trigger("flights_training", {"as_of": AS_OF, "lane": "production", "reason": "the first of all", **SHORT})
    assert api.wait_for_run("flights_training", run, within=300)["state"] == "success"
    return run


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """Run the same days and the same training with the local runner on SQLite, and return the store."""
    folder = tmp_path_factory.mktemp("local")
    with Store.open(f"sqlite:///{folder}/metadata.db", folder) as store:
        standing = load_pipeline("flights")
        backfill(store, standing, standing.calendar.between(*DAYS), engine=Threads())
        pipeline = load_pipeline("flights", PARAMETERS)
        approve_first_schemas(store, pipeline)
        run_graph(
            store, pipeline, opening.Request("training", None, parse_instant(AS_OF, pipeline.calendar.zone), "production"), engine=Threads()
        )
        yield store


def wait_until(true, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.2)


def states(api, dag, run):
    return {task["task_id"]: task["state"] for task in api.task_instances(dag, run)}


def tries(api, dag, run):
    return {task["task_id"]: task["try_number"] for task in api.task_instances(dag, run)}


def record(store, dag, run):
    return store.runs.find(f"airflow/{dag}/{run}")


def digests(store, identity):
    return {name: one.digest for name, one in store.run(identity).artifacts.items()}


def errors(api, dag, run, task):
    """Return the errors that a task's log shows, as the UI lists them."""
    path = f"/dags/{dag}/dagRuns/{quote(run)}/taskInstances/{task}/logs/1?full_content=true"
    return [shown["exc_value"] for event in api._call("GET", path)["content"] for shown in event.get("error_detail") or ()]


def test_a_backfill_makes_the_digests_of_the_local_runner(backfilled, almanac, local):
    runs = [record(almanac, "flights_data", run) for run in backfilled]
    assert [(run.span, run.why, run.lane, run.state) for run in runs] == [(day, "backfill", "backfill", "COMPLETE") for day in DAYS]
    for run in runs:
        other = next(one for one in local.runs.recent(graph="data") if one.span == run.span)
        assert digests(almanac, run.id) == digests(local, other.id)
        assert run.verdict == other.verdict


def test_a_training_started_by_the_api_makes_the_digests_of_the_local_runner(trained, api, almanac, local, stack):
    run = record(almanac, "flights_training", trained)
    assert (run.why, run.lane, run.reason, run.state) == ("manual", "production", "the first of all", "COMPLETE")
    assert run.parameters == PARAMETERS
    assert run.as_of == parse_instant(AS_OF, "America/New_York").timestamp() * 1e6
    assert digests(almanac, run.id) == digests(local, local.runs.recent(graph="training")[0].id)
    mapped = [task for task in api.task_instances("flights_training", trained) if task["task_id"] == "try_candidate"]
    assert [(task["rendered_map_index"], task["state"]) for task in mapped] == [("small", "success"), ("smaller", "success")]
    assert run.links["airflow"].startswith(f"{stack.addresses.airflow}/dags/flights_training/runs/manual__")
    assert (stack.home / "runs" / run.id / "index.html").exists()
    assert MirrorTable(almanac).get(run.key)


def test_the_task_log_shows_what_the_component_and_the_runner_logged(backfilled, api):
    assert f"examples {DAYS[0]}: made examples" in api.task_log("flights_data", backfilled[0], "ingest")
    assert f"{DAYS[0]} as of" in api.task_log("flights_data", backfilled[0], "open_run")
    assert "MLflow: http://127.0.0.1" in api.task_log("flights_data", backfilled[0], "report_run")


def test_the_report_of_a_dag_run_is_a_page_of_airflow(backfilled, api, almanac, stack):
    run = record(almanac, "flights_data", backfilled[0])
    page = f"{stack.addresses.airflow}/almanac/dags/flights_data/{quote(backfilled[0])}"
    assert run.id in fetch(page, api.token())
    assert "no report of this DAG run" in fetch(f"{stack.addresses.airflow}/almanac/dags/tiny/never", api.token())
    with pytest.raises(HTTPError, match="404"):
        fetch(f"{stack.addresses.airflow}/almanac/runs/..%2Fsecrets.json", api.token())


def fetch(address, token):
    request = Request(address, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - the stack's own address
    with build_opener(ProxyHandler({})).open(request, timeout=30) as answer:
        return answer.read().decode()


def test_a_manual_run_has_no_logical_date_and_reuses_what_is_there(backfilled, api, almanac):
    run = api.trigger("flights_data", {"span": DAYS[0], "reason": "once more"})
    found = api.wait_for_run("flights_data", run, within=120)
    assert (found["state"], found["logical_date"]) == ("success", None)
    manual = record(almanac, "flights_data", run)
    assert (manual.span, manual.why, manual.lane, manual.reason) == (DAYS[0], "manual", "experiment", "once more")
    assert digests(almanac, manual.id) == digests(almanac, record(almanac, "flights_data", backfilled[0]).id)
    assert {one.state for one in almanac.executions("flights").of_run(manual.id)} == {"CACHED", "ABSENT"}


def test_the_schedule_of_a_history_that_has_ended_is_quiet(api):
    for dag in ("flights_data", "flights_training"):
        assert api._call("GET", f"/dags/{dag}")["next_dagrun_run_after"] is None
        assert api.dag_runs(dag, run_type="scheduled") == []


def test_mapped_tasks_take_configured_values_and_lists_that_a_step_returned(api, almanac):
    run = api.trigger("shop_data", {"span": "2013-03-11"})
    assert api.wait_for_run("shop_data", run, within=120)["state"] == "success"
    found = [(task["task_id"], task["map_index"]) for task in api.task_instances("shop_data", run) if task["map_index"] >= 0]
    assert sorted(found) == [("doubled", 0), ("doubled", 1), ("doubled", 2), ("doubled", 3), ("scaled", 0), ("scaled", 1)]
    artifacts = almanac.run(record(almanac, "shop_data", run).id).artifacts
    assert artifacts["gathered"].summary["value"] == 2 * sum(77 + i for i in range(4))


def test_a_cleared_task_runs_again_within_the_run_and_opens_and_reports_it(api, almanac):
    run = api.trigger("shop_data", {"span": "2013-03-12"})
    assert api.wait_for_run("shop_data", run, within=120)["state"] == "success"
    first = record(almanac, "shop_data", run)
    before = made(almanac)
    api.clear_task("shop_data", run, "statistics")
    assert api.wait_for_run("shop_data", run, within=120)["state"] == "success"
    assert {task for task, n in tries(api, "shop_data", run).items() if n == 2} == {"open_run", "statistics", "report_run"}
    again = record(almanac, "shop_data", run)
    assert (again.id, again.snapshot, again.state, again.verdict) == (first.id, first.snapshot, "COMPLETE", first.verdict)
    assert [(one.attempt, one.state) for one in almanac.executions("shop").of_run(first.id) if one.step == "statistics"] == [
        (1, "COMPLETE"),
        (2, "CACHED"),
    ]
    api.clear_task("shop_data", run, "examples", downstream=True)
    assert api.wait_for_run("shop_data", run, within=120)["state"] == "success"
    assert made(almanac) == before


def test_an_error_in_the_data_fails_the_run_at_once_and_is_told_once(api, almanac):
    run = api.trigger("shop_data", {"span": BAD_DAY})
    assert api.wait_for_run("shop_data", run, within=120)["state"] == "failed"
    assert states(api, "shop_data", run)["total"] == "failed"
    assert tries(api, "shop_data", run)["total"] == 1
    assert errors(api, "shop_data", run, "total") == [f"{BAD_DAY}: an amount is not known."]
    told = errors(api, "shop_data", run, "report_run")[0]  # steps that ran side by side may be told in either order
    assert told.startswith("the run is FAILED: ")
    assert "total: DataError: " in told
    failed = record(almanac, "shop_data", run)
    assert failed.state == "FAILED"
    assert "an amount is not known" in (almanac.folder / "runs" / failed.id / "index.html").read_text()


def test_a_bad_form_is_refused_by_the_api_or_told_by_the_first_task(api, almanac):
    with pytest.raises(ServiceError, match=r"answered 400.*'nowhere' is not one of"):
        api.trigger("shop_data", {"lane": "nowhere"})
    run = api.trigger("flights_training", {"overrides": {"training.windw": "7 spans"}})
    assert api.wait_for_run("flights_training", run, within=120)["state"] == "failed"
    assert "training.windw" in errors(api, "flights_training", run, "open_run")[0]
    assert tries(api, "flights_training", run)["open_run"] == 1
    assert record(almanac, "flights_training", run) is None


def test_a_killed_task_is_tried_again_and_finishes(api, almanac, stack):
    run, pid = dawdling(api, stack, "2013-03-13")
    os.kill(pid, signal.SIGKILL)
    (stack.dags.parent / "marks" / "enough").touch()
    assert api.wait_for_run("slow_data", run, within=120)["state"] == "success"
    assert tries(api, "slow_data", run)["dawdle"] == 2
    found = record(almanac, "slow_data", run)
    assert found.state == "COMPLETE"
    assert [one.state for one in almanac.executions("slow").of_run(found.id) if one.step == "dawdle"] == ["FAILED", "COMPLETE"]


def test_a_run_that_a_person_marks_as_failed_is_canceled_and_leaves_no_claim(api, almanac, stack):
    run, _ = dawdling(api, stack, "2013-03-15")
    api._call("PATCH", f"/dags/slow_data/dagRuns/{quote(run)}", {"state": "failed"})
    assert api.wait_for_run("slow_data", run, within=120)["state"] == "failed"
    found = record(almanac, "slow_data", run)
    wait_until(lambda: n_rows(almanac, claim) == 0, 60)
    assert [one.state for one in almanac.executions("slow").of_run(found.id) if one.step == "dawdle"] == ["CANCELED"]
    # Airflow reports the run while its task is still ending: the report may find the task failed or canceled.
    wait_until(lambda: record(almanac, "slow_data", run).state in ("CANCELED", "FAILED"), 60)


def dawdling(api, stack, day):
    """Start a run, and return it and the process of its slow step as soon as that works."""
    marks = stack.dags.parent / "marks"
    for mark in marks.iterdir():
        mark.unlink()
    run = api.trigger("slow_data", {"span": day})
    wait_until(lambda: list(marks.glob("mark-*")), 60)
    return run, next(int(task["pid"]) for task in api.task_instances("slow_data", run) if task["task_id"] == "dawdle")


@needs_chromium
def test_the_trigger_form_untouched_runs_every_task_of_the_training(api, stack):
    from playwright.sync_api import expect

    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 1200})
        page.goto(f"{stack.addresses.airflow}/dags/flights_training")
        page.get_by_role("button", name="Trigger").first.click(timeout=60_000)
        form = page.get_by_role("dialog")
        expect(form.locator("input[type=date]")).to_have_value("2014-01-01", timeout=60_000)
        form.get_by_role("button", name="Trigger", exact=True).click(timeout=60_000)
        page.wait_for_url("**/runs/manual__*", timeout=60_000)
        run = page.url.rpartition("/")[2]
        found = api.wait_for_run("flights_training", run, within=500)
        page.get_by_role("link", name="Report", exact=True).click(timeout=60_000)
        expect(page.frame_locator("iframe").get_by_role("heading", name="Flights training")).to_be_visible(timeout=60_000)
    assert found["state"] == "success"
    assert set(states(api, "flights_training", run).values()) == {"success"}
