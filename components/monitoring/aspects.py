"""Aspects: in how many ways two groups of spans differ in one column, all pairs at once; every distance is 0 for equal ones."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from components.artifacts.shifts import Aspect
from components.monitoring.profiles import Profile
from components.monitoring.references import References

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHANCE = 1e-3
"""Probability at which two samples of one distribution lie further apart than the noise that is stated."""

DEVIATES = 3.29
"""The normal quantile of that chance, two-sided."""

WIDEST = math.log(1000)
"""Distance of a spread that came from or went to nothing: a column that got stuck, or came alive."""


class Compared(NamedTuple):
    """One aspect over all pairs: its level in the current span, and distances and noise [n_pairs]; NaN where a side has nothing."""

    aspect: Aspect
    level: float | None
    distances: NDArray[np.float64]
    noise: NDArray[np.float64]


def compare(profile: Profile, references: References) -> Iterator[Compared]:
    """Yield the aspects of a column: missing, and of what has values their distribution, spread, spikes and unseen and vanished values."""
    yield _missing(profile, references)
    if not profile.counts.shape[1]:
        return
    current, reference = references.current @ profile.counts, references.reference @ profile.counts
    n, m = current.sum(axis=1), reference.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        p, q = current / n[:, None], reference / m[:, None]
        inverse = 1 / n + 1 / m
    if profile.measure == "texts":
        yield _moved_texts(p, q, inverse)
    else:
        yield _moved_numbers(profile, p, q, inverse)
        yield _spread(profile, p, q, inverse)
        yield _spike(profile, p, q, inverse)
    yield _unseen(profile, n)
    if profile.measure == "texts":
        yield _vanished(profile, references, n)


def rows_of(profile: Profile, references: References) -> Compared:
    """Return the ratio of the rows of a span to those of its reference's spans, as |log|; counts vary at least as Poisson's do."""
    totals, n_spans = references.reference @ profile.rows, references.reference.sum(axis=1)
    now, ours = references.current @ profile.rows, references.current.sum(axis=1)
    distances = [abs(math.log((a / b + 0.5) / (c / d + 0.5))) for a, b, c, d in zip(now, ours, totals, n_spans, strict=True)]
    noise = DEVIATES * np.sqrt(1 / np.maximum(1, now) + 1 / np.maximum(1, totals))
    return Compared("rows", float(profile.rows[-1]), np.array(distances), noise)


def copied(profiles: list[Profile]) -> float:
    """Return the share of columns with more than a few values whose counts are those of one earlier span, value by value: a day twice."""
    telling = [profile for profile in profiles if (profile.counts[-1] > 0).sum() > 2]  # noqa: PLR2004 - flags and constants repeat by nature
    if not telling:
        return 0.0
    same = np.mean([(profile.counts[:-1] == profile.counts[-1]).all(axis=1) for profile in telling], axis=0)
    return float(same.max(initial=0.0))


def _missing(profile: Profile, references: References) -> Compared:
    """Compare the shares of nulls, NaN and infinities by Cohen's h, 2 |asin sqrt(p) - asin sqrt(q)| (Cohen 1988, section 6.2)."""
    n, m = references.current @ profile.rows, references.reference @ profile.rows
    missing, before = references.current @ profile.missing, references.reference @ profile.missing
    distances = [
        2 * abs(math.asin(math.sqrt(a / b)) - math.asin(math.sqrt(c / d))) if b and d else math.nan
        for a, b, c, d in zip(missing, n, before, m, strict=True)
    ]
    with np.errstate(divide="ignore"):
        noise = DEVIATES * np.sqrt(1 / n + 1 / m)
    level = float(profile.missing[-1] / profile.rows[-1]) if profile.rows[-1] else None
    return Compared("missing", level, np.array(distances), noise)


def _moved_numbers(profile: Profile, p: NDArray[np.float64], q: NDArray[np.float64], inverse: NDArray[np.float64]) -> Compared:
    """Compare distributions of numbers by Kolmogorov and Smirnov's max |F - G|; the noise is Smirnov's (1948) critical value."""
    distances = np.abs(np.cumsum(p - q, axis=1)).max(axis=1)
    noise = math.sqrt(-math.log(CHANCE / 2) / 2) * np.sqrt(inverse)
    return Compared("values", _mean(profile), distances, noise)


