"""Shops that were read, and runs of them."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from components.adapters.mlflow.promotion import promote_checked
from components.run.opening import Request, deliver
from components.run.session import run_graph
from components.runtime.graph import Pipeline
from components.store.records import RunRecord
from components.store.store import Store
from tests.pipelines import Shop

RunDay = Callable[..., RunRecord]
RunCode = Callable[..., subprocess.Popen]


@pytest.fixture
def sales(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "sales.csv").write()


@pytest.fixture
def shop(sales: Shop) -> Pipeline:
    return sales.build()


def day_request(pipeline: Pipeline, day: str, **changed: object) -> Request:
    span = pipeline.calendar.span(day)
    values: dict[str, object] = {"graph": "data", "span": span, "as_of": pipeline.span_as_of(span)}
    return Request(**values | changed)


def training_request(pipeline: Pipeline, day: str, **changed: object) -> Request:
    values: dict[str, object] = {"graph": "training", "span": None, "as_of": pipeline.calendar.span(day).start}
    return Request(**values | changed)


@pytest.fixture
def run_day(store: Store) -> RunDay:
    """Return a runner of a pipeline's data steps on one day, sources read first."""

    def run(pipeline: Pipeline, day: str, **changed: object) -> RunRecord:
        deliver(store, pipeline)
        return run_graph(store, pipeline, day_request(pipeline, day, **changed))

    return run


@pytest.fixture
def train(store: Store) -> RunDay:
    """Return a runner of a pipeline's training as of the start of a day; what it blesses in production is promoted."""

    def run(pipeline: Pipeline, day: str, **changed: object) -> RunRecord:
        deliver(store, pipeline)
        done = run_graph(store, pipeline, training_request(pipeline, day, **changed))
        promote_checked(store, pipeline.name, done.id)
        return done

    return run


PREAMBLE = """
import sys
from pathlib import Path
from components.run.backfilling import backfill
from components.run.opening import Request, deliver
from components.run.session import Session, run_graph
from components.store.executions import Executions
from components.store.store import Store
from tests.pipelines import Shop
from tests.run.conftest import day_request, training_request
from tests.run import slow_steps
Store.executions = lambda self, pipeline: Executions(self.database, pipeline, lease_seconds={lease})
store = Store.open({url!r}, Path({folder!r}))
sales = Shop(Path({path!r}))
shop = sales.build()
"""


@pytest.fixture
def in_process(store: Store, sales: Shop) -> RunCode:
    """Return a starter of Python in another process, with `store` and `shop` at hand and a lease of its own."""

    def start(code: str, *, lease: float = 30.0, root: Path | None = None) -> subprocess.Popen:
        url = store.database.url.render_as_string(hide_password=False)
        text = PREAMBLE.format(lease=lease, url=url, folder=str(store.folder), path=str(sales.path)) + code
        pipe = subprocess.PIPE
        return subprocess.Popen([sys.executable, "-c", text], stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=root)

    return start
