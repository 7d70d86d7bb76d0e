"""The trigger form: what a person may choose for a run that is started by hand."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import get_args

from airflow.sdk import Param

from components.run import catalog
from components.runtime.config import load_config
from components.runtime.errors import DefinitionError, nearest
from components.runtime.graph import Graph, Pipeline
from components.runtime.instants import zone_named
from components.store.records import Cause, Lane

MANUAL_LANES: tuple[Lane, ...] = ("experiment", "production")
"""Lanes of a manual run, the default first; the backfill lane belongs to backfills."""

TYPES: Mapping[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
"""JSON Schema's name of each type that a configuration holds."""


@cache
def configured(name: str) -> dict[str, object]:
    """Return the plain values of a pipeline's ``pipeline.yaml`` by dotted key, whole sections too."""
    loaded = load_config(catalog.FOLDER / name / "pipeline.yaml", catalog.config_model(name))
    return dict(_flat(loaded.model_dump(mode="json")))


def form_of(pipeline: Pipeline, graph: Graph, keys: Sequence[str]) -> dict[str, Param]:
    """Return the fields of a DAG's trigger form by name; ``keys`` are those of ``pipeline.yaml`` to show, with their present values.

    The form's defaults are fixed when the DAG is read, so that reading it twice gives the same DAG: what depends on the day of the
    run (the newest span of a pipeline that goes on) is an empty field.
    """
    when = {"span": _span(pipeline)} if graph == "data" else {"as_of": _as_of(pipeline)}
    return {
        **when,
        "lane": Param(MANUAL_LANES[0], enum=list(MANUAL_LANES), title="Lane", description="Only production promotes a model."),
        "because": Param("manual", enum=list(get_args(Cause)), title="Because", description="What started this run, such as an alarm about drift."),
        "reason": Param(None, type=["null", "string"], title="Reason", description="Why this run, in your words."),
        **_configuration(pipeline.name, keys),
        "overrides": Param(
            {}, type="object", title="Overrides", section="Configuration",
            description='Any other keys of pipeline.yaml with their values, such as {"gate.margin": 0.02}.',
        ),
    }  # fmt: skip


def _span(pipeline: Pipeline) -> Param:
    last = pipeline.end.key if pipeline.end else None
    text = f"Whose data to run, such as {pipeline.start.key}; empty: the last one."
    return Param(last, type=["null", "string"], title=f"Span ({pipeline.calendar.grain})", description=text)


def _as_of(pipeline: Pipeline) -> Param:
    text = f"Use only what was known by the start of this day ({pipeline.calendar.zone}); empty: now."
    return Param(_newest_day(pipeline), type=["null", "string"], format="date", title="As of", description=text)


def _newest_day(pipeline: Pipeline) -> str | None:
    """Return the local day of the newest as-of of a pipeline that has ended."""
    if pipeline.end is None:
        return None
    newest = pipeline.newest_as_of(datetime.max.replace(tzinfo=UTC))
    return newest.astimezone(zone_named(pipeline.calendar.zone)).date().isoformat()


def _configuration(name: str, keys: Sequence[str]) -> dict[str, Param]:
    standing = configured(name) if keys else {}
    for key in keys:
        if key not in standing:
            raise DefinitionError(f"pipeline.yaml has no key '{key}'", where=f"form of pipeline {name}", nearest=nearest(key, standing))
    return {key: Param(standing[key], title=key, section="Configuration", **_schema(standing[key])) for key in keys}


def _schema(value: object) -> dict[str, object]:
    """Return the JSON Schema of values like this one; what it lacks is checked when the run opens."""
    schema: dict[str, object] = {"type": TYPES.get(type(value), ["null", "string"])}
    return {**schema, "items": _schema(value[0])} if isinstance(value, list) and value else schema


def _flat(body: Mapping[str, object], before: str = "") -> Iterator[tuple[str, object]]:
    for key, value in body.items():
        yield f"{before}{key}", value
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
