"""Great Expectations suites as plain values, read from JSON and checked by name without importing Great Expectations."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import JsonValue, field_validator

from components.artifacts.findings import Severity
from components.runtime.config import Configuration, load_config
from components.runtime.errors import nearest

SEVERITIES: Mapping[str, Severity] = {"critical": "fail", "warning": "warn", "info": "info"}
"""Great Expectations' words and ours. An expectation without one is critical, as it is there."""

BY_ROW = frozenset(
    f"expect_{name}"
    for name in (
        "column_pair_values_a_to_be_greater_than_b", "column_pair_values_to_be_equal", "column_pair_values_to_be_in_set", "column_to_exist",
        "column_value_lengths_to_be_between", "column_value_lengths_to_equal", "column_values_to_be_between",
        "column_values_to_be_dateutil_parseable", "column_values_to_be_in_set", "column_values_to_be_json_parseable",
        "column_values_to_be_null", "column_values_to_match_json_schema", "column_values_to_match_like_pattern",
        "column_values_to_match_like_pattern_list", "column_values_to_match_regex", "column_values_to_match_regex_list",
        "column_values_to_match_strftime_format", "column_values_to_not_be_in_set", "column_values_to_not_be_null",
        "column_values_to_not_match_like_pattern", "column_values_to_not_match_like_pattern_list", "column_values_to_not_match_regex",
        "column_values_to_not_match_regex_list", "multicolumn_sum_to_equal", "multicolumn_values_to_be_equal",
        "select_column_values_to_be_unique_within_record", "table_column_count_to_be_between", "table_column_count_to_equal",
        "table_columns_to_match_ordered_list", "table_columns_to_match_set",
    )
)  # fmt: skip
"""Expectations about single rows, or about the columns' names: what holds of all batches holds of the whole. All others want the whole."""


TYPE_NAMES: Mapping[str, Sequence[str]] = {
    "int64": ("int64", "Int64", "INTEGER", "BIGINT"),
    "float64": ("float64", "Float64", "FLOAT", "DOUBLE"),
    "string": ("str", "object", "string", "VARCHAR", "TEXT"),
    "bool": ("bool", "boolean", "BOOLEAN"),
    "timestamp": ("datetime64[us, UTC]", "datetime64", "TIMESTAMP"),
    "date": ("date", "DATE"),
}
"""A schema's types and what they are called in pandas and SQL, in type lists of expectations."""

Kwargs = Mapping[str, JsonValue]
"""The arguments of an expectation."""


class _Annotated(Configuration):
    """What Great Expectations writes beside the rule and no check reads."""

    id: str | None = None
    meta: JsonValue = None
    notes: JsonValue = None
    rendered_content: JsonValue = None


class Expectation(_Annotated):
    """One expectation: its type, its arguments, how bad a miss is, and why it is expected."""

    type: str
    kwargs: Mapping[str, JsonValue] = {}
    severity: Literal["critical", "warning", "info"] = "critical"
    description: str | None = None

    @field_validator("type")
    @classmethod
    def _is_installed(cls, name: str) -> str:
        known = known_expectations()
        if not known:
            raise ValueError("Great Expectations is not installed: install the extra great-expectations")
        if name not in known:
            near = nearest(name, known)
            raise ValueError(f"unknown expectation {name!r}" + (f"; nearest valid name: {near!r}" if near else ""))
        return name

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it is about."""
        listed = self.kwargs.get("column_list")
        single = [self.kwargs[key] for key in ("column", "column_A", "column_B") if key in self.kwargs]
        return tuple(map(str, [*single, *(listed if isinstance(listed, list) else [])]))

    @property
    def subject(self) -> str:
        """The columns that it is about, or `table`."""
        return ", ".join(self.columns) or "table"


class Suite(_Annotated):
    """The user's own expectations under one name, in the order of the file."""

    name: str
    expectations: tuple[Expectation, ...]


def read_suite(path: Path) -> Suite:
    """Return the suite of a JSON file as Great Expectations 1.x writes it; YAML of the same keys will do.

    Raises
    ------
    ConfigError
        If a key or severity is unknown or an expectation is not in the installed Great Expectations; every problem with its line and
        the nearest valid word. Arguments are checked when the suite runs.
    """
    return load_config(path, Suite)


@cache
def known_expectations() -> frozenset[str]:
    """Return the expectation types of the installed Great Expectations, by its file names; none where it is not installed."""
    spec = importlib.util.find_spec("great_expectations")
    folders = (spec.submodule_search_locations or []) if spec else []
    return frozenset(file.stem for folder in folders for file in (Path(folder) / "expectations" / "core").glob("*expect*.py"))
