"""Which functions share an opinion: groups found where they vote together more than the class explains."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from components.labeling.emissions import Style, votable, whole
from components.labeling.expectation import Fit, Opinion, Posteriors, fit_by_expectation, voiced
from components.labeling.vote_model import DIRECT, VoteModel, states_of
from components.labeling.vote_patterns import VotePatterns

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Groups = tuple[int, ...]
"""The group of each function, or ``DIRECT``."""

LEAST_DEPENDENCE = 0.0012
"""Nats a row, of what two functions tell of each other beyond the class, below which they count as independent. Pairs of independent
functions showed up to 0.0008 at 10,000 rows; the weakest pairs that share a blind spot on a quarter of the rows 0.002."""

STRONG = 0.5
"""Pairs above this share of the strongest one's dependence are grouped at once."""

ROUNDS = 4
MOST_MOVES, MOST_TRIED, MOST_MOVING = 12, 12, 32
"""Functions moved one by one into or out of groups, moves tried for each, and the number of functions up to which that is tried."""

WORTH = 2.0
"""Nats over all rows that a move has to gain."""


def learn_groups(patterns: VotePatterns, style: Style, balance: "NDArray[np.float64] | None" = None) -> Fit:
    """Return the model with the groups that the votes ask for.

    Dependence is what a pair's joint votes differ from those that the model expects, as Kullback-Leibler divergence: the residual test behind
    structure learning for weak supervision (Bach et al. 2017; Varma et al. 2019 find the same pairs as outliers of a low-rank matrix). The
    strongest pairs form groups, functions are moved while the likelihood grows, and this is repeated until nothing stands out.

    Only functions that vote every class are grouped: keywords of one class fire together because of a topic or as copies, and no vote tells
    which. Two hidden causes are alike to the likelihood: which of them is the class? The one that most independent voices see, where a group has
    one voice. Groups that are larger than that change places with it; where this leaves nothing better than no groups, moves start again and let
    no group outgrow the other voices.
    """
    import numpy as np

    every = whole(votable(patterns.votes_by_class()))
    chance = 2 * patterns.n_classes**2 + np.log(max(1, every.sum() ** 2))  # the largest of so many pairs, each with half its k^2 in nats
    least = max(LEAST_DEPENDENCE, chance / max(1.0, patterns.n_rows))
    fit = fit_by_expectation(patterns, style, balance=balance)
    for _ in range(ROUNDS if every.sum() > 2 else 0):  # noqa: PLR2004 - two functions agree for whatever reason
        between = dependence(patterns, fit.model) * every * every[:, None]
        groups = _join(fit.model.groups, between, least)
        if groups == fit.model.groups:
            break
        settled = (_exchange(patterns, _settle(patterns, fit, groups, balance, bounded=bounded), balance) for bounded in (False, True))
        better = next((one for one in settled if one.log_likelihood >= fit.log_likelihood + least / 2), None)
        if better is None:
            break
        fit = better
    return fit


def expected_shares(model: VoteModel) -> "NDArray[np.float64]":
    """Return how often the model expects functions to vote together: [m, m, k + 1, k + 1]."""
    import numpy as np

    alone = model.emissions()
    shares: NDArray[np.float64] = np.einsum("y,ivy,juy->ijvu", model.balance, alone, alone, optimize=True)
    for group, opinion in enumerate(model.opinions):
        members = model.members(group)
        tables = np.stack([model.tables[one] for one in members])
        shares[np.ix_(members, members)] = np.einsum("s,ivs,jus->ijvu", states_of(opinion) @ model.balance, tables, tables)
    return shares


def dependence(patterns: VotePatterns, model: VoteModel) -> "NDArray[np.float64]":
    """Return what two functions' votes tell of each other beyond the model, in nats a row: [m, m], the diagonal 0."""
    import numpy as np

    seen, expected = patterns.shares, np.maximum(expected_shares(model), 1e-12)
    found: NDArray[np.float64] = np.where(seen > 0, seen * np.log(np.maximum(seen, 1e-300) / expected), 0.0).sum(axis=(2, 3))
    np.fill_diagonal(found, 0.0)
    return found


def _join(groups: Groups, between: "NDArray[np.float64]", least: float) -> Groups:
    """Return the groups after joining the strongest dependent pairs, those that are in different groups or none."""
    import numpy as np

    joined = list(groups)
    pairs = sorted(((between[i, j], i, j) for i, j in zip(*np.triu_indices(len(groups), 1), strict=True)), key=lambda one: -one[0])
    apart = [(g, i, j) for g, i, j in pairs if g > least and not groups[i] == groups[j] != DIRECT]
    for strength, i, j in apart:
        if strength < STRONG * apart[0][0]:
            break
        a, b = joined[i], joined[j]
        name = max(joined) + 1 if a == b == DIRECT else max(a, b)
        joined = [name if p in {i, j} or (one != DIRECT and one in {a, b}) else one for p, one in enumerate(joined)]
    return _numbered(joined)


