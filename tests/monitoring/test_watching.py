"""The steps that a pipeline adds with one line."""

from pathlib import Path

import pytest

from components.monitoring.watching import watch_drift
from components.run.opening import Request, deliver
from components.run.session import run_graph
from components.runtime.graph import Ref
from components.statistics.slices import SliceConfig, slice_statistics
from components.store.store import Store
from tests.pipelines import Shop, days


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.mark.slow
def test_a_data_run_watches_its_statistics_and_says_that_it_has_no_baseline_yet(store: Store, tmp_path: Path) -> None:
    shop = Shop(tmp_path / "sales.csv").write().build()
    slices = shop.add(
        slice_statistics, name="slices", examples=Ref("examples", "examples", "examples"), config=SliceConfig(("amount", "amount > 2"))
    )
    outputs = watch_drift(shop, Ref("statistics", "statistics", "statistics"), slices=slices)
    assert outputs.drift.made == "drift"
    deliver(store, shop)
    span = shop.calendar.span(days()[-1])
    run = run_graph(store, shop, Request("data", span, shop.span_as_of(span)))
    assert store.run(run.id)["drift.drift"].state == "no-baseline"
    assert {one.slice.partition("=")[0] for one in store.run(run.id)["drift_shifts"].shifts} == {"", "amount", "amount > 2"}
    assert len([one for one in store.run(run.id)["drift_shifts"].shifts if "previous" in one.distances]) > 3
