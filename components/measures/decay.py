"""How a model ages: after how long it has lost half of what it knew, and how often to train it anew."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def half_life(ages: Sequence[float], advantages: Sequence[float]) -> float | None:
    """Return the age by which the advantage over knowing nothing has halved; None where it does not shrink.

    The advantage a(t) = a(0) 2^(-t / h), fitted by least squares on log2 a(t); points without an advantage end the curve, for there is
    nothing left to halve. Ages in any unit, which is that of the answer; at least two points.

    >>> half_life([0, 10, 20], [0.2, 0.1, 0.05])
    10.0
    >>> half_life([0, 10], [0.2, 0.2]) is None
    True
    """
    known = [(age, advantage) for age, advantage in sorted(zip(ages, advantages, strict=True)) if np.isfinite(advantage)]
    alive = next((place for place, (_, advantage) in enumerate(known) if advantage <= 0), len(known))
    if alive < 2 or known[0][0] == known[alive - 1][0]:  # noqa: PLR2004
        return None
    slope = float(np.polyfit([age for age, _ in known[:alive]], np.log2([advantage for _, advantage in known[:alive]]), 1)[0])
    return round(-1 / slope, 9) if slope < -1e-12 else None  # noqa: PLR2004 - flat, but for rounding


def cadence(ages: Sequence[float], losses: Sequence[float], tolerance: float) -> float | None:
    """Return the greatest age before the loss of waiting is surely more than tolerated: how often to train anew.

    ``losses`` are what each age costs for sure (the lower end of its interval). None where even the greatest age costs no more: the
    curve does not reach so far.

    >>> cadence([0, 7, 14, 28], [0.0, 0.001, 0.004, 0.02], 0.01)
    14
    >>> cadence([0, 7], [0.0, 0.001], 0.01) is None
    True
    """
    ordered = sorted(zip(ages, losses, strict=True))
    first = next((place for place, (_, loss) in enumerate(ordered) if loss > tolerance), None)
    return None if first is None else ordered[max(0, first - 1)][0]
