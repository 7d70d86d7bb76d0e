"""Backfill: the data graph of many spans, in any order, one failing span stopping only itself."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from components.run.basis import Basis
from components.run.delivering import SpansUnreadError, deliver
from components.run.opening import Request
from components.run.session import Session, run_steps
from components.run.setup import approve_first_schemas
from components.runtime.errors import DataError, StoreError
from components.runtime.graph import Pipeline
from components.runtime.resources import INLINE, Engine
from components.runtime.spans import Span
from components.store.store import Store

logger = logging.getLogger("almanac.run")

SPANS_AHEAD = 32
"""Spans whose executions are looked up together: enough that the query costs little, few enough that memory does not grow with the years."""


@dataclass
class Outcome:
    """What came of a backfill."""

    n_spans: int = 0
    computed: int = 0
    reused: int = 0
    failures: dict[str, str] = field(default_factory=dict)
    stopped: dict[str, str] = field(default_factory=dict)
    """Spans that a check failed, and its verdict: nothing downstream of it ran."""

    @property
    def sentence(self) -> str:
        """The counts in one sentence."""
        stopped = f", {len(self.stopped)} stopped by their checks" if self.stopped else ""
        return f"{self.n_spans} spans: {self.computed} steps computed, {self.reused} reused, {len(self.failures)} spans failed{stopped}"


def backfill(
    store: Store,
    pipeline: Pipeline,
    spans: Sequence[Span],
    parameters: Mapping[str, object] | None = None,
    progress: Callable[[str], None] = lambda _: None,
    *,
    engine: Engine = INLINE,
) -> Outcome:
    """Run the data graph of each span, in the given order; sources are read once, at the start.

    A span whose file cannot be read fails with the reason, and no step of it runs; the others go on.

    Raises
    ------
    StoreError
        If the store cannot be read or written: that concerns every span.

    """
    approve_first_schemas(store, pipeline)
    unread = _deliver(store, pipeline, spans)
    basis, outcome = Basis(store, pipeline), Outcome(len(spans))
    for number, span in enumerate(spans):
        if number % SPANS_AHEAD == 0:
            basis.executions.look_ahead([one.key for one in spans[number : number + SPANS_AHEAD]])
        request = Request("data", span, pipeline.span_as_of(span), "backfill", "backfill", parameters=dict(parameters or {}))
        session = Session.open(store, pipeline, request, engine=engine, basis=basis)
        try:
            _run(session, unread.get(span.key))
            if session.failed:
                outcome.stopped[span.key] = session.run.verdict
        except StoreError:
            raise
        except Exception as error:  # whatever a component raises is that span's failure, kept in its run
            logger.debug("%s failed", span.key, exc_info=True)
            outcome.failures[span.key] = str(error) or type(error).__name__
        outcome.computed += session.recorder.computed
        outcome.reused += session.recorder.reused
        progress(span.key)
    return outcome


def _run(session: Session, unread: DataError | None) -> None:
    """Run the steps, or fail the run of a span whose rows could not be read."""
    if unread is None:
        run_steps(session)
    else:
        session.fail(unread)
        raise unread


def _deliver(store: Store, pipeline: Pipeline, spans: Sequence[Span]) -> Mapping[str, DataError]:
    """Read the sources, and return why spans lack their rows."""
    try:
        deliver(store, pipeline, max(map(pipeline.span_as_of, spans), default=None))
    except SpansUnreadError as error:
        return error.spans
    return {}
