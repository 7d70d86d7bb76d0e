"""False discoveries: which of many tests to believe."""

from collections.abc import Sequence


def cut_of(probabilities: Sequence[float], rate: float) -> float:
    """Return the greatest probability that is still a discovery, so that of all discoveries at most the share ``rate`` is expected false.

    The k-th smallest of m must be at most k / m x rate for the largest such k (Benjamini and Hochberg 1995, theorem 1; under positive
    dependence too, Benjamini and Yekutieli 2001). Where none is, rate / m, the probability that a first discovery would need; without
    tests the rate itself.

    >>> cut_of([0.001, 0.02, 0.03, 0.6], 0.05), cut_of([0.5, 0.6], 0.05)
    (0.03, 0.025)
    """
    m = len(probabilities)
    found = [p for k, p in enumerate(sorted(probabilities), 1) if p <= k / m * rate]
    return max(found[-1] if found else 0.0, rate / max(1, m))
