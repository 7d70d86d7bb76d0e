"""A short training on mail, from the first mail to the page of its labeling functions."""

import json
from pathlib import Path

import pytest

from components.reports.collect import write_report
from components.reports.labeling_collect import labeling_view
from components.run.catalog import load_pipeline
from components.run.opening import Request, deliver
from components.run.session import run_graph
from components.run.setup import approve_first_schemas
from components.runtime.errors import DataError
from components.runtime.graph import Pipeline
from components.runtime.instants import parse_instant
from components.store.records import RunRecord
from components.store.store import Store

pytestmark = pytest.mark.slow
AS_OF = "2026-10-08"
OVERRIDES = {
    "start": "2026-09-29", "end": "2026-10-07", "outcome_lag": "1 day", "training.window": "6 spans", "training.validation_spans": 1,
    "training.test_spans": 1, "training.candidates": [{"name": "small", "parameters": {"max_iter": 20, "max_leaf_nodes": 4}}],
}  # fmt: skip


@pytest.fixture(scope="module")
def spam() -> Pipeline:
    return load_pipeline("spam", OVERRIDES)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store.open(folder=tmp_path_factory.mktemp("spam"))


@pytest.fixture(scope="module")
def run(spam: Pipeline, store: Store) -> RunRecord:
    approve_first_schemas(store, spam)
    deliver(store, spam)
    return run_graph(store, spam, Request("training", None, parse_instant(AS_OF, "UTC")))


def test_a_training_is_judged_and_its_functions_analysed(store: Store, run: RunRecord) -> None:
    assert run.state == "COMPLETE"
    analysis = labeling_view(store, load_pipeline("spam", OVERRIDES), parse_instant(AS_OF, "UTC")).analysis
    assert analysis.spans == tuple(f"2026-10-0{day}" for day in range(2, 8))
    assert analysis.n_rows == 6 * 300
    assert sum(counts[-1] for counts in analysis.labels.values()) == 300
    assert analysis.labels["outcome"][-1] == 0
    names = {function.name for function in analysis.functions if function.is_row_wise}
    assert names == {"shouts"}


def test_the_runs_page_leads_to_the_page_of_its_functions(store: Store, run: RunRecord) -> None:
    page = write_report(store, run.id)
    beside = page.with_name("labeling.html")
    assert 'href="labeling.html"' in page.read_text(encoding="utf-8")
    body = json.loads(Path(beside.with_suffix(".json")).read_text(encoding="utf-8"))
    assert (body["run"], body["pipeline"]) == (run.id, "spam")
    assert body["learned"]["method"]
    assert body["noise"] is not None


def test_a_date_before_the_first_training_has_no_page(spam: Pipeline, store: Store, run: RunRecord) -> None:
    assert run.state == "COMPLETE"
    with pytest.raises(DataError, match="no training run up to 2026-10-01"):
        labeling_view(store, spam, parse_instant("2026-10-01", "UTC"))
