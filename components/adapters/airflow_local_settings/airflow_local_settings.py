"""Imports the heavy libraries once in the scheduler; its task processes inherit them by fork instead of importing them anew.

Airflow imports a module of this name at its start if one is on the path; the stack puts this folder on the scheduler's path alone.
It calls nothing in them: a child forked from a process that has used Polars hangs. The project's own modules are left out on purpose: a
task must run the code that lies in the checkout now, not the code of the hour in which the scheduler started.
"""

import contextlib
import importlib

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

for _library in LIBRARIES:
    with contextlib.suppress(ImportError):  # an extra that is not installed is not needed
        importlib.import_module(_library)

__all__: list[str] = []  # nothing here replaces an Airflow setting
