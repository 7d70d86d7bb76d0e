from importlib.metadata import entry_points

import pytest

from components.adapters.airflow.pages import application, within
from components.adapters.airflow.plugin import AlmanacPlugin
from components.adapters.airflow.timetable import SpanTimetable


def test_airflow_finds_the_plugin_by_its_entry_point():
    (found,) = [entry for entry in entry_points(group="airflow.plugins") if entry.name == "almanac"]
    assert found.load() is AlmanacPlugin


def test_it_registers_the_timetable_and_a_tab_on_a_dag_and_on_its_runs():
    assert AlmanacPlugin.timetables == (SpanTimetable,)
    view, champion = AlmanacPlugin.external_views
    assert (champion["destination"], champion["href"]) == ("dag", "/almanac/champion/{DAG_ID}")
    assert (view["destination"], view["href"]) == ("dag_run", "/almanac/dags/{DAG_ID}/{RUN_ID}")


@pytest.mark.parametrize("path", ["../secrets.json", "run/../../secrets.json", "/etc/passwd", "run", "gone/index.html", ""])
def test_no_file_outside_of_the_reports_is_served(tmp_path, path):
    (tmp_path / "secrets.json").touch()
    (tmp_path / "runs" / "run").mkdir(parents=True)
    page = tmp_path / "runs" / "run" / "index.html"
    page.touch()
    (tmp_path / "runs" / "run" / "link.html").symlink_to(tmp_path / "secrets.json")
    assert within(tmp_path / "runs", path) is None
    assert within(tmp_path / "runs", "run/link.html") is None
    assert within(tmp_path / "runs", "run/index.html") == page


def test_reports_are_for_those_who_may_read_dag_runs():
    (asked,) = application().router.dependencies
    assert asked.dependency.__qualname__.startswith("requires_access_dag.")
