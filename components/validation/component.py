"""Check a span against its schema."""

from __future__ import annotations

from dataclasses import dataclass

from components.artifacts.examples import Examples
from components.artifacts.findings import MAX_EXAMPLES, Findings
from components.artifacts.schema import Schema
from components.artifacts.statistics import Statistics
from components.runtime.component import component
from components.runtime.errors import ConfigError
from components.runtime.resources import INLINE, Engine
from components.runtime.spans import Span
from components.validation.breach import Subject
from components.validation.conditions import rules
from components.validation.distribution import distinct, distribution
from components.validation.domains import intervals, listed_values
from components.validation.evidence import Outcome, outcomes
from components.validation.forms import lengths, odd_numbers, texts
from components.validation.keys import event_order, event_time, key, unique_columns
from components.validation.presence import count, presence
from components.validation.quarantine import too_many
from components.validation.structure import columns, row_count, types
from components.validation.tokens import tokens

RULES = (
    row_count, columns, types, presence, count, intervals, listed_values, texts, odd_numbers, lengths, distinct, distribution, tokens,
    unique_columns, key, event_time, event_order, rules,
)  # fmt: skip
"""Each yields one entry per rule of the schema that it could evaluate: a breach, a rule that rows are to be counted for, or None."""


@dataclass(frozen=True)
class ValidationConfig:
    """How many rows a finding shows, at most five, and the schema's environment to validate in (none: every column is expected)."""

    example_rows: int = MAX_EXAMPLES
    environment: str | None = None


@component
def validate_examples(
    examples: Examples,
    statistics: Statistics,
    schema: Schema,
    span: Span,
    *,
    config: ValidationConfig = ValidationConfig(),
    engine: Engine = INLINE,
) -> Findings:
    """Return one finding per broken rule of the schema, with stable codes (`docs/findings.md`).

    Counts, presence, intervals, lengths, distributions, texts of a list and event times are judged by the statistics alone, however many
    rows there are; conditions, forms of texts and lists of other than texts by one pass over the tiles; the key and what is unique or in
    order by their columns. Rows are shown only where they break a rule. A span without rows keeps the rules of columns, types and row count,
    and its state is `empty`.

    Raises
    ------
    ConfigError
        If the statistics leave out a column that the schema has rules for, or the schema does not know the environment.
    """
    subject, found, n_rules = judged(examples, statistics, schema, span, config, engine)
    findings = [one.finding() for one in found]
    over = too_many(subject, found, engine)
    state = "checked" if examples.n_rows else "empty"
    return Findings.of([*findings, *([over] if over else [])], checked=n_rules, state=state)


def judged(
    examples: Examples, statistics: Statistics, schema: Schema, span: Span, config: ValidationConfig, engine: Engine
) -> tuple[Subject, list[Outcome], int]:
    """Return what was looked at, the broken rules, and how many rules there were."""
    schema = schema.in_environment(config.environment)
    absent = [name for name in examples.schema.names if name in schema.columns and name not in statistics.figures]
    if absent:
        fix = "Summarise every column that the schema describes."
        raise ConfigError("the statistics leave out columns of the schema", key="columns", got=", ".join(absent), fix=fix)
    subject = Subject(examples, statistics, schema, span)
    verdicts = [verdict for rule in RULES for verdict in rule(subject)]
    return subject, outcomes(subject, verdicts, engine, min(config.example_rows, MAX_EXAMPLES)), len(verdicts)
