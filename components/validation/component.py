"""Check a span against its schema."""

from __future__ import annotations

from dataclasses import dataclass

from components.artifacts.examples import Examples
from components.artifacts.findings import MAX_EXAMPLES, Findings
from components.artifacts.schema import Schema
from components.artifacts.statistics import Statistics
from components.runtime.component import component
from components.runtime.errors import ConfigError
from components.runtime.spans import Span
from components.validation.breach import Subject
from components.validation.domains import intervals, listed_values
from components.validation.evidence import finding
from components.validation.keys import event_time, key, unique_columns
from components.validation.presence import presence
from components.validation.structure import columns, row_count, types

RULES = (row_count, columns, types, presence, intervals, listed_values, unique_columns, key, event_time)
"""Each yields one entry per rule of the schema that it could evaluate: a breach, or None."""


@dataclass(frozen=True)
class ValidationConfig:
    """How many rows a finding shows, at most five."""

    example_rows: int = MAX_EXAMPLES


@component
def validate_examples(
    examples: Examples, statistics: Statistics, schema: Schema, span: Span, *, config: ValidationConfig = ValidationConfig()
) -> Findings:
    """Return one finding per broken rule of the schema, with stable codes (`docs/findings.md`).

    Presence, intervals, texts, event times and row counts are judged by the statistics alone; the key, unique columns and lists of other
    than texts by one look at their column. The rows that break a rule are fetched, counted and shown only where it is broken.
    A span without rows keeps the rules of columns, types and row count, and its state is `empty`.

    Raises
    ------
    ConfigError
        If the statistics leave out a column that the schema has rules for: nothing could be said of it.
    """
    _require_figures(examples, statistics, schema)
    subject = Subject(examples, statistics, schema, span)
    verdicts = [verdict for rule in RULES for verdict in rule(subject)]
    found = [finding(breach, subject, min(config.example_rows, MAX_EXAMPLES)) for breach in verdicts if breach is not None]
    return Findings.of(found, checked=len(verdicts), state="checked" if examples.n_rows else "empty")


def _require_figures(examples: Examples, statistics: Statistics, schema: Schema) -> None:
    absent = [name for name in examples.schema.names if name in schema.columns and name not in statistics.figures]
    if absent:
        fix = "Summarise every column that the schema describes."
        raise ConfigError("the statistics leave out columns of the schema", key="columns", got=", ".join(absent), fix=fix)
