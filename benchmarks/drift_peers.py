"""The rules by which peers tell drift, on the rows and statistics of the same days.

TensorFlow Data Validation cannot be installed beside the project, and the newest Evidently does not import with pandas 3: both are rewritten
here from their documentation, with their defaults, and named as such in the results. Evidently 0.7.23 itself, in an environment of its own,
called the same columns drifted on the six comparisons of twelve columns that it was asked for.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from drift_streams import WEEK, Day
from scipy import stats
from scipy.spatial.distance import jensenshannon

from components.artifacts.histogram import Histogram
from components.artifacts.statistics import ColumnFigures

REFERENCE = 4 * WEEK
FEW = 5
"""Numbers of at most so many values are categories to Evidently."""


class ValidationComparators:
    """TFDV: a schema inferred from the first weeks, and its two drift comparators against the span before.

    L-infinity above 0.01 for texts and Jensen-Shannon divergence (base 2) above 0.01 for numbers, over ten buckets of equal width over both:
    the thresholds of its guide, since it has no defaults. The schema that it infers knows the values of texts of at most 400 values, and
    that a column is always there if it always was; a threshold of 0.1 is what a patient user might end at.
    """

    first = 100

    def __init__(self, threshold: float = 0.01) -> None:
        self.name = f"TFDV's rules, thresholds {threshold:g}"
        self.threshold = threshold
        self.domains: dict[str, set[str]] = {}
        self.always: set[str] = set()

    def fires(self, history: Sequence[Day], day: Day) -> set[str]:
        """Return the columns with an anomaly."""
        if not self.domains:
            self._infer(history[:REFERENCE])
        before = history[-1].statistics.figures
        found = set()
        for name, now in day.statistics.figures.items():
            if name == "event_time":
                continue
            unknown = set(now.top) - self.domains[name] or (name in self.always and now.n_missing)
            if unknown or self._distance(before[name], now) > self.threshold:
                found.add(name)
        return found

    def _infer(self, days: Sequence[Day]) -> None:
        first = [day.statistics.figures for day in days]
        self.domains = {name: {text for one in first for text in one[name].top} for name in first[0]}
        self.always = {name for name in first[0] if not any(one[name].n_missing for one in first)}

    def _distance(self, before: ColumnFigures, now: ColumnFigures) -> float:
        if now.top:
            texts = [*now.top, *before.top]
            return max(abs(now.top.get(t, 0) / max(1, now.count) - before.top.get(t, 0) / max(1, before.count)) for t in texts)
        if not (now.histogram.n and before.histogram.n):
            return 0.0
        low = min(now.histogram.values[0], before.histogram.values[0])
        high = max(now.histogram.values[-1], before.histogram.values[-1])
        p, q = (_ten(one.histogram, low, high if high > low else low + 1) for one in (before, now))
        m = (p + q) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = [np.where(side > 0, side * np.log2(side / m), 0).sum() for side in (p, q)]
        return float(sum(terms) / 2)


def _ten(histogram: Histogram, low: float, high: float) -> np.ndarray:
    counts = histogram.equal_width(10, low, high)[1]
    return counts / counts.sum()


class DefaultTests:
    """Evidently: the test that it chooses by default for each column, against a reference of the user's.

    With at most 1,000 rows of reference: Kolmogorov-Smirnov for numbers, chi-squared for texts and for numbers of at most five values, a
    z test of two shares for two values, each at p < 0.05. With more: Wasserstein distance over the reference's deviation, and
    Jensen-Shannon distance (natural logarithm) for texts, each from 0.1 on. Nulls are left out, as it does.
    """

    first = 100

    def __init__(self, spans: int) -> None:
        self.name = f"Evidently's default tests, reference of {spans} span{'s' if spans > 1 else ''}"
        self.spans = spans

    def fires(self, history: Sequence[Day], day: Day) -> set[str]:
        """Return the columns that its test calls drifted."""
        past = history[-self.spans :]
        small = sum(one.n_rows for one in past) <= 1000  # noqa: PLR2004 - its own limit
        found = set()
        for name, values in day.columns.items():
            old = sum((_counted(one, name) for one in past), Counter()) if _few(past, name) else None
            if old is not None and (values.dtype.kind == "U" or len(old) <= FEW):
                drifted = (_chi_squared if small else _diverged)(old, _counted(day, name))
            else:
                before, now = (column[~np.isnan(column)] for column in (np.concatenate([one.columns[name] for one in past]), values))
                drifted = len(now) > 0 and (_smirnov if small else _far)(before, now)
            if drifted:
                found.add(name)
        return found


def _few(past: Sequence[Day], name: str) -> bool:
    """Return whether it may be a category: a text, or no day has more values than one of numbers may have."""
    return past[0].columns[name].dtype.kind == "U" or all(len(one.statistics.figures[name].histogram.values) <= FEW for one in past)


def _counted(day: Day, name: str) -> Counter:
    figures = day.statistics.figures[name]
    return Counter(figures.top or dict(zip(figures.histogram.values.tolist(), figures.histogram.counts.tolist(), strict=True)))


def _smirnov(before: np.ndarray, now: np.ndarray) -> bool:
    return bool(stats.ks_2samp(before, now).pvalue < 0.05)  # noqa: PLR2004 - its default


def _far(before: np.ndarray, now: np.ndarray) -> bool:
    return bool(stats.wasserstein_distance(before, now) / max(float(np.std(before)), 0.001) >= 0.1)  # noqa: PLR2004 - its default


def _chi_squared(old: Counter, new: Counter) -> bool:
    """Test at p < 0.05: chi-squared with what the reference has, scaled, as expected; a z test for two values."""
    n, m = old.total(), new.total()
    if not (n and m):
        return False
    if len(old | new) <= 2:  # noqa: PLR2004 - two values
        first = min(old | new)
        pooled = (old[first] + new[first]) / (n + m)
        error = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
        return bool(error and 2 * stats.norm.sf(abs(old[first] / n - new[first] / m) / error) < 0.05)  # noqa: PLR2004
    if set(new) - set(old):
        return True  # of a value that the reference has not none is expected: any is infinitely many
    return bool(stats.chisquare([new[value] for value in old], [old[value] / n * m for value in old]).pvalue < 0.05)  # noqa: PLR2004


def _diverged(old: Counter, new: Counter) -> bool:
    values = list(old | new)
    sides = [[side[value] / max(1, side.total()) for value in values] for side in (old, new)]
    return bool(new and jensenshannon(*sides) >= 0.1)  # noqa: PLR2004 - its default
