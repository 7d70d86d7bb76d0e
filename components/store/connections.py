"""Connections: where the servers of a state folder answer, as `make up` left them."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "connections.json"


@dataclass(frozen=True)
class Connections:
    """Addresses without secrets; "" where there is no such server."""

    database: str = ""
    mlflow: str = ""
    airflow: str = ""

    @classmethod
    def of(cls, folder: Path) -> "Connections":
        """Read the state folder's addresses; ``$ALMANAC_DATABASE_URL`` and ``$ALMANAC_MLFLOW_URL`` come before them."""
        path = folder / FILE
        left = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        named = {"database": os.environ.get("ALMANAC_DATABASE_URL"), "mlflow": os.environ.get("ALMANAC_MLFLOW_URL")}
        return cls(**left | {name: value for name, value in named.items() if value})

    def save(self, folder: Path) -> None:
        """Leave the addresses in the state folder."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE).write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")
