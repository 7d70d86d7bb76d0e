"""Label models in closed form, from how often two functions agree: majority vote, weighted vote, triplets."""

from typing import TYPE_CHECKING

from components.labeling.emissions import EXPECTED_ACCURACY, LEAST, PRIOR_VOTES, votable, whole
from components.labeling.vote_model import DIRECT, VoteModel
from components.labeling.vote_patterns import VotePatterns

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEAST_SKILL, MOST_SKILL = 0.05, 0.98
"""Bounds of the correlation of a vote with the class where functions are taken to be better than chance."""

ENOUGH_TOGETHER = 20.0
"""Rows that two functions must both have voted on for their agreement to count in a triplet."""

ODD = 0.1
"""Agreement beyond what two skills explain at which a pair counts half: copies and functions with one blind spot agree by more. On generated
matrices 0.05 and 0.1 were alike, and 0.2 let copies through."""

SWEEPS = 50

ERRORS_ABOVE = 3.0
"""Standard errors above the usual at which the meetings of two votes count no more. On generated keywords 1.5 was like it, and no bound worse."""


def fit_majority(patterns: VotePatterns, balance: "NDArray[np.float64] | None" = None) -> VoteModel:
    r"""Return the majority vote: every function has the accuracy that the agreement of all pairs suggests.

    With skill :math:`r = (k a - 1) / (k - 1)` of accuracy a and errors spread evenly, two functions agree in :math:`1/k + (k-1)/k\, r_i r_j` of
    the rows that both vote on, whatever the balance. One common r makes every vote weigh the same. Where no function votes every class, r is that
    of `_meeting`. The balance is even unless given.
    """
    import numpy as np

    together, alike = _agreement(patterns)
    return _coins("majority", patterns, np.full(len(together), _common(patterns, together, alike)), balance)


def fit_weighted(patterns: VotePatterns, balance: "NDArray[np.float64] | None" = None) -> VoteModel:
    """Return the weighted vote: a skill a function, such that the products of two explain how often they agree.

    Weighted least squares of rank one, by alternation, drawn towards the common skill with the weight of ``PRIOR_VOTES`` rows; a pair that
    agrees more, or less, than skills explain weighs less, by Cauchy's weights (Holland and Welsch 1977, Communications in Statistics A6). A
    function that does not vote every class keeps the common skill: two of the same class agree wherever both vote. The balance is even unless
    given. Nothing is learned but one positive weight each, so that what the model does not explain does little harm.
    """
    import numpy as np

    together, alike = _agreement(patterns)
    common = _common(patterns, together, alike)
    skill = np.full(len(together), common)
    every = whole(votable(patterns.votes_by_class()))
    for _ in range(SWEEPS):
        usual = together / (1 + ((alike - np.outer(skill, skill)) / ODD) ** 2)
        pulled = (usual * alike * skill).sum(axis=1) + PRIOR_VOTES * common
        found = np.clip(0.5 * skill + 0.5 * pulled / ((usual * skill**2).sum(axis=1) + PRIOR_VOTES), LEAST_SKILL, MOST_SKILL)
        skill = np.where(every, found, common)
    return _coins("weighted", patterns, skill, balance)


def fit_triplets(patterns: VotePatterns, balance: "NDArray[np.float64] | None" = None) -> VoteModel:
    r"""Return the closed-form model of Fu et al. (2020, FlyingSquid, ICML, Algorithm 1).

    :math:`|r_i| = \sqrt{|c_{ij} c_{il} / c_{jl}|}`, the median over all pairs j, l that vote with i often enough; with errors spread evenly
    this holds for any number of classes. A function is on the side that most of the others vote for. The balance follows from how often
    each class is voted, unless given or unless a function does not vote every class.
    """
    import numpy as np

    together, alike = _agreement(patterns)
    m, k = len(together), patterns.n_classes
    enough = (together >= ENOUGH_TOGETHER) & (np.abs(alike) > LEAST)
    usual = _usual(0.0, together, k)
    skill = np.full(m, usual)
    with np.errstate(divide="ignore", invalid="ignore"):
        for one in range(m):
            ratio = np.abs(np.outer(alike[one], alike[one]) / alike)
            usable = enough & enough[one][:, None] & enough[one][None, :]
            if usable.any():
                skill[one] = np.sqrt(np.median(ratio[usable]))
    skill = np.clip(skill, LEAST_SKILL, MOST_SKILL)
    side = np.where((together * alike * skill).sum(axis=1) < 0, -1.0, 1.0)
    return _coins("triplets", patterns, skill * side, balance if balance is not None else _balance(patterns, skill * side))


def _agreement(patterns: VotePatterns) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
    """Return the rows that two functions both voted on, and how much more than by chance they agree there (1 always, 0 by chance)."""
    import numpy as np

    voted = patterns.shares[:, :, 1:, 1:] * patterns.n_rows
    together = np.rint(voted.sum(axis=(2, 3)))
    np.fill_diagonal(together, 0.0)
    k = patterns.n_classes
    agree = np.einsum("ijvv->ij", voted) / np.maximum(together, 1.0)
    return together, np.where(together > 0, (k * agree - 1) / (k - 1), 0.0)


