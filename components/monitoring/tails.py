"""Tails: how unusual a distance is among a column's own past distances, and from where on it would be."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

BODY = 0.8
"""Share of the past distances below the threshold of the tail; the rest are its exceedances."""


@dataclass(frozen=True)
class Tail:
    """The upper tail of past distances: beyond `start`, which the share `share` of them exceeds, it falls off exponentially with `scale`.

    This is the peaks-over-threshold estimate (Pickands 1975) with shape 0, so that a probability far below 1 / n can be told. The mean
    excess that is its scale is raised by one standard error, 1 / sqrt of the number of exceedances: few spans give a higher threshold.

    >>> tail = Tail.of([0.01 * i for i in range(1, 51)], least=0.02)
    >>> tail.n, round(tail.start, 2), round(tail.threshold(0.001), 2), round(tail.probability(0.9), 5)
    (50, 0.4, 0.79, 0.00022)
    """

    n: int
    start: float
    share: float
    scale: float
    past: tuple[float, ...]

    @classmethod
    def of(cls, past: Sequence[float], *, least: float, overlap: int = 1) -> Tail:
        """Return the tail of past distances, at least one; its scale is at least ``least``, so that a column that never moved has one.

        Distances of windows that share spans say less: where each shares them with ``overlap`` others, only one of so many counts.
        """
        ordered = sorted(past)
        n_body = max(1, math.floor(BODY * len(ordered)))
        start, beyond = ordered[n_body - 1], ordered[n_body:]
        excess = math.fsum(beyond) / len(beyond) - start if beyond else 0.0
        raised = 1 + math.sqrt(overlap / len(beyond)) if beyond else 1.0
        return cls(len(ordered), start, (len(beyond) + 1) / (len(ordered) + 1), max(least, excess * raised), tuple(ordered))

    def probability(self, distance: float) -> float:
        """Return the probability that a usual span lies as far away: by rank within the body, by the exponential beyond it."""
        if distance <= self.start:
            return (1 + sum(one >= distance for one in self.past)) / (self.n + 1)
        return self.share * math.exp(-(distance - self.start) / self.scale)

    def threshold(self, probability: float) -> float:
        """Return the distance that a usual span exceeds with a probability, which must not be above the tail's share to be exact."""
        return self.start + self.scale * max(0.0, math.log(self.share / probability))
