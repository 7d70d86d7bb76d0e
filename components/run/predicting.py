"""Bulk prediction: a model's scores of every row of some spans, from the same features that it was trained on."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from components.artifacts.features import Features
from components.artifacts.model import Model
from components.artifacts.tiles import write_table
from components.run.basis import Basis
from components.run.opening import Request
from components.run.session import Session
from components.runtime.errors import DefinitionError
from components.runtime.graph import Pipeline, Step
from components.runtime.resources import INLINE, Engine
from components.runtime.spans import Span
from components.runtime.window import Absent
from components.store.store import Store


def predict_spans(
    store: Store, pipeline: Pipeline, spans: Sequence[Span], model: Model, folder: Path, *, engine: Engine = INLINE
) -> Iterator[tuple[Span, int | str]]:
    """Write ``folder``/<span>.parquet for each span, and yield the span with its rows, or why it has none.

    Columns: ``row_id``, ``event_time`` and ``prediction`` (the probability of class 1, the number, or of many classes the list of
    probabilities), in the order of the features. Features that are not in the store are computed, as of each span's own date. The same
    model and features give the same bytes.

    Raises
    ------
    DefinitionError
        If no step of the pipeline's data graph makes features.

    """
    step = features_step(pipeline)
    folder.mkdir(parents=True, exist_ok=True)
    basis = Basis(store, pipeline)
    for span in spans:
        request = Request("data", span, pipeline.span_as_of(span), "backfill", "backfill", "bulk prediction")
        session = Session.open(store, pipeline, request, engine=engine, basis=basis)
        found = next(iter(session.step(step.name).values()))
        session.close()
        if isinstance(found, Absent):
            yield span, found.reason
            continue
        features = store.load(found[0]) if isinstance(found, tuple) else None
        if not isinstance(features, Features):
            raise DefinitionError(f"step {step.name} made no features")
        yield span, _write(features, model, folder / f"{span.key}.parquet")


def features_step(pipeline: Pipeline) -> Step:
    """Return the first step of the data graph that makes features; `DefinitionError` where none does."""
    step = next((one for one in pipeline.of_graph("data") if any(out.type is Features for out in one.component.outputs.values())), None)
    if step is None:
        raise DefinitionError(f"no step of {pipeline.name} makes features", fix="add `build_features`, or predict from a notebook")
    return step


def _write(features: Features, model: Model, path: Path) -> int:
    import polars as pl

    rows = features.to_polars()
    scores = model.scores(rows)
    prediction = pl.Series("prediction", scores if scores.ndim == 1 else scores.tolist())
    write_table(rows.select("row_id", "event_time").with_columns(prediction).to_arrow(), path)
    return rows.height
