"""What a schema says of one column: type, presence, values, lengths, distribution, drift, and when it is expected at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from components.artifacts.findings import Severity
from components.artifacts.schema_codes import Code
from components.runtime.config import Configuration
from components.runtime.instants import to_micros

ColumnType = Literal[
    "int64", "float64", "string", "bool", "timestamp", "date", "time", "duration", "decimal", "binary", "struct",
    "list<int64>", "list<float64>", "list<string>", "list<bool>",
]  # fmt: skip
"""The types of a span's columns; a list may hold null elements, a struct any fields."""

Scalar = bool | int | float | str
"""A bound or a listed value as it is written; timestamps and dates are ISO 8601 texts, a timestamp without offset is UTC."""

Stage = Literal["planned", "alpha", "beta", "debug_only", "production", "deprecated", "disabled"]
"""The life of a column, in the words of TensorFlow Metadata; only `beta` and `production` are validated."""

Measure = Literal[
    "jensen_shannon", "l_infinity", "kolmogorov_smirnov", "psi", "hellinger", "wasserstein", "cramer_v", "normalized_absolute_difference"
]

ORDERED = ("int64", "float64", "timestamp", "date")
NUMERIC = ("int64", "float64", "bool", "decimal")
LISTED = (*ORDERED, "string", "bool")
MEASURED_BY_LENGTH = ("string", "binary", "list<int64>", "list<float64>", "list<string>", "list<bool>")
FORMS = ("int64", "float64", "bool")
"""What a text may have to parse as; anything else is a pattern of dates and times (`%Y-%m-%d`)."""


