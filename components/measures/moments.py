"""Count, mean and central moments that add: exact grouping is fixed by the order of folding."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from components.measures.blocks import blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Moments(NamedTuple):
    """How many numbers, their mean and the sums of the 2nd, 3rd and 4th powers of the deviations from it; all 0 for no numbers.

    >>> week = Moments.fold([Moments.of(np.array([1.0, 2.0])), Moments.of(np.array([6.0]))])
    >>> week.n, week.mean, week.variance
    (3.0, 3.0, 4.666666666666667)
    """

    n: float = 0.0
    mean: float = 0.0
    m2: float = 0.0
    m3: float = 0.0
    m4: float = 0.0

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> Moments:
        """Return the moments of finite numbers: two passes, the sums corrected by the mean's own residual (Chan, Golub, LeVeque 1983).

        Numbers whose powers overflow give infinities, and figures that are None.
        """
        if not len(values):
            return cls()
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(values.sum()) / len(values)
            sums = np.zeros(4)
            for block in blocks(values):
                deviations = block - mean
                squares = deviations * deviations
                sums += (deviations.sum(), squares.sum(), *(np.einsum("i,i->", factor, squares) for factor in (deviations, squares)))
            return cls._about(len(values), mean, *sums.tolist())

    @classmethod
    def of_counts(cls, values: NDArray[np.float64], counts: NDArray[np.int64]) -> Moments:
        """Return the moments of finite numbers that each came so many times.

        >>> Moments.of_counts(np.array([1.0, 4.0]), np.array([2, 1])) == Moments.of(np.array([1.0, 4.0, 1.0]))
        True
        """
        n = int(counts.sum())
        if not n:
            return cls()
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float((values * counts).sum()) / n
            deviations = values - mean
            return cls._about(n, mean, *(float((counts * deviations**power).sum()) for power in (1, 2, 3, 4)))

    @classmethod
    def _about(cls, n: int, origin: float, s1: float, s2: float, s3: float, s4: float) -> Moments:
        """Return the moments of sums of powers of deviations from a number close to the mean."""
        r = s1 / n
        m3 = s3 - 3 * r * s2 + 2 * n * r * r * r
        m4 = s4 - 4 * r * s3 + 6 * r * r * s2 - 3 * n * r * r * r * r
        return cls(float(n), origin + r, s2 - n * r * r, m3, m4)

    def __add__(self, other: tuple[float, ...]) -> Moments:  # type: ignore[override]
        """Return the moments of both (Pébay 2008, Formulas for Robust, One-Pass Parallel Computation of Covariances, equations 2.1, 3.1)."""
        if not self.n or not other[0]:
            return self if self.n else Moments(*other)
        na, ma, a2, a3, a4 = self
        nb, mb, b2, b3, b4 = other
        n, d = na + nb, mb - ma
        dn = d / n
        m2 = a2 + b2 + d * dn * na * nb
        m3 = a3 + b3 + d * dn * dn * na * nb * (na - nb) + 3 * dn * (na * b2 - nb * a2)
        m4 = (
            a4 + b4 + d * dn * dn * dn * na * nb * (na * na - na * nb + nb * nb)
            + 6 * dn * dn * (na * na * b2 + nb * nb * a2) + 4 * dn * (na * b3 - nb * a3)
        )  # fmt: skip
        return Moments(n, ma + dn * nb, m2, m3, m4)

    @classmethod
    def fold(cls, parts: Iterable[Moments]) -> Moments:
        """Return the moments of all parts, added from the first to the last: the same order gives the same bytes."""
        return functools.reduce(Moments.__add__, parts, cls())

    @property
    def average(self) -> float | None:
        """The mean; None for no numbers or on overflow."""
        return _finite(self.mean) if self.n else None

    @property
    def variance(self) -> float | None:
        """The mean squared deviation, m2 / n; None for no numbers or on overflow."""
        return _finite(self.m2 / self.n) if self.n else None

    @property
    def standard_deviation(self) -> float | None:
        """The root of the variance."""
        return None if self.variance is None else math.sqrt(self.variance)

    @property
    def skewness(self) -> float | None:
        """The third standardised moment, sqrt(n) m3 / m2^1.5; None for a constant."""
        return _finite(math.sqrt(self.n) * self.m3 / (self.m2 * math.sqrt(self.m2))) if self._varies else None

    @property
    def kurtosis(self) -> float | None:
        """The fourth standardised moment less the normal's, n m4 / m2^2 - 3; None for a constant."""
        return _finite(self.n * self.m4 / (self.m2 * self.m2) - 3) if self._varies else None

    @property
    def _varies(self) -> bool:
        return self.m2 * self.m2 > 0 and math.isfinite(self.m2)


def _finite(figure: float) -> float | None:
    return figure if math.isfinite(figure) else None
