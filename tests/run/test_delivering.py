import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from components.artifacts.delivery import Delivery
from components.ingestion.component import ingest_examples
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.known import KnownColumn
from components.ingestion.sources.source import EventTime
from components.run.basis import Basis
from components.run.delivering import deliver
from components.run.opening import take_snapshot
from components.runtime.errors import DefinitionError
from components.runtime.feeds import Redelivery, SourceRoot
from components.runtime.graph import Pipeline
from components.runtime.instants import from_micros, to_micros
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


def test_files_may_be_known_by_the_version_in_their_path(store: Store, tmp_path: Path) -> None:
    pipeline = shop(tmp_path, known_by="version", location=f"{tmp_path}/rows-{{VERSION}}.csv")
    write(tmp_path, "rows-20130101", ("a", 1, "2013-01-01"))
    write(tmp_path, "rows-201301041230", ("a", 2, "2013-01-01"))
    deliver(store, pipeline)
    seen = [rows_read(store, pipeline, "2013-01-01", datetime(2013, 1, 4, 12, minute, tzinfo=UTC)) for minute in (29, 30)]
    assert seen == [{("a", 1)}, {("a", 2)}]
    write(tmp_path, "rows-7", ("a", 3, "2013-01-01"))
    with pytest.raises(DefinitionError, match="does not say since when it is known"):
        deliver(store, pipeline)
    with pytest.raises(DefinitionError, match="needs a version"):
        shop(tmp_path, known_by="version")


def changes(root: Path, *rows: tuple[str, int, str, str]) -> None:
    (root / "log.csv").write_text("id,n,at,changed\n" + "".join(f"{','.join(map(str, row))}\n" for row in rows))


def log(root: Path, redelivery: Redelivery = "merge", **more: object) -> Pipeline:
    return shop(root, redelivery, **{"location": f"{root}/log.csv", "known_by": KnownColumn("changed"), **more})


EARLY = [("a", 1, "2013-01-01", "2013-01-01T23:10"), ("b", 1, "2013-01-01", "2013-01-02T06:00"), ("a", 2, "2013-01-01", "2013-01-03T09:30")]
LATE = [*EARLY, ("c", 1, "2013-01-01", "2013-01-03T09:45"), ("b", 9, "2013-01-01", "2013-01-08T00:00")]


def day_as_of(store: Store, pipeline: Pipeline, *moments: tuple[int, int]) -> list[set[tuple[str, int]]]:
    return [rows_read(store, pipeline, "2013-01-01", datetime(2013, 1, day, hour, tzinfo=UTC)) for day, hour in moments]


def test_rows_may_be_known_by_a_column_and_each_as_of_sees_what_was_known_then(store: Store, tmp_path: Path) -> None:
    changes(tmp_path, *EARLY)
    (first,) = deliver(store, log(tmp_path))
    assert (first.known_rule, from_micros(first.known_from)) == ("column", datetime(2013, 1, 2, tzinfo=UTC))
    moments = [(1, 23), (2, 0), (2, 6), (3, 9), (3, 10), (9, 0)]
    before = [set(), {("a", 1)}, {("a", 1), ("b", 1)}, {("a", 1), ("b", 1)}, {("a", 2), ("b", 1)}, {("a", 2), ("b", 1)}]
    assert day_as_of(store, log(tmp_path), *moments) == before
    changes(tmp_path, *LATE)
    (later,) = deliver(store, log(tmp_path))
    assert later.known_from == to_micros(datetime(2013, 1, 3, 10, tzinfo=UTC))  # only what is new
    after = [*before[:4], {("a", 2), ("b", 1), ("c", 1)}, {("a", 2), ("b", 9), ("c", 1)}]
    assert day_as_of(store, log(tmp_path), *moments) == after
    assert day_as_of(store, log(tmp_path), *moments[::-1]) == after[::-1]
    assert deliver(store, log(tmp_path)) == []


def test_the_rows_that_are_known_do_not_depend_on_when_the_log_was_read(make_store: Callable[[], Store], tmp_path: Path) -> None:
    """Read early and late, or late alone: the same as of every date."""
    twice, once = make_store(), make_store()
    changes(tmp_path, *EARLY)
    deliver(twice, log(tmp_path))
    changes(tmp_path, *LATE)
    for store in (twice, once):
        deliver(store, log(tmp_path))
    moments = [(day, hour) for day in range(1, 10) for hour in (0, 6, 10)]
    assert day_as_of(twice, log(tmp_path), *moments) == day_as_of(once, log(tmp_path), *moments[::-1])[::-1]


def test_a_row_that_does_not_say_since_when_it_is_known_is_quarantined(store: Store, tmp_path: Path) -> None:
    changes(tmp_path, *EARLY, ("d", 1, "2013-01-01", ""))
    (first,) = deliver(store, log(tmp_path, max_quarantined_share=1.0))
    assert (first.n_read, first.n_partitioned, first.n_quarantined) == (4, 3, 1)


def test_the_rule_by_which_rows_are_known_is_that_of_the_first_delivery(store: Store, tmp_path: Path) -> None:
    changes(tmp_path, *EARLY)
    with pytest.raises(DefinitionError, match="cannot be replaced"):
        deliver(store, log(tmp_path, "replace"))
    with pytest.raises(DefinitionError, match="need a key"):
        log(tmp_path, key=None)
    deliver(store, log(tmp_path))
    for changed in (KnownColumn("at"), "observed"):
        with pytest.raises(DefinitionError, match="known_by cannot change"):
            deliver(store, log(tmp_path, known_by=changed))
