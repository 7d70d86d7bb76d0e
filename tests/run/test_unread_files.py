"""A file that cannot be read stops the spans that it is named for, and nothing else; once it is mended they are healed."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from components.ingestion.component import ingest_examples
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.source import EventTime
from components.reports.anomalies_collect import anomalies_view
from components.run import catalog
from components.run.backfilling import backfill
from components.run.delivering import SpansUnreadError, deliver, deliver_for
from components.run.opening import Request
from components.run.session import run_graph
from components.runtime.errors import DataError
from components.runtime.graph import Pipeline
from components.runtime.spans import Span
from components.statistics.component import generate_statistics
from components.store.store import Store
from components.validation.component import validate_examples

DAYS = [f"2013-01-{day:02}" for day in range(7, 12)]
BROKEN = DAYS[2]
NOW = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def backend() -> str:
    return "sqlite"


def write(folder: Path, day: str, name: str = "n", n_rows: int = 5) -> None:
    (folder / f"{day}.csv").write_text(f"id,{name},at\n" + "".join(f"{day}-{i},{i},{day}\n" for i in range(n_rows)))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Five days, of which the third lacks a column."""
    folder = tmp_path / "files"
    folder.mkdir()
    for day in DAYS:
        write(folder, day, "m" if day == BROKEN else "n")
    return folder


def shop(root: Path, pattern: str = "{YYYY-MM-DD}", *, checked: bool = False) -> Pipeline:
    pipeline = Pipeline("files", grain="day", zone="UTC", start=DAYS[0])
    source = CsvSource(location=f"{root}/{pattern}.csv", columns={"id": "string", "n": "integer"}, event_time=EventTime("at"), key=("id",))
    examples = pipeline.add(ingest_examples, name="examples", deliveries=pipeline.source("sales", source))
    if checked:
        statistics = pipeline.add(generate_statistics, name="statistics", examples=examples)
        pipeline.add(validate_examples, name="findings", examples=examples, statistics=statistics, schema=pipeline.schema())
    return pipeline


def spans(pipeline: Pipeline) -> list[Span]:
    return pipeline.calendar.between(DAYS[0], DAYS[-1])


def standing(store: Store) -> list[tuple[str, str]]:
    return [(one.finding.code, one.span) for one in store.source_findings("files").standing()]


def n_rows(store: Store, pipeline: Pipeline, day: str, as_of: datetime | None = None) -> int:
    span = pipeline.calendar.span(day)
    deliver_for(store, pipeline, span)
    run = run_graph(store, pipeline, Request("data", span, as_of or pipeline.span_as_of(span)))
    return int(store.run(run.id).artifacts["examples"].summary["n_rows"])


def test_the_span_of_a_broken_file_fails_with_the_reason_and_the_others_go_on(store: Store, files: Path) -> None:
    pipeline = shop(files)
    outcome = backfill(store, pipeline, spans(pipeline))
    assert list(outcome.failures) == [BROKEN]
    assert "column-missing n: the file has no such column" in outcome.failures[BROKEN]
    assert "Have the file sent again" in outcome.failures[BROKEN]
    assert outcome.computed == len(DAYS) - 1
    assert [(one.span, one.state) for one in store.runs_of("files").recent() if one.state != "COMPLETE"] == [(BROKEN, "FAILED")]
    assert standing(store) == [("column-missing", BROKEN)]


def test_a_mended_file_of_the_first_load_heals_its_span_as_of_the_same_date(store: Store, files: Path) -> None:
    pipeline = shop(files)
    for _ in range(2):
        with pytest.raises(SpansUnreadError, match=f"files of 1 spans cannot be read: {BROKEN}"):
            deliver(store, pipeline)
    write(files, BROKEN)
    outcome = backfill(store, pipeline, spans(pipeline))
    assert (outcome.failures, standing(store)) == ({}, [])
    assert n_rows(store, pipeline, BROKEN) == 5


def test_a_file_that_broke_later_is_known_since_it_was_mended(store: Store, files: Path) -> None:
    pipeline = shop(files)
    write(files, BROKEN)
    deliver(store, pipeline)
    write(files, "2013-01-12", "m")
    with pytest.raises(DataError, match="column-missing"):
        n_rows(store, pipeline, "2013-01-12")
    assert n_rows(store, pipeline, DAYS[0]) == 5
    write(files, "2013-01-12")
    with pytest.raises(KeyError):
        n_rows(store, pipeline, "2013-01-12")
    assert n_rows(store, pipeline, "2013-01-12", NOW) == 5


def test_what_was_delivered_stays_in_force_where_the_day_comes_again_broken(store: Store, files: Path) -> None:
    pipeline = shop(files)
    write(files, BROKEN)
    deliver(store, pipeline)
    write(files, BROKEN, "m")
    assert backfill(store, pipeline, spans(pipeline)).failures == {}
    assert standing(store) == [("column-missing", BROKEN)]
    write(files, BROKEN, n_rows=7)
    assert n_rows(store, pipeline, BROKEN) == 5
    assert n_rows(store, pipeline, BROKEN, NOW) == 7
    assert standing(store) == []


def test_a_file_whose_name_tells_no_span_fails_the_look(store: Store, files: Path) -> None:
    with pytest.raises(DataError, match="does not have the declared columns"):
        deliver_for(store, shop(files, "*"), None)


def test_the_page_of_anomalies_shows_what_a_span_did_not_get(
    store: Store, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "FOLDER", tmp_path)
    (files / "schema.yaml").write_text("columns: {event_time: {type: timestamp}, id: {type: string}, n: {type: int64}}\n")
    pipeline = shop(files, checked=True)
    backfill(store, pipeline, spans(pipeline))
    view = anomalies_view(store, pipeline, spans(pipeline), NOW, tmp_path)
    found = [(one.check, one.severity, one.newest.code, one.spans) for one in view.anomalies]
    assert found == [("source sales", "fail", "column-missing", (BROKEN,))]
