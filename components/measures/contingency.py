"""Two columns together, from the counts of their pairs of values: information, lift, association; and co-moments for correlation."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

Pairs = Mapping[tuple[str, str], int]
"""How often each pair of values came."""

OTHER = "(other)"
"""The cell that the rare values of a column share once it has more than are kept."""


def mutual_information(pairs: Pairs) -> float | None:
    """Return what one column tells of the other, I(X; Y) in bits, at least 0; None without pairs.

    The plug-in estimate less its bias, (x - 1)(y - 1) / (2 n ln 2) for x and y filled cells (Miller 1955): columns that have nothing to do
    with one another come out near 0 however many values they have.

    >>> round(mutual_information({("a", "0"): 500, ("b", "1"): 500}), 3)
    0.999
    """
    table = _table(pairs)
    n = float(table.sum())
    if not n:
        return None
    information = _entropy(table.sum(axis=1)) + _entropy(table.sum(axis=0)) - _entropy(table.ravel())
    bias = (table.shape[0] - 1) * (table.shape[1] - 1) / (2 * n * math.log(2))
    return max(0.0, information - bias)


def explained_share(pairs: Pairs) -> float | None:
    """Return the share of the second column's entropy that the first explains, I(X; Y) / H(Y), from 0 to 1; None where it never varies.

    Theil's uncertainty coefficient (1970, On the estimation of relationships involving qualitative variables, equation 2.8).

    >>> round(explained_share({("a", "0"): 250, ("a", "1"): 250, ("b", "1"): 500}), 2)
    0.38
    """
    information = mutual_information(pairs)
    entropy = _entropy(_table(pairs).sum(axis=0))
    return None if information is None or not entropy else min(1.0, information / entropy)


def lift(pairs: Pairs) -> dict[tuple[str, str], float]:
    """Return for each pair how many times as often it came as it would if the columns had nothing to do with one another.

    >>> lift({("a", "0"): 1, ("a", "1"): 1, ("b", "1"): 2})
    {('a', '0'): 2.0, ('a', '1'): 0.6666666666666666, ('b', '1'): 1.3333333333333333}
    """
    first, second, n = _margin(pairs, 0), _margin(pairs, 1), sum(pairs.values())
    return {(x, y): count * n / (first[x] * second[y]) for (x, y), count in pairs.items() if count}


def cramers_v(pairs: Pairs) -> float | None:
    """Return Cramer's V of two columns, from 0 to 1, less its bias; None where either never varies.

    Bergsma 2013 (A bias-correction for Cramer's V and Tschuprow's T, equation 10).

    >>> cramers_v({("a", "0"): 500, ("b", "1"): 500})
    1.0
    """
    table = _table(pairs)
    n, (rows, columns) = float(table.sum()), table.shape
    if n < 2 or min(rows, columns) < 2:  # noqa: PLR2004 - one value or one row has no association
        return None
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    phi = float(((table - expected) ** 2 / expected).sum()) / n
    corrected = max(0.0, phi - (rows - 1) * (columns - 1) / (n - 1))
    smaller = min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)) - 1
    return min(1.0, math.sqrt(corrected / smaller)) if smaller > 0 else None


def capped(pairs: Pairs, cap: int) -> dict[tuple[str, str], int]:
    """Return the pairs with the most frequent `cap` values of either column kept (ties by value) and the rest as `OTHER`, sorted."""
    for side in (0, 1):
        margin = _margin(pairs, side)
        if len(margin) > cap:
            kept = set(sorted(margin, key=lambda value: (-margin[value], value))[:cap])
            pairs = total([{_renamed(pair, side, kept): count} for pair, count in pairs.items()])
    return dict(sorted(pairs.items()))


def total(parts: Iterable[Pairs]) -> dict[tuple[str, str], int]:
    """Return the pairs of all parts added up, sorted; the same in any order."""
    counts: dict[tuple[str, str], int] = {}
    for part in parts:
        for pair, count in part.items():
            counts[pair] = counts.get(pair, 0) + count
    return dict(sorted(counts.items()))


class CoMoments(NamedTuple):
    """Rows where both columns have numbers, both means, the sums of squared deviations, and that of their products."""

    n: float = 0.0
    mean_x: float = 0.0
    mean_y: float = 0.0
    m2_x: float = 0.0
    m2_y: float = 0.0
    c_xy: float = 0.0

    def __add__(self, other: tuple[float, ...]) -> CoMoments:  # type: ignore[override]
        """Return the co-moments of both (Pebay 2008, equation 3.11)."""
        right = CoMoments(*other)
        if not self.n or not right.n:
            return self if self.n else right
        n = self.n + right.n
        dx, dy, weight = right.mean_x - self.mean_x, right.mean_y - self.mean_y, self.n * right.n / n
        return CoMoments(
            n,
            self.mean_x + dx * right.n / n,
            self.mean_y + dy * right.n / n,
            self.m2_x + right.m2_x + dx * dx * weight,
            self.m2_y + right.m2_y + dy * dy * weight,
            self.c_xy + right.c_xy + dx * dy * weight,
        )

    @property
    def pearson(self) -> float | None:
        """Pearson's correlation coefficient, from -1 to 1; None where either does not vary."""
        scale = math.sqrt(self.m2_x) * math.sqrt(self.m2_y)
        return max(-1.0, min(1.0, self.c_xy / scale)) if scale > 0 and math.isfinite(scale) else None


def _renamed(pair: tuple[str, str], side: int, kept: set[str]) -> tuple[str, str]:
    if pair[side] in kept:
        return pair
    return (OTHER, pair[1]) if side == 0 else (pair[0], OTHER)


def _margin(pairs: Pairs, side: int) -> dict[str, int]:
    margin: dict[str, int] = {}
    for pair, count in pairs.items():
        margin[pair[side]] = margin.get(pair[side], 0) + count
    return margin


def _table(pairs: Pairs) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return the counts as [n_first, n_second], values in order."""
    rows, columns = ({value: place for place, value in enumerate(sorted(_margin(pairs, side)))} for side in (0, 1))
    table = np.zeros((len(rows), len(columns)))
    for (x, y), count in pairs.items():
        table[rows[x], columns[y]] = count
    return table


def _entropy(counts: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    n = float(counts.sum())
    return math.fsum(-count / n * math.log2(count / n) for count in counts.tolist() if count) if n else 0.0
