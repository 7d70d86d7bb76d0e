"""Kill -9 of a runner at random instants: the next run ends in the same digests, and nothing is lost."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from components.run.backfilling import backfill
from components.run.opening import Request
from components.run.session import run_graph
from components.store.blobs import digest_of
from components.store.executions import Executions
from components.store.store import Store
from components.store.tables import claim, delivery, execution
from tests.pipelines import Shop, days, made, n_rows, some_rows

LEASE_SECONDS = 0.5
DAYS = days(4)

RUNNER = """
import sys
from pathlib import Path
from components.store.store import Store
from tests.faults.test_kill import shorten_leases, work
from tests.pipelines import Shop
shorten_leases()
shop = Shop(Path(sys.argv[3])).build()
with Store.open(sys.argv[1], Path(sys.argv[2])) as store:
    print("ready", flush=True)
    sys.stdin.readline()
    work(store, shop)
    print("done", flush=True)
"""


def work(store, shop):
    """Run the data steps of four days, and train on them."""
    outcome = backfill(store, shop, shop.calendar.between(DAYS[0], DAYS[-1]))
    assert outcome.failures == {}
    run_graph(store, shop, Request("training", None, shop.calendar.span(days(6)[-1]).start, "production"))


def shorten_leases():
    Store.executions = lambda self, pipeline: Executions(self.database, pipeline, LEASE_SECONDS)


@pytest.fixture
def _short_leases(monkeypatch):
    monkeypatch.setattr(Store, "executions", lambda self, pipeline: Executions(self.database, pipeline, LEASE_SECONDS))


def start(url, folder, sales):
    command = [sys.executable, "-c", RUNNER, url, str(folder), str(sales)]
    runner = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert runner.stdout.readline() == "ready\n", runner.communicate()[1]
    return runner


def go(runner):
    runner.stdin.write("\n")
    runner.stdin.flush()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Return what an undisturbed runner makes, where its source lies, and how long it takes."""
    folder = tmp_path_factory.mktemp("undisturbed")
    sales = Shop(folder / "sales.csv").write(some_rows(DAYS)).path
    url = f"sqlite:///{folder}/metadata.db"
    runner = start(url, folder, sales)
    began = time.monotonic()
    go(runner)
    assert runner.communicate()[0] == "done\n"
    seconds = time.monotonic() - began
    with Store.open(url, folder) as store:
        return made(store), sales, seconds


def kill_and_run_again(seed, store: Store, undisturbed: tuple[set, Path, float]):
    expected, sales, seconds = undisturbed
    runner = start(store.database.url.render_as_string(hide_password=False), store.folder, sales)
    go(runner)
    time.sleep(random.Random(seed).uniform(0, seconds))  # noqa: S311
    runner.send_signal(signal.SIGKILL)
    runner.communicate()
    before = made(store)
    began = time.monotonic()
    work(store, Shop(sales).build())
    assert time.monotonic() - began < 25  # seconds: no dead claim stops it for long
    assert before <= made(store) == expected
    assert (n_rows(store, claim), n_rows(store, delivery)) == (0, 1)
    assert all(one.state != "RUNNING" for one in store.runs.recent())
    with store.database.read() as connection:
        assert "RUNNING" not in connection.scalars(execution.select().with_only_columns(execution.c.state)).all()
    for blob in store.blobs.root.glob("*/*"):
        if blob.parent.name != "staging":
            assert digest_of(blob)[0] == blob.name


@pytest.mark.slow
@pytest.mark.usefixtures("_short_leases")
@pytest.mark.parametrize(("backend", "seed"), [("sqlite", seed) for seed in range(5)] + [("postgresql", seed) for seed in range(5, 8)])
def test_a_runner_killed_at_any_instant_loses_nothing(seed, store, undisturbed):
    kill_and_run_again(seed, store, undisturbed)


@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.usefixtures("_short_leases")
@pytest.mark.parametrize(("backend", "seed"), [(["sqlite", "postgresql"][seed % 2], seed) for seed in range(50)])
def test_a_runner_killed_at_fifty_instants_loses_nothing(seed, store, undisturbed):
    kill_and_run_again(seed, store, undisturbed)
