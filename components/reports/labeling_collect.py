"""Collecting: the analysis of labeling functions that a training run made, from the store into the page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from components.artifacts.label_analysis import LabelAnalysis
from components.artifacts.label_diagnostics import LabelDiagnostics
from components.artifacts.label_suspects import LabelSuspects
from components.reports.formats import when
from components.reports.labeling_page import LabelingView, Suspect, write_labeling_page
from components.runtime.errors import DataError
from components.runtime.graph import Pipeline
from components.runtime.instants import from_micros, to_micros
from components.store.records import ArtifactRecord, RunRecord
from components.store.store import Store

V = TypeVar("V", LabelAnalysis, LabelDiagnostics, LabelSuspects)
SHOWN = 20
"""Suspected labels on the page; the artifact has them all."""
SEARCHED = 200
"""Newest training runs that are looked through."""


def labeling_view(store: Store, pipeline: Pipeline, as_of: datetime) -> LabelingView:
    """Return the view of the latest training run whose as-of is not later than ``as_of`` and that analysed the labeling functions.

    Raises
    ------
    DataError
        If there is none.
    """
    limit = to_micros(as_of)
    runs = [run for run in store.runs_of(pipeline.name).recent(graph="training", limit=SEARCHED) if run.as_of <= limit]
    for run in sorted(runs, key=lambda one: (one.as_of, one.started_at), reverse=True):
        if view := _view(store, run, store.run(run.id).artifacts, pipeline.calendar.zone):
            return view
    raise DataError(
        f"no training run up to {as_of:%Y-%m-%d} analysed labeling functions",
        where=pipeline.name,
        fix=f"run `almanac run {pipeline.name} --as-of {as_of:%Y-%m-%d}`; its pipeline needs the step analyze_functions",
    )


def write_run_labeling(store: Store, run: RunRecord, artifacts: Mapping[str, ArtifactRecord], directory: Path) -> Path | None:
    """Write the page beside a run's own and return its path; None where the run analysed no labeling functions."""
    view = _view(store, run, artifacts)
    return write_labeling_page(view, directory) if view else None


def _view(store: Store, run: RunRecord, artifacts: Mapping[str, ArtifactRecord], zone: str = "UTC") -> LabelingView | None:
    analysis = _loaded(store, artifacts, LabelAnalysis)
    if analysis is None:
        return None
    suspects = _loaded(store, artifacts, LabelSuspects)
    return LabelingView(
        run.pipeline, run.id, when(from_micros(run.as_of), zone), analysis, _loaded(store, artifacts, LabelDiagnostics),
        _most_doubtful(suspects) if suspects else (), suspects.rows.height if suspects else 0, suspects.noise if suspects else None,
    )  # fmt: skip


def _loaded(store: Store, artifacts: Mapping[str, ArtifactRecord], kind: type[V]) -> V | None:
    """Return the run's newest value of a kind (not the rehearsal's), None where it has none or lost its blob."""
    record = next((one for one in reversed(list(artifacts.values())) if one.kind == kind.kind), None)
    found = store.load(record) if record and store.blobs.holds(record.kind, record.digest) else None
    return found if isinstance(found, kind) else None


def _most_doubtful(suspects: LabelSuspects) -> tuple[Suspect, ...]:
    rows = suspects.rows.head(SHOWN).iter_rows(named=True)
    return tuple(
        Suspect(one["row_id"].hex(), one["span"], one["source"], one["label"], one["suggested"], one["probability"][one["suggested"]])
        for one in rows
    )
