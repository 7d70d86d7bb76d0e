"""Label models: probabilities of the classes from votes, learned on rows whose outcome is known; they see vote patterns, never rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from components.artifacts.votes import ABSTAIN

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SMOOTHING = 1.0
"""Rows added to each count of a vote given a class: Laplace's rule of succession."""

STRENGTH = 50.0
"""Rows that naive Bayes counts for beside a pattern's own outcomes. Of 10, 50, 200 and 1,000 the best Brier score on flights whose
outcome came later, April to June 2013, was that of 10 and 50 alike (0.1755 and 0.1756; naive Bayes alone 0.1827, the prior 0.1909)."""

BINS, BIN_ROWS = 10, 20.0
"""Of naive Bayes' confidence, and the rows that the confidence itself counts for in each. Over four fortnights of mail whose truth came later the
log loss was 0.279 with them and 0.373 without, the accuracy 0.905 and 0.881."""

LEAST = 1e-9
"""The least probability of a class."""

MINIMUM_KNOWN = 100
"""Known outcomes below which the votes are only counted: a share of 100 rows is known to about 0.1."""


@dataclass(frozen=True, eq=False)
class PatternCounts:
    """Distinct rows of votes and how often each came with each outcome.

    ``patterns`` int8 [n_patterns, n_functions], sorted; ``counts`` int64 [n_patterns, n_classes].
    """

    patterns: "NDArray[np.int8]"
    counts: "NDArray[np.int64]"


class LabelModel(Protocol):
    """What turns votes into probabilities."""

    def predict(self, votes: "NDArray[np.int8]") -> "NDArray[np.float64]":
        """Return [n_rows, n_classes]; rows sum to 1."""

    def describe(self) -> Mapping[str, object]:
        """Return the model in plain values."""


def count_patterns(votes: "NDArray[np.int8]", outcomes: "NDArray[np.int8]", n_classes: int = 2) -> PatternCounts:
    """Return the patterns of the rows that have an outcome.

    Parameters
    ----------
    votes
        [n_rows, n_functions], -1 where a function abstained.
    outcomes
        [n_rows], -1 where not known.

    Examples
    --------
    >>> import numpy as np
    >>> votes = np.array([[1, -1], [0, 0], [1, -1], [1, -1]], dtype=np.int8)
    >>> counted = count_patterns(votes, np.array([1, 0, 0, -1], dtype=np.int8))
    >>> counted.patterns.tolist(), counted.counts.tolist()
    ([[0, 0], [1, -1]], [[1, 0], [1, 1]])

    """
    import numpy as np

    known = outcomes >= 0
    patterns, position = np.unique(votes[known], axis=0, return_inverse=True)
    cells = position.reshape(-1) * n_classes + outcomes[known]
    return PatternCounts(patterns, np.bincount(cells, minlength=len(patterns) * n_classes).reshape(-1, n_classes).astype(np.int64))


def merge_patterns(parts: Iterable[PatternCounts]) -> PatternCounts:
    """Return the sum of pattern counts of the same functions and classes: exact, in any order and grouping; at least one part."""
    import numpy as np

    every = list(parts)
    patterns, position = np.unique(np.concatenate([part.patterns for part in every]), axis=0, return_inverse=True)
    counts = np.zeros((len(patterns), every[0].counts.shape[1]), np.int64)
    np.add.at(counts, position.reshape(-1), np.concatenate([part.counts for part in every]))
    return PatternCounts(patterns, counts)


def fit_label_model(
    known: PatternCounts, *, prior: Sequence[float], smoothing: float = SMOOTHING, strength: float = STRENGTH
) -> LabelModel:
    """Return naive Bayes over the known patterns, or a majority vote around ``prior`` where the outcomes are too few.

    They are too few below ``MINIMUM_KNOWN``, or where a class has none. ``prior`` [n_classes] holds the shares of the classes to
    assume then; it sums to 1.
    """
    totals = known.counts.sum(axis=0)
    if totals.sum() < MINIMUM_KNOWN or not totals.all():
        return MajorityVote(tuple(prior))
    return NaiveBayes.fit(known, smoothing=smoothing, strength=strength)


@dataclass(frozen=True)
class MajorityVote:
    r"""The reference that learns nothing: :math:`P(c) = (v_c + \pi_c) / (\sum_k v_k + 1)`, votes with the prior as one vote more.

    All functions abstaining gives the prior.
    """

    prior: tuple[float, ...]

    def predict(self, votes: "NDArray[np.int8]") -> "NDArray[np.float64]":
        """Return the probabilities, [n_rows, n_classes].

        >>> import numpy as np
        >>> MajorityVote((0.75, 0.25)).predict(np.array([[1, 1, -1], [-1, -1, -1]], dtype=np.int8)).tolist()
        [[0.25, 0.75], [0.75, 0.25]]
        """
        import numpy as np

        n_votes = np.stack([(votes == one).sum(axis=1) for one in range(len(self.prior))], axis=1)
        probabilities: NDArray[np.float64] = (n_votes + np.array(self.prior)) / (n_votes.sum(axis=1, keepdims=True) + 1.0)
        return probabilities

    def describe(self) -> Mapping[str, object]:
        """Return the method and the prior."""
        return {"method": "majority-vote", "prior": list(self.prior)}


