"""What a page shows of a run is what the store holds of it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from components.reports.collect import Collector, write_report
from components.reports.run_view import RunView
from components.run.opening import Request, deliver
from components.run.session import run_graph
from components.runtime.errors import DataError
from components.store.store import Store
from tests.pipelines import Shop

DAY = "2013-03-12"
AS_OF = datetime(2013, 3, 15, 12, tzinfo=UTC)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "sales.csv").write()


def run_day(store: Store, shop: Shop, day: str = DAY, as_of: datetime | None = None) -> RunView:
    pipeline = shop.build()
    deliver(store, pipeline)
    span = pipeline.calendar.span(day)
    links = {"airflow": "http://127.0.0.1:8080/x", "odd": "javascript:alert(1)"}
    request = Request("data", span, as_of or pipeline.span_as_of(span), reason="to see", links=links)
    return Collector(store, run_graph(store, pipeline, request).id).view()


def train(store: Store, shop: Shop) -> RunView:
    pipeline = shop.build()
    deliver(store, pipeline)
    return Collector(store, run_graph(store, pipeline, Request("training", None, AS_OF)).id).view()


def test_a_data_run_shows_its_steps_rows_and_findings(store: Store, shop: Shop) -> None:
    view = run_day(store, shop)
    assert (view.pipeline, view.graph, view.span, view.zone, view.state) == ("shop", "data", DAY, "America/New_York", "COMPLETE")
    assert view.reason == "manual: to see"
    names = [step.name for step in view.steps]
    assert names == [
        "examples",
        "statistics",
        "findings",
        "total",
        "split_amounts",
        "doubled",
        "gathered",
        "scaled",
        "scaled[1]",
        "earlier",
    ]
    assert view.steps[7].state == "CACHED"  # once the total is what `total` made
    assert {step.why for step in view.steps if step.state == "COMPLETE"} == {"computed: never before for this span"}
    (rows,) = view.rows
    assert (rows.partitioned, rows.written, rows.unaccounted) == (1, 1, 0)
    assert [(one.step, one.findings.failed) for one in view.checks] == [("findings", False)]  # type: ignore[union-attr]
    assert [link.label for link in view.links] == ["airflow"]
    assert view.seconds is not None


def test_parts_that_a_graph_does_not_have_are_none(store: Store, shop: Shop) -> None:
    view = run_day(store, shop)
    assert (view.labels, view.metrics, view.comparisons, view.decision) == (None, None, None, None)


def test_a_reused_step_names_the_execution_and_a_changed_one_the_difference(store: Store, shop: Shop) -> None:
    shop.times = (3, 4)
    first = run_day(store, shop)
    shop.times = (3, 5)
    steps = {step.name: step for step in run_day(store, shop).steps}
    assert steps["total"].state == "CACHED"
    assert steps["total"].why.endswith(f"of run {first.run_id}")
    assert steps["total"].outputs == next(step.outputs for step in first.steps if step.name == "total")
    assert steps["scaled[1]"].why.endswith("in config: times")


def test_a_refused_day_shows_what_was_kept_out(store: Store, shop: Shop) -> None:
    shop.limit = 1
    view = run_day(store, shop)
    absent = {step.name: step.why for step in view.steps if step.state == "ABSENT"}
    assert absent["total"] == "absent: failed-validation"
    assert [one.findings.failed for one in view.checks] == [True]  # type: ignore[union-attr]


def test_a_day_without_rows_says_why(store: Store, shop: Shop) -> None:
    shop.write({DAY: []})
    (rows,) = run_day(store, shop).rows
    assert (rows.source, rows.absent) == ("examples", "empty")


def test_a_training_shows_its_decision_and_what_did_not_run(store: Store, shop: Shop) -> None:
    view = train(store, shop)
    assert (view.graph, view.span) == ("training", "2013-03-09/2013-03-13")
    assert view.decision is not None
    assert view.decision.outcome == "blessed"  # type: ignore[union-attr]
    assert view.decision.reasons[0].judgement == "met"  # type: ignore[union-attr]
    assert (view.labels, view.metrics) == ("not-run", "not-run")


def test_lineage_shows_what_was_written_and_its_roots(store: Store, shop: Shop) -> None:
    found = {(one.role, one.kind) for one in train(store, shop).lineage}
    assert {("written", "model"), ("written", "decision"), ("read", "examples")} <= found


def test_a_failed_run_has_a_page_too(store: Store, shop: Shop) -> None:
    shop.write({DAY: [-1]})
    with pytest.raises(DataError):
        run_day(store, shop)
    view = Collector(store, "latest").view()
    assert view.state == "FAILED"
    assert "an amount is not known" in next(step.error for step in view.steps if step.name == "total")
    assert write_report(store, "latest").exists()


def test_a_later_delivery_shows_on_the_page(store: Store, shop: Shop) -> None:
    far = datetime(2099, 1, 1, tzinfo=UTC)
    identity = run_day(store, shop, as_of=far).run_id
    shop.write({DAY: [1, 2]})
    run_day(store, shop, "2013-03-11")
    assert "deliveries 2 came in later" in Collector(store, identity).view().superseded


def test_a_page_its_json_and_the_index_are_written(store: Store, shop: Shop) -> None:
    view = run_day(store, shop)
    page = write_report(store, view.run_id)
    assert page.parent == store.folder / "runs" / view.run_id
    assert "javascript:" not in page.read_text(encoding="utf-8")
    assert json.loads((page.parent / "run.json").read_text(encoding="utf-8"))["run_id"] == view.run_id
    assert view.run_id in (store.folder / "runs" / "index.html").read_text(encoding="utf-8")
