"""Configuration: `pipeline.yaml` read into a typed, frozen model, with every mistake named by file, line and key."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import pydantic
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import ErrorDetails

from components.runtime.errors import nearest
from components.runtime.instants import Duration
from components.runtime.yaml_lines import Document, Location, dotted, read_yaml

M = TypeVar("M", bound=pydantic.BaseModel)
Schema = Mapping[str, object]


class Configuration(pydantic.BaseModel):
    """The base of configuration models: frozen, unknown keys refused, no text taken for a number nor a number for a text."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", strict=True, validate_default=True, allow_inf_nan=False)


def load_config(path: Path, model: type[M]) -> M:
    """Return the validated configuration of a YAML file.

    Values are taken strictly, as from JSON: lists fill tuples, texts fill dates and enumerations, nothing else is converted.

    Raises
    ------
    ConfigError
        With `file:line:key`, what was expected and met and the nearest valid key; it carries all the other mistakes too
        (`problems`) and shows ten: unknown, missing, doubled and non-text keys, wrong values, tags, passwords, bad YAML.
    """
    document = read_yaml(path)
    refused = {problem.key for problem in document.problems}
    try:
        loaded = model.model_validate_json(json.dumps(document.values))
    except pydantic.ValidationError as errors:
        schema = json_schema(model)
        for error in errors.errors(include_url=False):
            if dotted(error["loc"]) not in refused:
                _add_problem(document, error, schema)
    document.raise_problems()
    return loaded


def json_schema(model: type[pydantic.BaseModel]) -> dict[str, object]:
    """Return the JSON Schema (draft 2020-12) of a configuration file, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema(schema_generator=_SchemaWriter)}


class _SchemaWriter(GenerateJsonSchema):
    """Writes a default duration as a file would."""

    def encode_default(self, dft: Any) -> Any:
        return str(dft) if isinstance(dft, Duration) else super().encode_default(dft)


def _add_problem(document: Document, error: ErrorDetails, schema: Schema) -> None:
    """Say in our words what pydantic found; `at` in the context of an error is where below its model it lies."""
    location: Location = (*error["loc"], *error.get("ctx", {}).get("at", ()))
    if error["type"] == "extra_forbidden":
        keys = _keys_at(schema, location[:-1])
        near = nearest(str(location[-1]), keys)
        valid = ", ".join(sorted(keys))
        document.problem(f"unknown key {location[-1]!r}", location, near=near, expected=f"one of {valid}" if valid else None)
        return
    if error["type"] == "missing":
        document.problem(f"the key {location[-1]!r} is missing", location)
        return
    expected = error["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    if not error["msg"].startswith("Input should be "):
        document.problem(expected[:1].lower() + expected[1:], location)
        return
    choices = re.findall(r"'([^']*)'", expected) if error["type"] in ("literal_error", "enum") else []
    given = error["input"]
    spelt = document.spelling.get(location)
    is_misread = error["type"] in ("string_type", "literal_error", "enum") and spelt is not None and not isinstance(given, str)
    document.problem(
        "not a valid value",
        location,
        expected=expected,
        got=f"{spelt}, which YAML reads as {json.dumps(given)}" if is_misread else _shown(given),
        near=nearest(str(given), choices),
        fix="Put the value in quotes." if is_misread else None,
    )


def _shown(value: object) -> str:
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return json.dumps(value, ensure_ascii=False)


def _keys_at(schema: Schema, location: Location) -> set[str]:
    """Return the keys that the schema knows at a location; parts that only name a branch of a union are passed over."""
    current = _branches(schema, schema)
    for part in location:
        inner = [found for branch in current for found in _children(branch, part)]
        current = [found for child in inner for found in _branches(schema, child)] or current
    return {key for branch in current for key in cast("Schema", branch.get("properties", {}))}


def _children(schema: Schema, part: str | int) -> Iterable[Schema]:
    properties = cast("Schema", schema.get("properties", {}))
    nested = properties.get(str(part), schema.get("additionalProperties")) if isinstance(part, str) else schema.get("items")
    return [cast("Schema", nested)] if isinstance(nested, dict) else []


def _branches(root: Schema, schema: Schema) -> list[Schema]:
    """Return a schema with its reference followed and its unions opened."""
    reference = schema.get("$ref")
    if isinstance(reference, str):
        definitions = cast("Mapping[str, Schema]", root["$defs"])
        return _branches(root, definitions[reference.rpartition("/")[2]])
    options = cast("Sequence[Schema]", schema.get("anyOf") or schema.get("oneOf") or ())
    return [found for option in options for found in _branches(root, option)] or [schema]
