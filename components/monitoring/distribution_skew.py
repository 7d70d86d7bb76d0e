"""Distribution skew: one set of rows against another by their statistics; training against serving, or against what came since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from components.artifacts.findings import Finding, Findings
from components.artifacts.model import Model
from components.artifacts.schema import Schema
from components.artifacts.statistics import Statistics
from components.measures.changes import Comparison, Limits, compare
from components.measures.summaries import merge
from components.runtime.component import component
from components.runtime.instants import to_micros
from components.runtime.window import Window

FIX = "see whether serving and training read the same source; train anew if the world changed"


@dataclass(frozen=True)
class DistributionConfig:
    """From where on a difference counts, and the environment that the second side is of: columns that are not expected there may be absent."""

    limits: Limits = field(default_factory=Limits)
    environment: str | None = None
    excluded: tuple[str, ...] = ()


@component
def compare_distributions(
    training: Statistics, serving: Statistics, schema: Schema | None = None, *, config: DistributionConfig = DistributionConfig()
) -> Findings:
    """Return schema skew (columns or types that differ) and distribution skew between two sets of rows; no row is read.

    A column whose `skew` in the schema has a threshold is judged by that measure alone; all others by `measures.changes`, beyond chance and
    beyond the effect size of `limits`. If a side has no rows the state is "no-baseline".
    """
    return _compared(training, serving, schema, config, "serving")


@component
def compare_with_training(
    champion: Model | None, statistics: Window[Statistics], *, config: DistributionConfig = DistributionConfig(), spans: int = 7
) -> Findings:
    """Return how the newest spans differ from the live model's training window.

    Of a window of statistics, the spans that ended by the champion's date are taken for its training, the last `spans` after it for what it
    meets now. Without a champion the state is "no-champion"; without spans on either side "no-baseline": neither is a pass.
    """
    if champion is None:
        return Findings.of([], checked=0, state="no-champion")
    until = champion.figures.get("trained_until", 0)
    before = [value for span, value in statistics.present() if to_micros(span.end) <= until]
    since = [value for span, value in statistics.present() if to_micros(span.start) >= until][-spans:]
    if not before or not since:
        return Findings.of([], checked=0, state="no-baseline")
    return _compared(merge(before), merge(since), None, config, "the spans since")


def _compared(training: Statistics, serving: Statistics, schema: Schema | None, config: DistributionConfig, other: str) -> Findings:
    if not training.n_rows or not serving.n_rows:
        return Findings.of([], checked=0, state="no-baseline")
    every = [one for one in compare(training, serving, config.limits) if one.column not in config.excluded]
    return Findings.of([finding for one in every for finding in _findings(one, schema, config, other)], checked=len(every))


def _findings(one: Comparison, schema: Schema | None, config: DistributionConfig, other: str) -> Iterator[Finding]:
    expected = schema.columns.get(one.column) if schema else None
    limit = expected.skew if expected else None
    if limit is not None and limit.threshold is not None and limit.measure in one.distances:
        distance = one.distances[limit.measure]
        if distance is not None and distance > limit.threshold:
            words = limit.measure.replace("_", " ")
            said = (f"{other} differs from training", f"{words} of at most {limit.threshold:g}", f"{distance:.3g}", FIX)
            yield Finding("skew-distribution", "warn", one.column, *said)
        return
    for change in one.changes:
        if change.part == "column":
            elsewhere = expected.environments if expected and config.environment else ()
            optional = elsewhere and config.environment not in elsewhere
            if not optional:
                yield Finding("skew-schema", "warn", one.column, f"{change.message} in {other}", "the columns of training", fix=FIX)
        elif change.part == "type":
            yield Finding("skew-schema", "warn", one.column, f"{change.message} in {other}", "the types of training", fix=FIX)
        else:
            message = f"{other} differs from training: {change.message}"
            yield Finding("skew-distribution", "warn", one.column, message, got=f"{change.strength:.1f} times its limit", fix=FIX)
