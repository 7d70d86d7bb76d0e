from concurrent.futures import ThreadPoolExecutor

import pytest

from components.runtime.errors import StoreError
from components.store.roots import Snapshot
from components.store.tables import outbox
from components.store.tables import run as runs_table
from tests.pipelines import n_rows
from tests.store.conftest import SNAPSHOT, new_artifact, new_run


@pytest.fixture
def runs(store):
    return store.runs_of("shop")


def test_a_run_opens_once_per_key_and_keeps_its_first_snapshot(runs):
    first = runs.open(new_run(), SNAPSHOT)
    again = runs.open(new_run(reason="again"), Snapshot(200, {"sales": (1,)}, (), 7))
    assert (again.id, again.snapshot, again.reason) == (first.id, SNAPSHOT.to_json(), "")
    assert runs.get(first.id) == again


def test_two_who_open_the_same_run_at_once_open_one(store, runs):
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: runs.open(new_run(), SNAPSHOT).id, range(8)))
    assert len(set(opened)) == n_rows(store, runs_table) == 1


def test_a_closed_run_that_opens_again_runs(runs):
    opened = runs.open(new_run(), SNAPSHOT)
    closed = runs.close(opened.id, "FAILED", "it broke")
    assert (closed.state, closed.verdict) == ("FAILED", "it broke")
    assert closed.ended_at >= closed.started_at
    assert runs.open(new_run(), SNAPSHOT).state == "RUNNING"


def test_closing_hands_the_run_to_the_outbox_once(store, runs):
    opened = runs.open(new_run(), SNAPSHOT)
    for _ in range(2):
        runs.close(opened.id, "COMPLETE", "good")
    assert n_rows(store, outbox) == 1


def test_a_run_is_found_by_its_key(runs):
    opened = runs.open(new_run(), SNAPSHOT)
    assert runs.find("a") == opened
    assert runs.find("b") is None


def test_a_run_is_found_by_the_beginning_of_its_name(runs):
    opened = runs.open(new_run(), SNAPSHOT)
    assert runs.get(opened.id[:-2]) == opened
    runs.open(new_run("b"), SNAPSHOT)
    with pytest.raises(StoreError, match="2 runs begin with 'shop-data'"):
        runs.get("shop-data")


def test_an_unknown_run_names_the_nearest_one(runs):
    with pytest.raises(StoreError, match="there is no run yet"):
        runs.get("latest")
    opened = runs.open(new_run(), SNAPSHOT)
    with pytest.raises(StoreError, match=opened.id):
        runs.get(f"x{opened.id}")
    with pytest.raises(StoreError, match="there is no run '%'"):
        runs.get("%")


def test_the_latest_run_is_the_newest_of_the_pipeline(store, runs):
    runs.open(new_run("a"), SNAPSHOT)
    newest = runs.open(new_run("b", graph="training", lane="production"), SNAPSHOT)
    store.runs_of("other").open(new_run("c"), SNAPSHOT)
    assert runs.get("latest") == newest
    assert len(runs.recent()) == 2
    assert len(store.runs.recent()) == 3
    assert runs.recent(graph="training") == runs.recent(lane="production") == [newest]
    assert len(runs.recent(limit=1)) == 1


def test_the_first_as_of_of_a_lane_is_the_earliest(runs):
    assert runs.first_as_of("training", "backfill") is None
    for as_of in (30, 10, 20):
        runs.open(new_run(str(as_of), graph="training", lane="backfill", as_of=as_of), SNAPSHOT)
    runs.open(new_run("p", graph="training", lane="production", as_of=5), SNAPSHOT)
    assert runs.first_as_of("training", "backfill") == 10


def test_grain_and_zone_stay_what_they_were_at_the_first_run(runs):
    runs.declare("day", "UTC")
    runs.declare("day", "UTC")
    with pytest.raises(StoreError, match=r"(?s)grain and zone cannot change.*day, UTC.*day, America/New_York"):
        runs.declare("day", "America/New_York")


def test_attempts_count_from_one(executions, started):
    run = started().run
    runs = started and executions.database
    from components.store.runs import Runs

    runs = Runs(executions.database, "shop")
    assert runs.attempt(run) == 1
    executions.complete(executions.claim(started()), [], {("total", 0): new_artifact()}, cpu_ms=0, peak_kb=0)
    assert runs.attempt(run) == 2
    executions.fail(executions.claim(started("b", attempt=4)), "FAILED", "")
    assert runs.attempt(run) == 5
