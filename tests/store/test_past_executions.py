from components.store.records import State
from tests.store.conftest import new_artifact


def finish(executions, started, key, state: State = "COMPLETE", **changed):
    held = executions.claim(started(key, **changed))
    if state == "COMPLETE":
        executions.complete(held, [], {("total", 0): new_artifact(span=changed.get("span", "2013-01-01"))}, cpu_ms=0, peak_kb=0)
    else:
        executions.fail(held, state, "")
    return held.execution


def test_the_last_execution_of_a_step_at_a_span_is_the_newest_complete_one(executions, started):
    finish(executions, started, "a")
    newest = finish(executions, started, "b")
    finish(executions, started, "c", "FAILED")
    finish(executions, started, "d", span="2013-01-02")
    finish(executions, started, "e", step="other")
    assert executions.last("total", "2013-01-01").id == newest
    assert executions.last("total", "2013-01-03") is None


def test_the_previous_execution_is_the_newest_before_one(executions, started):
    first = finish(executions, started, "a")
    second = finish(executions, started, "b")
    other = finish(executions, started, "c", position=1)
    assert executions.previous(executions.get(second)).id == first
    assert executions.previous(executions.get(first)) is None
    assert executions.previous(executions.get(other)) is None


def test_another_pipelines_step_of_the_same_name_is_not_mixed_up(store, executions, started):
    finish(executions, started, "a")
    other = store.executions("other")
    assert other.last("total", "2013-01-01") is None
    assert other.mean_seconds() == {}


def test_mean_durations_are_by_component(executions, started):
    finish(executions, started, "a")
    finish(executions, started, "b", component="double")
    finish(executions, started, "c", "FAILED", component="broken")
    assert set(executions.mean_seconds()) == {"add_up", "double"}
    assert all(0 <= seconds < 5 for seconds in executions.mean_seconds().values())
