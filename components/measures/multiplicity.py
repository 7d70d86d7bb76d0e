"""Many tests at once: the chance behind an interval, and which of many tests stand when their number is counted."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float], level: float) -> list[bool]:
    """Return which hypotheses are rejected, so that the chance of any false rejection is at most ``level``.

    Holm 1979 (A simple sequentially rejective multiple test procedure, section 3): the i-th smallest of m p-values, counted from 0, is
    held against level / (m - i), and the first that fails ends the procedure. No assumption on how the tests depend.

    >>> holm([0.01, 0.04, 0.03, 0.005], 0.05)
    [True, False, False, True]
    """
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    rejected = [False] * len(p_values)
    for rank, place in enumerate(order):
        if not p_values[place] <= level / (len(p_values) - rank):
            break
        rejected[place] = True
    return rejected


def p_above(value: float, reach: float, bound: float, *, n_blocks: int, confidence: float) -> float:
    """Return the one-sided p-value of "the true figure is at most ``bound``".

    ``reach`` is how far the two-sided interval of ``confidence`` stretches from the value towards the bound; with Student's t of
    ``n_blocks`` - 1 degrees, after which intervals are widened, it gives the standard error. Without any reach the value is certain.

    >>> round(p_above(0.1, 0.1, 0.0, n_blocks=30, confidence=0.95), 6)
    0.025
    """
    from scipy.special import stdtr, stdtrit

    if n_blocks < 2:  # noqa: PLR2004 - one block does not vary
        return 1.0
    if reach <= 0:
        return 0.0 if value > bound else 1.0
    t = (value - bound) / reach * float(stdtrit(n_blocks - 1, (1 + confidence) / 2))
    return float(stdtr(n_blocks - 1, -t))
