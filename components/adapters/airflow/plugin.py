"""What Airflow's own processes must know: the timetable of spans, and the tabs with a DAG run's report and a DAG's champion."""

from airflow.plugins_manager import AirflowPlugin

from components.adapters.airflow.freshness import watch_forks
from components.adapters.airflow.timetable import SpanTimetable


class AlmanacPlugin(AirflowPlugin):  # type: ignore[misc]
    """Found through the entry point ``airflow.plugins``; the timetable is one that Airflow loads by name from a stored DAG."""

    name = "almanac"
    timetables = (SpanTimetable,)
    external_views = (
        {"name": "Report", "href": "/almanac/dags/{DAG_ID}/{RUN_ID}", "destination": "dag_run", "url_route": "report"},
        {"name": "Champion", "href": "/almanac/champion/{DAG_ID}", "destination": "dag", "url_route": "champion"},
    )

    @property
    def fastapi_apps(self) -> list[dict[str, object]]:
        """The web application, which the API server alone asks for."""
        from components.adapters.airflow.pages import PREFIX, application

        return [{"app": application(), "url_prefix": PREFIX, "name": "Almanac"}]


watch_forks()
