"""Reference tables beside the rows of a span: versions by their own time, joined in a whole pipeline."""

from pathlib import Path

import pytest

from components.ingestion.component import ingest_examples
from components.ingestion.enrichment import EnrichmentConfig, enrich_examples
from components.ingestion.reference import ingest_reference
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.source import EventTime
from components.run.delivering import deliver
from components.run.opening import Request
from components.run.session import run_graph
from components.runtime.errors import DataError
from components.runtime.graph import Pipeline, window
from components.statistics.component import generate_statistics
from components.store.store import Store

SALES = "id,item,at\ns1,tea,2013-01-05T08:00\ns2,jam,2013-01-05T09:00\ns3,tea,2013-01-05T10:00\n"
PRICES = "item,price,since\ntea,1.5,2013-01-02\ntea,1.7,2013-01-04\njam,3.0,2012-12-20\n"


@pytest.fixture
def backend() -> str:
    return "sqlite"


def shop(root: Path, tolerance: str | None) -> Pipeline:
    (root / "sales.csv").write_text(SALES)
    (root / "prices.csv").write_text(PRICES)
    sales = CsvSource(location=f"{root}/sales.csv", columns={"id": "string", "item": "string"}, event_time=EventTime("at"), key=("id",))
    columns = {"item": "string", "price": "float"}
    prices = CsvSource(location=f"{root}/prices.csv", columns=columns, event_time=EventTime("since"), key=None)
    pipeline = Pipeline("shop", grain="day", zone="UTC", start="2012-12-01")
    examples = pipeline.add(ingest_examples, name="examples", deliveries=pipeline.source("sales", sales))
    table = pipeline.add(ingest_reference, name="prices", deliveries=pipeline.source("prices", prices))
    lookup = window(table, "28 spans", on_absent="skip")
    config = EnrichmentConfig(("item",), ("price",), tolerance)
    priced = pipeline.add(enrich_examples, name="priced", examples=examples, lookup=lookup, config=config)
    pipeline.add(generate_statistics, name="statistics", examples=priced)
    return pipeline


def test_each_row_takes_the_version_of_its_own_time_and_none_that_is_too_old(store: Store, tmp_path: Path) -> None:
    pipeline = shop(tmp_path, "10 days")
    deliver(store, pipeline)
    span = pipeline.calendar.span("2013-01-05")
    found = store.run(run_graph(store, pipeline, Request("data", span, pipeline.span_as_of(span))).id)
    rows = {row["id"]: row["price"] for row in found["priced"].to_arrow().to_pylist()}  # type: ignore[attr-defined]
    assert rows == {"s1": 1.7, "s2": None, "s3": 1.7}
    assert "price" in found["statistics"].columns  # type: ignore[attr-defined]


def test_a_reference_that_holds_a_key_twice_is_refused_without_times(store: Store, tmp_path: Path) -> None:
    pipeline = shop(tmp_path, None)
    deliver(store, pipeline)
    span = pipeline.calendar.span("2013-01-05")
    with pytest.raises(DataError, match="lookup-repeated"):
        run_graph(store, pipeline, Request("data", span, pipeline.span_as_of(span)))
