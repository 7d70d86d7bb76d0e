"""Features of single rows: the source's own columns in, the columns that a model takes out, by the step that makes them in bulk."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.artifacts.examples import EVENT_TIME, ROW_ID, Examples
from components.artifacts.features import Features
from components.ingestion.asked import asked_rows
from components.ingestion.component import ingest_examples
from components.ingestion.order import in_canonical_order
from components.ingestion.sources.source import Source
from components.run.basis import Basis
from components.run.opening import Request
from components.run.predicting import features_step
from components.run.session import Session, closing
from components.runtime.component import Component
from components.runtime.errors import DataError, DefinitionError
from components.runtime.graph import Accepted, Pipeline, Ref, SourceRoot, Step
from components.runtime.spans import Span
from components.runtime.window import Absent, Window
from components.store.store import Store
from components.validation.set_aside import set_aside_rows

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

ROWS_UNCHANGED: tuple[Component[..., object], ...] = (ingest_examples, set_aside_rows)
"""Steps between a source and its features that change no row."""


@dataclass(frozen=True)
class Described:
    """The features of rows, in the order asked, and what each span's were made from, a sentence each."""

    features: "pl.DataFrame"
    made_from: tuple[str, ...]


def describe_rows(store: Store, pipeline: Pipeline, rows: Sequence[Mapping[str, object]]) -> Described:
    """Return the features of raw rows: those that the bulk path has of the same rows, bit by bit.

    A row holds the columns of its source (see `asked_rows`), and need not be delivered. The pipeline's features step runs on it with what
    the step reads in bulk: the lookup rows and the daily partials of its span, of which only those count that were known at its prediction
    time. Where features are declared `across_rows`, the rows stand beside the delivered ones of their span, each in place of the one with
    its ``row_id``. Partials that are not in the store are computed.

    Raises
    ------
    DataError
        If a row cannot be read or is asked about twice, or features are `across_rows` and the span's rows are not there.
    DefinitionError
        If no step makes features, or another step changes the rows before them.

    """
    import polars as pl

    step = features_step(pipeline)
    source = _source(pipeline, step)
    asked = asked_rows(source, rows)
    ids, times = asked[ROW_ID].to_pylist(), asked[EVENT_TIME].to_pylist()
    if twice := [place for place, count in enumerate(ids, 1) if ids.index(count) < place - 1]:
        raise DataError("a row is asked about twice", where=f"row {twice[0]}", fix="ask once about each key")
    spans = [pipeline.calendar.span_at(time) for time in times]
    basis = Basis(store, pipeline)
    parts, told = [], []
    for span in sorted(set(spans)):
        own = asked.filter([one == span for one in spans])
        made, sentence = _described(Session.open(store, pipeline, _request(pipeline, span), basis=basis), step, span, own)
        parts.append(made)
        told.append(sentence)
    order = pl.DataFrame({ROW_ID: ids}, schema={ROW_ID: pl.Binary})
    return Described(order.join(pl.concat(parts), on=ROW_ID, how="left", maintain_order="left"), tuple(told))


def _request(pipeline: Pipeline, span: Span) -> Request:
    return Request("data", span, pipeline.span_as_of(span), "backfill", "backfill", "features of single rows")


def _source(pipeline: Pipeline, step: Step) -> Source:
    """Return the source of the rows that a features step describes."""
    feed = step.feeds[_rows_of(step)]
    while not isinstance(feed, SourceRoot):
        above = pipeline.steps[feed.ref.step if isinstance(feed, Accepted) else feed.step] if isinstance(feed, Accepted | Ref) else None
        if above is None or above.component not in ROWS_UNCHANGED:
            raise DefinitionError(
                f"rows of {pipeline.name} cannot be described one by one: {above.name if above else feed} changes them before {step.name}",
                fix="do it in the pipeline's `build_features`, which serving runs, too",
            )
        feed = next(iter(above.feeds.values()))
    if not isinstance(feed.reads, Source):
        raise DefinitionError(f"source '{feed.name}' is a {type(feed.reads).__name__}", expected="a Source such as CsvSource")
    return feed.reads


def _rows_of(step: Step) -> str:
    """Return the name of the input that the features are of."""
    return next(name for name in step.component.inputs if isinstance(step.feeds.get(name), Accepted | Ref))


def _described(session: Session, step: Step, span: Span, asked: "pa.Table") -> tuple["pl.DataFrame", str]:
    """Return the features of the rows asked about of one span, and what they were made from."""
    import polars as pl

    with closing(session):
        rows = _rows_of(step)
        others = _others(session, step, rows, span, asked)
        values: dict[str, object] = {}
        for name in step.component.inputs:
            if name != rows and (step.component.inputs[name].shape == "span" or name in step.feeds):
                values[name] = session.evaluation.fed(step, name, span).make()
        examples = Examples.from_arrow(in_canonical_order(others))
        made = step.component(**{**values, rows: examples}, **step.config)
    if not isinstance(made, Features):
        raise DefinitionError(f"step {step.name} makes more than features")
    windows = [f"{name} of {_told(value)}" for name, value in values.items() if isinstance(value, Window)]
    sentence = f"{span.key}: {'; '.join([*windows, f'beside {others.num_rows - asked.num_rows} rows of the span'])}"
    return made.to_polars().filter(pl.col(ROW_ID).is_in(asked[ROW_ID].to_pylist())), sentence


def _others(session: Session, step: Step, rows: str, span: Span, asked: "pa.Table") -> "pa.Table":
    """Return the rows asked about, with the others of their span where features are made across rows."""
    import pyarrow as pa
    import pyarrow.compute as pc

    across = step.config.get("across_rows")
    if not isinstance(across, tuple) or not across:
        return asked
    fed = session.evaluation.fed(step, rows, span)
    if isinstance(fed.stops, Absent):
        raise DataError(
            f"{', '.join(across)} are made from all rows of a span, and those of {span.key} are not there ({fed.stops.reason})",
            where=f"step {step.name}",
            fix="the rows of the span, such as the day's schedule, must be delivered and pass validation first",
        )
    delivered = fed.make()
    if not isinstance(delivered, Examples):
        raise DefinitionError(f"step {step.name} describes no examples")
    table = delivered.to_arrow()
    kept = table.filter(pc.invert(pc.is_in(table[ROW_ID], asked[ROW_ID])))
    return pa.concat_tables([kept, asked], promote_options="default")


def _told(window: Window[object]) -> str:
    """Say how many spans of a window there are, from which to which, and why others are not."""
    there = [span.key for span, _ in window.present()]
    absent = Counter(value.reason for value in window.values if isinstance(value, Absent))
    missing = f", {', '.join(f'{count} {reason}' for reason, count in sorted(absent.items()))}" if absent else ""
    return f"{len(there)} spans{f' {there[0]}/{there[-1]}' if there else ''}{missing}"
