from importlib.metadata import entry_points

import pytest
from fastapi import HTTPException

from components.adapters.airflow.pages import application, file_of, within
from components.adapters.airflow.plugin import AlmanacPlugin
from components.adapters.airflow.timetable import SpanTimetable
from components.reports.collect import write_report
from components.run.opening import Request, deliver
from components.run.session import run_graph
from components.store.store import Store
from tests.pipelines import Shop, days


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


def test_the_statistics_of_a_run_are_drawn_when_they_are_first_looked_at(tmp_path, monkeypatch):
    monkeypatch.setenv("ALMANAC_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("ALMANAC_DATABASE_URL", raising=False)
    pipeline = Shop(tmp_path / "sales.csv").write().build()
    with Store.open() as store:
        deliver(store, pipeline)
        span = pipeline.calendar.span(days(1)[0])
        run = run_graph(store, pipeline, Request("data", span, pipeline.span_as_of(span))).id
        folder = write_report(store, run, statistics=False).parent
    assert file_of(f"{run}/statistics.html").path == folder / "statistics.html"
    assert (folder / "statistics.json").is_file()
    with pytest.raises(HTTPException):
        file_of("gone/statistics.html")


def test_reports_are_for_those_who_may_read_dag_runs():
    (asked,) = application().router.dependencies
    assert asked.dependency.__qualname__.startswith("requires_access_dag.")
