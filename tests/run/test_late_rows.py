"""Late rows and corrections: whatever the order of the days, each as-of gives the state of its own date, and the same bytes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from components.ingestion.component import ingest_examples
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.known import KnownColumn
from components.ingestion.sources.source import EventTime
from components.run.backfilling import backfill
from components.run.delivering import deliver
from components.run.opening import Request
from components.run.session import run_graph
from components.runtime.graph import Pipeline, window
from components.store.store import Store
from tests.pipelines import add_earlier, add_up, made

FIRST = datetime(2013, 3, 29, tzinfo=UTC)
N_DAYS = 5
"""Of Berlin, whose clock skips an hour on the 31st."""


@pytest.fixture
def backend() -> str:
    return "sqlite"


def ledger(root: Path, known_by: object) -> Pipeline:
    columns = {"id": "string", "amount": "integer"}
    source = CsvSource(
        location=f"{root}/{{YYYY-MM-DD}}.csv", columns=columns, event_time=EventTime("at", zone="Europe/Berlin"), key=("id",),
        known_by=known_by, max_quarantined_share=0.5,
    )  # fmt: skip
    pipeline = Pipeline("ledger", grain="day", zone="Europe/Berlin", start="2013-03-29", end="2013-04-02")
    examples = pipeline.add(ingest_examples, name="examples", deliveries=pipeline.source("ledger", source))
    pipeline.add(add_up, name="total", examples=examples)
    pipeline.add(add_earlier, name="earlier", examples=window(examples, "2 spans", on_absent="skip"))
    return pipeline


def write(root: Path) -> None:
    """Write a file a day: its own three rows, one of the day before that is late, and a correction of that day's first row."""
    for number in range(N_DAYS):
        day, before = FIRST + timedelta(days=number), FIRST + timedelta(days=number - 1)
        rows = [(f"{number}-{i}", 10, f"{day:%Y-%m-%d}T{8 * i:02}:00") for i in range(3)]
        rows += [(f"{number - 1}-late", 1, f"{before:%Y-%m-%d}T12:00"), (f"{number - 1}-0", 100, f"{before:%Y-%m-%d}T00:00")]
        if f"{day:%d}" == "31":
            rows.append(("skipped", 5, "2013-03-31T02:30"))
        lines = [f"{key},{amount},{at},{day + timedelta(hours=23):%Y-%m-%dT%H:%M}" for key, amount, at in rows if at >= "2013-03-29"]
        (root / f"{day:%Y-%m-%d}.csv").write_text("\n".join(["id,amount,at,changed", *lines, ""]))


@pytest.mark.parametrize("known_by", ["path", KnownColumn("changed")])
def test_days_in_any_order_give_the_same_bytes(known_by: object, make_store: Callable[[], Store], tmp_path: Path) -> None:
    write(tmp_path)
    pipeline = ledger(tmp_path, known_by)
    spans = pipeline.calendar.between("2013-03-29", "2013-04-02")
    stores = [make_store() for _ in range(3)]
    for store, days in zip(stores, (spans, spans[::-1], [spans[i] for i in (3, 0, 4, 2, 1)]), strict=True):
        assert not backfill(store, pipeline, days).failures
    assert made(stores[0]) == made(stores[1]) == made(stores[2])


@pytest.mark.parametrize("known_by", ["path", KnownColumn("changed")])
def test_an_earlier_date_still_sees_the_earlier_state(known_by: object, store: Store, tmp_path: Path) -> None:
    write(tmp_path)
    pipeline = ledger(tmp_path, known_by)
    deliver(store, pipeline)
    span = pipeline.calendar.span("2013-03-30")

    def total(as_of: datetime) -> int:
        return store.run(run_graph(store, pipeline, Request("data", span, as_of)).id)["total"].value  # type: ignore[attr-defined, no-any-return]

    late, early = span.end + timedelta(days=2), span.end + timedelta(hours=1)
    assert (total(early), total(late), total(early)) == (30, 121, 30)


def test_times_that_the_clock_skips_or_shows_twice_are_counted(store: Store, tmp_path: Path) -> None:
    write(tmp_path)
    text = "id,amount,at,changed\na,1,2013-10-27T02:30,2013-10-28T00:00\nb,1,2013-10-27T03:30,2013-10-28T00:00\n"
    (tmp_path / "2013-10-27.csv").write_text(text)
    found = {one.first_span: one for one in deliver(store, ledger(tmp_path, "path"))}
    assert (found["2013-03-30"].n_quarantined, found["2013-03-30"].n_read) == (1, 6)
    assert found["2013-10-27"].hint["ambiguous"] == 1
