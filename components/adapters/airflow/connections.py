"""Airflow's connections, by name, for sources that are read in a task: from its database, environment or secrets backend."""

from collections.abc import Mapping

from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException

FIELDS = ("conn_type", "host", "port", "login", "password", "schema", "extra")


def airflow_connection(name: str) -> Mapping[str, object] | None:
    """Return a connection's fields, None where Airflow has none of that name; Airflow masks its secrets in the task's log."""
    try:
        found = Connection.get(name)
    except AirflowNotFoundException:
        return None
    return {field: getattr(found, field) for field in FIELDS}
