import threading
import time

import pytest
import sqlalchemy as sa

from components.store.executions import Executions, Placed, Settled
from components.store.tables import artifact, claim, execution
from tests.pipelines import n_rows
from tests.store.conftest import new_artifact

USED = {"cpu_ms": 1, "peak_kb": 2}
OUTPUTS = {("total", 0): new_artifact()}


def records(executions, run):
    return [(one.state, one.error) for one in executions.of_run(run)]


def test_an_unknown_key_has_no_hit(executions):
    assert executions.find("k") is None


def test_what_was_recorded_is_found_by_its_key(executions, started):
    held = executions.claim(started())
    made = executions.complete(held, [], OUTPUTS, **USED)
    hit = executions.find("k")
    assert hit.execution == held.execution
    assert hit.outputs == made
    assert made["total", 0].digest == new_artifact().digest
    assert made["total", 0].summary == {"value": 1}


def test_an_execution_without_outputs_is_found_too(executions, started):
    executions.complete(executions.claim(started()), [], {}, **USED)
    assert executions.find("k").outputs == {}


def test_a_failed_execution_is_not_found(executions, started):
    held = executions.claim(started())
    executions.fail(held, "FAILED", "it broke")
    assert executions.find("k") is None
    assert records(executions, started().run) == [("FAILED", "it broke")]


def test_a_live_claim_keeps_others_out(executions, started):
    assert executions.claim(started()) is not None
    assert executions.claim(started()) is None
    assert executions.claim(started("other")) is not None


def test_a_recorded_key_is_not_claimed_again(executions, started):
    executions.complete(executions.claim(started()), [], OUTPUTS, **USED)
    assert executions.claim(started()) is None
    assert executions.claim(started(), steal=True) is None


@pytest.mark.parametrize("end", ["complete", "fail"])
def test_a_claim_ends_with_its_execution(store, executions, started, end):
    held = executions.claim(started())
    if end == "complete":
        executions.complete(held, [], OUTPUTS, **USED)
    else:
        executions.fail(held, "CANCELED", "interrupted")
    assert n_rows(store, claim) == 0


def test_an_expired_lease_is_taken_over_and_its_execution_is_buried(store, started):
    short = Executions(store.database, "shop", lease_seconds=0.05)
    short.claim(started())
    time.sleep(0.1)
    taken = short.claim(started())
    assert taken is not None
    assert records(short, started().run) == [("FAILED", "the process died: its lease ran out"), ("RUNNING", "")]


def test_a_renewed_lease_lives_on(store, started):
    executions = Executions(store.database, "shop", lease_seconds=0.3)
    held = executions.claim(started())
    for _ in range(4):
        time.sleep(0.1)
        assert executions.renew(held)
    assert executions.claim(started()) is None


def test_a_lost_claim_is_not_renewed(store, started):
    short = Executions(store.database, "shop", lease_seconds=0.05)
    first = short.claim(started())
    time.sleep(0.1)
    short.claim(started())
    assert not short.renew(first)


def test_only_the_holder_of_the_current_claim_records(store, started):
    short = Executions(store.database, "shop", lease_seconds=0.05)
    late = short.claim(started())
    time.sleep(0.1)
    current = short.claim(started())
    assert short.complete(late, [], OUTPUTS, **USED) is None
    assert n_rows(store, artifact) == 0
    assert short.complete(current, [], OUTPUTS, **USED) is not None
    assert short.find("k").execution == current.execution


def test_a_live_claim_can_be_stolen_and_its_former_holder_cannot_record(executions, started):
    first = executions.claim(started())
    thief = executions.claim(started(), steal=True)
    assert executions.complete(first, [], OUTPUTS, **USED) is None
    assert executions.complete(thief, [], OUTPUTS, **USED) is not None


def test_the_former_holder_takes_the_claim_back_where_the_thief_died(executions, started):
    first = executions.claim(started())
    executions.claim(started(), steal=True)
    assert executions.complete(first, [], OUTPUTS, steal=True, **USED) is not None
    assert ("COMPLETE", "") in records(executions, started().run)


