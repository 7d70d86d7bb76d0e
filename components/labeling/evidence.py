"""Evidence for and against a label model without a label: what it leaves unexplained, and what it foretells."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from components.artifacts.votes import ABSTAIN
from components.labeling.structure import expected_shares
from components.labeling.vote_model import DIRECT, VoteModel
from components.labeling.vote_patterns import VotePatterns

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ERRORS_APART = 2.0
"""Standard errors by which a richer model has to explain held-out votes better."""


def misfit(model: VoteModel, patterns: VotePatterns) -> float:
    """Return the mean of (seen - expected)^2 / expected over the pairs of votes expected on at least one row; 1 for a true model.

    Two functions of one group are one voice: how they vote together says nothing of the class.
    """
    import numpy as np

    groups = np.array(model.groups, dtype=np.intp)
    pairs = np.nonzero(np.triu((groups[:, None] != groups) | (groups == DIRECT), 1))
    expected = patterns.n_rows * expected_shares(model)[pairs][:, 1:, 1:]
    seen = patterns.n_rows * patterns.shares[pairs][:, 1:, 1:]
    enough = expected >= 1
    return float(((seen - expected)[enough] ** 2 / expected[enough]).mean()) if enough.any() else 0.0


def agreement(model: VoteModel, other: VoteModel, patterns: VotePatterns) -> float:
    """Return the share of covered rows that two models label alike; 1 without any."""
    import numpy as np

    first, second = model.label(patterns.votes), other.label(patterns.votes)
    covered = np.where(first != ABSTAIN, patterns.counts, 0.0)
    return float((covered * (first == second)).sum() / covered.sum()) if covered.any() else 1.0


def simplest(likelihoods: "Sequence[NDArray[np.float64]]", counts: "NDArray[np.float64]") -> int:
    """Return the first whose mean is not ``ERRORS_APART`` standard errors of the difference behind the best."""
    best = max(range(len(likelihoods)), key=lambda one: float((counts * likelihoods[one]).sum()))
    for position, one in enumerate(likelihoods[:best]):
        behind, error = ahead(likelihoods[best], one, counts)
        if behind <= ERRORS_APART * error:
            return position
    return best


def foretold(patterns: VotePatterns, fit: Callable[[VotePatterns], VoteModel]) -> "NDArray[np.float64]":
    """Return what a model of each half of the functions tells of the votes of the other half, in nats, [n_patterns].

    A latent class that is the true one is seen by all functions; one that is a topic of a few is not. Each vote counts with the logarithm of
    its probability under the model's class, over that of its share among the function's votes. The halves take turns in order of coverage.
    """
    import numpy as np

    order = np.argsort(-patterns.votes_by_class()[:, 1:].sum(axis=1), kind="stable")
    told, k = np.zeros(len(patterns.counts)), patterns.n_classes
    for known, other in ((order[::2], order[1::2]), (order[1::2], order[::2])):
        seen = patterns.votes[:, known]
        believed = fit(VotePatterns(seen, patterns.counts, k)).predict(seen)
        for votes in patterns.votes[:, other].T:
            weighed = (believed * patterns.counts[:, None])[votes != ABSTAIN]
            voted = votes[votes != ABSTAIN]
            tables = 1 + np.stack([weighed[voted == one].sum(axis=0) for one in range(k)])
            likely = (believed[votes != ABSTAIN] * (tables / tables.sum(axis=0))[voted]).sum(axis=1)
            told[votes != ABSTAIN] += np.log(likely * tables.sum() / tables.sum(axis=1)[voted])
    return told


def ahead(one: "NDArray[np.float64]", other: "NDArray[np.float64]", counts: "NDArray[np.float64]") -> tuple[float, float]:
    """Return the mean of one less the other over the rows behind patterns, and its standard error."""
    import numpy as np

    more, total = one - other, max(1.0, float(counts.sum()))
    mean = float((counts * more).sum()) / total
    return mean, float(np.sqrt((counts * (more - mean) ** 2).sum())) / total
