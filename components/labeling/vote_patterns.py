"""Distinct rows of votes with their counts: what label models learn from."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from components.artifacts.votes import ABSTAIN

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAMPLE_ROWS = 1 << 15
"""Rows that a model is fitted on, at most. A share of 32,768 rows has a standard error below 0.003, and accuracies one not much larger."""

SAMPLE_SEED = 0
"""Of the draw of these rows: it looks at nothing but the number of rows, so that names and order of functions do not matter."""


@dataclass(frozen=True, eq=False)
class VotePatterns:
    """Distinct rows of votes, in canonical order, and how many rows showed each.

    ``votes`` int8 [n_patterns, n_functions], -1 abstains; ``counts`` float64 [n_patterns], whole numbers.
    """

    votes: "NDArray[np.int8]"
    counts: "NDArray[np.float64]"
    n_classes: int

    @classmethod
    def of(cls, votes: "NDArray[np.int8]", n_classes: int) -> "VotePatterns":
        """Return the patterns of all rows.

        >>> import numpy as np
        >>> one = VotePatterns.of(np.array([[1, -1], [0, 0], [1, -1]], dtype=np.int8), n_classes=2)
        >>> one.votes.tolist(), one.counts.tolist()
        ([[0, 0], [1, -1]], [1.0, 2.0])
        """
        import numpy as np

        if not votes.shape[1]:
            return cls(votes[:1], np.full(min(1, len(votes)), float(len(votes))), n_classes)
        rows = np.ascontiguousarray(votes.astype(np.int8) - np.int8(ABSTAIN)).view(f"V{votes.shape[1]}").reshape(-1)
        _, first, counts = np.unique(rows, return_index=True, return_counts=True)
        return cls(votes[first], counts.astype(np.float64), n_classes)

    @property
    def n_rows(self) -> float:
        """Rows behind the patterns."""
        return float(self.counts.sum())

    @property
    def covered(self) -> "NDArray[np.bool_]":
        """Where any function voted, [n_patterns]."""
        covered: NDArray[np.bool_] = (self.votes != ABSTAIN).any(axis=1)
        return covered

    def votes_by_class(self) -> "NDArray[np.float64]":
        """Return how many rows each function was silent on and voted each class on, [n_functions, k + 1]."""
        import numpy as np

        size = self.n_classes + 1
        votes = self.votes.T.astype(np.intp) - ABSTAIN
        return np.array([np.bincount(one, self.counts, size) for one in votes]).reshape(-1, size)

    @cached_property
    def shares(self) -> "NDArray[np.float64]":
        """How often functions vote together, over all rows: [n_functions, n_functions, vote + 1, vote + 1]."""
        import numpy as np

        n_functions, size = self.votes.shape[1], self.n_classes + 1
        said = (
            (self.votes[:, None, :] == np.arange(ABSTAIN, self.n_classes)[:, None])
            .reshape(len(self.votes), size * n_functions)
            .astype(np.float64)
        )
        pairs = (said * self.counts[:, None]).T @ said  # sums of whole numbers: exact in any order
        shares: NDArray[np.float64] = pairs.reshape(size, n_functions, size, n_functions).transpose(1, 3, 0, 2) / max(1.0, self.n_rows)
        return shares


def sample_rows(n_rows: int, limit: int = SAMPLE_ROWS) -> "NDArray[np.int64]":
    """Return the rows to fit on, in random order: all of them up to ``limit``, else a draw without replacement."""
    import numpy as np

    random = np.random.Generator(np.random.PCG64(SAMPLE_SEED))
    if n_rows <= limit:
        return random.permutation(n_rows)
    drawn = np.unique(random.integers(0, n_rows, 2 * limit))
    return random.permutation(drawn)[:limit]
