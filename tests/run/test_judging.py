"""What is wrong with a source is recorded, shown by the runs that read it, and closed once it is mended."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from components.ingestion.component import ingest_examples
from components.ingestion.sources.arrow import END, ArrowSource
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.source import EventTime
from components.reports.collect import Collector, write_report
from components.run.basis import Basis
from components.run.delivering import deliver
from components.run.opening import Request, take_snapshot
from components.run.session import run_graph
from components.runtime.errors import DataError
from components.runtime.graph import Pipeline
from components.runtime.window import Absent
from components.store.resolver import Resolver
from components.store.store import Store

FIRST = date(2013, 1, 7)
DAYS = [(FIRST + timedelta(days=back)).isoformat() for back in range(35)]


def shop(root: Path, **more: object) -> Pipeline:
    pipeline = Pipeline("files", grain="day", zone="UTC", start=DAYS[0])
    declared = {"location": f"{root}/{{YYYY-MM-DD}}.csv", "columns": {"id": "string"}, "event_time": EventTime("at"), "key": ("id",)}
    sales = pipeline.source("sales", CsvSource(**{**declared, **more}))
    pipeline.add(ingest_examples, name="examples", deliveries=sales)
    return pipeline


def write(root: Path, day: str, n_rows: int = 20) -> None:
    (root / f"{day}.csv").write_text("id,at\n" + "".join(f"{day}-{i},{day}\n" for i in range(n_rows)))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Five weeks of files, of which the fourth Wednesday's was cut and the fifth Tuesday's is not there."""
    folder = tmp_path / "files"
    folder.mkdir()
    for day in DAYS:
        write(folder, day, 3 if day == DAYS[23] else 20)
    (folder / f"{DAYS[29]}.csv").unlink()
    return folder


def standing(store: Store) -> list[tuple[str, str]]:
    return [(one.finding.code, Path(one.finding.where).name) for one in store.source_findings("files").standing()]


def test_partial_missing_and_repeated_deliveries_stand_until_they_are_mended(store: Store, files: Path) -> None:
    (files / "2013-12-01.csv").write_bytes((files / f"{DAYS[0]}.csv").read_bytes())
    deliver(store, shop(files))
    found = [("source-repeated", "2013-12-01.csv"), ("source-partial", DAYS[23]), ("source-missing", DAYS[29])]
    assert standing(store) == found
    deliver(store, shop(files))
    assert standing(store) == found
    (files / "2013-12-01.csv").unlink()
    write(files, DAYS[23])
    write(files, DAYS[29])
    deliver(store, shop(files))
    assert standing(store) == []


def test_a_day_that_is_due_and_did_not_come_is_missing(store: Store, files: Path) -> None:
    pipeline = shop(files)
    after = datetime(2013, 2, 12, tzinfo=UTC)
    deliver(store, pipeline, after)
    assert standing(store)[-1] == ("source-missing", "2013-02-11")
    write(files, "2013-02-11")
    deliver(store, pipeline, after)
    assert ("source-missing", "2013-02-11") not in standing(store)


def test_why_a_source_cannot_be_read_is_kept_until_it_can(store: Store, files: Path) -> None:
    pipeline = shop(files, location=str(files / "only.csv"))
    with pytest.raises(DataError, match="source-missing"):
        deliver(store, pipeline)
    assert standing(store) == [("source-missing", "only.csv")]
    (files / "only.csv").write_text("id,at\na,2013-01-07\n")
    deliver(store, pipeline)
    assert standing(store) == []


def test_a_stream_without_its_end_marker_is_read_and_told_until_it_has_one(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "rows.arrows"
    with pa.ipc.new_stream(path, pa.schema({"id": pa.string(), "at": pa.date32()})) as writer:
        writer.write_table(pa.table({"id": ["a"], "at": [FIRST]}))
    whole = path.read_bytes()
    path.write_bytes(whole.removesuffix(END))
    pipeline = Pipeline("files", grain="day", zone="UTC", start=DAYS[0])
    rows = ArrowSource(location=str(path), columns={"id": "string"}, event_time=EventTime("at"))
    pipeline.add(ingest_examples, name="examples", deliveries=pipeline.source("rows", rows))
    assert [one.n_read for one in deliver(store, pipeline)] == [1]
    deliver(store, pipeline)
    assert standing(store) == [("source-unended", "rows.arrows")]
    path.write_bytes(whole)
    deliver(store, pipeline)
    assert standing(store) == []


def test_a_run_shows_what_stands_about_its_span_and_its_source(store: Store, files: Path) -> None:
    pipeline = shop(files)
    deliver(store, pipeline)

    def shown(day: str) -> list[tuple[str, str]]:
        span = pipeline.calendar.span(day)
        run = run_graph(store, pipeline, Request("data", span, pipeline.span_as_of(span)))
        assert ("source-" in write_report(store, run.id, statistics=False).read_text()) == (day != DAYS[22])
        checks = Collector(store, run.id).view().checks
        return [(one.code, one.where) for check in checks for one in check.findings.findings] if isinstance(checks, tuple) else []

    assert shown(DAYS[22]) == []
    assert shown(DAYS[23]) == [("source-partial", DAYS[23])]
    assert shown(DAYS[29]) == [("source-missing", DAYS[29])]


def test_a_holiday_is_empty_and_any_other_day_without_rows_was_not_delivered(store: Store, files: Path) -> None:
    (files / f"{DAYS[30]}.csv").unlink()
    pipeline = shop(files, holidays=(DAYS[30], "2013-02-11"))
    deliver(store, pipeline)
    assert ("source-missing", DAYS[30]) not in standing(store)
    later, basis = datetime(2013, 3, 1, tzinfo=UTC), Basis(store, pipeline)
    resolver = Resolver(pipeline, basis.roots, take_snapshot(basis, later, "experiment"))

    def said(day: str, as_of: datetime = later) -> object:
        found = resolver.deliveries(pipeline.roots["sales"], pipeline.calendar.span(day), as_of)  # type: ignore[arg-type]
        return found.found.reason if isinstance(found.found, Absent) else len(found.found)

    assert (said(DAYS[29]), said(DAYS[30]), said("2013-02-11"), said("2013-02-12")) == ("no-delivery", "empty", "empty", "no-delivery")
    assert said("2013-02-11", datetime(2013, 2, 11, 12, tzinfo=UTC)) == "no-delivery"
