import os
import subprocess
import sys

import pytest
from airflow.sdk.definitions.mappedoperator import MappedOperator

from components.adapters.airflow.dags import to_dags
from components.run.catalog import FOLDER

CHECKOUT = FOLDER.parent
HEAVY = ("polars", "pyarrow", "pandas", "sklearn", "mlflow", "great_expectations", "scipy", "skops")
PARSE = f"""
import glob, runpy, sys
import airflow.sdk, airflow.timetables.base
for file in glob.glob("dags/*.py"):
    found = runpy.run_path(file)
print(*sorted(name for name in found if name.startswith("flights_")))
print(*(name for name in {HEAVY} if name in sys.modules))
"""


@pytest.fixture
def dags(shop):
    return list(to_dags("shop").values())


def edges(dag):
    return {task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks}


@pytest.mark.slow
def test_a_dag_file_is_read_without_heavy_libraries():
    environ = {**os.environ, "_AIRFLOW__AS_LIBRARY": "1", "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(
        [sys.executable, "-c", PARSE], env=environ, cwd=CHECKOUT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    names, loaded = done.stdout.splitlines()[-2:]
    assert names.split() == ["flights_data", "flights_training"]
    assert loaded == ""


def test_each_graph_is_a_dag_that_begins_with_the_history_and_has_no_end(dags):
    data, training = dags
    assert (data.dag_id, training.dag_id) == ("shop_data", "shop_training")
    for dag in dags:
        assert dag.start_date.isoformat() == "2013-03-08T05:00:00+00:00"
        assert dag.end_date is None
        assert not [task for task in dag.tasks if task.end_date]
        assert dag.catchup is False
    assert (data.max_active_runs, training.max_active_runs) == (4, 1)


def test_steps_stand_between_opening_and_closing_in_the_order_of_the_graph(dags):
    assert edges(dags[1]) == {
        "open_run": ["fit_level", "report_run"],
        "fit_level": ["judge"],
        "judge": ["close_run"],
        "close_run": ["promote"],
        "promote": ["report_run"],
        "report_run": [],
    }
    data = edges(dags[0])
    assert data["examples"] == ["earlier", "findings", "scaled", "split_amounts", "statistics", "total"]
    assert data["split_amounts"] == ["doubled"]
    assert data["doubled"] == ["gathered"]
    assert [name for name, after in data.items() if after == ["close_run"]] == ["statistics", "total", "gathered", "scaled", "earlier"]


def test_opening_is_the_setup_and_reporting_the_teardown_whose_failure_counts(dags):
    for dag in dags:
        assert [task.task_id for task in dag.tasks if task.is_setup] == ["open_run"]
        assert [task.task_id for task in dag.tasks if task.is_teardown] == ["report_run"]
        assert dag.get_task("report_run").on_failure_fail_dagrun
        later = [task for task in dag.tasks if task.upstream_task_ids - {"open_run"} and not task.is_teardown]
        assert {task.trigger_rule for task in later} == {"none_failed"}


def test_a_fan_out_over_configuration_has_a_task_for_each_value(dags):
    task = dags[0].get_task("scaled")
    assert isinstance(task, MappedOperator)
    assert task.partial_kwargs["n_mapped"] == 2
    assert task.expand_input.value == {"item": ["1", "2"]}


def test_a_fan_out_over_a_list_that_a_step_returns_waits_for_it(dags):
    data = dags[0]
    assert data.get_task("split_amounts").listed == "total"
    assert isinstance(data.get_task("doubled"), MappedOperator)
    assert data.get_task("doubled").expand_input.value["item"].operator.task_id == "split_amounts"
    assert data.get_task("gathered").listed == ""


def test_the_training_is_weekly_and_the_data_daily_until_the_last_day(sales, shop):
    sales.end = "2013-03-31"
    data, training = to_dags("shop").values()
    assert data.timetable.serialize() == {
        "grain": "day",
        "zone": "America/New_York",
        "lag": "0 days",
        "until": "2013-04-01T04:00:00+00:00",
    }
    assert training.timetable.serialize() == {**data.timetable.serialize(), "grain": "week"}


def test_a_task_tells_what_its_component_does(dags):
    assert dags[0].get_task("earlier").doc_md == "**earlier**: Return the sum over the window, and per span its key or why it is absent."
