"""Airflow's four servers on loopback, their settings and their health."""

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from components.cli.services.health import get_json
from components.cli.services.ports import LOOPBACK

COMMANDS = {
    "api-server": ("api-server",),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
# Their names in the health answer of the API server.
HEALTH_NAMES = {"api-server": "metadatabase", "scheduler": "scheduler", "dag-processor": "dag_processor", "triggerer": "triggerer"}
LONG_AGO = datetime.min.replace(tzinfo=UTC)
PRELOAD = Path(__file__).resolve().parents[2] / "adapters" / "airflow_local_settings"


def command(*words: str) -> list[str]:
    """Return the command line of an Airflow command under this interpreter."""
    return [sys.executable, "-m", "airflow", *words]


def url(port: int) -> str:
    """Return the address of Airflow's pages."""
    return f"http://{LOOPBACK}:{port}"


def environment(home: Path, *, project: Path, dags: Path, port: int, database: str, keys: Mapping[str, str]) -> dict[str, str]:
    """Return Airflow's settings as environment variables: loopback only, everybody on it an admin, quick between two tasks.

    Parameters
    ----------
    home : Path
        The state folder; Airflow keeps its own files in `airflow/` and task logs in `logs/airflow/`.
    project : Path
        The checkout, from which task processes import `components` and `pipeline_config`.
    dags : Path
        Folder of DAG files.
    port : int
        Port of the API server.
    database : str
        SQLAlchemy address of Airflow's database.
    keys : Mapping
        From `secret_keys.load_or_create`.
    """
    tasks = home / "logs" / "airflow"
    settings: dict[str, dict[str, object]] = {
        "core": {
            "dags_folder": dags,
            "load_examples": False,
            "executor": "LocalExecutor",
            # Tasks wait for each other and for the API server more than they compute: two for each core keep the cores busy.
            "parallelism": min(16, max(4, 2 * (os.cpu_count() or 1))),
            "simple_auth_manager_all_admins": True,
            "fernet_key": keys["fernet_key"],
            "execution_api_server_url": f"{url(port)}/execution/",
        },
        "database": {"sql_alchemy_conn": database},
        "api": {"host": LOOPBACK, "port": port, "base_url": url(port), "workers": 1, "secret_key": keys["api_secret_key"]},
        "api_auth": {"jwt_secret": keys["jwt_secret"]},
        # A supervisor holds its slot for a whole heartbeat after its task has ended, and each hop waits for the scheduler's loop: with the
        # defaults (5 s and 1 s) ten chained empty tasks take 12 s, with these 3 s.
        "workers": {"min_heartbeat_interval": 1},
        "scheduler": {"scheduler_idle_sleep_time": 0.1, "task_instance_heartbeat_timeout": 60},
        "dag_processor": {"refresh_interval": 10, "min_file_process_interval": 15},
        "logging": {
            "base_log_folder": tasks,
            "dag_processor_child_process_log_directory": tasks / "dag_processor",
            "colored_console_log": False,
        },
        "usage_data_collection": {"enabled": False},
    }
    variables = {f"AIRFLOW__{section}__{key}".upper(): str(value) for section, pairs in settings.items() for key, value in pairs.items()}
    return {"AIRFLOW_HOME": str(home / "airflow"), "PYTHONPATH": str(project), **variables}


def server_environment(name: str, common: Mapping[str, str]) -> dict[str, str]:
    """Return one server's environment: the scheduler's also finds the preload, whose imports its task processes inherit by fork."""
    if name != "scheduler":
        return dict(common)
    return {**common, "PYTHONPATH": f"{PRELOAD}{os.pathsep}{common['PYTHONPATH']}"}


def health(port: int, *, since: datetime = LONG_AGO) -> dict[str, bool]:
    """Return for each of the four servers whether Airflow itself calls it healthy; all False while the API server does not answer.

    Airflow calls a server healthy for half a minute after its death. A heartbeat before `since` does not count, so that a server started
    then is not taken for the one that it replaces; the API server has none.
    """
    answer = get_json(f"{url(port)}/api/v2/monitor/health")
    return {name: _is_healthy(answer.get(key), f"latest_{key}_heartbeat", since) for name, key in HEALTH_NAMES.items()}


def _is_healthy(part: object, heartbeat: str, since: datetime) -> bool:
    if not isinstance(part, dict) or part.get("status") != "healthy":
        return False
    return heartbeat not in part or datetime.fromisoformat(str(part[heartbeat])) >= since
