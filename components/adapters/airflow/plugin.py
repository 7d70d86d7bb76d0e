"""What Airflow's own processes must know: the timetable of spans."""

from airflow.plugins_manager import AirflowPlugin

from components.adapters.airflow.timetable import SpanTimetable


class AlmanacPlugin(AirflowPlugin):  # type: ignore[misc]
    """Registers the timetable, which Airflow loads by name from a stored DAG; found through the entry point ``airflow.plugins``."""

    name = "almanac"
    timetables = (SpanTimetable,)
