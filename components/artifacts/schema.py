"""The schema: what people expect of every span of a source, a few readable lines of `schema.yaml` a column."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from components.artifacts.findings import Severity
from components.runtime.config import Configuration, load_config
from components.runtime.errors import nearest
from components.runtime.instants import to_micros

if TYPE_CHECKING:
    import pyarrow as pa

FILE = "schema.json"

ColumnType = Literal["int64", "float64", "string", "bool", "timestamp", "date"]
Scalar = bool | int | float | str
"""A bound or a listed value as it is written; timestamps and dates are ISO 8601 texts, a timestamp without offset is UTC."""

Code = Literal[
    "column-missing",
    "column-new",
    "empty-span",
    "event-time-outside-span",
    "key-repeated",
    "too-few-rows",
    "too-many-missing",
    "too-many-rows",
    "too-many-unseen",
    "type-changed",
    "value-out-of-range",
    "value-repeated",
    "value-unseen",
]
"""The findings that a schema can lead to; `docs/findings.md` explains each."""

SEVERITY: Mapping[Code, Severity] = {"column-new": "warn", "too-many-rows": "warn", "value-unseen": "warn"}
"""Severities before anybody overrides them; a code that is not named here fails the span."""


class Presence(Configuration):
    """Whether the column must be there, and the least share of rows that hold a value (null and NaN are none)."""

    required: bool = True
    min_fraction: float = Field(1.0, ge=0, le=1)


class Domain(Configuration):
    """The values that a column may take: an interval, both ends included, or a list.

    Rows whose value is off the list are `value-unseen` with the severity of `new_values` (`allow`: no finding); where their share of
    the rows with a value exceeds `max_unseen_share`, they are `too-many-unseen` instead.
    """

    min: Scalar | None = None
    max: Scalar | None = None
    values: tuple[Scalar, ...] = ()
    new_values: Literal["warn", "fail", "allow"] = "warn"
    max_unseen_share: float = Field(1.0, ge=0, le=1)

    @model_validator(mode="after")
    def _interval_or_list(self) -> Self:
        if self.values and not (self.min is None and self.max is None):
            raise ValueError("write either min and max or values: an interval and a list exclude each other")
        return self


class Column(Configuration):
    """What is expected of one column; `severity` overrides the schema's for findings about it."""

    type: ColumnType
    presence: Presence = Presence()
    domain: Domain = Domain()
    unique: bool = False
    severity: Mapping[Code, Severity] = {}
    description: str = ""

    @field_validator("domain")
    @classmethod
    def _domain_suits_type(cls, domain: Domain, info: ValidationInfo) -> Domain:
        column_type: ColumnType | None = info.data.get("type")
        if column_type is None:
            return domain
        low, high = (None if value is None else scalar(column_type, value) for value in (domain.min, domain.max))
        for value in domain.values:
            scalar(column_type, value)
        if column_type in ("string", "bool") and (low, high) != (None, None):
            raise ValueError(f"a {column_type} has no order to bound: list its values")
        if low is not None and high is not None and low > high:  # type: ignore[operator]  # numbers: texts are refused above
            raise ValueError(f"no value fits: min {domain.min} lies above max {domain.max}")
        return domain


class Rows(Configuration):
    """How many rows a span has; `min: 0` lets a span be empty, no `max` is no bound."""

    min: int = Field(1, ge=0)
    max: int | None = None

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if self.max is not None and self.max < self.min:
            raise ValueError(f"no number of rows fits: min {self.min} lies above max {self.max}")
        return self


class EventTime(Configuration):
    """Whether every event time must lie in its span: start <= `event_time` < end."""

    inside_span: bool = True


