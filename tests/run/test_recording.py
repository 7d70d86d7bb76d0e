import logging
import signal
import time

import pytest
import sqlalchemy as sa

from components.artifacts.examples import Examples
from components.ingestion.component import ingest_examples
from components.run.opening import deliver
from components.run.session import run_graph
from components.runtime.component import component
from components.runtime.errors import ConfigError, DataError
from components.runtime.graph import Pipeline
from components.store.executions import Executions
from components.store.store import Store
from components.store.tables import claim, event, execution
from tests.pipelines import FIRST, ZONE, Total, add_up, made, n_rows, states
from tests.run.conftest import day_request
from tests.run.slow_steps import slow_shop

DAY = "2013-03-11"
on_both = pytest.mark.parametrize("backend", ["sqlite", "postgresql"])


@pytest.fixture
def backend():
    return "sqlite"


def counted(store, *conditions):
    with store.database.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(execution).where(*conditions)).scalar_one()


def one_step(sales, step, **arguments):
    shop = Pipeline("shop", grain="day", zone=ZONE, start=FIRST)
    examples = shop.add(ingest_examples, name="examples", deliveries=shop.source("sales", sales.source))
    shop.add(step, name="step", examples=examples, **arguments)
    return shop


def test_a_second_run_reuses_everything_and_has_no_events_of_its_own(store, run_day, shop):
    run_day(shop, DAY)
    before, events = made(store), n_rows(store, event)
    again = run_day(shop, DAY, key="again")
    assert set(states(store, again.id).values()) == {"CACHED"}
    assert (made(store), n_rows(store, event)) == (before, events)
    reused = [one for one in store.executions("shop").of_run(again.id) if one.own]
    assert all(store.executions("shop").get(one.reuses).key == one.key for one in reused)


def test_a_step_whose_blob_is_lost_runs_again(store, run_day, shop):
    first = store.run(run_day(shop, DAY).id).artifacts
    blob = store.blobs.path("total", first["gathered"].digest)
    blob.rename(store.folder / "gone")
    again = run_day(shop, DAY)
    assert blob.is_dir()
    assert states(store, again.id)["gathered"] == "COMPLETE"
    assert {name: one.digest for name, one in store.run(again.id).artifacts.items()} == {name: one.digest for name, one in first.items()}
    assert counted(store, execution.c.state == "LOST") == 1


def test_only_what_changed_is_computed_again(store, run_day, sales):
    run_day(sales.build(), DAY)
    sales.times = (1, 3)
    again = run_day(sales.build(), DAY)
    computed = [(one.step, one.position) for one in store.executions("shop").of_run(again.id) if one.state == "COMPLETE"]
    assert computed == [("scaled", 1)]


def test_equal_bytes_upstream_stop_the_rebuild(store, run_day, sales):
    run_day(sales.build(), DAY)
    sales.limit = 2000  # other findings code path, the same findings
    again = run_day(sales.build(), DAY)
    computed = {one.step for one in store.executions("shop").of_run(again.id) if one.state == "COMPLETE"}
    assert computed == {"findings"}


@pytest.mark.parametrize("error", [DataError("the data are odd"), ConfigError("the configuration is odd"), ZeroDivisionError("a bug")])
def test_an_error_leaves_a_failed_execution_and_no_claim(store, run_day, sales, error, monkeypatch):
    shop, put = one_step(sales, add_up), Store.put

    def broken(self, value, span, known_at):
        if isinstance(value, Total):
            raise error
        return put(self, value, span, known_at)

    monkeypatch.setattr(Store, "put", broken)
    with pytest.raises(type(error)):
        run_day(shop, DAY)
    run = store.runs.get("latest")
    assert (run.state, run.verdict) == ("FAILED", str(error))
    assert states(store, run.id) == {"examples": "COMPLETE", "step": "FAILED"}
    assert next(one.error for one in store.executions("shop").of_run(run.id) if one.state == "FAILED").startswith(type(error).__name__)
    assert n_rows(store, claim) == 0


def test_an_error_says_at_which_step_and_span(run_day, sales):
    shop = one_step(sales.write({DAY: [-1]}), add_up)
    with pytest.raises(DataError, match=f"{DAY}: an amount is not known"):
        run_day(shop, DAY)


