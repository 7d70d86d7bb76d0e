"""The codes of findings that a schema can lead to, and how bad each is unless a schema says otherwise."""

from collections.abc import Mapping
from typing import Literal, get_args

from components.artifacts.findings import Severity

RowCode = Literal[
    "event-time-not-monotone",
    "event-time-outside-span",
    "event-time-repeated",
    "key-repeated",
    "length-out-of-range",
    "rule-broken",
    "token-count-out-of-bounds",
    "too-many-missing",
    "too-many-unseen",
    "value-infinite",
    "value-malformed",
    "value-nan",
    "value-out-of-range",
    "value-repeated",
    "value-unseen",
]
"""Findings about single rows, which can be set aside."""

SpanCode = Literal[
    "column-missing",
    "column-new",
    "coverage-too-low",
    "distribution-out-of-bounds",
    "drift-limit",
    "empty-span",
    "rows-fell",
    "rows-rose",
    "rule-not-evaluated",
    "token-share-out-of-bounds",
    "tokens-too-short",
    "too-few-distinct",
    "too-few-present",
    "too-few-rows",
    "too-many-distinct",
    "too-many-quarantined",
    "too-many-rows",
    "type-changed",
]
"""Findings about a column or a span as a whole."""

Code = Literal[RowCode, SpanCode]
ROW_CODES: frozenset[str] = frozenset(get_args(RowCode))
CODES: tuple[str, ...] = tuple(sorted(get_args(Code)))

SEVERITY: Mapping[Code, Severity] = {
    "column-new": "warn",
    "drift-limit": "warn",
    "rows-fell": "warn",
    "rows-rose": "warn",
    "too-many-rows": "warn",
    "value-unseen": "warn",
}
"""Severities before anybody overrides them; a code that is not named here has the schema's default, `fail`."""