def test_nobody_records_a_key_twice(executions, started):
    first = executions.claim(started())
    thief = executions.claim(started(), steal=True)
    executions.complete(thief, [], OUTPUTS, **USED)
    assert executions.complete(first, [], {("total", 0): new_artifact("cd" * 32)}, steal=True, **USED) is None
    assert executions.find("k").outputs["total", 0].digest == new_artifact().digest


def test_the_database_itself_refuses_a_second_record(store, executions, started):
    executions.complete(executions.claim(started()), [], OUTPUTS, **USED)
    row = vars(started()) | {"pipeline": "shop", "state": "COMPLETE", "started_at": 1, "error": ""}
    with pytest.raises(sa.exc.IntegrityError), store.database.write() as connection:
        connection.execute(sa.insert(execution).values(row))


def test_who_waits_gets_the_hit_as_soon_as_it_is_there(executions, started):
    held = executions.claim(started())
    threading.Timer(0.15, lambda: executions.complete(held, [], OUTPUTS, **USED)).start()
    began = time.monotonic()
    assert executions.wait("k").execution == held.execution
    assert time.monotonic() - began < 5


def test_nobody_waits_for_a_claim_that_is_gone(executions):
    began = time.monotonic()
    assert executions.wait("k") is None
    assert time.monotonic() - began < 1


def test_nobody_waits_longer_than_a_lease(store, executions, started):
    executions.claim(started())
    short = Executions(store.database, "shop", lease_seconds=0.2)
    began = time.monotonic()
    assert short.wait("k") is None
    assert 0.2 <= time.monotonic() - began < 2


def test_a_lost_execution_counts_as_never_made(executions, started):
    executions.complete(executions.claim(started()), [], OUTPUTS, **USED)
    hit = executions.find("k")
    executions.look_ahead(["2013-01-01"])
    executions.lose("k", hit)
    assert executions.find("k") is None
    again = executions.claim(started())
    assert executions.complete(again, [], OUTPUTS, **USED)["total", 0] == hit.outputs["total", 0]


def test_looking_ahead_finds_the_same(executions, started):
    for span in ("2013-01-01", "2013-01-02"):
        executions.complete(executions.claim(started(span, span=span)), [], {("total", 0): new_artifact(span=span)}, **USED)
    plain = {key: executions.find(key) for key in ("2013-01-01", "2013-01-02", "none")}
    executions.look_ahead(["2013-01-01"])
    assert {key: executions.find(key) for key in plain} == plain


def test_looking_ahead_sees_no_other_pipeline(store, executions, started):
    executions.complete(executions.claim(started()), [], OUTPUTS, **USED)
    other = store.executions("other")
    other.look_ahead(["2013-01-01"])
    assert other._ahead == {}


def test_inputs_and_outputs_are_kept_by_name_and_position(executions, started):
    read = executions.complete(executions.claim(started("upstream")), [], OUTPUTS, **USED)["total", 0]
    held = executions.claim(started())
    outputs = {("low", 0): new_artifact("cd" * 32), ("low", 1): new_artifact("ef" * 32), ("high", 0): new_artifact()}
    executions.complete(held, [Placed("totals", 0, read.id), Placed("totals", 1, read.id)], outputs, **USED)
    assert executions.inputs(held.execution) == {("totals", 0): read, ("totals", 1): read}
    assert list(executions.outputs(held.execution)) == [("high", 0), ("low", 0), ("low", 1)]


def test_reused_and_absent_executions_are_noted_together(executions, started):
    executions.complete(executions.claim(started()), [], OUTPUTS, **USED)
    hit = executions.find("k")
    executions.note([Settled(started(key_parts={}), "CACHED", hit.execution), Settled(started("", step="doubled"), "ABSENT")])
    executions.note([])
    assert [(one.step, one.state, one.reuses) for one in executions.of_run(started().run)] == [
        ("total", "COMPLETE", None), ("total", "CACHED", hit.execution), ("doubled", "ABSENT", None),
    ]  # fmt: skip


def test_an_execution_records_what_it_used(executions, started):
    held = executions.claim(started(libraries={"numpy": "2.4"}))
    executions.complete(held, [], OUTPUTS, cpu_ms=7, peak_kb=9)
    one = executions.get(held.execution)
    assert (one.cpu_ms, one.peak_kb, one.key, one.key_parts, one.component) == (7, 9, "k", {"code": "c"}, "add_up")
    assert one.started_at <= one.ended_at
