"""Schemas as people read them: a `schema.yaml` with a comment a line, and what differs between two of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from components.artifacts.schema import Schema

LINE = 140
COLUMNS = "columns"
Place = tuple[str, ...]
"""Where an entry stands: `("rows",)`, or `("columns", "carrier")`."""


def schema_text(schema: Schema, comments: Mapping[Place, str] | None = None) -> str:
    """Return a `schema.yaml` that reads back as the schema, with comments behind the entries."""
    said = comments or {}
    entries = _entries(schema)
    top = [line for place, value in entries.items() if len(place) == 1 for line in entry(place, value, said.get(place, ""))]
    columns = [line for place, value in entries.items() if len(place) > 1 for line in entry(place, value, said.get(place, ""))]
    return "\n".join([*top, f"{COLUMNS}:", *columns]) + "\n"


def entry(place: Place, value: object, comment: str) -> list[str]:
    """Return the lines of one entry, indented: one line where it fits, else a line a key."""
    name, indent = place[-1], 2 * (len(place) - 1)
    said = f"  # {' '.join(comment.split())}" if comment else ""
    flow = yaml.safe_dump({name: value}, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**6).strip()[1:-1]
    if len(flow) + indent <= LINE:
        return [" " * indent + flow + said]
    block = yaml.safe_dump(
        {name: value}, default_flow_style=None, sort_keys=False, allow_unicode=True, width=LINE - indent - 4
    ).splitlines()
    return [" " * indent + line + (said if at == 0 else "") for at, line in enumerate(block)]


def spliced(text: str, schema: Schema, comments: Mapping[Place, str]) -> str:
    """Return the text of a `schema.yaml` with the entries that `comments` name rewritten as the schema has them, all else as it stands.

    Comments of a rewritten entry stay, above it. A new column comes last, a new entry of the whole first. What cannot be edited this way
    (anchors, columns on one line) is written anew, without the old comments.
    """
    text = text.rstrip("\n") + "\n"
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    entries, lines = _entries(schema), text.splitlines()
    edits: list[tuple[int, int, list[str]]] = []
    for place, comment in comments.items():
        start, end = _lines_of(root, place, lines)
        kept = [" " * 2 * (len(place) - 1) + f"# {said}" for said in _comments(lines[start:end])]
        edits.append((start, end, [*kept, *entry(place, entries[place], comment)]))
    for start, end, new in sorted(edits, key=lambda edit: edit[:2], reverse=True):
        lines[start:end] = new
    found = "\n".join(lines) + "\n"
    return found if _reads_as(found, schema) else schema_text(schema, comments)


@dataclass(frozen=True)
class Difference:
    """One line in which two schemas differ: where, and what it was and is; None where it says nothing."""

    path: str
    before: object
    after: object

    def __str__(self) -> str:
        """Say it with `+`, `-` or `~`."""
        if isinstance(self.before, list) and isinstance(self.after, list):
            gone, new = (
                [one for one in these if one not in others] for these, others in ((self.before, self.after), (self.after, self.before))
            )
            parts = [*(f"- {one}" for one in gone), *(f"+ {one}" for one in new)] or ["another order"]
            return f"~ {self.path}: {', '.join(parts)}"
        if self.before is None or self.after is None:
            return f"{'+' if self.before is None else '-'} {self.path}: {self.after if self.before is None else self.before}"
        return f"~ {self.path}: {self.before} -> {self.after}"


def differences(before: Schema, after: Schema) -> list[Difference]:
    """Return every line in which two schemas differ, in the order of the second, then what only the first has."""
    old, new = dict(_flat(before.to_plain())), dict(_flat(after.to_plain()))
    paths = dict.fromkeys([*new, *old])
    return [Difference(".".join(path), old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path)]


def _flat(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    if not isinstance(value, dict):
        yield path, value
        return
    for key, inner in value.items():
        yield from _flat(inner, (*path, str(key)))


def _entries(schema: Schema) -> dict[Place, object]:
    """Return what the schema says by place, in the order of the language: the columns last."""
    body = schema.model_dump(mode="json", exclude_defaults=True)
    columns = body.pop(COLUMNS)
    return {**{(name,): value for name, value in body.items()}, **{(COLUMNS, name): value for name, value in columns.items()}}


def _lines_of(root: Any, place: Place, lines: list[str]) -> tuple[int, int]:
    """Return the lines [start, end) of an entry of the file; an empty stretch where a new one is to stand."""
    node, edges = root, (0, 0)
    for depth, name in enumerate(place):
        pairs = {key.value: (key, value) for key, value in node.value}
        if name not in pairs:
            end = _edges(*next(reversed(pairs.values())), lines)[1] if depth else 0
            return end, end
        edges, node = _edges(*pairs[name], lines), pairs[name][1]
    return edges


def _edges(key: yaml.Node, value: yaml.Node, lines: list[str]) -> tuple[int, int]:
    """Return the lines of an entry, without the comments and empty lines after it."""
    is_block = isinstance(value, yaml.CollectionNode) and not value.flow_style  # it ends where the next entry begins
    start, end = key.start_mark.line, value.end_mark.line + (not is_block)
    while end > start + 1 and re.fullmatch(r"\s*(#.*)?", lines[end - 1]):
        end -= 1
    return start, end


def _comments(lines: list[str]) -> list[str]:
    return [match[1] for line in lines if (match := re.search(r"(?:^|\s)#\s?(.*)$", line))]


def _reads_as(text: str, schema: Schema) -> bool:
    try:
        return Schema.model_validate_json(json.dumps(yaml.safe_load(text), default=str)) == schema
    except (yaml.YAMLError, ValueError):
        return False
