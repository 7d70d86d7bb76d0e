"""The schema: what people expect of every span of a source, a few readable lines of `schema.yaml` a column."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import ClassVar, Self

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from components.artifacts.condition import Condition
from components.artifacts.findings import Severity
from components.artifacts.schema_codes import ROW_CODES, SEVERITY, Code
from components.artifacts.schema_columns import Column, scalar
from components.runtime.config import Configuration, load_config
from components.runtime.errors import ConfigError, nearest

FILE = "schema.json"


class Rows(Configuration):
    """How many rows a span has; `min: 0` lets a span be empty, no `max` is no bound.

    `min_ratio` and `max_ratio` bound them by the number of rows of the span before (`monitoring.limits`).
    """

    min: int = Field(1, ge=0)
    max: int | None = None
    min_ratio: float | None = Field(None, ge=0)
    max_ratio: float | None = Field(None, ge=0)

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if self.max is not None and self.max < self.min:
            raise ValueError(f"no number of rows fits: min {self.min} lies above max {self.max}")
        if self.min_ratio is not None and self.max_ratio is not None and self.min_ratio > self.max_ratio:
            raise ValueError(f"no number of rows fits: min_ratio {self.min_ratio} lies above max_ratio {self.max_ratio}")
        return self


class EventTime(Configuration):
    """What holds for event times.

    With `inside_span`, start <= `event_time` < end of the span. With `unique`, none comes twice. With `rises_with`, the name of a column that
    counts (a sequence number, an offset), event times do not fall as it rises. The last two hold within each group of equal values of `by`.
    """

    inside_span: bool = True
    unique: bool = False
    rises_with: str | None = None
    by: tuple[str, ...] = ()


class Rule(Configuration):
    """A condition that rows hold, over one or more of their columns (`artifacts.condition`); a row for which it is null holds it.

    Up to the share `max_share` of the rows may break it.
    """

    holds: str
    max_share: float = Field(0.0, ge=0, le=1)
    severity: Severity | None = None
    description: str = ""

    @field_validator("holds")
    @classmethod
    def _is_a_condition(cls, text: str) -> str:
        return Condition(text).text

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it reads."""
        return Condition(self.holds).columns


class Quarantining(Configuration):
    """The largest share of a span's rows that may be set aside before the span fails (`too-many-quarantined`)."""

    max_share: float = Field(0.05, ge=0, le=1)