def _moved_texts(p: NDArray[np.float64], q: NDArray[np.float64], inverse: NDArray[np.float64]) -> Compared:
    """Compare shares of texts by total variation, the share of rows that would have to change.

    The noise is a bound on its mean, half the sum of each share's deviation, and McDiarmid's (1989) bound around it.
    """
    distances = np.abs(p - q).sum(axis=1) / 2
    pooled = (p + q) / 2
    mean = np.sqrt(pooled * (1 - pooled)).sum(axis=1) * np.sqrt(inverse) / 2
    noise = mean + math.sqrt(-math.log(CHANCE) / 2) * np.sqrt(inverse)
    return Compared("values", float(p[0].max()) if len(p) and p.shape[1] and not np.isnan(p[0]).any() else None, distances, noise)


def _spread(profile: Profile, p: NDArray[np.float64], q: NDArray[np.float64], inverse: NDArray[np.float64]) -> Compared:
    """Compare the ranges from the tenth to the ninetieth percentile by |log of their ratio|.

    The noise takes the deviation of such a range as 0.85 of its size over the root of the rows, as a normal distribution has it.
    """
    widths = [_width(profile.values, side) for side in (p, q)]
    distances = np.array([_log_ratio(a, b) for a, b in zip(*widths, strict=True)])
    own = _width(profile.values, profile.counts[-1:] / max(1.0, profile.counts[-1].sum()))[0]
    return Compared("spread", None if math.isnan(own) else float(own), distances, DEVIATES * 0.85 * np.sqrt(inverse))


def _width(values: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the range of each row of shares [n, n_cells], its quantiles interpolated between the middles of cells, so that integers do."""
    if not shares.shape[1]:
        return np.full(len(shares), np.nan)
    middles = np.cumsum(shares, axis=1) - shares / 2
    ends = np.array([np.interp((0.1, 0.9), row, values) for row in middles]).reshape(-1, 2)
    return np.where(np.isnan(middles[:, -1]), np.nan, ends[:, 1] - ends[:, 0])


def _log_ratio(a: float, b: float) -> float:
    if math.isnan(a) or math.isnan(b):
        return math.nan
    if not (a and b):
        return 0.0 if a == b else WIDEST
    return min(WIDEST, abs(math.log(a / b)))


def _spike(profile: Profile, p: NDArray[np.float64], q: NDArray[np.float64], inverse: NDArray[np.float64]) -> Compared:
    """Compare single values: the largest rise of a share, such as of the value that a sensor is stuck at."""
    own = profile.counts[-1]
    level = float(own.max() / own.sum()) if own.sum() else None
    rises = (p - q).max(axis=1, initial=0.0)  # NaN where a side has nothing
    return Compared("spike", level, rises, DEVIATES * np.sqrt(inverse) / 2)


def _unseen(profile: Profile, n: NDArray[np.float64]) -> Compared:
    """Return the share of rows with a text that no span before has, or a number beyond all of them; the same for every comparator."""
    before = profile.counts[:-1].sum(axis=0) > 0
    own = profile.counts[-1]
    if profile.measure != "texts" and before.any():
        first, last = np.flatnonzero(before)[[0, -1]]
        before = before.copy()
        before[first : last + 1] = True
    share = float(own[~before].sum() / own.sum()) if own.sum() and before.any() else math.nan
    return Compared("unseen", None if math.isnan(share) else share, np.where(n > 0, share, np.nan), 3 / np.maximum(1, n))


def _vanished(profile: Profile, references: References, n: NDArray[np.float64]) -> Compared:
    """Return the share that texts which are gone now used to have: their least share over the spans that reach back a season and more.

    A text that would be missing by chance, once in a thousand times at that share, has not vanished: -ln(0.001) = 7 rows are expected of it.
    """
    usual = references.reference[[name == "nearest" for name in references.against]].sum(axis=0) > 0
    own = profile.counts[-1]
    if not usual.any() or not own.sum():
        return Compared("vanished", None, np.full(len(n), np.nan), np.zeros(len(n)))
    past = profile.counts[usual]
    sizes = past.sum(axis=1, keepdims=True)
    least = (past[sizes[:, 0] > 0] / sizes[sizes[:, 0] > 0]).min(axis=0, initial=1.0)
    gone = (own == 0) & (least * own.sum() >= -math.log(CHANCE))
    share = float(least[gone].sum()) if sizes.any() else math.nan
    return Compared("vanished", share, np.where(n > 0, share, np.nan), np.zeros(len(n)))


def _mean(profile: Profile) -> float | None:
    own = profile.counts[-1]
    return float((own * profile.values).sum() / own.sum()) if own.sum() else None
