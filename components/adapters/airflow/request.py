"""What a DAG run asks for: its span or as-of, lane and reason, and what its form changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from components.adapters.airflow.form import MANUAL_LANES, configured
from components.adapters.airflow.timetable import plain
from components.run.opening import Request, cause_named
from components.runtime.errors import ConfigError, DefinitionError, nearest
from components.runtime.graph import Graph, Pipeline
from components.runtime.instants import parse_instant, shift
from components.runtime.spans import Span
from components.store.records import Lane, Why

WHY: Mapping[str, Why] = {"scheduled": "schedule", "backfill": "backfill"}
"""Airflow's run types; every other one was started by a person or a program on purpose."""

UNFINISHED = frozenset({"queued", "running"})
LANES: Mapping[Why, Lane] = {"schedule": "production", "backfill": "backfill"}


class DagRunFacts(Protocol):
    """What is asked of Airflow's DAG run."""

    dag_id: str
    run_id: str
    run_type: str
    state: str
    data_interval_start: datetime | None
    data_interval_end: datetime | None
    run_after: datetime


def key_of(dag_run: DagRunFacts) -> str:
    """Return the key of a DAG run's run in the store: the same on every retry and clear."""
    return f"airflow/{dag_run.dag_id}/{dag_run.run_id}"


def request_of(pipeline: Pipeline, graph: Graph, dag_run: DagRunFacts, params: Mapping[str, object], *, url: str = "") -> Request:
    """Return what the DAG run wants run.

    A scheduled run and a backfill take their span (or, training, their as-of) from the data interval and their lane from their kind. A
    manual run has no logical date and takes them from the form; an empty field means the newest span, or now.

    Raises
    ------
    ConfigError
        If the form names a span, date, lane or cause that does not exist.

    """
    automatic = next((why for kind, why in WHY.items() if dag_run.run_type == kind), None)  # an enum of texts; its str() is its name
    why = automatic or cause_named(str(params.get("because") or "manual"))
    span, as_of = _interval_of(pipeline, graph, dag_run) if why in LANES else _form_of(pipeline, graph, plain(dag_run.run_after), params)
    lane = LANES.get(why) or _lane(params.get("lane"))
    reason = str(params.get("reason") or "")
    links = {"airflow": url} if url else {}
    return Request(graph, span, as_of, lane, why, reason, key_of(dag_run), overrides_of(pipeline.name, params), links)


def overrides_of(name: str, params: Mapping[str, object]) -> dict[str, object]:
    """Return what the form changes of ``pipeline.yaml``, by dotted key: fields left as they were change nothing."""
    standing = configured(name)
    fields = {key: value for key, value in params.items() if key in standing and value != standing[key]}
    others = params.get("overrides") or {}
    if not isinstance(others, Mapping):
        raise ConfigError("the overrides are no mapping", key="overrides", expected='such as {"gate.margin": 0.02}', got=repr(others))
    return {**fields, **others}


def refuse_overtaking(previous: DagRunFacts | None) -> None:
    """Refuse to train while the backfill's run of the date before is unfinished: each takes the champion that the one before it left."""
    if previous is not None and previous.run_type == "backfill" and previous.state in UNFINISHED:
        raise DefinitionError(
            f"the run of the date before, {previous.run_id}, is {previous.state}: trainings replay forward, one at a time",
            fix="create the backfill anew with max_active_runs 1, not reversed, and reprocess_behavior failed",
        )


def newest_span(pipeline: Pipeline, now: datetime) -> Span:
    """Return the last span whose data are there now, or for a pipeline whose history has ended its last one."""
    calendar = pipeline.calendar
    return calendar.ending_by(shift(pipeline.newest_as_of(now), pipeline.lag, calendar.zone, -1), 1)[0]


def _interval_of(pipeline: Pipeline, graph: Graph, dag_run: DagRunFacts) -> tuple[Span | None, datetime]:
    if dag_run.data_interval_start is None or dag_run.data_interval_end is None:
        raise DefinitionError(f"the {dag_run.run_type} run has no data interval", where=f"DAG {dag_run.dag_id}")
    if graph == "training":
        return None, plain(dag_run.data_interval_end)
    span = pipeline.calendar.span_at(plain(dag_run.data_interval_start))
    return span, pipeline.span_as_of(span)


def _form_of(pipeline: Pipeline, graph: Graph, now: datetime, params: Mapping[str, object]) -> tuple[Span | None, datetime]:
    newest = pipeline.newest_as_of(now)
    try:
        if graph == "training":
            text = params.get("as_of")
            return None, parse_instant(str(text), pipeline.calendar.zone) if text else newest
        key = params.get("span")
        span = pipeline.calendar.span(str(key)) if key else newest_span(pipeline, now)
    except DefinitionError as error:
        field = "as_of" if graph == "training" else "span"
        raise ConfigError(error.message, key=field, expected=error.expected, got=error.got, nearest=error.nearest) from error
    return span, pipeline.span_as_of(span)


def _lane(given: object) -> Lane:
    for lane in MANUAL_LANES:
        if lane == (given or MANUAL_LANES[0]):
            return lane
    near = nearest(str(given), MANUAL_LANES)
    raise ConfigError("the form has no such lane", key="lane", expected=", ".join(MANUAL_LANES), got=repr(given), nearest=near)
