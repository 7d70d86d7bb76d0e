import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from components.artifacts.delivery import Delivery
from components.ingestion.component import ingest_examples
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.source import EventTime
from components.run.basis import Basis
from components.run.delivering import deliver
from components.run.opening import take_snapshot
from components.runtime.errors import DefinitionError
from components.runtime.feeds import Redelivery, SourceRoot
from components.runtime.graph import Pipeline
from components.runtime.instants import from_micros
from components.runtime.window import Absent
from components.store.resolver import Resolver
from components.store.store import Store


@pytest.fixture
def backend() -> str:
    return "sqlite"


def shop(root: Path, redelivery: Redelivery = "merge", **more: object) -> Pipeline:
    """A shop that leaves one file a day."""
    pipeline = Pipeline("files", grain="day", zone="UTC", start="2013-01-01", end="2013-12-31")
    columns = {"id": "string", "n": "integer"}
    declared = {"location": f"{root}/{{YYYY-MM-DD}}.csv", "columns": columns, "event_time": EventTime("at"), "key": ("id",)}
    sales = pipeline.source("sales", CsvSource(**{**declared, **more}), known_after="1 day", redelivery=redelivery)
    pipeline.add(ingest_examples, name="examples", deliveries=sales)
    return pipeline


def write(root: Path, day: str, *rows: tuple[str, int, str]) -> None:
    lines = [f"{key},{n},{at}\n" for key, n, at in rows]
    (root / f"{day}.csv").write_text("id,n,at\n" + "".join(lines))


def test_each_file_is_a_delivery_and_later_files_are_known_since_they_were_seen(store: Store, tmp_path: Path) -> None:
    write(tmp_path, "2013-01-02", ("b", 2, "2013-01-02"))
    write(tmp_path, "2013-01-01", ("a", 1, "2013-01-01"))
    first = deliver(store, shop(tmp_path))
    assert [(one.first_span, one.known_rule) for one in first] == [("2013-01-01", "assumed"), ("2013-01-02", "assumed")]
    assert deliver(store, shop(tmp_path)) == []
    write(tmp_path, "2013-01-03", ("c", 3, "2013-01-03"), ("late", 4, "2013-01-01"))
    (later,) = deliver(store, shop(tmp_path))
    assert (later.version, later.known_rule, later.first_span) == (3, "observed", "2013-01-01")
    assert len(store.roots("files").parts("sales")["2013-01-01"]) == 2


def test_a_corrected_file_delivers_what_it_corrects(store: Store, tmp_path: Path) -> None:
    write(tmp_path, "2013-01-01", ("a", 1, "2013-01-01"))
    write(tmp_path, "2013-01-02", ("b", 2, "2013-01-02"), ("c", 3, "2013-01-03"))
    deliver(store, shop(tmp_path))
    write(tmp_path, "2013-01-02", ("b", 20, "2013-01-02"), ("c", 3, "2013-01-03"))
    (later,) = deliver(store, shop(tmp_path))
    parts = store.roots("files").parts("sales")
    assert [span for span, found in parts.items() if any(number == later.id for number, _ in found)] == ["2013-01-02"]


def test_a_file_that_holds_what_another_held_is_told_and_not_delivered(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, "2013-01-01", ("a", 1, "2013-01-01"))
    deliver(store, shop(tmp_path))
    write(tmp_path, "2013-01-02", ("a", 1, "2013-01-01"))
    with caplog.at_level(logging.WARNING, "almanac.run"):
        assert deliver(store, shop(tmp_path)) == []
    assert "source-repeated" in caplog.text


def rows_read(store: Store, pipeline: Pipeline, day: str, as_of: datetime) -> set[tuple[str, int]]:
    """Return what a run of a day reads as of a date, with every delivery in its snapshot."""
    root = pipeline.roots["sales"]
    assert isinstance(root, SourceRoot)
    basis = Basis(store, pipeline)
    resolver = Resolver(pipeline, basis.roots, take_snapshot(basis, as_of, "production"))
    span = pipeline.calendar.span(day)
    found = resolver.deliveries(root, span, as_of).found
    if isinstance(found, Absent):
        return set()
    examples = ingest_examples([cast("Delivery", store.load(part)) for part in found], span)
    return {(row["id"], row["n"]) for row in examples.to_arrow(["id", "n"]).to_pylist()}


@pytest.mark.parametrize("redelivery", ["merge", "replace"])
def test_a_later_delivery_of_a_file_is_merged_or_replaces_what_it_lacks(redelivery: Redelivery, store: Store, tmp_path: Path) -> None:
    pipeline = shop(tmp_path, redelivery)
    write(tmp_path, "2013-01-01", ("a", 1, "2013-01-01"), ("b", 2, "2013-01-01"), ("c", 3, "2013-01-02"))
    write(tmp_path, "2013-01-02", ("other", 9, "2013-01-01"))
    deliver(store, pipeline)
    before = datetime.now(UTC)
    write(tmp_path, "2013-01-01", ("a", 10, "2013-01-01"))
    deliver(store, pipeline)
    now = datetime.now(UTC)
    lost = {("b", 2)} if redelivery == "merge" else set()
    assert rows_read(store, pipeline, "2013-01-01", now) == {("a", 10), ("other", 9)} | lost
    assert rows_read(store, pipeline, "2013-01-02", now) == ({("c", 3)} if redelivery == "merge" else set())
    assert rows_read(store, pipeline, "2013-01-01", before) == {("a", 1), ("b", 2), ("other", 9)}
    assert deliver(store, pipeline) == []


def test_files_may_be_known_by_the_date_in_their_path(store: Store, tmp_path: Path) -> None:
    pipeline = shop(tmp_path, known_by="path")
    write(tmp_path, "2013-01-01", ("a", 1, "2013-01-01"))
    deliver(store, pipeline)
    write(tmp_path, "2013-01-03", ("late", 2, "2013-01-01"))
    (later,) = deliver(store, pipeline)
    assert later.known_rule == "path"
    assert from_micros(later.known_from) == datetime(2013, 1, 5, tzinfo=UTC)
    assert rows_read(store, pipeline, "2013-01-01", datetime(2013, 1, 4, tzinfo=UTC)) == {("a", 1)}
    assert rows_read(store, pipeline, "2013-01-01", datetime(2013, 1, 5, tzinfo=UTC)) == {("a", 1), ("late", 2)}
    with pytest.raises(DefinitionError, match="needs a date in the path"):
        shop(tmp_path, known_by="path", location="rows.csv")
