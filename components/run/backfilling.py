"""Backfill: the data graph of many spans, in any order, one failing span stopping only itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from components.run.opening import Request, deliver
from components.run.session import Session, run_steps
from components.run.setup import approve_first_schemas
from components.runtime.errors import PipelineError
from components.runtime.graph import Pipeline
from components.runtime.resources import INLINE, Engine
from components.runtime.spans import Span
from components.store.store import Store


@dataclass
class Outcome:
    """What came of a backfill."""

    n_spans: int = 0
    computed: int = 0
    reused: int = 0
    failures: dict[str, str] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """The counts in one sentence."""
        return f"{self.n_spans} spans: {self.computed} steps computed, {self.reused} reused, {len(self.failures)} spans failed"


def backfill(
    store: Store,
    pipeline: Pipeline,
    spans: Sequence[Span],
    parameters: Mapping[str, object] | None = None,
    progress: Callable[[str], None] = lambda key: None,
    *,
    engine: Engine = INLINE,
) -> Outcome:
    """Run the data graph of each span, in the given order; sources are read once, at the start."""
    approve_first_schemas(store, pipeline)
    deliver(store, pipeline)
    outcome = Outcome(len(spans))
    for span in spans:
        request = Request("data", span, pipeline.span_as_of(span), "backfill", "backfill", parameters=dict(parameters or {}))
        session = Session.open(store, pipeline, request, engine=engine)
        try:
            run_steps(session)
        except PipelineError as error:
            outcome.failures[span.key] = str(error)
        outcome.computed += session.recorder.computed
        outcome.reused += session.recorder.reused
        progress(span.key)
    return outcome
