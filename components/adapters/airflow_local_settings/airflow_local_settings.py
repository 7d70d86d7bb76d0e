"""Imports libraries and the project once in the scheduler, and reads its pipelines; task processes inherit all that by fork.

Airflow imports a module of this name at its start if one is on the path; the stack puts this folder on the scheduler's path alone.
It calls nothing in the libraries: a child forked from a process that has used Polars hangs. A task runs the code that lies in the
checkout now, not that of the hour in which the scheduler started: a forked process that finds another file of the project than the
scheduler did forgets all of the project's modules, and reads them anew.
"""

import contextlib
import importlib
import os
import pkgutil
import sys
import warnings
from pathlib import Path

LIBRARIES = (
    "numpy",
    "pandas",
    "polars",
    "pyarrow.parquet",
    "pyarrow.compute",
    "sqlalchemy.dialects.postgresql",
    "psycopg2",
    "fsspec",
    "jinja2",
    "pydantic",
    "yaml",
    "sklearn.compose",
    "sklearn.ensemble",
    "sklearn.metrics",
    "sklearn.pipeline",
    "skops.io",
    "great_expectations",
    "mlflow.tracking",
)
PACKAGES = ("components", "pipeline_config")
NOT_FOR_TASKS = ("components.adapters.airflow_local_settings", "components.cli", "components.store.migrations")

Stamps = dict[Path, tuple[int, int]]


def prepare() -> None:
    """Import libraries and project, and read each pipeline with the code digests of its steps."""
    for library in LIBRARIES:
        with contextlib.suppress(ImportError):  # an extra that is not installed is not needed
            importlib.import_module(library)
    components = importlib.import_module("components")
    for module in pkgutil.walk_packages(components.__path__, "components.", onerror=lambda _: None):
        if not module.name.startswith(NOT_FOR_TASKS):
            with contextlib.suppress(Exception):  # what cannot be imported here fails in its task, which says so
                importlib.import_module(module.name)
    with contextlib.suppress(Exception):
        importlib.import_module("components.adapters.airflow.session").prepare_pipelines()


def stamps() -> Stamps:
    """Return size and modification time of each file of the project."""
    folders = [Path(folder) for package in PACKAGES for folder in importlib.import_module(package).__path__]
    found = (path for folder in folders for path in folder.rglob("*") if path.suffix in {".py", ".yaml", ".json"})
    return {path: _stamp(path) for path in found}


def forget_changed(known: Stamps) -> None:
    """Forget the project's modules if one of its files is not what it was."""
    if any(_stamp(path) != stamp for path, stamp in known.items()):
        for name in [name for name in sys.modules if name.partition(".")[0] in PACKAGES]:
            del sys.modules[name]


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (-1, -1)
    return found.st_size, found.st_mtime_ns


_known = stamps()  # before the imports: a file that changes meanwhile counts as changed
with warnings.catch_warnings(action="ignore"):  # skops touches thousands of Airflow's deprecated names
    prepare()
os.register_at_fork(after_in_child=lambda: forget_changed(_known))

__all__: list[str] = []  # nothing here replaces an Airflow setting
