"""The spam pipeline in a real Airflow, left to itself: days come in and a model is trained on schedule; people are asked, and answer."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from components.adapters.airflow.people import NONE, TAKE
from components.run.label_provenance import newest_batch
from tests.system.test_airflow import record, states, wait_until

DATA, TRAINING, PEOPLE = "spam_data", "spam_training", "spam_people"
RATER = "fay@example.com"
PATIENCE = 400

pytestmark = [pytest.mark.system, pytest.mark.soak]


@pytest.fixture(scope="module")
def scheduled(api):
    """Let the scheduler run both graphs, touch nothing, and return the DAG runs that it made."""
    for dag in (DATA, TRAINING, PEOPLE):
        api.wait_for_dag(dag)
        api.unpause(dag)
    for dag in (DATA, TRAINING):
        wait_until(lambda dag=dag: api.dag_runs(dag), PATIENCE)
    return {dag: api.wait_for_run(dag, str(api.dag_runs(dag)[0]["dag_run_id"]), within=PATIENCE) for dag in (DATA, TRAINING)}


def test_days_and_trainings_of_a_world_that_goes_on_succeed_on_schedule(scheduled, api, almanac):
    runs = {dag: record(almanac, dag, run["dag_run_id"]) for dag, run in scheduled.items()}
    told = {dag: states(api, dag, run["dag_run_id"]) for dag, run in scheduled.items()}
    assert [run["state"] for run in scheduled.values()] == ["success", "success"], told
    assert {(run.why, run.lane, run.state) for run in runs.values()} == {("schedule", "production", "COMPLETE")}
    assert runs[DATA].span == scheduled[DATA]["data_interval_start"][:10]
    age = datetime.now(UTC).date() - datetime.fromisoformat(runs[DATA].span).date()
    assert age <= timedelta(days=2)
    assert runs[TRAINING].as_of == datetime.fromisoformat(scheduled[TRAINING]["data_interval_end"]).timestamp() * 1e6
    assert "model" in almanac.run(runs[TRAINING].id)
    assert told[TRAINING]["promote"] == "success"


def test_the_mail_of_today_can_be_asked_for(scheduled, api, almanac):
    assert ran(api, almanac, datetime.now(UTC).date().isoformat())["votes"].votes.shape[0] > 100


def test_people_are_asked_and_their_answers_come_in_as_a_delivery(scheduled, api, almanac):
    run = asked_people(api)
    (tasks,) = (almanac.folder / "people" / "spam").glob("manual*/tasks.json")
    asked = answer(tasks)
    assert asked == newest_batch(almanac, "spam").rows["message_id"].to_list()
    respond(api, run, TAKE)
    assert api.wait_for_run(PEOPLE, run, within=PATIENCE)["state"] == "success"
    ran(api, almanac, asked[0][:10])
    assert [one.n_read for one in almanac.roots("spam").deliveries("answers")] == [len(asked)]


def test_where_nobody_labeled_nothing_comes_in(scheduled, api, almanac):
    there = almanac.folder / "people" / "spam" / "answers"
    before = sorted(there.glob("*"))
    run = asked_people(api)
    respond(api, run, NONE)
    api.wait_for_run(PEOPLE, run, within=PATIENCE)
    assert states(api, PEOPLE, run) == {"ask_raters": "skipped"}
    assert sorted(there.glob("*")) == before


def ran(api, almanac, day):
    """Run a day by hand, and return what it made."""
    run = api.trigger(DATA, {"span": day})
    assert api.wait_for_run(DATA, run, within=PATIENCE)["state"] == "success", states(api, DATA, run)
    return almanac.run(record(almanac, DATA, run).id)


def asked_people(api):
    """Start the DAG of people, and return its run as soon as it waits for them."""
    run = api.trigger(PEOPLE)
    wait_until(lambda: states(api, PEOPLE, run).get("ask_raters") == "awaiting_input", PATIENCE)
    return run


def answer(tasks):
    """Write the export that Label Studio makes of the tasks, each called spam by one rater, and return their keys.

    Answers count from the end of the hour in which they were given: these are two hours old.
    """
    then = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    given = json.loads(tasks.read_text(encoding="utf-8"))
    for number, task in enumerate(given):
        result = {"from_name": "label", "to_name": "text", "type": "choices", "value": {"choices": ["spam"]}}
        said = {"completed_by": {"email": RATER}, "result": [result], "was_cancelled": False, "created_at": then, "updated_at": then}
        task |= {"id": number, "annotations": [said]}
    tasks.with_name("export.json").write_text(json.dumps(given), encoding="utf-8")
    return [task["data"]["message_id"] for task in given]


def respond(api, run, option):
    path = f"/dags/{PEOPLE}/dagRuns/{quote(run)}/taskInstances/ask_raters/-1/hitlDetails"
    api._call("PATCH", path, {"chosen_options": [option], "params_input": {}})
