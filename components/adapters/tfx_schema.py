"""Schemas of TensorFlow Metadata (`schema.pbtxt`) read as ours; TensorFlow is not needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

import pydantic

from components.adapters.text_proto import Message, Scalar, parse
from components.artifacts.schema import Schema
from components.artifacts.schema_columns import Stage
from components.runtime.errors import ConfigError, nearest

TYPES = {"INT": "int64", "FLOAT": "float64", "BYTES": "string", "STRUCT": "struct"}
INSTANTS = {"UNIX_MICROSECONDS": "timestamp", "UNIX_DAYS": "date"}
MEASURES = {
    "infinity_norm": "l_infinity",
    "jensen_shannon_divergence": "jensen_shannon",
    "normalized_abs_difference": "normalized_absolute_difference",
}
DOMAINS = ("string_domain", "int_domain", "float_domain")
SCHEMA_FIELDS = (
    "feature", "sparse_feature", "weighted_feature", *DOMAINS, "default_environment", "annotation", "dataset_constraints",
    "tensor_representation_group", "represent_variable_length_as_ragged",
)  # fmt: skip
FEATURE_FIELDS = (
    "name", "deprecated", "type", "presence", "group_presence", "shape", "value_count", "value_counts", "domain", *DOMAINS, "bool_domain",
    "struct_domain", "natural_language_domain", "image_domain", "mid_domain", "url_domain", "time_domain", "time_of_day_domain",
    "distribution_constraints", "annotation", "skew_comparator", "drift_comparator", "in_environment", "not_in_environment",
    "lifecycle_stage", "unique_constraints", "validation_derived_source", "sequence_metadata", "embedding_metadata",
)  # fmt: skip
"""The fields of `Schema` and `Feature` in tensorflow_metadata/proto/v0/schema.proto."""

READ = {
    "name", "deprecated", "type", "presence", "shape", "value_count", "domain", *DOMAINS, "bool_domain", "natural_language_domain",
    "time_domain", "distribution_constraints", "annotation", "skew_comparator", "drift_comparator", "in_environment", "not_in_environment",
    "lifecycle_stage", "unique_constraints",
}  # fmt: skip
"""The fields of a feature that have a counterpart here."""

Body = dict[str, object]


def read_pbtxt(path: Path) -> tuple[Schema, list[str]]:
    """Return the schema of a `schema.pbtxt`, and what of the original it does not say.

    BYTES are texts, unless their domain says otherwise; INT with a `bool_domain` is `bool`, with UNIX_MICROSECONDS or UNIX_DAYS a timestamp or
    date; a feature of other than one value is a list. Without `min_domain_mass` a value off a list fails. What has no counterpart (sparse
    and weighted features, images, tensor representations) is named in the list.

    Raises
    ------
    ConfigError
        If the file is not of the text form, a field is unknown, or a feature lacks name or type: with the line and the nearest valid field.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the file cannot be read: {error}", file=str(path)) from error
    return _Import(str(path), parse(text, str(path))).imported()


