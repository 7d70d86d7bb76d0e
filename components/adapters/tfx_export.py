"""Our schemas written as those of TensorFlow Metadata, and what that cannot say."""

from __future__ import annotations

from collections.abc import Iterator

from components.adapters.text_proto import Enum, Message, write
from components.adapters.tfx_schema import COVERAGE, EXAMPLES, INSTANTS, LIMITS, MEASURES, RATIOS, TYPES
from components.artifacts.schema import Rows, Schema
from components.artifacts.schema_columns import Column, Comparator, Domain, Tokens

WORDS = {ours: theirs for theirs, ours in TYPES.items()} | {"bool": "INT", "timestamp": "INT", "date": "INT", "binary": "BYTES"}


def to_pbtxt(schema: Schema) -> str:
    """Return a `schema.pbtxt`; what it cannot say stands in comments at its top. `read_pbtxt` gives back the rest as it was."""
    left_out = list(_left_out(schema))
    root = Message()
    for name, column in schema.columns.items():
        root.add("feature", _feature(name, column, schema))
    for environment in schema.environments:
        root.add("default_environment", environment)
    root.add("dataset_constraints", _constraints(schema.rows))
    heading = [*(["# not said here:"] if left_out else []), *(f"#   {one}" for one in left_out)]
    return "".join(f"{line}\n" for line in heading) + write(root)


def _constraints(rows: Rows) -> Message:
    plain, constraints, comparator = rows.model_dump(), Message(), Message()
    for labels, message in ((EXAMPLES, constraints), (RATIOS, comparator)):
        for theirs, ours in labels.items():
            if plain[ours] is not None:
                message.add(theirs, plain[ours])
    return constraints.add("num_examples_drift_comparator", comparator) if comparator.entries else constraints


def _feature(name: str, column: Column, schema: Schema) -> Message:
    kind = column.type.removeprefix("list<").rstrip(">")
    feature = Message().add("name", name).add("type", Enum(WORDS.get(kind, "BYTES")))
    presence = column.presence
    if presence.required:
        found = Message().add("min_fraction", presence.min_fraction)
        feature.add("presence", found.add("min_count", presence.min_count) if presence.min_count else found)
    if column.type.startswith("list<"):
        feature.add(
            "value_count", _bounds({"min": column.length.min, "max": column.length.max} if column.length else {"min": 0}, whole=True)
        )
    else:
        feature.add("shape", Message().add("dim", Message().add("size", 1)))
    for label, message in _domains(column):
        feature.add(label, message)
    if column.distinct:
        feature.add("unique_constraints", _bounds({"min": column.distinct.min, "max": column.distinct.max}, whole=True))
    for label, comparator in (("drift", column.drift), ("skew", column.skew)):
        if (limit := _comparator(comparator)) is not None:
            feature.add(f"{label}_comparator", limit)
    for environment in schema.environments if column.environments else ():
        if environment not in column.environments:
            feature.add("not_in_environment", environment)
    if column.stage != "production":
        feature.add("lifecycle_stage", Enum(column.stage.upper()))
    return feature.add("annotation", Message().add("comment", column.description)) if column.description else feature


def _domains(column: Column) -> Iterator[tuple[str, Message]]:
    domain = column.domain
    if column.type == "bool":
        yield "bool_domain", Message()
    elif column.type in INSTANTS.values():
        form = next(theirs for theirs, ours in INSTANTS.items() if ours == column.type)
        yield "time_domain", Message().add("integer_format", Enum(form))
    elif column.type in ("int64", "float64") and _is_bounded(domain):
        numbers = _bounds({"min": domain.min, "max": domain.max}, whole=column.type == "int64")
        for word, is_allowed in (("disallow_nan", domain.allow_nan), ("disallow_inf", domain.allow_infinite)):
            numbers = numbers if is_allowed else numbers.add(word, value=True)
        yield f"{column.type.removesuffix('64')}_domain", numbers
    elif column.type == "string" and domain.values:
        texts = Message()
        for value in domain.values:
            texts.add("value", str(value))
        yield "string_domain", texts
        if domain.new_values != "fail":
            yield "distribution_constraints", Message().add("min_domain_mass", round(1 - domain.max_unseen_share, 12))
    if domain.parses_as and "%" in domain.parses_as:
        yield "time_domain", Message().add("string_format", domain.parses_as)
    if column.tokens:
        yield "natural_language_domain", _language(column.tokens)


