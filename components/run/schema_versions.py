"""Versions of a schema: the draft, those that were approved, proposals, and what is in force on a date."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from components.artifacts.schema import Schema
from components.artifacts.schema_text import spliced
from components.run import catalog
from components.run.blast_radius import BlastRadius, blast_radius
from components.run.setup import approved_schema
from components.run.window_statistics import span_statistics, statistics_records
from components.runtime.errors import ConfigError, DataError, nearest
from components.runtime.graph import LedgerRoot, Pipeline, SourceRoot
from components.runtime.instants import zone_named
from components.runtime.spans import Span
from components.store.records import LedgerEntry
from components.store.store import Store
from components.validation.evolution import Change, evolve, evolved

MARK = "# Proposal of "


def draft_path(pipeline: Pipeline, name: str) -> Path:
    """Return where the draft of a schema lies; a name that the pipeline does not have is a `ConfigError`."""
    names = [root.name for root in pipeline.roots.values() if isinstance(root, LedgerRoot) and root.kind == "schema"]
    if name not in names:
        raise ConfigError(f"{pipeline.name} has no schema '{name}'", expected=", ".join(names) or None, nearest=nearest(name, names))
    return catalog.FOLDER / pipeline.name / f"{name}.yaml"


def proposal_path(pipeline: Pipeline, name: str, day: str) -> Path:
    """Return where the proposal of a date lies."""
    return draft_path(pipeline, name).with_name(f"{name}.proposal-{day}.yaml")


def in_force(store: Store, pipeline: Pipeline, name: str, at: int | None = None) -> tuple[LedgerEntry, Schema]:
    """Return the approved schema that is in force at an instant (microseconds), by default the newest, and its ledger entry."""
    draft_path(pipeline, name)
    ours = [
        one for one in store.ledger(pipeline.name).entries("schema") if one.subject == name and (at is None or one.effective_from <= at)
    ]
    if not ours:
        raise DataError(f"no schema '{name}' of {pipeline.name} was approved", fix=f"approve one: `almanac schema approve {pipeline.name}`")
    entry = max(ours, key=lambda one: (one.effective_from, one.known_at, one.id))
    return entry, approved_schema(store, entry)


def source_key(pipeline: Pipeline) -> tuple[str, ...]:
    """Return the columns that identify a row of the pipeline's first source, none where it declares none."""
    source = next((root for root in pipeline.roots.values() if isinstance(root, SourceRoot)), None)
    key = source.reads.identity.get("key") if source else None
    return tuple(map(str, key)) if isinstance(key, list | tuple) else ()


def propose(
    store: Store, pipeline: Pipeline, name: str, spans: Sequence[Span], as_of: datetime, step: str | None = None
) -> tuple[Path | None, list[Change], BlastRadius]:
    """Write a proposal, dated by the as-of: the draft with what a window shows, why, and what that touches; no file where nothing changes.

    Raises
    ------
    DataError
        If the statistics of a span are not in the store.
    """
    draft = draft_path(pipeline, name)
    schema = Schema.from_yaml(draft)
    window = span_statistics(store, pipeline, spans, as_of, step=step)
    changes = evolve(schema, {span.key: one for span, one in window.present()})
    columns = {change.path[1] for change in changes if change.path[0] == "columns"}
    touches = blast_radius(store, pipeline, columns, statistics_records(store, pipeline, spans, as_of, step=step).values())
    if not changes:
        return None, [], touches
    comments: dict[tuple[str, ...], str] = {}
    for change in changes:
        comments[change.place] = "; ".join(filter(None, [comments.get(change.place), change.evidence]))
    day = as_of.astimezone(zone_named(pipeline.calendar.zone)).date().isoformat()
    lines = [
        f"{MARK}{day} for {draft.name} of {pipeline.name}, from {len(spans)} spans, {spans[0].key} to {spans[-1].key}.",
        "# It changes",
    ]
    lines += [f"#   {change}" for change in changes] + ["# and touches"] + [f"#   {line}" for line in touches.lines()]
    lines.append(f"# Approve it: almanac schema approve {pipeline.name} --proposal {day}")
    text = spliced(draft.read_text(encoding="utf-8"), evolved(schema, changes), comments)
    path = proposal_path(pipeline, name, day)
    path.write_text("\n".join([*lines, "", text]), encoding="utf-8")
    return path, changes, touches


def adopt(pipeline: Pipeline, name: str, day: str) -> None:
    """Make a proposal the draft, without its heading; the proposal goes."""
    path = proposal_path(pipeline, name, day)
    if not path.is_file():
        known = [match[1] for one in path.parent.glob(f"{name}.proposal-*.yaml") if (match := re.search(r"proposal-(.*)\.yaml", one.name))]
        raise ConfigError(
            f"there is no proposal of {day}", file=str(path), expected=", ".join(sorted(known)) or None, nearest=nearest(day, known)
        )
    Schema.from_yaml(path)
    text = path.read_text(encoding="utf-8")
    heading, _, body = text.partition("\n\n")
    draft_path(pipeline, name).write_text(body if heading.startswith(MARK) else text, encoding="utf-8")
    path.unlink()