@dataclass
class _Import:
    file: str
    root: Message
    left_out: list[str] = field(default_factory=list)

    def imported(self) -> tuple[Schema, list[str]]:
        self._check(self.root, SCHEMA_FIELDS, "")
        for one in self.root.entries:
            if one.name in ("sparse_feature", "weighted_feature", "tensor_representation_group", "represent_variable_length_as_ragged"):
                self.left_out.append(f"{one.name} in line {one.line}")
        columns: dict[str, Body] = {}
        lines: dict[str, int] = {}
        for one in self.root.all("feature"):
            if not isinstance(one.value, Message):
                raise ConfigError("a feature is a message", file=self.file, line=one.line, expected="feature { ... }", got=str(one.value))
            name = one.value.scalar("name")
            if not isinstance(name, str) or not name:
                raise ConfigError("a feature has no name", file=self.file, line=one.line)
            if name in columns:
                raise ConfigError(
                    f"the feature {name!r} stands twice", file=self.file, line=one.line, fix=f"It is already in line {lines[name]}."
                )
            columns[name], lines[name] = self._column(name, one.value, one.line), one.line
        body: Body = {"columns": columns, "event_time": {"inside_span": columns.get("event_time", {}).get("type") == "timestamp"}}
        body |= self._rows() | self._environments(columns)
        try:
            return Schema.model_validate(body, strict=False), self.left_out
        except pydantic.ValidationError as errors:
            first = errors.errors(include_url=False)[0]
            name = next((str(part) for part in first["loc"][1:2]), "")
            reason = first["msg"].removeprefix("Value error, ")
            raise ConfigError(reason, file=self.file, line=lines.get(name), key=".".join(map(str, first["loc"]))) from errors

    def _column(self, name: str, feature: Message, line: int) -> Body:
        self._check(feature, FEATURE_FIELDS, f"feature {name}")
        self.left_out += [f"{name}: {one.name} in line {one.line}" for one in feature.entries if one.name not in READ]
        kind = feature.scalar("type")
        if str(kind) not in TYPES:
            near = nearest(str(kind), TYPES)
            raise ConfigError(
                f"the feature {name!r} has no type", file=self.file, line=line, expected=", ".join(TYPES), got=str(kind), nearest=near
            )
        column: Body = {"type": TYPES[str(kind)], "presence": self._presence(feature)}
        column |= self._domain(name, feature, str(kind)) | self._shape(name, feature, str(column["type"]))
        if comment := (feature.message("annotation") or Message()).scalar("comment"):
            column["description"] = comment
        stage = str(feature.scalar("lifecycle_stage") or "").lower()
        if feature.scalar("deprecated") is True or stage in get_args(Stage):
            column["stage"] = "deprecated" if feature.scalar("deprecated") is True else stage
        elif stage not in ("", "unknown_stage"):
            self.left_out.append(f"{name}: lifecycle_stage {stage.upper()}")
        if unique := feature.message("unique_constraints"):
            column["distinct"] = _bounds(unique)
        for kind_of in ("drift", "skew"):
            if comparator := feature.message(f"{kind_of}_comparator"):
                column |= self._comparator(name, kind_of, comparator)
        return column

    @staticmethod
    def _presence(feature: Message) -> Body:
        presence = feature.message("presence")
        if presence is None:
            return {"required": False, "min_fraction": 0.0}
        return {"min_fraction": float(presence.scalar("min_fraction") or 0), "min_count": int(presence.scalar("min_count") or 0)}

    def _shape(self, name: str, feature: Message, kind: str) -> Body:
        counts, shape = feature.message("value_count"), feature.message("shape")
        sizes = [one.value.scalar("size") for one in shape.all("dim") if isinstance(one.value, Message)] if shape else []
        if len(sizes) > 1:
            self.left_out.append(f"{name}: a shape of {len(sizes)} dimensions")
        bounds = (
            {"min": counts.scalar("min"), "max": counts.scalar("max")} if counts else {"min": sizes[0], "max": sizes[0]} if sizes else {}
        )
        bounds = {side: bound for side, bound in bounds.items() if bound is not None}
        if not bounds or bounds == {"min": 1, "max": 1}:
            return {}
        return {"type": f"list<{kind}>", "length": bounds, "domain": {}}

    def _domain(self, name: str, feature: Message, kind: str) -> Body:
        domains = {one: feature.message(one) for one in DOMAINS}
        for shared in feature.all("domain"):
            domains |= self._shared(name, str(shared.value), shared.line)
        domain: Body = {}
        if (texts := domains["string_domain"]) and (values := texts.texts("value")):
            domain = {"values": values, **self._unseen(feature)}
        for numbers in (domains["int_domain"], domains["float_domain"]):
            if numbers is not None:
                domain |= _bounds(numbers)
                domain |= {ours: False for theirs, ours in _ODD.items() if numbers.scalar(theirs) is True}
        if (truth := feature.message("bool_domain")) is not None:
            named = [str(truth.scalar(one)) for one in ("true_value", "false_value") if truth.scalar(one)]
            return {"type": "bool"} if kind == "INT" else {"domain": {"values": list(named or (0, 1)), "new_values": "fail"}}
        if (time := feature.message("time_domain")) is not None:
            form, word = time.scalar("string_format"), INSTANTS.get(str(time.scalar("integer_format")))
            if kind == "BYTES" and form:
                domain["parses_as"] = form
            elif word:
                return {"type": word}
            else:
                self.left_out.append(f"{name}: time_domain")
        return ({"domain": domain} if domain else {}) | self._tokens(name, feature)

    def _shared(self, name: str, label: str, line: int) -> dict[str, Message | None]:
        """Return the domain of the schema that a feature names."""
        labels = {
            str(one.value.scalar("name")): (kind, one.value)
            for kind in DOMAINS
            for one in self.root.all(kind)
            if isinstance(one.value, Message)
        }
        if label not in labels:
            near = nearest(label, labels)
            raise ConfigError(
                f"the feature {name!r} names no domain",
                file=self.file,
                line=line,
                expected=", ".join(labels),
                got=repr(label),
                nearest=near,
            )
        kind, found = labels[label]
        return {kind: found}

    @staticmethod
    def _unseen(feature: Message) -> Body:
        mass = (feature.message("distribution_constraints") or Message()).scalar("min_domain_mass")
        if mass is None or float(mass) >= 1:
            return {"new_values": "fail"}
        return {"new_values": "allow", "max_unseen_share": round(1 - float(mass), 12)}

    def _tokens(self, name: str, feature: Message) -> Body:
        language = feature.message("natural_language_domain")
        if language is None:
            return {}
        coverage = language.message("coverage") or Message()
        if language.scalar("vocabulary") is not None:
            self.left_out.append(f"{name}: the vocabulary {language.scalar('vocabulary')}, which is another file")
        limits: Body = {}
        for one in language.all("token_constraints"):
            rule = one.value if isinstance(one.value, Message) else Message()
            found = {ours: rule.scalar(theirs) for theirs, ours in LIMITS.items() if rule.scalar(theirs) is not None}
            limits[str(rule.scalar("string_value"))] = found
        shares = {ours: coverage.scalar(theirs) for theirs, ours in COVERAGE.items() if coverage.scalar(theirs) is not None}
        if shares.pop("min_coverage", None) is not None:
            self.left_out.append(f"{name}: min_coverage, for want of the vocabulary")
        return {"tokens": {**shares, **({"limits": limits} if limits else {})}}

    def _comparator(self, name: str, kind: str, comparator: Message) -> Body:
        found = [
            (MEASURES[one.name], one.value.scalar("threshold"))
            for one in comparator.entries
            if isinstance(one.value, Message) and one.name in MEASURES
        ]
        self.left_out += [f"{name}: {kind} by {measure}, beside the first measure" for measure, _ in found[1:]]
        return {kind: {"measure": found[0][0], "threshold": found[0][1]}} if found else {}

    def _rows(self) -> Body:
        constraints = self.root.message("dataset_constraints")
        if constraints is None:
            return {}
        comparator = constraints.message("num_examples_drift_comparator") or Message()
        self.left_out += [
            f"dataset_constraints: {one.name}"
            for one in constraints.entries
            if one.name not in (*EXAMPLES, "num_examples_drift_comparator")
        ]
        rows = {ours: constraints.scalar(theirs) for theirs, ours in EXAMPLES.items()}
        rows |= {ours: comparator.scalar(theirs) for theirs, ours in RATIOS.items()}
        return {"rows": {name: value for name, value in rows.items() if value is not None}}

    def _environments(self, columns: Mapping[str, Body]) -> Body:
        """Return the environments, and give each column those that it is expected in (none: all)."""
        usual = self.root.texts("default_environment")
        features = [one.value for one in self.root.all("feature") if isinstance(one.value, Message)]
        every = list(
            dict.fromkeys([*usual, *(name for one in features for kind in ("in", "not_in") for name in one.texts(f"{kind}_environment"))])
        )
        for feature in features:
            own = [*usual, *feature.texts("in_environment")]
            kept = [name for name in every if name in own and name not in feature.texts("not_in_environment")]
            if kept != every:
                columns[str(feature.scalar("name"))]["environments"] = kept
        return {"environments": every} if every else {}

    def _check(self, message: Message, fields: tuple[str, ...], where: str) -> None:
        for one in message.entries:
            if one.name not in fields:
                near = nearest(one.name, fields)
                raise ConfigError(f"unknown field {one.name!r}", file=self.file, line=one.line, key=where or None, nearest=near)


_ODD = {"disallow_nan": "allow_nan", "disallow_inf": "allow_infinite"}
EXAMPLES = {"min_examples_count": "min", "max_examples_count": "max"}
RATIOS = {"min_fraction_threshold": "min_ratio", "max_fraction_threshold": "max_ratio"}
LIMITS = {
    "min_per_sequence": "min_per_row", "max_per_sequence": "max_per_row", "min_fraction_of_sequences": "min_share",
    "max_fraction_of_sequences": "max_share",
}  # fmt: skip
COVERAGE = {"min_coverage": "min_coverage", "min_avg_token_length": "min_mean_length"}


def _bounds(message: Message) -> dict[str, Scalar]:
    return {side: bound for side in ("min", "max") if (bound := message.scalar(side)) is not None}
