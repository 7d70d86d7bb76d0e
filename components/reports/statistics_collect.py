"""Collecting: the statistics of a window and of the spans before it, from the store into the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from components.artifacts.statistics import Statistics
from components.reports.formats import when
from components.reports.statistics_page import write_statistics_page
from components.reports.statistics_view import StatisticsView, view_of
from components.run.window_statistics import statistics_steps, stored_statistics
from components.runtime.errors import DataError
from components.runtime.graph import Pipeline
from components.runtime.instants import from_micros
from components.runtime.spans import Span
from components.store.records import ArtifactRecord, RunRecord
from components.store.store import Store

BASELINE_SPANS = 28
"""Spans before a data run's own that it is held against: four weeks of days."""


def statistics_view(
    store: Store, pipeline: Pipeline, window: Sequence[Span], baseline: Sequence[Span], as_of: datetime, *, step: str | None = None
) -> StatisticsView:
    """Return the view of a window beside a baseline, of those of their spans whose statistics the store has; no row is read.

    Raises
    ------
    DataError
        If the store has no statistics of the window.
    """
    now = stored_statistics(store, pipeline, window, as_of, step=step)
    if not now:
        first, last = window[0].key, window[-1].key
        raise DataError(
            f"the store has no statistics of {first} to {last}",
            where=pipeline.name,
            fix=f"run `almanac backfill {pipeline.name} {first} {last}`",
        )
    before = stored_statistics(store, pipeline, baseline, as_of, step=step)
    name = step or statistics_steps(pipeline)[0]
    return view_of(now, before, pipeline=pipeline.name, step=name, as_of=when(as_of, pipeline.calendar.zone))


def statistics_of(run: RunRecord, artifacts: Mapping[str, ArtifactRecord]) -> tuple[str, ArtifactRecord] | None:
    """Return the statistics of a data run, by output name; None where it has none."""
    found = next(((name, record) for name, record in artifacts.items() if record.kind == Statistics.kind), None)
    return found if run.graph == "data" else None


def write_run_statistics(store: Store, run: RunRecord, artifacts: Mapping[str, ArtifactRecord], directory: Path) -> Path | None:
    """Write the page of a data run's statistics beside its own page and return its path; None where the run has none.

    The baseline is the newest statistics of up to 28 spans before the run's: a view, not an input, so no snapshot binds it.
    """
    found = statistics_of(run, artifacts)
    if found is None:
        return None
    step = found[0].partition(".")[0]
    executions = store.executions(run.pipeline)
    earlier = [one for one in executions.up_to(step, run.span, BASELINE_SPANS + 1) if one.span != run.span][-BASELINE_SPANS:]
    before = {one.span: value for one in earlier for value in _loaded(store, executions.outputs(one.id).values())}
    now = dict.fromkeys([run.span], next(_loaded(store, [found[1]])))
    view = view_of(now, before, pipeline=run.pipeline, step=step, as_of=when(from_micros(run.as_of)))
    return write_statistics_page(view, directory, index="index.html")


def _loaded(store: Store, records: Iterable[ArtifactRecord]) -> Iterator[Statistics]:
    for record in records:
        value = store.load(record) if record.kind == Statistics.kind and store.blobs.holds(record.kind, record.digest) else None
        if isinstance(value, Statistics):
            yield value