def _common(patterns: VotePatterns, together: "NDArray[np.float64]", alike: "NDArray[np.float64]") -> float:
    """Return the skill that all functions are taken to have."""
    import numpy as np

    if whole(votable(patterns.votes_by_class())).any():
        skill = float(np.sqrt(max(0.0, float((together * alike).sum()))) / np.sqrt(max(1.0, float(together.sum()))))
    else:
        skill = _meeting(patterns)
    return _usual(skill, together, patterns.n_classes)


def _meeting(patterns: VotePatterns) -> float:
    r"""Return the skill of functions of some classes each, from how often their votes meet beside how often they would by chance.

    Two functions of one class agree wherever both vote, whatever their skill. But a vote is :math:`1 + (k - 1) r` times as frequent as on the
    average where it is right, and :math:`1 - r` times where it is wrong. So votes for one class meet :math:`s = 1 + (k - 1) r^2` times as often
    as by chance, votes for two classes :math:`d = 1 - r^2` times, and :math:`r^2 = (s - d) / (s + (k - 1) d)`; long texts, in which all
    keywords are more frequent, raise s and d alike. Keywords of one topic meet more often than others: what is ``ERRORS_ABOVE`` standard errors
    above the usual does not count.
    """
    import numpy as np

    votes, k = patterns.votes_by_class()[:, 1:], patterns.n_classes
    pairs = np.triu_indices(len(votes), 1)
    seen = patterns.shares[pairs][:, 1:, 1:] * patterns.n_rows
    expected = votes[pairs[0]][:, :, None] * votes[pairs[1]][:, None] / max(1.0, patterns.n_rows)
    one = np.eye(k, dtype=bool)
    same, different = (_usual_ratio(seen[:, which].ravel(), expected[:, which].ravel()) for which in (one, ~one))
    return float(np.sqrt(max(0.0, same - different) / max(LEAST, same + (k - 1) * different)))


def _usual_ratio(seen: "NDArray[np.float64]", expected: "NDArray[np.float64]") -> float:
    """Return how many times as often as expected something is seen, with outliers above pulled in; 0 where nothing is expected."""
    import numpy as np

    total = max(LEAST, float(expected.sum()))
    ratio = float(seen.sum()) / total
    for _ in range(SWEEPS):
        most = ratio * expected + ERRORS_ABOVE * np.sqrt(ratio * expected)
        ratio = float(np.minimum(seen, most).sum()) / total
    return ratio


def _usual(skill: float, together: "NDArray[np.float64]", k: int) -> float:
    """Return the skill drawn towards that of the expected accuracy where few rows have two votes."""
    import numpy as np

    expected, rows = (k * EXPECTED_ACCURACY - 1) / (k - 1), float(together.sum()) / 2
    drawn = (rows * skill + PRIOR_VOTES * expected) / (rows + PRIOR_VOTES)
    return float(np.clip(drawn, LEAST_SKILL, MOST_SKILL))


def _balance(patterns: VotePatterns, skill: "NDArray[np.float64]") -> "NDArray[np.float64] | None":
    """Return the shares of the classes from shares of votes, which are (1 - r) / k + r times them; None where functions know but some."""
    import numpy as np

    k, votes = patterns.n_classes, patterns.votes_by_class()
    if not len(votes) or not votable(votes).all():
        return None
    cast = votes[:, 1:]
    total = cast.sum(axis=1, keepdims=True)
    voted = total[:, 0] * skill
    found = (voted[:, None] * (cast / total - ((1 - skill) / k)[:, None])).sum(axis=0) / max(LEAST, float((voted * skill).sum()))
    found = np.maximum(found, 0.01)
    shares: NDArray[np.float64] = found / found.sum()
    return shares


def _coins(method: str, patterns: VotePatterns, skill: "NDArray[np.float64]", balance: "NDArray[np.float64] | None") -> VoteModel:
    """Return the model in which each function tosses its own coin, and silence says nothing."""
    import numpy as np

    k = patterns.n_classes
    accuracy = (1 + (k - 1) * skill) / k
    firing = patterns.votes_by_class()[:, 1:].sum(axis=1) / max(1.0, patterns.n_rows)
    firing = np.clip(firing, LEAST, 1 - LEAST)
    tables = []
    for a, f in zip(accuracy, firing, strict=True):
        voted = np.full((k, k), f * (1 - a) / (k - 1))
        np.fill_diagonal(voted, f * a)
        tables.append(np.maximum(np.vstack([np.full(k, 1 - f), voted]), LEAST))
    even = np.full(k, 1 / k)
    return VoteModel(method, even if balance is None else balance, tuple(tables), (DIRECT,) * len(tables))