class Schema(Configuration):
    """The columns of a source in their order, the key that tells rows apart, and what holds for a span as a whole.

    File: `schema.json`, all fields with their defaults filled in, columns in their order: equal schemas give equal bytes, whatever the
    layout, comments and omitted defaults of the `schema.yaml` that they came from.

    Attributes
    ----------
    columns : by name, in the order of the source; `row_id` is never among them.
    key : the columns whose values together occur once in a span; none means that there is no such rule.
    rows, event_time : the rules of the whole span.
    severity : overrides of `SEVERITY` by code.
    """

    kind: ClassVar[str] = "schema"
    format_version: ClassVar[int] = 1

    columns: Mapping[str, Column] = Field(min_length=1)
    key: tuple[str, ...] = ()
    rows: Rows = Rows()
    event_time: EventTime = EventTime()
    severity: Mapping[Code, Severity] = {}

    @field_validator("key")
    @classmethod
    def _key_names_columns(cls, key: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        columns = info.data.get("columns", dict.fromkeys(key))
        for name in key:
            if name not in columns:
                near = nearest(name, columns)
                raise ValueError(f"the key names no column: {name!r}" + (f"; nearest valid name: {near!r}" if near else ""))
        return key

    @field_validator("event_time")
    @classmethod
    def _event_time_is_a_column(cls, rule: EventTime, info: ValidationInfo) -> EventTime:
        columns = info.data.get("columns")
        if columns is not None and rule.inside_span and ("event_time" not in columns or columns["event_time"].type != "timestamp"):
            raise ValueError("event times are checked against the span: add the column event_time of type timestamp, or inside_span: false")
        return rule

    @classmethod
    def from_yaml(cls, path: Path) -> Self:
        """Return the schema of a `schema.yaml`; all that is wrong with it is one `ConfigError`, each with file, line and key."""
        return load_config(path, cls)

    def save(self, directory: Path) -> None:
        """Write `schema.json`."""
        body = self.model_dump(mode="json")
        for part in (body, *body["columns"].values()):
            part["severity"] = dict(sorted(part["severity"].items()))
        (directory / FILE).write_text(json.dumps(body, indent=1, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the schema back."""
        return cls.model_validate_json((directory / FILE).read_text(encoding="utf-8"))

    def summary(self) -> dict[str, int | str]:
        """Give the number of columns and the key."""
        return {"n_columns": len(self.columns), "key": ", ".join(self.key)}

    def arrow_schema(self) -> pa.Schema:
        """Return the Arrow schema of the columns, without `row_id`; timestamps are microseconds in UTC."""
        import pyarrow as pa

        types = {
            "int64": pa.int64(),
            "float64": pa.float64(),
            "string": pa.string(),
            "bool": pa.bool_(),
            "timestamp": pa.timestamp("us", tz="UTC"),
            "date": pa.date32(),
        }
        return pa.schema([pa.field(name, types[column.type]) for name, column in self.columns.items()])

    def severity_of(self, code: Code, column: str | None = None) -> Severity:
        """Return how bad a finding is: what its column says of the code, else the schema, else `SEVERITY`, else `fail`."""
        own = self.columns[column].severity if column is not None and column in self.columns else {}
        return own.get(code) or self.severity.get(code) or SEVERITY.get(code, "fail")


def scalar(column_type: ColumnType, value: Scalar) -> int | float | str:
    """Return a bound or listed value as statistics hold it: microseconds and days since 1970, UTC, booleans as 0 and 1.

    Raises
    ------
    ValueError
        If the value is not one of the column's.

    Examples
    --------
    >>> scalar("date", "1970-01-02"), scalar("timestamp", "1970-01-01T00:00:01"), scalar("bool", True)
    (1, 1000000, 1)
    """
    if column_type == "date" and isinstance(value, str):
        return (date.fromisoformat(value) - date(1970, 1, 1)).days
    if column_type == "timestamp" and isinstance(value, str):
        instant = datetime.fromisoformat(value)
        return to_micros(instant if instant.tzinfo else instant.replace(tzinfo=UTC))
    number = isinstance(value, int | float) and not isinstance(value, bool) and (column_type == "float64" or isinstance(value, int))
    if (column_type == "bool" and isinstance(value, bool)) or (column_type in ("int64", "float64") and number):
        return float(value) if column_type == "float64" else int(value)
    if column_type == "string" and isinstance(value, str):
        return value
    raise ValueError(f"{value!r} is no {column_type}")
