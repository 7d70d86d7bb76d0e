"""The pipelines of the checkout: found by name, configured, and built."""

import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import pydantic
import yaml

from components.runtime.canonical import canonical
from components.runtime.config import Configuration, load_config
from components.runtime.errors import ConfigError, DefinitionError, nearest
from components.runtime.graph import Pipeline

FOLDER = Path(__file__).resolve().parents[2] / "pipeline_config"


def pipeline_names() -> list[str]:
    """Return the names of all pipelines: the folders of ``pipeline_config`` that hold a ``pipeline.py``."""
    return sorted(path.parent.name for path in FOLDER.glob("*/pipeline.py"))


def config_model(name: str) -> type[Configuration]:
    """Return the configuration class of a pipeline: ``Config`` in its ``pipeline.py``."""
    if name not in pipeline_names():
        raise DefinitionError(
            f"there is no pipeline '{name}'", expected=", ".join(pipeline_names()), nearest=nearest(name, pipeline_names())
        )
    found = import_module(f"pipeline_config.{name}.pipeline")
    if not isinstance(getattr(found, "Config", None), type) or not hasattr(found, "build"):
        raise DefinitionError(f"pipeline_config/{name}/pipeline.py lacks a class Config or a function build(config)")
    model: type[Configuration] = found.Config
    return model


def load_pipeline(name: str, overrides: Mapping[str, object] | None = None) -> Pipeline:
    """Return the pipeline built from its ``pipeline.yaml``, with ``overrides`` by dotted key ("training.window") laid over it."""
    model = config_model(name)
    config = load_config(FOLDER / name / "pipeline.yaml", model)
    if overrides:
        config = _overridden(config, model, overrides)
    built = import_module(f"pipeline_config.{name}.pipeline").build(config)
    if not isinstance(built, Pipeline) or built.name != name:
        raise DefinitionError(f"pipeline_config/{name}/pipeline.py: build(config) must return the Pipeline '{name}'", got=repr(built))
    return built


def parse_overrides(pairs: list[str]) -> dict[str, object]:
    """Return the overrides of ``KEY=VALUE`` texts; values are read as YAML.

    >>> parse_overrides(["training.window=91 spans", "gate.margin=0.02"])
    {'training.window': '91 spans', 'gate.margin': 0.02}
    """
    found: dict[str, object] = {}
    for pair in pairs:
        key, separator, value = pair.partition("=")
        if not separator or not key.strip():
            raise ConfigError(f"'{pair}' is no override", expected="KEY=VALUE, such as training.window='91 spans'")
        found[key.strip()] = yaml.safe_load(value)
    return found


def _overridden(config: Configuration, model: type[Configuration], overrides: Mapping[str, object]) -> Configuration:
    body = config.model_dump(mode="json")
    for dotted, value in overrides.items():
        *path, last = dotted.split(".")
        place: object = body
        for part in path:
            place = place.get(part) if isinstance(place, dict) else None
        if not isinstance(place, dict) or last not in place:
            known = _keys(body)
            raise ConfigError(
                f"there is no configuration key '{dotted}'",
                key=dotted,
                expected="one of `almanac config-schema`",
                nearest=nearest(dotted, known),
            )
        place[last] = canonical(value)
    try:
        return model.model_validate_json(json.dumps(body))
    except pydantic.ValidationError as errors:
        first = errors.errors(include_url=False)[0]
        raise ConfigError(
            f"the override does not fit: {first['msg']}", key=".".join(str(part) for part in first["loc"]), got=repr(first["input"])
        ) from errors


def _keys(body: Mapping[str, object], before: str = "") -> list[str]:
    """Return all dotted keys of a nested mapping."""
    found = []
    for key, value in body.items():
        found.append(f"{before}{key}")
        found += _keys(value, f"{before}{key}.") if isinstance(value, dict) else []
    return found