class Schema(Configuration):
    """The columns of a source in their order, the key that tells rows apart, and what holds for a span as a whole.

    File: `schema.json`, what differs from the defaults, columns in their order: equal schemas give equal bytes, whatever the layout, comments
    and written-out defaults of the `schema.yaml` that they came from.

    Attributes
    ----------
    columns : by name, in the order of the source; `row_id` is never among them.
    key : the columns whose values together occur once in a span; none means that there is no such rule.
    rows, event_time, quarantine : the rules of the whole span.
    rules : conditions over the columns of a row, by name.
    environments : the names that columns may use; a step validates in one of them, or in none and expects every column.
    severity : overrides of `SEVERITY` by code; `default_severity` is for the codes that neither names.
    """

    kind: ClassVar[str] = "schema"
    format_version: ClassVar[int] = 1

    columns: Mapping[str, Column] = Field(min_length=1)
    key: tuple[str, ...] = ()
    rows: Rows = Rows()
    event_time: EventTime = EventTime()
    rules: Mapping[str, Rule] = {}
    environments: tuple[str, ...] = ()
    quarantine: Quarantining = Quarantining()
    severity: Mapping[Code, Severity] = {}
    default_severity: Severity = "fail"

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        for position, name in enumerate(self.key):
            self._require(name, ("key", position))
        for position, name in enumerate(self.event_time.by):
            self._require(name, ("event_time", "by", position))
        if self.event_time.rises_with is not None:
            self._require(self.event_time.rises_with, ("event_time", "rises_with"))
        for label, column in self.columns.items():
            for name in column.environments:
                if name not in self.environments:
                    raise _at(("columns", label, "environments"), f"no environment {name!r} in environments", name, self.environments)
        return self

    @model_validator(mode="after")
    def _rules_are_about_columns(self) -> Self:
        for label, rule in self.rules.items():
            for name in rule.columns:
                self._require(name, ("rules", label, "holds"))
            for name, text in Condition(rule.holds).texts:
                if self.columns[name].type in ("timestamp", "date"):
                    self._require_instant(name, text, ("rules", label, "holds"))
        return self

    @model_validator(mode="after")
    def _event_time_is_a_column(self) -> Self:
        needed = self.event_time.inside_span or self.event_time.unique or self.event_time.rises_with
        if needed and ("event_time" not in self.columns or self.columns["event_time"].type != "timestamp"):
            reason = "event times are checked against the span: add the column event_time of type timestamp, or inside_span: false"
            raise _at(("event_time",), reason)
        return self

    @model_validator(mode="after")
    def _only_rows_are_set_aside(self) -> Self:
        own = [(("columns", name), column.severity) for name, column in self.columns.items()]
        for place, severities in [((), self.severity), *own]:
            for code, severity in severities.items():
                if severity == "quarantine" and code not in ROW_CODES:
                    raise _at((*place, "severity", code), f"{code} is not about single rows, so none can be set aside")
        if self.default_severity == "quarantine":
            raise _at(("default_severity",), "not every code is about single rows: name the codes to quarantine in severity")
        return self

    @classmethod
    def from_yaml(cls, path: Path) -> Self:
        """Return the schema of a `schema.yaml`; all that is wrong with it is one `ConfigError`, each with file, line and key."""
        return load_config(path, cls)

    def save(self, directory: Path) -> None:
        """Write `schema.json`."""
        (directory / FILE).write_text(json.dumps(self.to_plain(), indent=1, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the schema back."""
        return cls.model_validate_json((directory / FILE).read_text(encoding="utf-8"))

    def to_plain(self) -> dict[str, object]:
        """Return what differs from the defaults in plain values; mappings but the columns by sorted keys."""
        body = self.model_dump(mode="json", exclude_defaults=True)
        columns = {name: _sorted(column) for name, column in body.pop("columns").items()}
        return {**{name: _sorted(body[name]) for name in sorted(body)}, "columns": columns}

    def summary(self) -> dict[str, int | str]:
        """Give the number of columns and the key."""
        return {"n_columns": len(self.columns), "key": ", ".join(self.key)}

    def severity_of(self, code: Code, column: str | None = None) -> Severity:
        """Return how bad a finding is: what its column says of the code, else the schema, else `SEVERITY`, else the default."""
        own = self.columns[column].severity if column is not None and column in self.columns else {}
        return own.get(code) or self.severity.get(code) or SEVERITY.get(code, self.default_severity)

    def in_environment(self, name: str | None) -> Schema:
        """Return what holds in one environment: without the columns of others, and without what is said of those.

        Raises
        ------
        ConfigError
            If the schema knows no such environment.
        """
        if name is None:
            return self
        if name not in self.environments:
            near = nearest(name, self.environments)
            raise ConfigError("the schema has no such environment", key="environment", got=repr(name), nearest=near)
        kept = {label: column for label, column in self.columns.items() if not column.environments or name in column.environments}
        rules = {label: rule for label, rule in self.rules.items() if set(rule.columns) <= set(kept)}
        key = self.key if set(self.key) <= set(kept) else ()
        return self.model_copy(update={"columns": kept, "rules": rules, "key": key})

    def _require(self, name: str, location: tuple[str | int, ...]) -> None:
        """Refuse the name of a column that is not there, or that nobody looks at."""
        if name not in self.columns:
            what = "the key names no column" if location[0] == "key" else "no such column"
            raise _at(location, f"{what}: {name!r}", name, self.columns)
        if not self.columns[name].is_checked:
            raise _at(location, f"the column {name!r} is {self.columns[name].stage}, so nothing can rely on it")

    def _require_instant(self, name: str, text: str, location: tuple[str | int, ...]) -> None:
        try:
            scalar(self.columns[name].type, text)
        except ValueError as error:
            raise _at(location, f"{text!r} is no {self.columns[name].type}, and stands beside the column {name!r}") from error


def _sorted(value: object) -> object:
    return {name: _sorted(value[name]) for name in sorted(value)} if isinstance(value, dict) else value


def _at(location: tuple[str | int, ...], message: str, word: str = "", choices: Iterable[str] = ()) -> PydanticCustomError:
    """Return an error about one place of the schema, for `load_config`."""
    near = nearest(word, choices)
    said = message.replace("{", "{{").replace("}", "}}") + (f"; nearest valid name: {near!r}" if near else "")
    return PydanticCustomError("schema", said, {"at": list(location)})
