"""Intervals for metrics of time-dependent rows: a block bootstrap whose blocks are spans."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.measures.metrics import METRICS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BINS = 512
"""Bins that a resample works on in place of rows: equal counts of the pooled scores. At 512 the AUC moves by less than 1e-4."""


@dataclass(frozen=True)
class Interval:
    """A figure and its two-sided interval; nan where it cannot be computed."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Blocks:
    """Resampled weights of the test's blocks: [n_resamples, n_blocks], the same for every metric, slice and model, so that they pair."""

    weights: "NDArray[np.float64]"

    @classmethod
    def of(cls, n_blocks: int, *, resamples: int = 1000, seed: int = 0) -> "Blocks":
        """Draw the blocks with replacement (Efron 1979; blocks because rows of one day share weather and traffic: Künsch 1989)."""
        import numpy as np

        drawn = np.random.default_rng(seed).multinomial(n_blocks, np.full(n_blocks, 1 / n_blocks), size=resamples)
        return cls(drawn.astype(np.float64))


def resampled(
    metric: str,
    outcomes: "NDArray[np.float64]",
    probabilities: "NDArray[np.float64]",
    block_of: "NDArray[np.int64]",
    blocks: Blocks,
) -> "tuple[float, NDArray[np.float64]]":
    """Return a metric on the rows and on each resample of their blocks.

    Parameters
    ----------
    metric
        A name in ``METRICS``.
    outcomes, probabilities, block_of
        [n_rows]; ``block_of`` numbers each row's block.

    Returns
    -------
    value, resamples
        The exact value (nan where undefined) and [n_resamples], computed on bins of equal score.

    """
    import numpy as np

    compute = METRICS[metric]
    value = float(compute(outcomes, probabilities, np.ones((1, len(outcomes))))[0]) if len(outcomes) else float("nan")
    if not len(outcomes):
        return value, np.full(len(blocks.weights), np.nan)
    cells_y, cells_p, counts = _cells(outcomes, probabilities, block_of, blocks.weights.shape[1])
    return value, compute(cells_y, cells_p, blocks.weights @ counts)


def interval(value: float, resamples: "NDArray[np.float64]", confidence: float) -> Interval:
    """Return the percentile interval of the resamples around ``value``; resamples that are nan are left out.

    >>> import numpy as np
    >>> interval(0.5, np.linspace(0, 1, 101), 0.9)
    Interval(value=0.5, low=0.05, high=0.95)
    """
    import numpy as np

    usable = resamples[np.isfinite(resamples)]
    if not usable.size:
        return Interval(value, float("nan"), float("nan"))
    tail = (1 - confidence) / 2
    low, high = np.quantile(usable, [tail, 1 - tail])
    return Interval(value, round(float(low), 12), round(float(high), 12))


def wilson(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the Wilson score interval of a share (Wilson 1927, JASA 22); (0, 1) for no trials.

    >>> tuple(round(end, 4) for end in wilson(8, 10))
    (0.4902, 0.9433)
    """
    from statistics import NormalDist

    if n == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(1 - (1 - confidence) / 2)
    share, denominator = successes / n, 1 + z * z / n
    centre = (share + z * z / (2 * n)) / denominator
    half = z * ((share * (1 - share) + z * z / (4 * n)) / n) ** 0.5 / denominator
    return max(0.0, centre - half), min(1.0, centre + half)


def _cells(
    outcomes: "NDArray[np.float64]", probabilities: "NDArray[np.float64]", block_of: "NDArray[np.int64]", n_blocks: int
) -> "tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]":
    """Gather rows into cells (score bin, outcome): outcome [n_cells], mean score [n_cells] and counts [n_blocks, n_cells]."""
    import numpy as np

    edges = np.unique(np.quantile(probabilities, np.linspace(0, 1, BINS + 1)[1:-1]))
    cell = np.searchsorted(edges, probabilities, side="right") * 2 + outcomes.astype(np.int64)
    n_cells = (len(edges) + 1) * 2
    sums = np.bincount(cell, probabilities, minlength=n_cells)
    sizes = np.bincount(cell, minlength=n_cells)
    counts = np.bincount(block_of * n_cells + cell, minlength=n_blocks * n_cells).reshape(n_blocks, n_cells).astype(np.float64)
    by_bin = sums.reshape(-1, 2).sum(axis=1) / np.maximum(1, sizes.reshape(-1, 2).sum(axis=1))
    return np.tile([0.0, 1.0], n_cells // 2), np.repeat(by_bin, 2), counts
