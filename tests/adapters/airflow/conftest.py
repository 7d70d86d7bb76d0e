"""Airflow as a library, without its database, logging and settings; and a shop that tasks find in place of a pipeline of the checkout."""

import importlib
import os
import tempfile
import warnings
from unittest import mock

import pytest

with tempfile.TemporaryDirectory() as _home, mock.patch.dict(os.environ, {"_AIRFLOW__AS_LIBRARY": "1", "AIRFLOW_HOME": _home}):
    importlib.import_module("airflow.timetables.base")
    session = importlib.import_module("components.adapters.airflow.session")
    with warnings.catch_warnings(action="ignore"):  # of Airflow's own libraries
        importlib.import_module("components.adapters.airflow.pages")

from tests.pipelines import Shop


@pytest.fixture
def sales(tmp_path):
    return Shop(tmp_path / "sales.csv").write()


@pytest.fixture
def shop(sales, monkeypatch):
    """Make the tasks find the shop, as it is when they look, under every name."""
    monkeypatch.setattr(session, "load_pipeline", lambda *_: sales.build())
    monkeypatch.setattr(session, "standing", lambda _: sales.build())
    monkeypatch.setattr("components.adapters.airflow.dags.standing", lambda _: sales.build())
    monkeypatch.setattr("components.adapters.airflow.request.configured", lambda _: {"limit": sales.limit})
    return sales.build()
