"""Rules about the values of a column as a whole: how many there are, and what their distribution looks like. No row is read."""

from __future__ import annotations

from collections.abc import Iterator

from components.artifacts.schema_codes import Code
from components.artifacts.schema_columns import Bounds, Distribution, percentile
from components.artifacts.statistics import ColumnFigures
from components.validation.breach import Breach, Subject, Verdict

STANDARD_ERRORS = 3
"""Standard errors by which an estimated number of distinct values must miss its bounds: 1 false alarm in 370 normal estimates."""


def distinct(subject: Subject) -> Iterator[Verdict]:
    """Check the estimated number of distinct values (`too-few-distinct`, `too-many-distinct`), its error held against a breach."""
    for name, column, figures in subject.filled():
        if column.distinct is None:
            continue
        low, high = _distinct(figures)
        if low is None or high is None:
            yield _not_evaluated(name, "distinct", "the statistics count no distinct values of this type")
            continue
        too_few = column.distinct.min is not None and high < column.distinct.min
        too_many = column.distinct.max is not None and low > column.distinct.max
        code: Code = "too-few-distinct" if too_few else "too-many-distinct"
        got = f"{low:.0f}" if low == high else f"about {(low + high) / 2:.0f}"
        message = f"the column has too {'few' if too_few else 'many'} distinct values"
        fix = "See whether the column is stuck, or filled with something else; mend `distinct` in schema.yaml if it is right."
        yield Breach(code, name, message, str(column.distinct), got, fix, about=name) if too_few or too_many else None


def distribution(subject: Subject) -> Iterator[Verdict]:
    """Check mean, standard deviation, quantiles and shares against their bounds (`distribution-out-of-bounds`)."""
    for name, column, figures in subject.filled():
        for figure, bounds, value, error in _figures(column.distribution, figures):
            if value is None:
                yield _not_evaluated(name, figure, "the statistics do not have this figure")
                continue
            slack = abs(value) * error
            kept = any(bounds.admits(one) for one in (value, value - slack, value + slack))
            fix = "Compare with earlier spans on the statistics page; correct the source, or the bounds in schema.yaml."
            message = f"the column's {figure} is out of bounds"
            yield None if kept else Breach("distribution-out-of-bounds", name, message, str(bounds), f"{value:.6g}", fix, about=name)


def _figures(rules: Distribution, figures: ColumnFigures) -> Iterator[tuple[str, Bounds, float | None, float]]:
    """Yield each bounded figure: its name, bounds, value, and relative error."""
    if rules.mean is not None:
        yield "mean", rules.mean, figures.mean, 0.0
    if rules.standard_deviation is not None:
        yield "standard deviation", rules.standard_deviation, figures.standard_deviation, 0.0
    for name, bounds in sorted(rules.quantiles.items()):
        yield f"quantile {name}", bounds, figures.quantile(percentile(name)), figures.quantile_error or 0.0
    for text, bounds in sorted(rules.shares.items()):
        least = figures.top.get(text, 0) / figures.count
        error = figures.top_error / figures.count / least if least else 0.0
        yield f"share of {text!r}", bounds, least, error


def _distinct(figures: ColumnFigures) -> tuple[float | None, float | None]:
    """Return between which numbers that of distinct values lies: the same twice where the texts are all known."""
    if figures.top and sum(figures.top.values()) == figures.count:
        return len(figures.top), len(figures.top)
    if figures.distinct is None or figures.distinct_error is None:
        return None, None
    slack = STANDARD_ERRORS * figures.distinct_error * figures.distinct
    return round(figures.distinct - slack, 6), round(figures.distinct + slack, 6)


def _not_evaluated(name: str, rule: str, got: str) -> Breach:
    fix = "Take the rule out of schema.yaml, or let the statistics summarise what it needs; a rule that cannot be judged is no pass."
    return Breach("rule-not-evaluated", name, f"{rule} could not be judged", rule, got, fix, about=name)
