"""Our schemas written as suites of Great Expectations, and what those cannot say."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import JsonValue

from components.adapters.expectation_suite import TYPE_NAMES, Expectation, Kwargs, Suite
from components.artifacts.condition import Condition
from components.artifacts.findings import Severity
from components.artifacts.schema import Rule, Schema
from components.artifacts.schema_codes import Code
from components.artifacts.schema_columns import Column, Distribution, Domain, percentile

WORDS: Mapping[Severity, Literal["critical", "warning", "info"]] = {
    "fail": "critical",
    "quarantine": "warning",
    "warn": "warning",
    "info": "info",
}
SIGNS: Mapping[type[ast.cmpop], tuple[str, dict[str, JsonValue]]] = {
    ast.Gt: ("a_to_be_greater_than_b", {}), ast.GtE: ("a_to_be_greater_than_b", {"or_equal": True}), ast.Eq: ("to_be_equal", {}),
}  # fmt: skip
"""The comparisons of two columns that there are expectations for."""

UNTYPED = ("string", "timestamp")
"""Types that no list matches in Great Expectations 1.24 with pandas 3; `from_suite` takes a column of which nothing else is said for a text."""

Planned = tuple[str, Kwargs, Severity]
"""An expectation's type, arguments and severity."""


def to_suite(schema: Schema, name: str) -> tuple[Suite, list[str]]:
    """Return the suite of a schema, and what it cannot say; `from_suite` gives back the rest as it was, in this order of columns."""
    found: list[Expectation] = []
    rows = schema.rows
    found.append(_expectation("table_row_count_to_be_between", {"min_value": rows.min, "max_value": rows.max}, "fail"))
    if schema.key:
        kind = "compound_columns_to_be_unique" if len(schema.key) > 1 else "column_values_to_be_unique"
        about: dict[str, JsonValue] = {"column_list": list(schema.key)} if len(schema.key) > 1 else {"column": schema.key[0]}
        found.append(_expectation(kind, about, schema.severity_of("key-repeated"), description="the key"))
    for label, column in schema.columns.items():
        found += [_expectation(*one) for one in _of_column(label, column, schema)] if column.is_checked else []
    for label, rule in schema.rules.items():
        found += _of_rule(label, rule)
    return Suite(name=name, expectations=tuple(found)), list(_left_out(schema))


def _expectation(kind: str, kwargs: Kwargs, severity: Severity, description: str | None = None) -> Expectation:
    kept = {name: value for name, value in kwargs.items() if value is not None}
    return Expectation.model_construct(type=f"expect_{kind}", kwargs=kept, severity=WORDS[severity], description=description)


def _of_column(name: str, column: Column, schema: Schema) -> Iterator[Planned]:
    def bad(code: Code) -> Severity:
        return schema.severity_of(code, name)

    if column.presence.required:
        yield "column_to_exist", {"column": name}, bad("column-missing")
    if column.type in TYPE_NAMES and column.type not in UNTYPED:
        floats = ["float64"] if column.type == "int64" and column.presence.min_fraction < 1 else []  # pandas has no null among integers
        names: list[JsonValue] = [*TYPE_NAMES[column.type], *floats]
        yield "column_values_to_be_in_type_list", {"column": name, "type_list": names}, bad("type-changed")
    if column.presence.min_fraction:
        yield "column_values_to_not_be_null", {"column": name, **_mostly(column.presence.min_fraction)}, bad("too-many-missing")
    if column.type in ("int64", "float64") and (column.domain.min, column.domain.max) != (None, None):
        bounds: Kwargs = {"column": name, "min_value": column.domain.min, "max_value": column.domain.max}
        yield "column_values_to_be_between", bounds, bad("value-out-of-range")
    yield from _of_values(name, column.domain, column.type, bad("too-many-unseen"), bad("value-malformed"))
    if column.length and column.type == "string":
        yield "column_value_lengths_to_be_between", _between(name, column.length.min, column.length.max), bad("length-out-of-range")
    if column.unique:
        yield "column_values_to_be_unique", {"column": name}, bad("value-repeated")
    if column.distinct:
        yield "column_unique_value_count_to_be_between", _between(name, column.distinct.min, column.distinct.max), bad("too-few-distinct")
    yield from ((kind, kwargs, bad("distribution-out-of-bounds")) for kind, kwargs in _of_distribution(name, column.distribution))


