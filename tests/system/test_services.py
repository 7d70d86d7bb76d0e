"""The real servers, started once: each test uses them, the last stops them."""

import http.client
import json
import os
import signal
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from components.cli.services import ports, processes, state
from components.cli.services.airflow_api import AirflowApi
from components.cli.services.checks import all_checks
from components.cli.services.errors import ServiceError
from components.cli.services.stack import SERVICES, Stack
from tests.system.conftest import free_port

pytestmark = [pytest.mark.system, pytest.mark.slow]


def test_every_server_is_healthy_and_listens_on_loopback_alone(stack):
    assert [one.name for one in stack.status() if one.healthy] == list(SERVICES)
    members = processes.family(state.read(stack.home / "services.json").processes)
    listening = {link.laddr[:2] for one in members for link in one.net_connections() if link.status == psutil.CONN_LISTEN}
    assert {port for _, port in listening} >= {stack.ports.airflow, stack.ports.mlflow}
    assert {address for address, _ in listening} == {"127.0.0.1"}


def test_a_second_start_finds_everything_there(stack):
    before, began = stack.status(), time.monotonic()
    said = []
    assert stack.start(said.append) == stack.addresses
    assert time.monotonic() - began < 2
    assert said == []
    assert [one.pid for one in stack.status()] == [one.pid for one in before]


def test_the_ports_are_remembered(stack):
    assert Stack.open(stack.home, environ={}).ports == stack.ports


def test_no_secret_is_in_the_state_or_the_logs(stack):
    secrets = json.loads((stack.home / "secrets.json").read_text()).values()
    texts = [path.read_text(errors="replace") for path in (stack.home / "services.json", *(stack.home / "logs").rglob("*.log"))]
    assert not [secret for secret in secrets for text in texts if secret in text]


def test_the_doctor_finds_nothing(stack):
    wrong = [check for check in all_checks(stack) if not check.ok and check.name != "environment"]
    assert wrong == []


def test_a_run_is_triggered_waited_for_read_and_cleared(stack):
    api = AirflowApi(stack.addresses.airflow)
    api.wait_for_dag("tiny")
    api.unpause("tiny")
    run = api.trigger("tiny", {"a": 1}, run_id="by-hand")
    assert run == "by-hand"
    assert api.wait_for_run("tiny", run)["state"] == "success"
    assert {one["task_id"]: one["state"] for one in api.task_instances("tiny", run)} == {"first": "success", "second": "success"}
    text = api.task_log("tiny", run, "first")
    assert f"rows 2 in {stack.home}" in text
    assert "preloaded True" in text
    api.clear_task("tiny", run, "first", downstream=True)
    assert api.wait_for_run("tiny", run)["state"] == "success"
    assert {one["try_number"] for one in api.task_instances("tiny", run)} == {2}


def test_a_backfill_of_two_days_runs_two_runs(stack):
    api = AirflowApi(stack.addresses.airflow)
    api.wait_for_dag("tiny")
    api.unpause("tiny")
    backfill = api.create_backfill("tiny", "2013-05-01T00:00:00Z", "2013-05-02T00:00:00Z")
    deadline = time.monotonic() + 90
    while api.backfill(backfill)["completed_at"] is None and time.monotonic() < deadline:
        time.sleep(0.5)
    assert [run["state"] for run in api.dag_runs("tiny", run_type="backfill")] == ["success", "success"]


def test_an_unknown_dag_and_a_bad_request_say_so(stack):
    api = AirflowApi(stack.addresses.airflow)
    with pytest.raises(ServiceError, match="The DAG nothing did not appear within 0 s: no file of the DAG folder defines it"):
        api.wait_for_dag("nothing", within=0.1)
    with pytest.raises(ServiceError, match="Airflow answered 404 to GET"):
        api.dag_run("nothing", "never")
    api._token = "stale"
    assert api._list("/dags", "dags", {})


def test_mlflow_keeps_an_experiment(stack):
    connection = http.client.HTTPConnection("127.0.0.1", stack.ports.mlflow, timeout=30)
    connection.request("POST", "/api/2.0/mlflow/experiments/create", json.dumps({"name": "tiny"}), {"Content-Type": "application/json"})
    with connection.getresponse() as answer:
        assert json.load(answer)["experiment_id"]
    connection.close()


def test_another_checkout_on_the_same_port_gets_one_sentence(stack):
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        environ = {ports.variable("airflow"): str(stack.ports.airflow), ports.variable("mlflow"): str(free_port())}
        other = Stack.open(Path(folder) / "state", environ=environ)
        with pytest.raises(
            ServiceError, match=rf"^Port {stack.ports.airflow}, meant for Airflow, is taken by another program: .*ALMANAC_AIRFLOW_PORT="
        ):
            other.start(print)
        assert not any(one.running for one in other.status())
        assert other.stop() == []


def test_a_killed_scheduler_is_started_anew_and_its_orphans_are_gone(stack):
    known = state.read(stack.home / "services.json")
    old = known.process("scheduler")
    orphans = [one for one in processes.family([old]) if one.pid != old.pid]
    os.kill(old.pid, signal.SIGKILL)
    while processes.is_alive(old):
        time.sleep(0.05)
    assert {one.name for one in stack.status() if not one.running} == {"scheduler"}
    stack.start(print)
    assert not any(processes.is_running(one) for one in orphans)
    assert [one.name for one in stack.status() if one.healthy] == list(SERVICES)
    api = AirflowApi(stack.addresses.airflow)
    api.unpause("tiny")
    assert api.wait_for_run("tiny", api.trigger("tiny"), within=120)["state"] == "success"


def test_a_stop_leaves_no_process(stack):
    members = processes.family(state.read(stack.home / "services.json").processes)
    assert len(members) > len(SERVICES)
    assert stack.stop() == []
    assert not any(processes.is_running(one) for one in members)
    assert not any(one.running for one in stack.status())
    assert ports.is_free(stack.ports.airflow)
    assert ports.is_free(stack.ports.mlflow)
    assert not [one for one in psutil.process_iter() if str(stack.home) in " ".join(_command(one))]
    assert stack.stop() == []


def _command(process):
    try:
        return process.cmdline() if processes.is_running(process) else []
    except psutil.Error:
        return []
