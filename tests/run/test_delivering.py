import logging
from pathlib import Path

import pytest

from components.ingestion.component import ingest_examples
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.source import EventTime
from components.run.delivering import deliver
from components.runtime.graph import Pipeline
from components.store.store import Store


@pytest.fixture
def backend() -> str:
    return "sqlite"


def shop(root: Path) -> Pipeline:
    """A shop that leaves one file a day."""
    pipeline = Pipeline("files", grain="day", zone="UTC", start="2013-01-01", end="2013-12-31")
    columns = {"id": "string", "n": "integer"}
    source = CsvSource(location=f"{root}/{{YYYY-MM-DD}}.csv", columns=columns, event_time=EventTime("at"), key=("id",))
    pipeline.add(ingest_examples, name="examples", deliveries=pipeline.source("sales", source, known_after="1 day"))
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
