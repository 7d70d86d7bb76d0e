"""What Airflow's own processes must know: the timetable of spans. They find it through the entry point ``airflow.plugins``."""

from airflow.plugins_manager import AirflowPlugin

from components.adapters.airflow.freshness import watch_forks
from components.adapters.airflow.timetable import SpanTimetable


class AlmanacPlugin(AirflowPlugin):  # type: ignore[misc]
    """Registers the timetable, which Airflow loads by name from a stored DAG."""

    name = "almanac"
    timetables = (SpanTimetable,)


watch_forks()