def test_an_interrupt_leaves_a_canceled_execution_and_no_claim(store, run_day, sales, monkeypatch):
    def interrupted(self, value, span, known_at):
        raise KeyboardInterrupt

    deliver(store, one_step(sales, add_up))
    monkeypatch.setattr(Store, "put", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_graph(store, one_step(sales, add_up), day_request(one_step(sales, add_up), DAY))
    run = store.runs.get("latest")
    assert (run.state, states(store, run.id)) == ("CANCELED", {"examples": "CANCELED"})
    assert n_rows(store, claim) == 0


def test_an_interrupt_while_recording_leaves_no_claim_either(store, run_day, sales, monkeypatch):
    def interrupted(self, *arguments, **more):
        raise KeyboardInterrupt

    monkeypatch.setattr(Executions, "complete", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_day(one_step(sales, add_up), DAY)
    assert n_rows(store, claim) == 0
    assert counted(store, execution.c.state == "CANCELED") == 1


def test_a_failed_step_runs_again_at_the_next_attempt(store, run_day, sales):
    shop = one_step(sales.write({DAY: [-1]}), add_up)
    with pytest.raises(DataError):
        run_day(shop, DAY, key="a")
    with pytest.raises(DataError):
        run_day(shop, DAY, key="a")
    tries = [(one.attempt, one.state) for one in store.executions("shop").of_run(store.runs.get("latest").id) if one.step == "step"]
    assert tries == [(1, "FAILED"), (2, "FAILED")]


@component
def lie(examples: Examples) -> Total:
    """Return what was not declared."""
    return examples


def test_a_value_of_another_type_than_declared_is_refused(store, run_day, sales):
    with pytest.raises(TypeError, match="lie returned Examples as 'total', declared Total"):
        run_day(one_step(sales, lie), DAY)
    assert states(store, store.runs.get("latest").id)["step"] == "FAILED"


def test_inputs_are_recorded_in_their_order(store, run_day, shop):
    run = run_day(shop, "2013-03-12")
    executions = store.executions("shop")
    (earlier,) = [one for one in executions.of_run(run.id) if one.step == "earlier"]
    assert [(place, one.span) for place, one in executions.inputs(earlier.id).items()] == [
        (("examples", 0), "2013-03-09"), (("examples", 1), "2013-03-10"), (("examples", 2), "2013-03-11"),
    ]  # fmt: skip


def test_what_an_execution_read_and_how_is_recorded(store, run_day, shop):
    run = run_day(shop, DAY)
    (one,) = [one for one in store.executions("shop").of_run(run.id) if one.step == "scaled" and one.position == 1]
    assert (one.component, one.span, one.attempt, one.state) == ("add_up", DAY, 1, "COMPLETE")
    assert one.key_parts["config"] == {"times": 2}
    assert set(one.key_parts) == {"component", "code", "format", "kinds", "libraries", "config", "inputs", "span"}
    assert one.cpu_ms >= 0
    assert one.peak_kb > 1000


@on_both
def test_who_loses_the_claim_while_computing_takes_the_winners_artifacts(store, run_day, sales, monkeypatch, caplog):
    """A process that stood still for longer than its lease: somebody else has computed the key meanwhile."""
    shop = one_step(sales, add_up)
    deliver(store, shop)
    put, executions = Store.put, Executions(store.database, "shop", lease_seconds=0.1)
    monkeypatch.setattr(Executions, "renew", lambda self, held: True)

    def overtaken(self, value, span, known_at):
        if isinstance(value, Total) and not overtaken.done:
            overtaken.done = True
            with store.database.write() as connection:
                connection.execute(sa.update(claim).values(expires_at=0))
            run_graph(store, shop, day_request(shop, DAY, key="the winner"))
        return put(self, value, span, known_at)

    overtaken.done = False
    monkeypatch.setattr(Store, "put", overtaken)
    monkeypatch.setattr(Store, "executions", lambda self, pipeline: executions)
    run = run_graph(store, shop, day_request(shop, DAY, key="the loser"))
    assert run.state == "COMPLETE"
    winner = store.runs_of("shop").find("the winner")
    assert states(store, winner.id)["step"] == "COMPLETE"
    steps = [(one.state, one.error) for one in store.executions("shop").of_run(run.id) if one.step == "step"]
    assert [state for state, _ in steps] == ["CANCELED", "CACHED"]
    assert "recorded the key first" in steps[0][1]
    assert store.run(run.id).artifacts["step"] == store.run(winner.id).artifacts["step"]
    assert n_rows(store, claim) == 0


def test_a_claim_that_cannot_be_renewed_is_a_warning(store, run_day, sales, monkeypatch, caplog, tmp_path):
    def locked(self, held):
        raise sa.exc.OperationalError("UPDATE claim", {}, Exception("database is locked"))

    monkeypatch.setattr(Executions, "renew", locked)
    monkeypatch.setattr(Store, "executions", lambda self, pipeline: Executions(self.database, pipeline, lease_seconds=0.15))
    with caplog.at_level(logging.WARNING, "almanac.run"):
        run_day(slow_shop(sales, 0.2, tmp_path), DAY)
    assert "the claim was not renewed" in caplog.text


SLOW = """
from tests.run.slow_steps import slow_shop
shop = slow_shop(sales, {seconds}, Path({marks!r}))
deliver(store, shop)
print("ready", flush=True)
sys.stdin.readline()
run = run_graph(store, shop, day_request(shop, "2013-03-11", key=sys.argv[-1] + {key!r}))
print(run.state, sorted(store.executions("shop").of_run(run.id), key=lambda one: one.id)[-1].state, flush=True)
"""


@pytest.fixture
def start(in_process, tmp_path):
    """Return a starter of a process that runs the slow step of one day when it is told to."""
    marks = tmp_path / "marks"
    marks.mkdir()

    def starter(key, seconds, lease=30.0):
        process = in_process(SLOW.format(seconds=seconds, marks=str(marks), key=key), lease=lease)
        assert process.stdout.readline() == "ready\n", process.communicate()[1]
        return process

    starter.marks = marks
    return starter


def go(*processes):
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()


def wait_for_mark(marks):
    deadline = time.monotonic() + 30
    while not list(marks.iterdir()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@on_both
@pytest.mark.slow
def test_two_processes_at_once_compute_once_and_record_once(store, start):
    both = [start(key, 0.6) for key in "ab"]
    go(*both)
    said = sorted(process.communicate()[0].split()[-1] for process in both)
    assert said == ["CACHED", "COMPLETE"]
    assert len(list(start.marks.glob("mark-*"))) == 1
    assert counted(store, execution.c.state == "COMPLETE", execution.c.step == "dawdle") == 1
    assert n_rows(store, claim) == 0


@on_both
@pytest.mark.slow
def test_who_is_slower_than_a_lease_is_not_waited_for_longer_and_one_of_both_records(store, start):
    slow, other = start("slow", 1.5), start("other", 1.5, lease=0.3)
    go(slow)
    wait_for_mark(start.marks)
    go(other)
    assert [process.communicate()[0].split()[0] for process in (slow, other)] == ["COMPLETE", "COMPLETE"]
    assert len(list(start.marks.glob("mark-*"))) == 2
    assert counted(store, execution.c.state == "COMPLETE", execution.c.step == "dawdle") == 1
    assert counted(store, execution.c.state == "RUNNING") == 0
    assert n_rows(store, claim) == 0


@on_both
@pytest.mark.slow
def test_the_claim_of_a_killed_process_is_taken_over(store, sales, start, monkeypatch):
    victim = start("victim", 30, lease=1.0)
    go(victim)
    wait_for_mark(start.marks)
    victim.send_signal(signal.SIGKILL)
    victim.communicate()
    assert n_rows(store, claim) == 1
    (start.marks / "enough").touch()
    monkeypatch.setattr(Store, "executions", lambda self, pipeline: Executions(self.database, pipeline, lease_seconds=1.0))
    shop = slow_shop(sales, 30, start.marks)
    began = time.monotonic()
    run = run_graph(store, shop, day_request(shop, DAY, key="the heir"))
    assert time.monotonic() - began < 5
    assert states(store, run.id)["dawdle"] == "COMPLETE"
    assert counted(store, execution.c.state == "FAILED", execution.c.error.startswith("the process died")) == 1
    assert n_rows(store, claim) == 0


@pytest.mark.slow
def test_ctrl_c_leaves_a_canceled_run_and_no_claim(store, start):
    process = start("canceled", 30)
    go(process)
    wait_for_mark(start.marks)
    process.send_signal(signal.SIGINT)
    process.communicate()
    run = store.runs.get("latest")
    assert (run.state, states(store, run.id)["dawdle"]) == ("CANCELED", "CANCELED")
    assert n_rows(store, claim) == 0
