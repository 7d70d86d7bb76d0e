"""The statistics of a window, from the states of its spans in the store: no row is read."""

from collections.abc import Sequence
from datetime import datetime

from components.artifacts.statistics import Statistics
from components.measures.summaries import merge
from components.run.basis import Basis
from components.run.evaluation import Evaluation, Pending
from components.run.opening import take_snapshot
from components.run.planning import Planner
from components.runtime.errors import DataError, DefinitionError, nearest
from components.runtime.graph import Pipeline
from components.runtime.spans import Span
from components.runtime.window import Absent, Window
from components.store.records import ArtifactRecord
from components.store.resolver import Resolver
from components.store.store import Store


def window_statistics(store: Store, pipeline: Pipeline, spans: Sequence[Span], as_of: datetime, *, step: str | None = None) -> Statistics:
    """Return the statistics of all rows of a window as known by ``as_of``, merged from those of its spans.

    Raises
    ------
    DataError
        If a span's statistics are not in the store.
    """
    return merge([value for _, value in span_statistics(store, pipeline, spans, as_of, step=step).present()])


def span_statistics(
    store: Store, pipeline: Pipeline, spans: Sequence[Span], as_of: datetime, *, step: str | None = None
) -> Window[Statistics]:
    """Return the statistics of each span of a window as known by ``as_of``, or why it has none.

    Each is found by its key, which the roots of now give, as a run as of that date would find it; nothing is computed and nothing written.
    Without ``step`` the pipeline's first step of statistics is meant.

    Raises
    ------
    DataError
        If a span's statistics are not in the store.
    DefinitionError
        If the pipeline has no such step.
    """
    found = _settled(store, pipeline, spans, as_of, step)
    missing = [span.key for span, one in found.items() if isinstance(one, Pending)]
    if missing:
        listed = ", ".join(missing[:5]) + (", …" if len(missing) > 5 else "")  # noqa: PLR2004 - examples of a message
        raise DataError(
            f"the statistics of {len(missing)} of {len(spans)} spans are not in the store: {listed}",
            fix=f"run `almanac backfill {pipeline.name} {missing[0]} {missing[-1]}`",
        )
    return Window(tuple(found), tuple(one if isinstance(one, Absent) else _load(store, one) for one in found.values()))


def stored_statistics(
    store: Store, pipeline: Pipeline, spans: Sequence[Span], as_of: datetime, *, step: str | None = None
) -> dict[str, Statistics]:
    """Return the statistics of those spans of a window that the store has, by key, in order; as `span_statistics`, for looking only."""
    return {key: _load(store, one) for key, one in statistics_records(store, pipeline, spans, as_of, step=step).items()}


def statistics_records(
    store: Store, pipeline: Pipeline, spans: Sequence[Span], as_of: datetime, *, step: str | None = None
) -> dict[str, ArtifactRecord]:
    """Return the records of what `stored_statistics` returns."""
    found = _settled(store, pipeline, spans, as_of, step)
    return {span.key: one for span, one in found.items() if isinstance(one, ArtifactRecord)}


def _settled(
    store: Store, pipeline: Pipeline, spans: Sequence[Span], as_of: datetime, step: str | None
) -> dict[Span, ArtifactRecord | Absent | Pending]:
    name = step or next(iter(statistics_steps(pipeline)), "statistics")
    if name not in statistics_steps(pipeline):
        raise DefinitionError(f"{pipeline.name} has no statistics called '{name}'", nearest=nearest(name, statistics_steps(pipeline)))
    basis = Basis(store, pipeline)
    snapshot = take_snapshot(basis, as_of, "experiment")
    planner = Planner(store, basis.executions, {})
    evaluation = Evaluation(store, pipeline, Resolver(pipeline, basis.roots, snapshot), as_of, planner.settle)
    basis.executions.look_ahead([span.key for span in spans])
    return {span: _found(evaluation, pipeline, name, span) for span in spans}


def statistics_steps(pipeline: Pipeline) -> list[str]:
    """Return the names of the steps that make statistics of a span, in order."""
    return [step.name for step in pipeline.of_graph("data") if _output(pipeline, step.name)]


def _output(pipeline: Pipeline, step: str) -> str | None:
    outputs = pipeline.steps[step].component.outputs.values()
    return next((output.name for output in outputs if output.type is Statistics), None)


def _found(evaluation: Evaluation, pipeline: Pipeline, step: str, span: Span) -> ArtifactRecord | Absent | Pending:
    if span < pipeline.start:
        return Absent("before-history")
    result = evaluation.result(pipeline.steps[step], span)[str(_output(pipeline, step))]
    return result[0] if isinstance(result, tuple) else result


def _load(store: Store, record: ArtifactRecord | Pending) -> Statistics:
    value = store.load(record) if isinstance(record, ArtifactRecord) else None
    if not isinstance(value, Statistics):
        raise TypeError(f"{record} is no statistics")
    return value
