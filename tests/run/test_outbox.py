"""The outbox: every finished run waits for the mirror until it is marked, and is told from its artifacts."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from components.adapters.mlflow.promotion import promote_checked
from components.run.opening import Request, deliver
from components.run.outbox import MirrorTable, mark, mirror_record, pending
from components.run.session import run_graph
from components.runtime.errors import DataError
from components.store.store import Store
from components.store.tables import outbox
from tests.pipelines import Shop

AS_OF = datetime(2013, 3, 15, 12, tzinfo=UTC)
DAY = "2013-03-12"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "sales.csv").write()


def run_day(store: Store, shop: Shop, day: str = DAY) -> str:
    pipeline = shop.build()
    deliver(store, pipeline)
    span = pipeline.calendar.span(day)
    links = {"airflow": "http://127.0.0.1:8080/dags/shop"}
    request = Request("data", span, pipeline.span_as_of(span), "production", "schedule", parameters={"times": 2}, links=links)
    return run_graph(store, pipeline, request).id


def train(store: Store, shop: Shop, lane: str = "production", as_of: datetime = AS_OF) -> str:
    pipeline = shop.build()
    deliver(store, pipeline)
    run = run_graph(store, pipeline, Request("training", None, as_of, lane)).id  # type: ignore[arg-type]
    promote_checked(store, pipeline.name, run)
    return run


def test_finished_runs_wait_oldest_first_until_they_are_marked(store: Store, shop: Shop) -> None:
    first, second = run_day(store, shop), run_day(store, shop, "2013-03-13")
    assert pending(store) == [first, second]
    mark(store, first)
    assert pending(store) == [second]


def test_a_run_that_the_mirror_refused_waits_on_with_the_reason(store: Store, shop: Shop) -> None:
    identity = run_day(store, shop)
    for reason in ("down", "still down"):
        mark(store, identity, reason)
    assert pending(store) == [identity]
    with store.database.read() as connection:
        assert connection.execute(sa.select(outbox.c.attempts, outbox.c.error)).one() == (2, "still down")


def test_a_run_that_is_run_again_waits_again(store: Store, shop: Shop) -> None:
    identity = run_day(store, shop)
    mark(store, identity)
    assert run_day(store, shop) == identity
    assert pending(store) == [identity]


def test_a_failed_run_waits_too_and_says_so(store: Store, shop: Shop) -> None:
    shop.write({DAY: [-1]})
    with pytest.raises(DataError):
        run_day(store, shop)
    (identity,) = pending(store)
    assert mirror_record(store, identity).state == "FAILED"


def test_a_run_is_told_by_its_key_parameters_metrics_and_links(store: Store, shop: Shop) -> None:
    identity = run_day(store, shop)
    record = mirror_record(store, identity)
    metrics = {one.name: one.value for one in record.metrics}
    total = store.run(identity).artifacts["total"]
    assert record.key == store.runs.get(identity).key
    assert (record.pipeline, record.graph, record.lane, record.reason, record.state) == (
        "shop",
        "data",
        "production",
        "schedule",
        "COMPLETE",
    )
    assert metrics["total.total.value"] == total.summary["value"]
    assert metrics["scaled.total.1.value"] == 2 * metrics["total.total.value"]
    assert (record.parameters["times"], record.parameters["scaled.times"], record.parameters["findings.config.most"]) == ("2", 1, 1000)
    assert record.links == {"airflow": "http://127.0.0.1:8080/dags/shop", "store": identity}
    assert (record.model, record.report) == (None, None)


def test_datasets_are_the_rows_that_the_steps_read(store: Store, shop: Shop) -> None:
    run = train(store, shop)
    (dataset,) = [one for one in mirror_record(store, run).datasets if one.context == "fit_level"]
    assert (dataset.name, dataset.span, len(dataset.digest)) == ("examples", "2013-03-09/2013-03-13", 64)
    assert dataset.n_rows == sum(len(shop.rows[day]) for day in ("2013-03-09", "2013-03-10", "2013-03-11", "2013-03-12", "2013-03-13"))


def test_a_cached_run_is_told_like_the_one_that_computed(store: Store, shop: Shop) -> None:
    first = mirror_record(store, train(store, shop))
    second = mirror_record(store, train(store, shop, "experiment"))
    assert first.key != second.key
    assert second.datasets == first.datasets
    assert {m for m in second.metrics if "judge" not in m.name} == {m for m in first.metrics if "judge" not in m.name}


def test_only_the_promoted_model_carries_the_alias(store: Store, shop: Shop) -> None:
    older = train(store, shop)
    newer = train(store, shop, as_of=datetime(2013, 3, 16, 12, tzinfo=UTC))
    aliases = {}
    for run in (older, newer):
        model = mirror_record(store, run).model
        assert model is not None
        aliases[run] = model.aliases
        assert model.directory.is_dir()
        assert model.tags["run"] == run
    assert aliases == {older: (), newer: ("champion",)}


def test_a_model_of_another_lane_carries_no_alias(store: Store, shop: Shop) -> None:
    model = mirror_record(store, train(store, shop, "experiment")).model
    assert model is not None
    assert (model.aliases, model.tags["lane"]) == ((), "experiment")


def test_foreign_ids_are_kept_by_run_key(store: Store) -> None:
    table = MirrorTable(store)
    assert table.get("one") is None
    table.put("one", "abc")
    table.put("one", "def")
    assert (table.get("one"), table.get("other")) == ("def", None)
