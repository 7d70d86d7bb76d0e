"""Where the servers answer, and what each of them inherits."""

import os
from dataclasses import dataclass
from pathlib import Path

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the servers answer; the databases are SQLAlchemy addresses."""

    airflow: str
    mlflow: str
    airflow_database: str
    mlflow_database: str
    almanac_database: str


def common(home: Path, addresses: Addresses) -> dict[str, str]:
    """Return what every server inherits: this process's environment, with modules compiled, one BLAS thread and no proxy for loopback.

    Airflow's settings in it are dropped: those of another Airflow would overrule the stack's. `ALMANAC_HOME`, `ALMANAC_DATABASE_URL` and
    `ALMANAC_MLFLOW_URL` tell the tasks where they are.
    """
    inherited = {key: text for key, text in os.environ.items() if not key.startswith("AIRFLOW__") and key != "PYTHONDONTWRITEBYTECODE"}
    direct = ",".join(part for part in (inherited.get("NO_PROXY", ""), "127.0.0.1", "localhost") if part)
    return {
        **inherited,
        **dict.fromkeys(THREADS, "1"),
        "NO_PROXY": direct,
        "no_proxy": direct,
        "ALMANAC_HOME": str(home),
        "ALMANAC_DATABASE_URL": addresses.almanac_database,
        "ALMANAC_MLFLOW_URL": addresses.mlflow,
        "GX_ANALYTICS_ENABLED": "False",
    }
