"""The real servers, started once for all tests of this folder, with the DAGs of flights and of two small pipelines."""

import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.cli.services import ports
from components.cli.services.airflow_api import AirflowApi
from components.cli.services.stack import Stack
from components.store.store import Store
from tests.pipelines import Shop, some_rows

BAD_DAY = "2013-03-19"  # with an amount that `add_up` refuses
CHECKOUT = Path(__file__).resolve().parents[2]

TINY = """
import datetime, logging, os, sys
from airflow.sdk import DAG, CronDataIntervalTimetable, task

with DAG("tiny", schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"), start_date=datetime.datetime(2013, 1, 1), catchup=False):
    @task
    def first(params=None):
        import components, polars
        logging.getLogger("almanac").info("rows %d in %s", polars.DataFrame({"a": [1, 2]}).height, os.environ["ALMANAC_HOME"])
        logging.getLogger("almanac").info("preloaded %s", "great_expectations" in sys.modules)
        return 2

    @task
    def second(n):
        return n + 1

    second(first())
"""

SHOPS = """
from datetime import timedelta
from pathlib import Path
from components.adapters.airflow import dags, request, session
from components.store.executions import Executions
from components.store.store import Store
from tests.pipelines import Shop, some_rows
from tests.run.slow_steps import slow_shop

FOLDER = Path({folder!r})

def load_pipeline(name, parameters=None):
    sales = Shop(FOLDER / "sales.csv")
    sales.bless = name != "doubted"
    pipeline = slow_shop(sales, 60.0, FOLDER / "marks") if name == "slow" else sales.build()
    pipeline.name = name
    return pipeline

request.configured = lambda name: {{}}
session.load_pipeline = load_pipeline
Store.executions = lambda self, pipeline: Executions(self.database, pipeline, lease_seconds=3.0)
globals().update({{**dags.to_dags("shop"), **dags.to_dags("slow"), **dags.to_dags("doubted", ask_within=timedelta(hours=1))}})
"""


SPAM = """
from datetime import UTC, datetime, timedelta
from components.adapters.airflow import dags, people, session
from components.run.catalog import load_pipeline

SHORT = {
    "start": (datetime.now(UTC).date() - timedelta(days=24)).isoformat(), "outcome_lag": "3 days", "evaluation.resamples": 50,
    "training.window": "10 spans", "training.validation_spans": 2, "training.test_spans": 3, "labeling.batch": 8,
    "training.candidates": [{"name": "small", "parameters": {"max_iter": 10}}], "labeling.suspects": False,
}
session.load_pipeline = lambda name, parameters=None: load_pipeline(name, {**SHORT, **(parameters or {})})
session.standing.cache_clear()  # task processes inherit pipelines as the scheduler read them, which are not short
globals().update({**dags.to_dags("spam"), **people.people_dag("spam", key=("message_id",), choices=("ham", "spam"))})
"""


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    # Outside pytest's tree, which every other pytest of root closes: as root, PostgreSQL runs as another user.
    folder = Path(tempfile.mkdtemp(prefix="almanac-", dir="/tmp"))
    for name in ("dags", "marks"):
        (folder / name).mkdir()
    Shop(folder / "sales.csv").write({**some_rows(), BAD_DAY: [-1]})
    (folder / "dags" / "tiny.py").write_text(TINY)
    (folder / "dags" / "shops.py").write_text(SHOPS.format(folder=str(folder)))
    (folder / "dags" / "spam.py").write_text(SPAM)
    for name in ("flights", "delays"):
        shutil.copy(CHECKOUT / "dags" / f"{name}.py", folder / "dags")
    chosen = {ports.variable("airflow"): str(free_port()), ports.variable("mlflow"): str(free_port())}
    stack = Stack.open(folder / "state", dags=folder / "dags", environ=chosen)
    try:
        stack.start(print)
        yield stack
    finally:
        left = stack.stop()
        shutil.rmtree(folder, ignore_errors=True)
        assert left == []


@pytest.fixture(scope="session")
def api(stack: Stack) -> AirflowApi:
    return AirflowApi(stack.addresses.airflow)


@pytest.fixture
def almanac(stack: Stack) -> Iterator[Store]:
    """Return the store that the tasks of Airflow write to."""
    with Store.open(stack.addresses.almanac_database, stack.home) as store:
        yield store


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