def _numbered(groups: Sequence[int]) -> Groups:
    """Return the groups numbered from 0 in order of appearance; a group of one is none."""
    kept = [one for one in dict.fromkeys(groups) if one != DIRECT and groups.count(one) > 1]
    return tuple(kept.index(one) if one in kept else DIRECT for one in groups)


def _settle(patterns: VotePatterns, before: Fit, groups: Groups, balance: "NDArray[np.float64] | None", *, bounded: bool) -> Fit:
    """Return the better fit of the groups, from the votes or from what was believed before, after moving functions while that helps.

    Where classes change places the likelihood is the same: a fit that holds most voices for worse than chance has them the wrong way round.
    """
    cold = fit_by_expectation(patterns, before.style, groups, balance=balance)
    warm = fit_by_expectation(patterns, before.style, groups, balance=balance, start=_kept(patterns, before.posteriors, groups))
    return _rearrange(patterns, max(cold, warm, key=lambda one: (_heard(one.model), one.log_likelihood)), balance, bounded=bounded)


def _rearrange(patterns: VotePatterns, fit: Fit, balance: "NDArray[np.float64] | None", *, bounded: bool = False) -> Fit:
    """Return the fit after moving functions one by one while that is worth it; ``bounded`` moves let no group outgrow the other voices."""
    if len(fit.model.groups) > MOST_MOVING:
        return fit
    for _ in range(MOST_MOVES):
        moves = [move for move in _moves(patterns, fit) if not bounded or _excess(move) <= max(0, _excess(fit.model.groups))]
        best = max((_moved(patterns, fit, move, balance, 8) for move in moves), key=lambda one: one.log_likelihood, default=fit)
        if best.log_likelihood < fit.log_likelihood + WORTH / patterns.n_rows:
            break
        fit = _moved(patterns, fit, best.model.groups, balance, 40)
    return fit


def _heard(model: VoteModel) -> bool:
    """Tell whether the functions that look at the class themselves are right more often than a guess."""
    voted = model.emissions()[model.members(DIRECT), 1:] * model.balance
    return float(voted.trace(axis1=1, axis2=2).sum()) * model.n_classes >= float(voted.sum())


def _kept(patterns: VotePatterns, believed: Posteriors, groups: Groups) -> Posteriors:
    """Return what was believed of the classes with the new groups' opinions near them."""
    return Posteriors(believed.classes, tuple(Opinion.near(opinion, believed.classes, drawn=3) for opinion in voiced(patterns, groups)))


def _moves(patterns: VotePatterns, fit: Fit) -> list[list[int]]:
    """Return the groups after each promising move of one function: out of its group, or into the one that it depends on most."""
    import numpy as np

    groups, between = fit.model.groups, dependence(patterns, fit.model)
    moves = []
    for one in np.flatnonzero(whole(votable(patterns.votes_by_class()))):
        own = groups[one]
        for group in range(DIRECT, max(groups) + 1):
            if group != own:
                pull = 1.0 if group == DIRECT else between[one, fit.model.members(group)].max()
                moves.append((pull, one, group))
    moves.sort(key=lambda move: -move[0])
    return [[group if p == one else g for p, g in enumerate(groups)] for _, one, group in moves[:MOST_TRIED]]


def _moved(patterns: VotePatterns, fit: Fit, groups: Sequence[int], balance: "NDArray[np.float64] | None", sweeps: int) -> Fit:
    """Return the fit of these groups from what the fit before believes."""
    numbered = _numbered(groups)
    kept = dict.fromkeys(one for one, name in zip(groups, numbered, strict=True) if name != DIRECT)
    start = Posteriors(fit.posteriors.classes, tuple(fit.posteriors.opinions[one] for one in kept))
    return fit_by_expectation(patterns, fit.style, numbered, balance=balance, start=start, max_sweeps=sweeps)


def _exchange(patterns: VotePatterns, fit: Fit, balance: "NDArray[np.float64] | None") -> Fit:
    """Return the fit in which no group is larger than the number of voices that see the class, functions moved again; of equals the likelier."""
    groups = fit.model.groups
    if max(groups) == DIRECT or _excess(groups) < 0:
        return fit
    largest = max(range(max(groups) + 1), key=groups.count)
    exchanged = _numbered([DIRECT if one == largest else largest if one == DIRECT else one for one in groups])
    other = _rearrange(patterns, fit_by_expectation(patterns, fit.style, exchanged, balance=balance), balance)
    return fit if _excess(groups) == 0 and fit.log_likelihood > other.log_likelihood else other


def _excess(groups: Sequence[int]) -> int:
    """Return how many functions the largest group has above the other voices, of which each other group is one.

    >>> _excess([0, 0, 0, DIRECT, 1, 1])
    1
    """
    return max((groups.count(one) for one in range(max(groups) + 1)), default=0) - groups.count(DIRECT) - max(groups)
