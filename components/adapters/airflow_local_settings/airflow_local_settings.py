"""Imports libraries and the project once in the scheduler, and makes what most tasks need; task processes inherit all that by fork.

Airflow imports a module of this name at its start if one is on the path; the stack puts this folder on the scheduler's path alone.
It does nothing with Polars, Arrow or pandas: a child forked from a process that has used Polars hangs.
"""

import contextlib
import importlib
import pkgutil
import warnings

import components
from components.adapters.airflow.freshness import watch_forks

LIBRARIES = (
    "numpy",
    "pandas",
    "polars",
    "pyarrow.compute",
    "pyarrow.dataset",
    "pyarrow.pandas_compat",
    "pyarrow.parquet",
    "sqlalchemy.dialects.postgresql",
    "psycopg2.extras",
    "fsspec",
    "jinja2",
    "ziaplot",
    "pydantic",
    "yaml",
    "sklearn.compose",
    "sklearn.ensemble",
    "sklearn.metrics",
    "sklearn.pipeline",
    "skops.io",
    "great_expectations",
    "mlflow.tracking.request_header.registry",
    "airflow.providers.standard.operators.empty",
)
PREPARED = ("components.adapters.airflow.session", "components.adapters.great_expectations", "components.reports.layout")
NOT_FOR_TASKS = ("components.adapters.airflow_local_settings", "components.cli.", "components.store.migrations")


def prepare() -> None:
    """Import libraries and project; make what most tasks need: pipelines, the code digests of steps, a context, page templates."""
    for library in LIBRARIES:
        with contextlib.suppress(ImportError):  # an extra that is not installed is not needed
            importlib.import_module(library)
    for module in pkgutil.walk_packages(components.__path__, "components.", onerror=lambda _: None):
        if not module.name.startswith(NOT_FOR_TASKS):
            with contextlib.suppress(Exception):  # what cannot be imported here fails in its task, which says so
                importlib.import_module(module.name)
    for name in PREPARED:
        with contextlib.suppress(Exception):
            importlib.import_module(name).prepare()


watch_forks()  # before the imports: a file that changes meanwhile counts as changed
with warnings.catch_warnings(action="ignore"):  # skops touches thousands of Airflow's deprecated names
    prepare()

__all__: list[str] = []  # nothing here replaces an Airflow setting
