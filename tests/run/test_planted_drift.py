"""A fault planted into a source, day after day through the pipeline's own steps: the alarm, and where it shows."""

from pathlib import Path

import numpy as np
import pytest

from components.ingestion.component import ingest_examples
from components.monitoring.watching import watch_drift
from components.reports.anomalies_collect import anomalies_view
from components.run.opening import Request, deliver
from components.run.session import run_graph
from components.runtime.graph import Pipeline
from components.statistics.component import generate_statistics
from components.store.records import Lane
from components.store.store import Store
from tests.pipelines import FIRST, ZONE, Shop, days

pytestmark = pytest.mark.slow
KEYS = days(48)
ONSET = 45
"""The unit of the amounts changes on this day."""


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def shop(store: Store, tmp_path: Path) -> Pipeline:
    amounts = [np.random.default_rng([7, place]).integers(20, 60, 60) * (1000 if place >= ONSET else 1) for place in range(len(KEYS))]
    sales = Shop(tmp_path / "sales.csv").write({key: one.tolist() for key, one in zip(KEYS, amounts, strict=True)}).source
    built = Pipeline("shop", grain="day", zone=ZONE, start=FIRST)
    examples = built.add(ingest_examples, name="examples", deliveries=built.source("sales", sales))
    watch_drift(built, built.add(generate_statistics, name="statistics", examples=examples), excluded=("id",))
    deliver(store, built)
    return built


def run_days(store: Store, shop: Pipeline, lane: Lane) -> list[tuple[str, str]]:
    """Run the days around the onset in a lane, and return the alarms of the ledger, by span and column."""
    for span in shop.calendar.between(KEYS[ONSET - 1], KEYS[-1]):
        run_graph(store, shop, Request("data", span, shop.span_as_of(span), lane))
    return [(str(entry.value["span"]), entry.subject) for entry in store.ledger("shop").entries("alarm")]


def test_the_production_run_of_the_first_day_alarms_once_and_says_why(store: Store, shop: Pipeline, tmp_path: Path) -> None:
    assert run_days(store, shop, "backfill") == []
    assert run_days(store, shop, "production") == [(KEYS[ONSET], "amount")]
    spans = shop.calendar.between(KEYS[ONSET - 1], KEYS[-1])
    view = anomalies_view(store, shop, spans, shop.span_as_of(spans[-1]), tmp_path, charts=False)
    (alarm,) = view.alarms
    assert (alarm.span, alarm.column) == (KEYS[ONSET], "amount")
    assert f"sudden since {KEYS[ONSET]}" in alarm.why
    found = {one.newest.code: one for one in view.anomalies if one.newest.where == "amount"}
    assert found["drift-values"].spans == tuple(KEYS[ONSET:])
    assert "spans had it" in found["drift-values"].newest.expected
    assert {one.newest.where for one in view.anomalies} == {"amount"}
