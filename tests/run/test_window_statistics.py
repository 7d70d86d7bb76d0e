"""A window's statistics come from those of its days, and from nothing else."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from components.artifacts.examples import Examples
from components.measures.summaries import merge
from components.run.backfilling import backfill
from components.run.window_statistics import span_statistics, statistics_steps, window_statistics
from components.runtime.errors import DataError, DefinitionError
from components.runtime.graph import Pipeline
from components.runtime.window import Absent
from components.statistics.component import generate_statistics
from components.store.store import Store
from components.store.tables import execution
from tests.pipelines import Shop, days, n_rows

AS_OF = datetime(2013, 3, 21, 12, tzinfo=UTC)


@pytest.fixture
def shop(tmp_path: Path) -> Pipeline:
    return Shop(tmp_path / "sales.csv").write().build()


@pytest.fixture
def filled(store: Store, shop: Pipeline) -> Pipeline:
    backfill(store, shop, [shop.calendar.span(key) for key in days()])
    return shop


def test_a_window_equals_its_rows_and_reads_none(store: Store, filled: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    spans = filled.calendar.between(days()[0], days()[-1])
    executed = n_rows(store, execution)
    one_by_one = [value for _, value in span_statistics(store, filled, spans, AS_OF).present()]
    rows = pa.concat_tables([_examples(store, filled, span.key).to_arrow() for span in spans])
    monkeypatch.setattr(Examples, "load", lambda *_: pytest.fail("a row was read"))
    merged = window_statistics(store, filled, spans, AS_OF)
    assert n_rows(store, execution) == executed
    assert len(merged.leaves) == len(spans) == len(one_by_one)
    assert merged.to_json() == merge(one_by_one[::-1]).to_json()
    amount, whole = merged.column("amount"), generate_statistics(Examples.from_arrow(rows)).column("amount")
    assert (amount.n_rows, amount.minimum, amount.maximum, amount.distinct) == (whole.n_rows, whole.minimum, whole.maximum, whole.distinct)
    assert amount.mean == pytest.approx(whole.mean, rel=1e-12)


def test_days_before_the_history_are_absent(store: Store, filled: Pipeline) -> None:
    first = filled.calendar.span(days()[0])
    found = span_statistics(store, filled, [filled.calendar.previous(first), first], AS_OF)
    assert found.values[0] == Absent("before-history")
    assert found.values[1].n_rows > 0


def test_a_day_that_was_never_computed_is_named_and_not_computed(store: Store, shop: Pipeline) -> None:
    backfill(store, shop, [shop.calendar.span(days()[0])])
    with pytest.raises(DataError, match=f"1 of 2 spans are not in the store: {days()[1]}"):
        window_statistics(store, shop, shop.calendar.between(*days()[:2]), AS_OF)


def test_only_steps_of_statistics_have_a_window_of_them(store: Store, filled: Pipeline) -> None:
    assert "statistics" in statistics_steps(filled)
    with pytest.raises(DefinitionError, match="no statistics called 'statistic'"):
        window_statistics(store, filled, [], AS_OF, step="statistic")


def _examples(store: Store, pipeline: Pipeline, span: str) -> Examples:
    (record,) = store.executions(pipeline.name).outputs(store.executions(pipeline.name).last("examples", span).id).values()
    value = store.load(record)
    assert isinstance(value, Examples)
    return value