@dataclass(frozen=True, eq=False)
class NaiveBayes:
    r"""Votes as independent given the class, corrected by what each pattern's own rows turned out to be.

    With balance :math:`\pi_c`, likelihoods :math:`\ell_{jvc}` of function j voting v in class c, and a pattern's counts :math:`n_c`,

    .. math:: q_c \propto \pi_c \prod_{j \text{ votes}} \ell_{j v_j c}, \qquad P(c) = \frac{n_c + s\,\hat q_c}{\sum_k n_k + s}

    with :math:`\ell_{jvc}` and :math:`\pi_c` as smoothed shares of the known outcomes; a function that abstains says nothing. The first
    formula is that of Dawid and Skene (1979, Applied Statistics 28) with known outcomes in place of estimated ones: it counts functions
    that say the same twice and so is too sure: in :math:`\hat q` the confidence in the most probable class is moved by how far it was off on
    the known rows of that class and like confidence (after the histograms of Zadrozny and Elkan 2001, ICML, section 3), the other classes in
    proportion. The second (MacKay and Bauman Peto 1995, Natural Language Engineering 1, eq. 5) lets
    frequent patterns speak for themselves; ``strength`` s = inf would be naive Bayes alone. No logarithm or exponential, whose last bits
    differ between processors.

    ``balance`` is [n_classes], ``likelihoods`` [n_functions, n_classes (vote), n_classes], ``off`` [n_classes, ``BINS``].
    """

    balance: "NDArray[np.float64]"
    likelihoods: "NDArray[np.float64]"
    off: "NDArray[np.float64]"
    known: PatternCounts
    strength: float

    @classmethod
    def fit(cls, known: PatternCounts, *, smoothing: float = SMOOTHING, strength: float = STRENGTH) -> "NaiveBayes":
        """Return the model of the known patterns; with smoothing above 0 any counts will do, none included."""
        import numpy as np

        n_classes = known.counts.shape[1]
        totals = known.counts.sum(axis=0)
        balance = (totals + smoothing) / (totals.sum() + n_classes * smoothing)
        said = np.stack([(known.patterns == vote).astype(np.int64).T @ known.counts for vote in range(n_classes)], axis=1)
        likelihoods = (said + smoothing) / (totals + (n_classes + 1) * smoothing)
        believed = _independent(balance, likelihoods, known.patterns)
        return cls(balance, likelihoods, _off(believed, known.counts), known, strength)

    def predict(self, votes: "NDArray[np.int8]") -> "NDArray[np.float64]":
        """Return the probabilities, [n_rows, n_classes]."""
        import numpy as np

        known, unseen = self.known.patterns, np.zeros_like(self.balance)
        patterns, position = np.unique(votes, axis=0, return_inverse=True)
        counted = {row.tobytes(): counts for row, counts in zip(known, self.known.counts, strict=True)}
        own = np.array([counted.get(row.tobytes(), unseen) for row in patterns]).reshape(-1, len(self.balance))
        blended: NDArray[np.float64] = (own + self.strength * self.independent(patterns)) / (own.sum(axis=1, keepdims=True) + self.strength)
        return blended[position.reshape(-1)]

    def independent(self, patterns: "NDArray[np.int8]") -> "NDArray[np.float64]":
        """Return what naive Bayes says of each pattern, as sure as it was right, [n_patterns, n_classes]."""
        import numpy as np

        believed = _independent(self.balance, self.likelihoods, patterns)
        top, part, alone = _parts(believed)
        sure = believed.max(axis=1)
        moved = np.clip(sure + np.where(alone, self.off[top, part], 0.0), LEAST, 1 - LEAST)
        believed *= ((1 - moved) / np.maximum(1 - sure, LEAST))[:, None]
        believed[np.arange(len(top)), top] = moved
        believed /= believed.sum(axis=1, keepdims=True)
        return believed

    def describe(self) -> Mapping[str, object]:
        """Return the method, what it learned and from how many rows and patterns."""
        return {
            "method": "naive-bayes",
            "balance": self.balance.tolist(),
            "likelihoods": self.likelihoods.tolist(),
            "off": self.off.tolist(),
            "strength": self.strength,
            "n_known": int(self.known.counts.sum()),
            "n_patterns": len(self.known.patterns),
        }


def _independent(balance: "NDArray[np.float64]", likelihoods: "NDArray[np.float64]", patterns: "NDArray[np.int8]") -> "NDArray[np.float64]":
    """Return the classes' probabilities with votes as independent given the class, [n_patterns, n_classes]."""
    import numpy as np

    share = np.tile(balance, (len(patterns), 1))
    for column, likelihood in enumerate(likelihoods):
        vote = patterns[:, column]
        share = np.where((vote == ABSTAIN)[:, None], share, share * likelihood[vote])
        share /= share.sum(axis=1, keepdims=True)
    return share


def _parts(believed: "NDArray[np.float64]") -> "tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_]]":
    """Return the most probable class, the part of its confidence, and whether no other is as probable, [n_patterns] each."""
    import numpy as np

    sure = believed.max(axis=1)
    alone = (believed == sure[:, None]).sum(axis=1) == 1
    return believed.argmax(axis=1), np.minimum((sure * BINS).astype(np.intp), BINS - 1), alone


def _off(believed: "NDArray[np.float64]", counts: "NDArray[np.int64]") -> "NDArray[np.float64]":
    """Return how much more often the most probable class was right than believed, by class and confidence, [n_classes, BINS]; drawn to 0."""
    import numpy as np

    top, part, alone = _parts(believed)
    cells, size = top * BINS + part, counts.shape[1] * BINS
    rows = np.where(alone, counts.sum(axis=1), 0)
    hits = np.where(alone, counts[np.arange(len(top)), top], 0)
    more = np.bincount(cells, hits - rows * believed.max(axis=1), size) / (np.bincount(cells, rows, size) + BIN_ROWS)
    shares: NDArray[np.float64] = more.reshape(-1, BINS)
    return shares
