"""Rules over several columns of a row: the schema's conditions as column expressions."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from components.artifacts.schema import Rule
from components.measures.conditions import expression
from components.validation.breach import Breach, RowRule, Subject, Verdict, tried


def rules(subject: Subject) -> Iterator[Verdict]:
    """Check each condition (`rule-broken`): up to `max_share` of the rows may break it; unknown because of a null holds.

    A condition that the columns' types do not allow is `rule-not-evaluated`. One over a column that the span lacks is not judged: the
    missing column is a finding of its own.
    """
    types = {name: column.type for name, column in subject.schema.columns.items()}
    for label, rule in subject.schema.rules.items():
        if set(rule.columns) <= set(subject.examples.schema.names):
            judge = functools.partial(_broken, label, rule, subject.examples.n_rows)
            broken = ~expression(rule.holds, types)
            yield tried(subject, label, rule.holds, RowRule(rule.columns, broken, judge))


def _broken(label: str, rule: Rule, n_rows: int, count: int) -> Breach | None:
    if not count or count <= rule.max_share * n_rows:
        return None
    allowed = f" in all but {rule.max_share:.4g} of the rows" if rule.max_share else ""
    fix = "Correct the rows at the source, or the rule in schema.yaml."
    message = rule.description or "rows break the rule"
    return Breach("rule-broken", label, message, rule.holds + allowed, f"{count} of {n_rows} rows break it", fix, severity=rule.severity)
