"""What changed between two statistics: the columns that differ by more than chance and by enough to matter, and how."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from components.artifacts.statistics import ColumnFigures, Statistics
from components.measures.distances import (
    Counts,
    chi_square,
    hellinger,
    jensen_shannon,
    kolmogorov_smirnov,
    l_infinity,
    normalized_absolute_difference,
    population_stability,
    wasserstein,
)


@dataclass(frozen=True)
class Limits:
    """From where on a difference counts as a change: it must reach its effect size, and be beyond chance.

    Attributes
    ----------
    share : Cohen's h of two shares, 2 |asin sqrt(p) - asin sqrt(q)|; 0.2 is his small effect (1988, section 6.2): 0 to 1 %, 40 to 50 %.
    distribution : the Kolmogorov-Smirnov distance of two distributions; 0.1 moves a tenth of the rows.
    deviations : how many standard errors two shares must differ by; 5 is one false alarm in 1.7 million, for many values of many columns.
    chance : the probability at which a Kolmogorov-Smirnov distance could come from one distribution (Smirnov 1948's approximation).
    """

    share: float = 0.2
    distribution: float = 0.1
    deviations: float = 5.0
    chance: float = 1e-6


@dataclass(frozen=True)
class Change:
    """One way in which a column changed: `part` of it, how many times its limit the effect is (at least 1), and a sentence."""

    part: str
    strength: float
    message: str


@dataclass(frozen=True)
class Comparison:
    """A column before and after: every distance that applies to it, by name, and what changed, strongest first."""

    column: str
    distances: dict[str, float | None]
    changes: tuple[Change, ...] = ()

    @property
    def strength(self) -> float:
        """The strength of the strongest change; 0 without any."""
        return max((change.strength for change in self.changes), default=0.0)


def compare(before: Statistics, after: Statistics, limits: Limits = Limits()) -> list[Comparison]:
    """Return every column of either, what changed most first, then in the order of columns; rows are not read.

    Shares of null, NaN and infinities and of each frequent value are judged by Cohen's h, with the texts' stated errors held against a change;
    distributions of numbers and of lengths by the Kolmogorov-Smirnov distance. Timestamps and dates move by nature and are judged by their
    nulls only, and so is a column that was empty on a side.
    """
    names = dict.fromkeys([*after.columns, *before.columns])
    found = [_compare(name, before.figures.get(name), after.figures.get(name), limits) for name in names]
    return sorted(found, key=lambda one: -one.strength)


def changed_columns(before: Statistics, after: Statistics, limits: Limits = Limits()) -> set[str]:
    """Return the names of the columns that changed."""
    return {one.column for one in compare(before, after, limits) if one.changes}


def _compare(name: str, before: ColumnFigures | None, after: ColumnFigures | None, limits: Limits) -> Comparison:
    if before is None or after is None:
        word = "new" if before is None else "gone"
        return Comparison(name, {}, (Change("column", math.inf, f"the column is {word}"),))
    if before.measure and after.measure and before.measure != after.measure:
        return Comparison(name, {}, (Change("type", math.inf, f"was {before.type}, is {after.type}"),))
    changes = [*_counted_changes(before, after, limits), *_value_changes(before, after, limits)]
    if after.is_categorical or not any(change.part == "values" for change in changes):  # a moved distribution says more than one integer
        changes += _text_changes(before, after, limits)
    return Comparison(name, distances_of(before, after), tuple(sorted(changes, key=lambda change: -change.strength)))


def distances_of(before: ColumnFigures, after: ColumnFigures) -> dict[str, float | None]:
    """Return the distances of two columns' values by name: of the shares of texts, or of the histograms of numbers and lengths.

    Texts that a side does not tell apart, its count of them being within its error, share one cell.
    """
    categorical = before.is_categorical and after.is_categorical
    if not ((before.count and after.count) if categorical else (before.histogram.n and after.histogram.n)):
        return {}
    left, right = (_texts(before, after), _texts(after, before)) if categorical else (before.histogram, after.histogram)
    test = chi_square(left, right)
    found: dict[str, float | None] = {
        "l_infinity": l_infinity(left, right),
        "jensen_shannon": jensen_shannon(left, right),
        "psi": population_stability(left, right),
        "hellinger": hellinger(left, right),
        "normalized_absolute_difference": normalized_absolute_difference(left, right),
        "cramer_v": test.effect if test else None,
        "chi_square_p": test.p_value if test else None,
    }
    if not categorical:
        found |= {
            "kolmogorov_smirnov": kolmogorov_smirnov(before.histogram, after.histogram),
            "wasserstein": wasserstein(before.histogram, after.histogram),
        }
    return found


def _texts(column: ColumnFigures, other: ColumnFigures) -> Counts:
    """Return the counts of the texts that the other side tells apart too; those of all else, if any, under None."""
    blind = other.top_error / other.count
    found: dict[str | None, int] = {text: n for text, n in column.top.items() if text in other.top or n / column.count > blind}
    rest = column.count - sum(found.values())
    return found | {None: rest} if rest else found


def _counted_changes(before: ColumnFigures, after: ColumnFigures, limits: Limits) -> Iterator[Change]:
    """Yield the changes of the shares of null, NaN and infinities among all rows."""
    for part in ("missing", "nan", "positive_infinite", "negative_infinite"):
        old, new = (int(getattr(one, f"n_{part}")) for one in (before, after))
        strength = _strength(old / max(1, before.n_rows), before.n_rows, new / max(1, after.n_rows), after.n_rows, limits)
        if strength >= 1:
            words = part.replace("_", " ")
            yield Change(part, strength, f"{words}: {old / before.n_rows:.1%} of the rows before, {new / after.n_rows:.1%} now")


def _text_changes(before: ColumnFigures, after: ColumnFigures, limits: Limits) -> Iterator[Change]:
    """Yield the change of the text or integer whose share moved most, by the ends of the two intervals that lie closer together."""
    if not (before.count and after.count):
        return
    strongest = Change("texts", 0.0, "")
    for text in before.top.keys() | after.top.keys():
        (low, high), (other_low, other_high) = _share_bounds(before, text), _share_bounds(after, text)
        old, new = (high, other_low) if other_low > high else (low, other_high) if other_high < low else (0.0, 0.0)
        strength = _strength(old, before.count, new, after.count, limits)
        if (strength, text) > (strongest.strength, strongest.message):
            unseen = " (unseen before)" if text not in before.top and not before.top_error else ""
            strongest = Change("texts", strength, f"'{text}': {old:.1%} of the values before, {new:.1%} now{unseen}")
    if strongest.strength >= 1:
        yield strongest


def _share_bounds(column: ColumnFigures, text: str) -> tuple[float, float]:
    count = column.top.get(text, 0)
    return count / column.count, min(1.0, (count + column.top_error) / column.count)


def _value_changes(before: ColumnFigures, after: ColumnFigures, limits: Limits) -> Iterator[Change]:
    """Yield the change of the distribution of the numbers or lengths."""
    distance = kolmogorov_smirnov(before.histogram, after.histogram)
    if distance is None:
        return
    n, m = before.histogram.n, after.histogram.n
    critical = math.sqrt(-math.log(limits.chance / 2) / 2 * (n + m) / (n * m))
    if distance >= max(limits.distribution, critical):
        unit = {"characters": "lengths", "bytes": "lengths", "elements": "lengths"}.get(after.measure or "", "values")
        middle = f"median {before.quantile(0.5):.4g} before, {after.quantile(0.5):.4g} now"
        yield Change("values", distance / limits.distribution, f"the {unit} moved: Kolmogorov-Smirnov {distance:.2f}, {middle}")


def _strength(p: float, n: int, q: float, m: int, limits: Limits) -> float:
    """Return Cohen's h of two shares in units of its limit; 0 where it could be chance."""
    if not (n and m) or p == q:
        return 0.0
    pooled = (p * n + q * m) / (n + m)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    if abs(p - q) < limits.deviations * error:
        return 0.0
    return 2 * abs(math.asin(math.sqrt(p)) - math.asin(math.sqrt(q))) / limits.share
