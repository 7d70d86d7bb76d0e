"""The canonical plain form of configuration values, which cache keys hash."""

from __future__ import annotations

import abc
import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta
from enum import Enum

import pydantic

from components.runtime.errors import DefinitionError
from components.runtime.instants import MICROSECOND, to_micros

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]


class Canonical(abc.ABC):
    """A value that knows its own plain form."""

    @abc.abstractmethod
    def canonical(self) -> Plain:
        """Return the value in terms of JSON."""


def canonical(value: object, where: str = "configuration") -> Plain:  # noqa: C901, PLR0911 (one case a type)
    """Return a value in terms of JSON, equal for equal values and different for different ones.

    Dataclasses and pydantic models become their fields with the class's name under `class` (defaults filled in), enumerations
    their class and value, instants microseconds, tuples lists, sets sorted lists. Floats stay exact: `1.0` differs from `1`.

    Raises
    ------
    DefinitionError
        For nan, a datetime without a zone, a mapping with keys that are not texts, and any other type.

    Examples
    --------
    >>> canonical({"bins": (1, 2.0), "since": date(2013, 1, 5)})
    {'bins': [1, 2.0], 'since': {'date': '2013-01-05'}}
    """
    match value:
        case Enum():
            return {"class": type(value).__name__, "value": canonical(value.value, where)}
        case None | bool() | int() | str():
            return value
        case float():
            return _float(value, where)
        case datetime():
            return {"instant": to_micros(value)}
        case date():
            return {"date": value.isoformat()}
        case timedelta():
            return {"microseconds": value // MICROSECOND}
        case Canonical():
            return value.canonical()
        case pydantic.BaseModel():
            return _fields(value, tuple(type(value).model_fields), where)
        case Mapping():
            return _mapping(value, where)
        case AbstractSet():
            return {"set": sorted((canonical(item, where) for item in value), key=_json)}
        case Sequence() if not isinstance(value, bytes | bytearray | memoryview):
            return [canonical(item, f"{where}[{index}]") for index, item in enumerate(value)]
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return _fields(value, tuple(field.name for field in dataclasses.fields(value)), where)
    raise DefinitionError(
        "a configuration value has no canonical form",
        where=where,
        expected="plain values, dates, durations, enumerations, dataclasses or pydantic models",
        got=type(value).__qualname__,
    )


def canonical_json(value: object) -> bytes:
    """Return the canonical form as JSON in UTF-8: keys sorted, no spaces.

    Examples
    --------
    >>> canonical_json({"b": 1, "a": "é"}).decode()
    '{"a":"é","b":1}'
    """
    return plain_json(canonical(value))


def plain_json(plain: object) -> bytes:
    """Return a value that is in terms of JSON already as JSON in UTF-8; the same bytes as `canonical_json`, without looking at each part."""
    return _json(plain).encode()


def _json(plain: object) -> str:
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _float(value: float, where: str) -> Plain:
    if math.isnan(value):
        raise DefinitionError("nan has no canonical form", where=where, fix="Leave the value out, or use None.")
    return float(value) if math.isfinite(value) else {"float": repr(float(value))}


def _fields(value: object, names: Sequence[str], where: str) -> dict[str, Plain]:
    """Return the fields by name; `class`, a Python keyword, cannot be one of them."""
    return {"class": type(value).__name__} | {name: canonical(getattr(value, name), f"{where}.{name}") for name in names}


def _mapping(value: Mapping[object, object], where: str) -> dict[str, Plain]:
    plain: dict[str, Plain] = {}
    for key, item in value.items():
        if not isinstance(key, str) or isinstance(key, Enum):
            raise DefinitionError("a mapping's keys must be texts", where=where, got=repr(key))
        plain[key] = canonical(item, f"{where}.{key}")
    return plain
