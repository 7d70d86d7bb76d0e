"""Evidence for and against a label model without a label: what it leaves unexplained, and what it foretells."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from components.artifacts.votes import ABSTAIN
from components.labeling.structure import expected_shares
from components.labeling.vote_model import VoteModel
from components.labeling.vote_patterns import VotePatterns

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ERRORS_APART = 2.0
"""Standard errors by which a richer model has to explain held-out votes better."""


def misfit(model: VoteModel, patterns: VotePatterns) -> float:
    """Return the mean of (seen - expected)^2 / expected over the pairs of votes expected on at least one row; 1 for a true model."""
    import numpy as np

    pairs = np.triu_indices(patterns.votes.shape[1], 1)
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
    import numpy as np

    total = counts.sum()
    best = max(range(len(likelihoods)), key=lambda one: float((counts * likelihoods[one]).sum()))
    for position, one in enumerate(likelihoods[:best]):
        behind = likelihoods[best] - one
        mean = float((counts * behind).sum() / total)
        error = float(np.sqrt((counts * (behind - mean) ** 2).sum()) / total)
        if mean <= ERRORS_APART * error:
            return position
    return best


def foretold(patterns: VotePatterns, fit: Callable[[VotePatterns], VoteModel]) -> tuple[float, float]:
    """Return the share of votes of each half of the functions that a model of the other half names, and its standard error.

    A latent class that is the true one is seen by all functions; one that is a topic of a few is not. The halves take turns in order of
    coverage; rows count where both halves voted.
    """
    import numpy as np

    order = np.argsort(-patterns.votes_by_class()[:, 1:].sum(axis=1), kind="stable")
    right = asked = 0.0
    for known, other in ((order[::2], order[1::2]), (order[1::2], order[::2])):
        seen = VotePatterns(patterns.votes[:, known], patterns.counts, patterns.n_classes)
        named = fit(seen).label(seen.votes)
        votes = patterns.votes[:, other]
        both = (votes != ABSTAIN) & (named != ABSTAIN)[:, None]
        asked += float((patterns.counts[:, None] * both).sum())
        right += float((patterns.counts[:, None] * (both & (votes == named[:, None]))).sum())
    share = right / max(1.0, asked)
    return share, float(np.sqrt(max(share * (1 - share), 1e-12) / max(1.0, asked)))
