"""Pairs of labeling functions: how often they contradict one another, and how far the truth leaves their agreement unexplained."""

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from components.artifacts.label_analysis import Dependence
from components.artifacts.votes import ABSTAIN

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEAST_STRENGTH = 0.1
"""Weaker dependence is not told: independent functions of a few thousand rows reach some hundredths."""


def conflict_matrix(votes: "NDArray[np.int8]", n_classes: int) -> tuple[tuple[float | None, ...], ...]:
    """Return, of the rows that two functions both voted on, the share on which they differ, [n_functions, n_functions]; None of no rows.

    ``votes`` [n_rows, n_functions] holds places of classes from 0 to ``n_classes`` - 1, -1 abstains.

    >>> import numpy as np
    >>> conflict_matrix(np.array([[1, 0], [1, 1], [0, -1]], dtype=np.int8), 2)
    ((0.0, 0.5), (0.5, 0.0))
    """
    import numpy as np

    voted = (votes != ABSTAIN).astype(np.float32)
    both = voted.T @ voted
    alike = sum(((votes == one).astype(np.float32).T @ (votes == one).astype(np.float32) for one in range(n_classes)), np.zeros_like(both))
    return tuple(
        tuple(round(1 - float(a) / float(b), 6) if b else None for a, b in zip(*rows, strict=True))
        for rows in zip(alike, both, strict=True)
    )


def dependences(votes: "NDArray[np.int8]", truth: "NDArray[np.int8]", names: Sequence[str], n_classes: int) -> tuple[Dependence, ...]:
    """Return the pairs whose votes depend on one another given the truth, strongest first.

    The strength is I(V; W | Y) over the lesser of H(V | Y) and H(W | Y), the conditional mutual information of the votes, abstentions
    among them, as a share of what either could tell: 0 for independent functions, 1 for copies. It is the plug-in estimate less its bias
    (Miller 1955), (v - 1)(w - 1) / 2n for each class of n rows with v and w values of votes.

    Parameters
    ----------
    votes
        [n_rows, n_functions], places of classes from 0, -1 abstains.
    truth
        [n_rows], the places of outcomes, or of the majority where none is known; rows of -1 do not count.

    """
    import numpy as np

    found = []
    used, y = votes[truth != ABSTAIN].astype(np.int64) + 1, truth[truth != ABSTAIN].astype(np.int64)
    n_values = n_classes + 1
    for i, j in combinations(range(len(names)), 2):
        cells = np.bincount((y * n_values + used[:, i]) * n_values + used[:, j], minlength=n_classes * n_values**2)
        strength = _strength(cells.reshape(n_classes, n_values, n_values).astype(np.float64))
        if strength >= LEAST_STRENGTH:
            found.append(Dependence(names[i], names[j], round(strength, 6)))
    return tuple(sorted(found, key=lambda one: (-one.strength, one.one, one.other)))


def _strength(tables: "NDArray[np.float64]") -> float:
    """Return the strength of tables of counts [n_classes, n_values, n_values]."""
    information = lesser = other = 0.0
    for table in tables:
        n, rows, columns = table.sum(), table.sum(axis=1), table.sum(axis=0)
        if not n:
            continue
        bias = ((rows > 0).sum() - 1) * ((columns > 0).sum() - 1) / (2 * n)
        of_rows, of_columns = _entropy(rows), _entropy(columns)
        information += n * (of_rows + of_columns - _entropy(table.ravel()) - bias)
        lesser, other = lesser + n * of_rows, other + n * of_columns
    smallest = min(lesser, other)
    return float(max(0.0, information) / smallest) if smallest > 0 else 0.0


def _entropy(counts: "NDArray[np.float64]") -> float:
    import numpy as np

    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())
