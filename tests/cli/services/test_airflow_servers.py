import json
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from components.cli.services import airflow_servers

HEALTH = {
    "metadatabase": {"status": "healthy"},
    "scheduler": {"status": "healthy", "latest_scheduler_heartbeat": "2026-01-01T10:00:00.5+00:00"},
    "triggerer": {"status": "unhealthy", "latest_triggerer_heartbeat": None},
    "dag_processor": {"status": "healthy", "latest_dag_processor_heartbeat": "2026-01-01T10:00:30Z"},
}


@pytest.fixture
def port():
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(HEALTH).encode())

        def log_message(self, *_args):
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_a_heartbeat_from_before_the_start_does_not_count(port):
    assert airflow_servers.health(port) == {"api-server": True, "scheduler": True, "triggerer": False, "dag-processor": True}
    assert not airflow_servers.health(port, since=datetime(2026, 1, 1, 10, 0, 10, tzinfo=UTC))["scheduler"]


def test_nothing_is_healthy_where_nothing_answers():
    assert not any(airflow_servers.health(1).values())


def test_settings_stay_on_loopback_and_the_preload_is_the_schedulers_alone(tmp_path):
    keys = {"fernet_key": "f", "jwt_secret": "j", "api_secret_key": "a"}
    common = airflow_servers.environment(tmp_path, project=tmp_path, dags=tmp_path / "dags", port=18080, database="db", keys=keys)
    assert common["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert common["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:18080/execution/"
    paths = {name: airflow_servers.server_environment(name, common)["PYTHONPATH"] for name in airflow_servers.COMMANDS}
    assert {name for name, path in paths.items() if str(airflow_servers.PRELOAD) in path} == {"scheduler"}
    assert all(path.endswith(str(tmp_path)) for path in paths.values())
    assert (airflow_servers.PRELOAD / "airflow_local_settings.py").is_file()
