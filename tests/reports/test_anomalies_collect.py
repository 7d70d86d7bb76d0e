"""Rows that were set aside, from the store into the page."""

from pathlib import Path

import pytest

from components.reports.anomalies_collect import anomalies_view
from components.run.opening import Request, deliver
from components.run.session import run_graph
from components.store.store import Store
from tests.pipelines import Shop, days


@pytest.fixture
def backend() -> str:
    return "sqlite"


def test_rows_that_could_not_be_read_can_be_browsed_and_downloaded(store: Store, tmp_path: Path) -> None:
    shop = Shop(tmp_path / "sales.csv").write({key: range(60) for key in days(3)})
    with shop.path.open("a", encoding="utf-8") as file:
        file.write("x,2013-03-09T17:00:00+00:00,many\n")
    pipeline = shop.build()
    deliver(store, pipeline)
    spans = [pipeline.calendar.span(key) for key in days(3)]
    for span in spans[:2]:
        run_graph(store, pipeline, Request("data", span, pipeline.span_as_of(span)))
    view = anomalies_view(store, pipeline, spans, spans[-1].end, tmp_path / "pages")
    (aside,) = view.set_aside
    assert (aside.source, aside.n_rows, list(aside.reasons.values())) == ("sales", 1, [1])
    text = (tmp_path / "pages" / aside.file).read_text(encoding="utf-8")
    assert "x,2013-03-09T17:00:00+00:00,many" in text.replace('"', "")
    assert view.unjudged == {"not-run": (f"findings, {spans[2].key}",)}
