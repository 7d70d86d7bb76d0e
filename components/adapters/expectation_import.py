"""Suites of Great Expectations read as our schemas."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pydantic
from pydantic import JsonValue

from components.adapters.expectation_suite import SEVERITIES, TYPE_NAMES, Expectation, Kwargs, Suite
from components.artifacts.schema import Schema
from components.runtime.errors import ConfigError


def from_suite(suite: Suite) -> tuple[Schema, list[str]]:
    """Return the schema that a suite amounts to, and the expectations that it has no words for.

    A column whose type no expectation names is `float64` where numbers bound it, else `string`; columns that need not exist may be missing.

    Raises
    ------
    ConfigError
        If the suite names no column, or its bounds contradict each other.
    """
    reading = _Reading()
    for position, one in enumerate(suite.expectations):
        if not reading.read(one):
            reading.left_out.append(f"expectations[{position}]: {one.type} {one.subject}")
    try:
        return Schema.model_validate(reading.body(), strict=False), reading.left_out
    except pydantic.ValidationError as errors:
        first = errors.errors(include_url=False)[0]
        raise ConfigError(first["msg"].removeprefix("Value error, "), file=suite.name, key=".".join(map(str, first["loc"]))) from errors


@dataclass
class _Reading:
    """Expectations gathered by column."""

    columns: dict[str, dict[str, object]] = field(default_factory=dict)
    whole: dict[str, object] = field(default_factory=dict)
    rules: dict[str, object] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def body(self) -> dict[str, object]:
        """Return the plain form of the schema."""
        described = {}
        for name, column in self.columns.items():
            domain = column.get("domain", {})
            numbers = isinstance(domain, dict) and {"min", "max"} & set(domain)
            said = column.get("presence", {})
            presence = {"required": False, "min_fraction": 0.0, **(said if isinstance(said, dict) else {})}
            described[name] = {"type": "float64" if numbers or "distribution" in column else "string", **column, "presence": presence}
        is_timed = described.get("event_time", {}).get("type") == "timestamp"
        return {"columns": described, "rules": self.rules, "event_time": {"inside_span": is_timed}, "rows": {"min": 0}, **self.whole}

    def read(self, one: Expectation) -> bool:
        """Take in an expectation; return whether there are words for it."""
        name = one.type.removeprefix("expect_")
        if name.startswith("column_pair_values_"):
            return self._pair(name.removeprefix("column_pair_values_"), one)
        if name in ("table_row_count_to_be_between", "table_row_count_to_equal", "compound_columns_to_be_unique"):
            return self._table(name, one.kwargs)
        readers: Mapping[str, Callable[[str, Expectation], bool]] = {
            "column_to_exist": lambda column, _: self._add(column, "presence", required=True),
            "column_values_to_be_of_type": lambda column, e: self._type(column, [e.kwargs.get("type_")]),
            "column_values_to_be_in_type_list": lambda column, e: self._type(column, e.kwargs.get("type_list")),
            "column_values_to_not_be_null": lambda column, e: self._add(column, "presence", min_fraction=e.kwargs.get("mostly", 1.0)),
            "column_values_to_be_between": lambda column, e: self._add(column, "domain", **_sides(e.kwargs)),
            "column_values_to_be_in_set": self._values,
            "column_values_to_match_regex": lambda column, e: self._add(column, "domain", pattern=_pattern(str(e.kwargs.get("regex", "")))),
            "column_values_to_match_strftime_format": lambda column, e: self._add(
                column, "domain", parses_as=e.kwargs.get("strftime_format")
            ),
            "column_value_lengths_to_be_between": lambda column, e: self._add(column, "length", **_sides(e.kwargs)),
            "column_value_lengths_to_equal": lambda column, e: self._add(
                column, "length", min=e.kwargs.get("value"), max=e.kwargs.get("value")
            ),
            "column_values_to_be_unique": self._unique,
            "column_unique_value_count_to_be_between": lambda column, e: self._add(column, "distinct", **_sides(e.kwargs)),
            "column_mean_to_be_between": lambda column, e: self._add(column, "distribution", mean=_sides(e.kwargs)),
            "column_stdev_to_be_between": lambda column, e: self._add(column, "distribution", standard_deviation=_sides(e.kwargs)),
            "column_median_to_be_between": lambda column, e: self._quantiles(column, [0.5], [[*_both(e.kwargs)]]),
            "column_quantile_values_to_be_between": self._ranges,
        }
        mostly_is_known = name in ("column_values_to_not_be_null", "column_values_to_be_in_set")
        if name not in readers or "row_condition" in one.kwargs or ("mostly" in one.kwargs and not mostly_is_known):
            return False
        return readers[name](str(one.kwargs.get("column")), one)

    def _add(self, column: str, part: str, **values: object) -> bool:
        place = self.columns.setdefault(column, {}).setdefault(part, {})
        if isinstance(place, dict):
            place.update({key: value for key, value in values.items() if value is not None})
        return True

    def _type(self, column: str, names: object) -> bool:
        listed = names if isinstance(names, list) else []
        found = next((word for name in listed for word, known in TYPE_NAMES.items() if name in known), None)
        if found:
            self.columns.setdefault(column, {})["type"] = found
        return found is not None

    def _values(self, column: str, one: Expectation) -> bool:
        mostly = one.kwargs.get("mostly", 1.0)
        self._add(column, "domain", values=one.kwargs.get("value_set"))
        known = self.columns[column]["domain"]
        if not isinstance(known, dict) or not isinstance(mostly, int | float):
            return False
        if mostly < 1:
            known.setdefault("new_values", "allow")
            known["max_unseen_share"] = round(1 - mostly, 12)
        else:
            severity = SEVERITIES[one.severity]
            known["new_values"] = severity if severity in ("fail", "warn") else "warn"
        return True

    def _unique(self, column: str, one: Expectation) -> bool:
        self.columns.setdefault(column, {})
        if one.description == "the key":
            self.whole["key"] = [column]
        else:
            self.columns[column]["unique"] = True
        return True

    def _ranges(self, column: str, one: Expectation) -> bool:
        ranges = one.kwargs.get("quantile_ranges")
        if (
            not isinstance(ranges, dict)
            or not isinstance(ranges.get("quantiles"), list)
            or not isinstance(ranges.get("value_ranges"), list)
        ):
            return False
        return self._quantiles(column, ranges["quantiles"], ranges["value_ranges"])  # type: ignore[arg-type]  # lists, as was looked

    def _quantiles(self, column: str, quantiles: Sequence[float], ranges: Sequence[Sequence[JsonValue]]) -> bool:
        self._add(column, "distribution")
        place = self.columns[column]["distribution"]
        known = place.setdefault("quantiles", {}) if isinstance(place, dict) else {}
        for q, (low, high) in zip(quantiles, ranges, strict=False):
            known[f"p{round(100 * q, 10):g}"] = {side: bound for side, bound in (("min", low), ("max", high)) if bound is not None}
        return True

    def _table(self, name: str, kwargs: Kwargs) -> bool:
        if name == "table_row_count_to_equal":
            self.whole["rows"] = {"min": kwargs.get("value"), "max": kwargs.get("value")}
        elif name == "table_row_count_to_be_between":
            self.whole["rows"] = {"min": 0, **_sides(kwargs)}
        elif "ignore_row_if" in kwargs:
            return False
        else:
            listed = kwargs.get("column_list")
            self.whole["key"] = listed
            for column in listed if isinstance(listed, list) else []:
                self.columns.setdefault(str(column), {})
        return True

    def _pair(self, kind: str, one: Expectation) -> bool:
        signs = {"to_be_equal": "==", "a_to_be_greater_than_b": ">=" if one.kwargs.get("or_equal") else ">"}
        first, second = (str(one.kwargs.get(f"column_{side}")) for side in "AB")
        if kind not in signs or not (first.isidentifier() and second.isidentifier()) or "ignore_row_if" in one.kwargs:
            return False
        for column in (first, second):
            self.columns.setdefault(column, {})
        rule: dict[str, object] = {
            "holds": f"{first} {signs[kind]} {second}",
            "max_share": round(1 - float(str(one.kwargs.get("mostly", 1.0))), 12),
        }
        if SEVERITIES[one.severity] != "fail":
            rule["severity"] = SEVERITIES[one.severity]
        self.rules[one.description or f"{first}-{second}"] = rule
        return True


def _sides(kwargs: Kwargs) -> dict[str, JsonValue]:
    low, high = _both(kwargs)
    return {side: bound for side, bound in (("min", low), ("max", high)) if bound is not None}


def _both(kwargs: Kwargs) -> tuple[JsonValue, JsonValue]:
    return kwargs.get("min_value"), kwargs.get("max_value")


def _pattern(regex: str) -> str:
    """Return what a whole text matches where its beginning matches a regular expression, as Great Expectations asks."""
    if match := re.fullmatch(r"\^\(\?:(.*)\)\$", regex):
        return match[1]
    start = regex.removeprefix("^")
    return start.removesuffix("$") if start.endswith("$") and not start.endswith(r"\$") else f"(?:{start}).*"
