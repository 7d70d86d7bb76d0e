"""The statistics of a run are written beside its page, held against the spans before it."""

import json
from pathlib import Path

from components.reports.collect import write_report
from components.run.backfilling import backfill
from components.run.opening import Request, deliver
from components.run.session import run_graph
from components.store.store import Store
from tests.pipelines import Shop, days


def test_every_data_run_links_to_its_statistics(store: Store, tmp_path: Path) -> None:
    pipeline = Shop(tmp_path / "sales.csv").write().build()
    backfill(store, pipeline, [pipeline.calendar.span(key) for key in days(5)])
    deliver(store, pipeline)
    span = pipeline.calendar.span(days(6)[-1])
    run = run_graph(store, pipeline, Request("data", span, pipeline.span_as_of(span)))
    page = write_report(store, run.id)
    assert 'href="statistics.html"' in page.read_text(encoding="utf-8")
    body = json.loads((page.parent / "statistics.json").read_text(encoding="utf-8"))
    assert (body["spans"], body["n_window"]) == (days(6), 1)
    assert 'href="index.html"' in (page.parent / "statistics.html").read_text(encoding="utf-8")


def test_a_page_that_is_not_drawn_yet_is_led_to_all_the_same(store: Store, tmp_path: Path) -> None:
    pipeline = Shop(tmp_path / "sales.csv").write().build()
    deliver(store, pipeline)
    span = pipeline.calendar.span(days(1)[0])
    page = write_report(store, run_graph(store, pipeline, Request("data", span, pipeline.span_as_of(span))).id, statistics=False)
    assert 'href="statistics.html"' in page.read_text(encoding="utf-8")
    assert not (page.parent / "statistics.html").exists()


def test_a_training_run_has_none(store: Store, tmp_path: Path) -> None:
    pipeline = Shop(tmp_path / "sales.csv").write().build()
    deliver(store, pipeline)
    run = run_graph(store, pipeline, Request("training", None, pipeline.calendar.span("2013-03-14").start))
    page = write_report(store, run.id)
    assert not (page.parent / "statistics.html").exists()
