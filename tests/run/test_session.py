from datetime import UTC, datetime

import pytest

from components.engines.local import Threads
from components.ingestion.component import ingest_examples
from components.ingestion.partition import read_source
from components.run.opening import deliver
from components.run.session import Session, run_graph
from components.runtime.errors import DataError
from components.runtime.window import Absent
from components.store.blobs import Blobs
from components.store.tables import outbox
from tests.pipelines import add_up, made, n_rows
from tests.run.conftest import day_request

DAY = "2013-03-11"
LATE = {"as_of": datetime(2099, 1, 1, tzinfo=UTC)}


@pytest.fixture
def backend():
    return "sqlite"


def digests(store, run):
    return {name: one.digest for name, one in store.run(run.id).artifacts.items()}


def settled(store, run):
    return {(one.step, one.position, one.state) for one in store.executions("shop").of_run(run.id)}


def test_a_run_ends_complete_with_its_verdict(store, run_day, shop):
    run = run_day(shop, DAY)
    assert (run.state, run.verdict) == ("COMPLETE", "2013-03-11: 4 rows, 0 warnings")
    assert store.runs.get(run.id) == run
    assert n_rows(store, outbox) == 1


def test_a_training_run_ends_with_its_decision(train, shop):
    run = train(shop, "2013-03-14")
    assert run.verdict.startswith("blessed: level: asked anything, met ")


def test_progress_is_told_step_by_step(store, shop):
    deliver(store, shop)
    told = []
    for _ in range(2):
        run_graph(store, shop, day_request(shop, DAY), progress=lambda step, what: told.append((step, what)))
    n = len(told) // 2
    assert dict(told[:n]) == {step.name: "computed" for step in shop.of_graph("data")}
    assert {what for _, what in told[n:]} == {"reused"}
    run_graph(store, shop, day_request(shop, "2013-03-07"), progress=lambda step, what: told.append((step, what)))
    assert told[-2:] == [("scaled", "absent: before-history"), ("earlier", "computed")]


def test_a_failing_step_closes_the_run_as_failed(store, run_day, sales):
    with pytest.raises(DataError):
        run_day(sales.write({DAY: [-1]}).build(), DAY)
    run = store.runs.get("latest")
    assert run.state == "FAILED"
    assert "an amount is not known" in run.verdict
    assert n_rows(store, outbox) == 1


def test_steps_taken_one_by_one_in_other_sessions_make_the_same(make_store, sales):
    """As a scheduler does it: each step in a process of its own, mapped positions apart."""
    shop, found = sales.build(), []
    for by_step in (False, True):
        store = make_store()
        deliver(store, shop)
        request = day_request(shop, DAY, key="scheduled")
        if not by_step:
            run = run_graph(store, shop, request)
        else:
            run = Session.open(store, shop, request).run
            for step in shop.of_graph("data"):
                for position in range(Session.resume(store, shop, run.id).width(step.name)):
                    Session.resume(store, shop, run.id, attempt=1).step(step.name, position if step.mapped else None)
            Session.resume(store, shop, run.id).close()
        found.append((digests(store, run), made(store), settled(store, run), store.runs.get(run.id).verdict))
    assert found[0] == found[1]


def test_a_step_run_again_by_itself_is_reused_and_counts_as_another_attempt(store, run_day, shop):
    run = run_day(shop, DAY)
    session = Session.resume(store, shop, run.id)
    assert session.attempt == 2
    assert session.step("total")["total"][0].digest == digests(store, run)["total"]
    assert [(one.attempt, one.state) for one in store.executions("shop").of_run(run.id) if one.step == "total"] == [
        (1, "COMPLETE"),
        (2, "CACHED"),
    ]


def test_a_step_that_is_absent_says_so(store, shop):
    deliver(store, shop)
    session = Session.open(store, shop, day_request(shop, "2013-03-07"))
    assert session.step("examples") == {"examples": Absent("before-history")}


def test_the_snapshot_never_changes_on_retry(store, sales, run_day):
    first = run_day(sales.build(), DAY, key="scheduled", **LATE)
    before = digests(store, first)
    again = run_day(sales.write({DAY: [5, 6, 7]}).build(), DAY, key="scheduled", **LATE)
    assert again.id == first.id
    assert digests(store, again) == before
    assert digests(store, run_day(sales.build(), DAY, key="new", **LATE)) != before


def test_a_retry_runs_todays_code_on_the_old_snapshot(store, sales, run_day):
    first = run_day(sales.build(), DAY, key="scheduled", **LATE)
    sales.write({DAY: [5, 6, 7]}).times = (1, 5)
    again = run_day(sales.build(), DAY, key="scheduled", **LATE)
    assert again.id == first.id
    assert store.run(again.id)["scaled[1]"].value == 5 * (77 + 78 + 79 + 80)
    computed = {one.step for one in store.executions("shop").of_run(again.id) if one.attempt == 2 and one.state == "COMPLETE"}
    assert computed == {"scaled"}


def test_a_run_as_of_an_earlier_date_still_sees_the_earlier_state(store, sales, run_day):
    before = digests(store, run_day(sales.build(), DAY))
    sales.write({DAY: [5], "2013-03-10": [6]})
    assert digests(store, run_day(sales.build(), DAY, key="another run")) == before


def test_threads_give_the_same_bytes(make_store, sales):
    shop, found = sales.build(), []
    for engine in (Threads(1), Threads(3)):
        store = make_store()
        deliver(store, shop)
        found.append(digests(store, run_graph(store, shop, day_request(shop, DAY), engine=engine)))
    assert found[0] == found[1]


def test_the_runner_makes_what_a_call_by_hand_makes(store, run_day, shop, sales):
    run = run_day(shop, DAY)
    span = shop.calendar.span(DAY)
    examples = ingest_examples([read_source(sales.source, shop.calendar).parts[DAY]], span)
    by_hand = Blobs(store.folder / "by hand")
    assert by_hand.publish(examples)[0] == digests(store, run)["examples"]
    assert by_hand.publish(add_up(examples, span))[0] == digests(store, run)["total"]


def test_a_run_stopped_by_a_person_is_canceled(store, shop):
    deliver(store, shop)

    def stop(step, what):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_graph(store, shop, day_request(shop, DAY), progress=stop)
    run = store.runs.get("latest")
    assert (run.state, run.verdict) == ("CANCELED", "stopped before its end")
    assert run_graph(store, shop, day_request(shop, DAY)).id == run.id


def test_the_data_of_a_training_run_are_made_where_they_are_missing(store, train, shop):
    run = train(shop, "2013-03-14")
    rows = store.executions("shop").of_run(run.id)
    assert {one.step for one in rows if one.own} == {"fit_level", "judge"}
    assert {one.step for one in rows if not one.own} == {"examples", "findings"}
    assert {one.span for one in rows if one.step == "examples"} == {f"2013-03-{day:02}" for day in range(8, 13)}


def test_a_training_run_reuses_what_data_runs_made(store, run_day, train, shop):
    for day in range(8, 13):
        run_day(shop, f"2013-03-{day:02}")
    run = train(shop, "2013-03-14")
    assert [one.step for one in store.executions("shop").of_run(run.id)] == ["fit_level", "judge"]
