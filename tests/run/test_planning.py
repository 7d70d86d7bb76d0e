"""A plan says what a run would do, and does none of it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from components.run.backfilling import backfill
from components.run.opening import Request, deliver
from components.run.planning import Plan, plan_graph
from components.run.session import run_graph
from components.store.store import Store
from components.store.tables import execution, run
from tests.pipelines import FIRST, Shop, days, n_rows

AS_OF = datetime(2013, 3, 15, 12, tzinfo=UTC)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "sales.csv").write()


def planned(store: Store, shop: Shop, day: str = "2013-03-12") -> Plan:
    pipeline = shop.build()
    span = pipeline.calendar.span(day)
    return plan_graph(store, pipeline, "data", span, pipeline.span_as_of(span), "backfill")


def actions(plan: Plan) -> dict[str, str]:
    return {step.step: step.action for step in plan.steps if step.own}


def run_days(store: Store, shop: Shop, *keys: str) -> None:
    pipeline = shop.build()
    backfill(store, pipeline, [pipeline.calendar.span(key) for key in keys or days()])


def test_before_the_first_delivery_everything_is_absent(store: Store, shop: Shop) -> None:
    plan = planned(store, shop)
    assert {step.action for step in plan.steps} <= {"absent", "recompute"}
    assert actions(plan)["examples"] == "absent"
    assert next(step.why for step in plan.steps if step.step == "examples") == "no-delivery"


def test_what_was_never_computed_is_planned_and_nothing_is_written(store: Store, shop: Shop) -> None:
    pipeline = shop.build()
    deliver(store, pipeline)
    plan = planned(store, shop)
    assert actions(plan)["examples"] == "recompute"
    assert next(step.why for step in plan.steps if step.step == "examples") == "never computed"
    assert "equal bytes would stop the rebuild" in next(step.why for step in plan.steps if step.step == "total")
    assert (n_rows(store, execution), n_rows(store, run)) == (0, 0)


def test_what_a_run_has_made_is_reused(store: Store, shop: Shop) -> None:
    run_days(store, shop)
    plan = planned(store, shop)
    assert set(actions(plan).values()) == {"reuse"}
    assert (plan.counts["recompute"], plan.seconds) == (0, 0)


def test_a_changed_configuration_is_named_and_its_cost_estimated(store: Store, shop: Shop) -> None:
    run_days(store, shop)
    shop.times = (1, 3)
    plan = planned(store, shop)
    changed = [step for step in plan.steps if step.action == "recompute"]
    assert [(step.step, step.why) for step in changed] == [("scaled[1]", "changed: config: times")]
    assert plan.seconds == changed[0].seconds > 0


def test_a_plan_keeps_its_word(store: Store, shop: Shop) -> None:
    """What is planned to be recomputed is what the run then computes."""
    run_days(store, shop)
    shop.times = (2, 1)
    pipeline = shop.build()
    expected = planned(store, shop).counts
    outcome = backfill(store, pipeline, [pipeline.calendar.span("2013-03-12")])
    assert (outcome.computed, outcome.reused) == (expected["recompute"], expected["reuse"])


def test_a_refused_day_is_absent_downstream(store: Store, shop: Shop) -> None:
    shop.limit = 10
    run_days(store, shop, "2013-03-12")
    found = actions(planned(store, shop))
    assert (found["findings"], found["total"], found["examples"]) == ("reuse", "absent", "reuse")


def test_a_window_that_lacks_spans_is_blocked(store: Store, shop: Shop) -> None:
    shop.on_absent = "block"
    run_days(store, shop, FIRST)
    plan = planned(store, shop, FIRST)
    blocked = [step for step in plan.steps if step.action == "blocked"]
    assert [step.step for step in blocked] == ["earlier"]
    assert "before-history" in blocked[0].why


def test_a_training_is_planned_with_the_days_that_it_needs(store: Store, shop: Shop) -> None:
    pipeline = shop.build()
    deliver(store, pipeline)
    plan = plan_graph(store, pipeline, "training", None, AS_OF, "experiment")
    missing = {step.span for step in plan.steps if step.step == "examples" and step.action == "recompute"}
    assert missing == {"2013-03-09", "2013-03-10", "2013-03-11", "2013-03-12", "2013-03-13"}
    run_graph(store, pipeline, Request("training", None, AS_OF))
    again = plan_graph(store, pipeline, "training", None, AS_OF, "experiment")
    assert set(actions(again).values()) == {"reuse"}


def test_a_lost_blob_is_recomputed(store: Store, shop: Shop) -> None:
    import shutil

    run_days(store, shop, "2013-03-12")
    record = store.run("latest").artifacts["total"]
    shutil.rmtree(store.blobs.path(record.kind, record.digest))
    found = next(step for step in planned(store, shop).steps if step.step == "total")
    assert (found.action, found.why) == ("recompute", "its blob is gone")
