"""What each labeling function says, how often the others agree, and how often it is right."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from components.artifacts.label_scores import FunctionScore
from components.artifacts.votes import ABSTAIN
from components.measures.intervals import wilson

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

UNKNOWN = -1
"""An outcome that is not known."""


def score_functions(
    votes: "NDArray[np.int8]", names: Sequence[str], outcomes: "NDArray[np.int8] | None" = None
) -> tuple[FunctionScore, ...]:
    """Return one score a function, in the order of ``names``.

    ``coverage``, ``overlap`` and ``conflict`` are the shares of all rows that the function voted on, that it and another voted on, and
    that another voted differently on (Ratner et al. 2017, Snorkel, VLDB 11(3)). ``accuracy`` is the share of right votes among
    its votes on rows with an outcome, with the Wilson interval at 95 %, which takes rows as independent: rows of one day are not, so
    it is too narrow.

    Parameters
    ----------
    votes
        [n_rows, n_functions], -1 where a function abstained.
    outcomes
        [n_rows] class of each row, -1 where not known; without it, and for a function with nothing to score, accuracies are None.

    Examples
    --------
    >>> import numpy as np
    >>> votes = np.array([[1, 0], [1, -1], [-1, -1], [0, 0]], dtype=np.int8)
    >>> scores = score_functions(votes, ["a", "b"], np.array([1, 1, 0, -1], dtype=np.int8))
    >>> [(s.name, s.coverage, s.overlap, s.conflict, s.accuracy, s.n_scored) for s in scores]
    [('a', 0.75, 0.5, 0.25, 1.0, 2), ('b', 0.5, 0.5, 0.25, 0.0, 1)]

    """
    import numpy as np

    voted = votes != ABSTAIN
    n_votes = voted.sum(axis=1)
    known = np.full(len(votes), UNKNOWN, np.int8) if outcomes is None else outcomes
    n_rows = max(1, len(votes))
    scores = []
    for column, name in enumerate(names):
        own, mine = votes[:, column], voted[:, column]
        n_same = (votes == own[:, None]).sum(axis=1)
        scored = mine & (known != UNKNOWN)
        n_scored, n_right = int(scored.sum()), int((scored & (own == known)).sum())
        low, high = wilson(n_right, n_scored) if n_scored else (None, None)
        coverage, overlap, conflict = (float(m.sum()) / n_rows for m in (mine, mine & (n_votes > 1), mine & (n_votes > n_same)))
        accuracy = n_right / n_scored if n_scored else None
        scores.append(FunctionScore(name, coverage, overlap, conflict, accuracy, low, high, n_scored))
    return tuple(scores)
