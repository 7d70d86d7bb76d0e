"""Whom a production run calls."""

import pytest

from components.artifacts.drift import Drift, Drifted, Usual
from components.monitoring.alarms import BUDGET, AlarmBudget
from components.run.alarms import raise_alarms
from components.run.opening import Request, deliver, open_run
from components.runtime.graph import Pipeline
from components.store.records import ArtifactRecord, Lane, LedgerEntry
from components.store.store import Store
from tests.pipelines import Shop, days

N_DAYS = 40


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def shop(store: Store, tmp_path) -> Pipeline:
    built = Shop(tmp_path / "sales.csv").write({key: [1] for key in days(N_DAYS)}).build()
    deliver(store, built)
    return built


def drifted(column: str, effect: float) -> Drifted:
    return Drifted("", column, "values", "nearest", "sudden", "2013-03-08", 1.0, 1e-6, effect, {"nearest": Usual(0.3, 0.1, 84)})


def close(store: Store, shop: Pipeline, place: int, *columns: str, lane: Lane = "production", budget: AlarmBudget = BUDGET) -> list[LedgerEntry]:  # fmt: skip
    """Raise the alarms of a day on which some columns drifted, the first one most."""
    span = shop.calendar.span(days(N_DAYS)[place])
    run = open_run(store, shop, Request("data", span, shop.span_as_of(span), lane=lane))
    put = store.put(Drift(tuple(drifted(column, 9.0 - rank) for rank, column in enumerate(columns))), span.key, run.as_of)
    record = ArtifactRecord(0, put.kind, put.digest, put.span, put.known_at, put.n_bytes, put.value_type, put.summary)
    return raise_alarms(store, shop, run, {"drift.drift": record}, budget)


@pytest.mark.parametrize("lane", ["backfill", "experiment"])
def test_only_the_production_lane_raises_alarms(store: Store, shop: Pipeline, lane: Lane) -> None:
    assert close(store, shop, 0, "amount", lane=lane) == []
    assert store.ledger("shop").entries("alarm") == []
    assert [entry.subject for entry in close(store, shop, 0, "amount")] == ["amount"]


def test_an_alarm_says_why_and_is_recorded_once_however_often_the_run_is_closed(store: Store, shop: Pipeline) -> None:
    (entry,) = close(store, shop, 3, "amount")
    assert entry.why == "values 0.3, usual up to 0.1, sudden since 2013-03-08"
    close(store, shop, 3, "amount")
    assert len(store.ledger("shop").entries("alarm")) == 1


def test_a_column_is_quiet_after_its_alarm(store: Store, shop: Pipeline) -> None:
    raised = [place for place in range(20) if close(store, shop, place, "amount")]
    assert raised == [0, 15]


def test_a_month_has_no_more_alarms_than_its_budget(store: Store, shop: Pipeline) -> None:
    budget = AlarmBudget(per_month=2)
    raised = [(place, entry.subject) for place in range(N_DAYS) for entry in close(store, shop, place, f"c{place}", "d", budget=budget)]
    march = [one for one in raised if days(N_DAYS)[one[0]].startswith("2013-03")]
    assert march == [(0, "c0"), (0, "d")]
    assert len(raised) - len(march) == 2


def test_later_alarms_do_not_count_for_an_earlier_day(store: Store, shop: Pipeline) -> None:
    close(store, shop, 5, "amount")
    assert [entry.subject for entry in close(store, shop, 2, "amount")] == ["amount"]