def _language(tokens: Tokens) -> Message:
    language, coverage = Message(), Message()
    for theirs, ours in COVERAGE.items():
        if value := getattr(tokens, ours):
            coverage.add(theirs, value)
    language = language.add("coverage", coverage) if coverage.entries else language
    for token, limits in sorted(tokens.limits.items()):
        rule = Message().add("string_value", token)
        plain = limits.model_dump(exclude_defaults=True)
        for theirs, ours in LIMITS.items():
            if ours in plain:
                rule.add(theirs, plain[ours])
        language.add("token_constraints", rule)
    return language


def _comparator(comparator: Comparator | None) -> Message | None:
    label = next((theirs for theirs, ours in MEASURES.items() if comparator and ours == comparator.measure), None)
    if comparator is None or label is None or comparator.threshold is None:
        return None
    return Message().add(label, Message().add("threshold", comparator.threshold))


def _is_bounded(domain: Domain) -> bool:
    return (domain.min, domain.max, domain.allow_nan, domain.allow_infinite) != (None, None, True, True)


def _bounds(sides: dict[str, object], *, whole: bool) -> Message:
    message = Message()
    for side, bound in sides.items():
        if isinstance(bound, int | float):
            message.add(side, int(bound) if whole else float(bound))
    return message


def _left_out(schema: Schema) -> Iterator[str]:
    """Name what TensorFlow Metadata has no words for."""
    plain = schema.to_plain()
    yield from (f"{name}: {plain[name]}" for name in ("key", "rules", "quarantine", "severity", "default_severity") if name in plain)
    if schema.event_time.unique or schema.event_time.rises_with:
        yield f"event_time: {plain['event_time']}"
    for name, column in schema.columns.items():
        yield from (f"{name}: {one}" for one in _column_left_out(column))


def _column_left_out(column: Column) -> Iterator[str]:
    plain = column.model_dump(mode="json", exclude_defaults=True)
    if column.type not in (*WORDS, "list<int64>", "list<float64>", "list<string>") or column.type == "binary":
        yield f"the type {column.type}"
    yield from (f"{label} {plain[label]}" for label in ("unique", "severity", "distribution") if label in plain)
    yield from _values_left_out(column)
    if column.length and not column.type.startswith("list<"):
        yield f"length {plain['length']}"
    if column.presence.required and not (column.presence.min_fraction or column.presence.min_count):
        yield "presence: required, though it may be empty"
    if not column.presence.required and column.presence.min_fraction:
        yield f"presence {column.presence.min_fraction} where it is there"
    if column.tokens and column.tokens.vocabulary:
        yield f"a vocabulary of {len(column.tokens.vocabulary)} tokens"
    for label, comparator in (("drift", column.drift), ("skew", column.skew)):
        if comparator and _comparator(comparator) is None:
            yield f"{label} {plain[label]}"


def _values_left_out(column: Column) -> Iterator[str]:
    domain = column.domain
    if domain.pattern:
        yield f"pattern {domain.pattern}"
    if domain.parses_as and "%" not in domain.parses_as:
        yield f"parses_as {domain.parses_as}"
    if domain.values and domain.new_values in ("warn", "quarantine"):
        yield f"new_values {domain.new_values}: up to max_unseen_share they are no anomaly there"
    if domain.values and column.type != "string":
        yield f"values {', '.join(map(str, domain.values))}"
    if column.type in ("timestamp", "date") and (domain.min, domain.max) != (None, None):
        yield f"domain {domain.min} to {domain.max}"