class Bounds(Configuration):
    """A closed interval of numbers; a side that is not given is open."""

    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("nothing is bounded: write min, max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"nothing fits: min {self.min:g} lies above max {self.max:g}")
        return self

    def admits(self, value: float) -> bool:
        """Return whether a number lies between the bounds, ends included."""
        return (self.min is None or value >= self.min) and (self.max is None or value <= self.max)

    def __str__(self) -> str:
        """Say it in words."""
        sides = (("at least", self.min), ("at most", self.max))
        return " and ".join(f"{word} {bound:g}" for word, bound in sides if bound is not None)


class Presence(Configuration):
    """Whether the column must be there, and the least share and number of rows that hold a value (null and NaN are none)."""

    required: bool = True
    min_fraction: float = Field(1.0, ge=0, le=1)
    min_count: int = Field(0, ge=0)


class Domain(Configuration):
    """The values that a column may take: an interval, both ends included, a list, or a form of texts.

    Rows whose value is off the list are `value-unseen` with the severity of `new_values` (`allow`: no finding); where their share of
    the rows with a value exceeds `max_unseen_share`, they are `too-many-unseen` instead. A text matches `pattern` (a regular expression of
    Rust's crate regex) as a whole, and parses as `parses_as`: `int64`, `float64`, `bool` or a form of dates and times such as `%Y-%m-%d`.
    """

    min: Scalar | None = None
    max: Scalar | None = None
    values: tuple[Scalar, ...] = ()
    new_values: Literal["warn", "fail", "quarantine", "allow"] = "warn"
    max_unseen_share: float = Field(1.0, ge=0, le=1)
    pattern: str | None = None
    parses_as: str | None = None
    allow_nan: bool = True
    allow_infinite: bool = True

    @field_validator("pattern")
    @classmethod
    def _pattern_compiles(cls, pattern: str | None) -> str | None:
        try:
            re.compile(pattern or "")
        except re.error as error:
            raise ValueError(f"no regular expression: {error}") from error
        return pattern

    @field_validator("parses_as")
    @classmethod
    def _form_is_known(cls, form: str | None) -> str | None:
        if form is not None and form not in FORMS and "%" not in form:
            raise ValueError(f"no form of texts: {form!r}; write {', '.join(FORMS)} or a form of dates such as %Y-%m-%d")
        return form

    @model_validator(mode="after")
    def _interval_or_list(self) -> Self:
        about_a_list = {"new_values", "max_unseen_share"} & self.model_fields_set
        if about_a_list and not self.values:
            raise ValueError(f"{min(about_a_list)} is about a list: write its values")
        if self.values and not (self.min is None and self.max is None):
            raise ValueError("write either min and max or values: an interval and a list exclude each other")
        return self


class Distribution(Configuration):
    """Bounds of figures of the column: of its numbers, and of the share of rows with a value that hold one text (`"true"`, `"false"`)."""

    mean: Bounds | None = None
    standard_deviation: Bounds | None = None
    quantiles: Mapping[str, Bounds] = {}
    shares: Mapping[str, Bounds] = {}

    @field_validator("quantiles")
    @classmethod
    def _quantiles_are_percentiles(cls, quantiles: Mapping[str, Bounds]) -> Mapping[str, Bounds]:
        for name in quantiles:
            percentile(name)
        return quantiles


class TokenLimits(Configuration):
    """How often one token may come in a row, and the share of rows (with a value) that have it."""

    min_per_row: int = Field(0, ge=0)
    max_per_row: int | None = None
    min_share: float = Field(0.0, ge=0, le=1)
    max_share: float = Field(1.0, ge=0, le=1)

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if self.min_share > self.max_share or (self.max_per_row is not None and self.min_per_row > self.max_per_row):
            raise ValueError("no text fits: a least number or share lies above the most")
        return self


class Tokens(Configuration):
    """The words of a text, cut at white space, or the elements of a list: their vocabulary, their length, and limits of single ones.

    `min_coverage` is the least share of tokens that are in `vocabulary`, `min_mean_length` the least mean number of characters of a token.
    """

    vocabulary: tuple[str, ...] = ()
    min_coverage: float = Field(0.0, ge=0, le=1)
    min_mean_length: float = Field(0.0, ge=0)
    limits: Mapping[str, TokenLimits] = {}

    @model_validator(mode="after")
    def _coverage_is_of_a_vocabulary(self) -> Self:
        if self.min_coverage and not self.vocabulary:
            raise ValueError("min_coverage is about a vocabulary: write its tokens")
        return self


class Comparator(Configuration):
    """How far a column may move: the measure, and the distance that is too far; without a threshold the column's own history gives it.

    `drift` compares spans with earlier ones, `skew` training with serving.
    """

    measure: Measure
    threshold: float | None = Field(None, ge=0)


class Column(Configuration):
    """What is expected of one column; `severity` overrides the schema's for findings about it.

    `environments` names those that the column is expected in (none: all of them); `length` bounds the characters of texts, the bytes of
    binary values and the elements of lists; `distinct` bounds the estimated number of distinct values; of `drift` and `skew` see
    `Comparator`. A column whose `stage` is neither `beta` nor `production` may be there or not, and nothing is checked of it.
    """

    type: ColumnType
    presence: Presence = Presence()
    domain: Domain = Domain()
    unique: bool = False
    distinct: Bounds | None = None
    length: Bounds | None = None
    tokens: Tokens | None = None
    distribution: Distribution = Distribution()
    drift: Comparator | None = None
    skew: Comparator | None = None
    environments: tuple[str, ...] = ()
    stage: Stage = "production"
    severity: Mapping[Code, Severity] = {}
    description: str = ""

    @field_validator("domain")
    @classmethod
    def _domain_suits_type(cls, domain: Domain, info: ValidationInfo) -> Domain:
        column_type: ColumnType | None = info.data.get("type")
        if column_type is None:
            return domain
        if column_type not in ORDERED and (domain.min, domain.max) != (None, None):
            raise ValueError(f"a {column_type} has no order to bound: list its values")
        if column_type not in LISTED and domain.values:
            raise ValueError(f"a {column_type} has no list of values")
        if column_type != "string" and (domain.pattern or domain.parses_as):
            raise ValueError(f"pattern and parses_as are about texts, not {column_type}")
        if column_type != "float64" and not (domain.allow_nan and domain.allow_infinite):
            raise ValueError(f"a {column_type} is never NaN or infinite")
        low, high = (None if value is None else scalar(column_type, value) for value in (domain.min, domain.max))
        for value in domain.values:
            scalar(column_type, value)
        if low is not None and high is not None and low > high:  # type: ignore[operator]  # numbers: texts are refused above
            raise ValueError(f"no value fits: min {domain.min} lies above max {domain.max}")
        return domain

    @field_validator("length", "tokens", "distribution")
    @classmethod
    def _suits_type(cls, rule: object, info: ValidationInfo) -> object:
        column_type = info.data.get("type")
        if column_type is None or rule is None:
            return rule
        if isinstance(rule, Bounds) and column_type not in MEASURED_BY_LENGTH:
            raise ValueError(f"a {column_type} has no length")
        if isinstance(rule, Tokens) and column_type not in ("string", "list<string>"):
            raise ValueError(f"a {column_type} has no tokens")
        if isinstance(rule, Distribution) and rule.shares and column_type not in ("string", "bool"):
            raise ValueError(f"shares are of texts and booleans, not of {column_type}")
        if isinstance(rule, Distribution) and (rule.mean or rule.standard_deviation or rule.quantiles) and column_type not in NUMERIC:
            raise ValueError(f"mean, standard_deviation and quantiles are of numbers, not of {column_type}")
        return rule

    @property
    def is_checked(self) -> bool:
        """Whether the column is so far in its life, and not past it, that it is validated."""
        return self.stage in ("beta", "production")


def percentile(name: str) -> float:
    """Return the quantile that a name such as `p50` or `p99.9` stands for, from 0 to 1.

    Raises
    ------
    ValueError
        If it is no such name.

    Examples
    --------
    >>> percentile("p50"), percentile("p99.9")
    (0.5, 0.999)
    """
    match = re.fullmatch(r"p(\d{1,2}(?:\.\d+)?|100)", name)
    if match is None:
        raise ValueError(f"no percentile: {name!r}; write p50 for the median, p99 for what 99 % of the values do not exceed")
    return round(float(match[1]) / 100, 12)


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