def _of_values(name: str, domain: Domain, kind: str, too_many: Severity, malformed: Severity) -> Iterator[Planned]:
    if domain.values and kind in ("string", "int64", "float64"):
        values: dict[str, JsonValue] = {"column": name, "value_set": list(domain.values)}
        if domain.new_values != "allow":
            yield "column_values_to_be_in_set", values, domain.new_values
        if domain.max_unseen_share < 1 and domain.new_values != "fail":
            yield "column_values_to_be_in_set", values | _mostly(1 - domain.max_unseen_share), too_many
    if domain.pattern:
        yield "column_values_to_match_regex", {"column": name, "regex": f"^(?:{domain.pattern})$"}, malformed
    if domain.parses_as and "%" in domain.parses_as:
        yield "column_values_to_match_strftime_format", {"column": name, "strftime_format": domain.parses_as}, malformed


def _of_distribution(name: str, rules: Distribution) -> Iterator[tuple[str, Kwargs]]:
    for figure, bounds in (("mean", rules.mean), ("stdev", rules.standard_deviation)):
        if bounds:
            yield f"column_{figure}_to_be_between", {"column": name, "min_value": bounds.min, "max_value": bounds.max}
    if rules.quantiles:
        ranges: list[JsonValue] = [[bounds.min, bounds.max] for bounds in rules.quantiles.values()]
        quantiles: list[JsonValue] = [percentile(label) for label in rules.quantiles]
        yield "column_quantile_values_to_be_between", {"column": name, "quantile_ranges": {"quantiles": quantiles, "value_ranges": ranges}}


def _of_rule(label: str, rule: Rule) -> Iterator[Expectation]:
    if pair := _pair(rule.holds):
        kind, kwargs = pair
        yield _expectation(kind, kwargs | _mostly(1 - rule.max_share), rule.severity or "fail", rule.description or label)


def _pair(condition: str) -> tuple[str, dict[str, JsonValue]] | None:
    """Return the expectation of a comparison of two columns, None for any other condition."""
    tree = Condition(condition).tree
    if not isinstance(tree, ast.Compare) or len(tree.ops) > 1 or type(tree.ops[0]) not in SIGNS:
        return None
    sides = (tree.left, tree.comparators[0])
    if not all(isinstance(one, ast.Name) for one in sides):
        return None
    kind, more = SIGNS[type(tree.ops[0])]
    return f"column_pair_values_{kind}", {"column_A": ast.unparse(sides[0]), "column_B": ast.unparse(sides[1]), **more}


def _mostly(share: float) -> dict[str, JsonValue]:
    return {} if share >= 1 else {"mostly": round(share, 12)}


def _between(name: str, low: float | None, high: float | None) -> dict[str, JsonValue]:
    return {"column": name, "min_value": None if low is None else int(low), "max_value": None if high is None else int(high)}


def _left_out(schema: Schema) -> Iterator[str]:
    plain = schema.to_plain()
    plain_rows = schema.rows.model_dump(exclude_defaults=True)
    yield from (f"{name}: {plain[name]}" for name in ("environments", "quarantine", "severity", "default_severity") if name in plain)
    if schema.event_time.inside_span or schema.event_time.unique or schema.event_time.rises_with:
        yield f"event_time: {schema.event_time.model_dump(mode='json')}"
    yield from (f"rows.{name}: {plain_rows[name]}" for name in ("min_ratio", "max_ratio") if name in plain_rows)
    yield from (f"rules: {label}" for label, rule in schema.rules.items() if _pair(rule.holds) is None)
    for name, column in schema.columns.items():
        if not column.is_checked:
            yield f"{name}: the column, which is {column.stage}"
            continue
        body = column.model_dump(mode="json", exclude_defaults=True)
        labels = ("tokens", "drift", "skew", "environments", "stage", "severity", "description")
        yield from (f"{name}: {label} {body[label]}" for label in labels if label in body)
        said = ", ".join(_values_left_out(column))
        yield from [f"{name}: {said}"] if said else []


def _values_left_out(column: Column) -> Iterator[str]:
    domain = column.domain
    yield from [f"the type {column.type}"] if column.type not in TYPE_NAMES or column.type == "timestamp" else []
    yield from [f"at least {column.presence.min_count} rows with a value"] if column.presence.min_count else []
    yield from [f"parses_as {domain.parses_as}"] if domain.parses_as and "%" not in domain.parses_as else []
    yield from ["no NaN"] if not domain.allow_nan else []
    yield from ["no infinity"] if not domain.allow_infinite else []
    yield from (
        [f"from {domain.min} to {domain.max}"] if column.type in ("timestamp", "date") and (domain.min, domain.max) != (None, None) else []
    )
    yield from ["values"] if domain.values and column.type not in ("string", "int64", "float64") else []
    yield from [f"{column.length} elements or bytes"] if column.length and column.type != "string" else []
    yield from ["shares"] if column.distribution.shares else []
