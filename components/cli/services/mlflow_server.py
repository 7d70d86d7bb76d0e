"""The MLflow tracking server: one worker on loopback, its records in PostgreSQL, its files in the state folder."""

import sys
from pathlib import Path

from components.cli.services.health import get_ok
from components.cli.services.ports import LOOPBACK


def environment() -> dict[str, str]:
    """Return MLflow's own settings: no telemetry, and no job workers, which would take four times the memory."""
    return {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}


def command(database: str, artifacts: Path, port: int) -> list[str]:
    """Return the command line of the server; it creates and migrates its tables itself."""
    options = {
        "--backend-store-uri": database,
        "--artifacts-destination": str(artifacts),
        "--host": LOOPBACK,
        "--port": str(port),
        "--workers": "1",
    }
    return [sys.executable, "-m", "mlflow", "server", *(word for option in options.items() for word in option)]


def url(port: int) -> str:
    """Return the address of MLflow's pages, which is also its tracking URI."""
    return f"http://{LOOPBACK}:{port}"


def is_healthy(port: int) -> bool:
    """Return whether the server answers."""
    return get_ok(f"{url(port)}/health")
