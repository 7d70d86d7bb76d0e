import pytest
from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException

from components.adapters.airflow.connections import airflow_connection
from components.ingestion.sources.connection import address_of
from components.runtime.errors import DefinitionError
from tests.adapters.airflow.test_tasks import Airflow


def known_to_airflow(name):
    """Return the connection `shop`, as Airflow's database would; there is no other."""
    if name != "shop":
        raise AirflowNotFoundException(name)
    return Connection(conn_id="shop", conn_type="postgres", host="db", login="me", password="hidden", schema="sales")


def test_a_connection_of_airflow_is_found_by_its_name(monkeypatch):
    monkeypatch.setattr(Connection, "get", known_to_airflow)
    assert airflow_connection("other") is None
    found = airflow_connection("shop")
    assert (found["conn_type"], found["password"]) == ("postgres", "hidden")


@pytest.mark.usefixtures("shop")
def test_the_task_that_reads_sources_asks_airflow_and_no_other_code_does(monkeypatch):
    monkeypatch.setattr(Connection, "get", known_to_airflow)
    seen = []
    monkeypatch.setattr("components.adapters.airflow.tasks.deliver_for", lambda *_: seen.append(address_of("shop")))
    Airflow().open()
    assert seen == ["postgresql://me:hidden@db/sales"]
    with pytest.raises(DefinitionError):
        address_of("shop")
