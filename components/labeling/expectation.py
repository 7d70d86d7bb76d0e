"""Expectation-maximisation of the latent class model: fit tables and balance to patterns of votes, the groups given."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.labeling.emissions import ALIKE, EXPECTED_ACCURACY, LEAST, Style, tie_to_class, tie_to_opinion, votable
from components.labeling.packing import Packing
from components.labeling.vote_model import DIRECT, VoteModel, states_of
from components.labeling.vote_patterns import VotePatterns

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_SWEEPS = 100
TOLERANCE = 1e-6
"""Gain of the mean log likelihood a row, in nats, below which a fit has converged."""

BALANCE_ROWS = 5.0
"""Rows of each class that the balance is smoothed with."""


@dataclass(frozen=True, eq=False)
class Opinion:
    """What is believed of a group's state and the class, which no array holds: P(s, y) = ways[s, y] likely[s] rest[y] for each pattern.

    States are the classes, where a group has no opinion, then the opinions: ``ways`` [2 k, k], ``likely`` [2 k, n], ``rest`` [k, n].
    """

    ways: "NDArray[np.float64]"
    likely: "NDArray[np.float64]"
    rest: "NDArray[np.float64]"

    @classmethod
    def near(cls, opinion: "NDArray[np.float64]", classes: "NDArray[np.float64]", drawn: float = 1.0) -> "Opinion":
        """Return the belief from opinions [k + 1, n], none first, and classes [k, n]; an opinion is ``drawn`` times likelier where it is right."""
        import numpy as np

        k = len(classes)
        ways = np.concatenate([np.eye(k), 1 + (drawn - 1) * np.eye(k)])
        likely = np.concatenate([np.repeat(opinion[:1], k, axis=0), opinion[1:]])
        return cls(ways, likely, classes / (classes * (ways.T @ likely)).sum(axis=0))

    def states(self) -> "NDArray[np.float64]":
        """Return the probabilities of the states, [2 k, n]."""
        states: NDArray[np.float64] = self.likely * (self.ways @ self.rest)
        return states

    def rows(self, counts: "NDArray[np.float64]") -> "NDArray[np.float64]":
        """Return the expected rows of each opinion, none first, and class, [k + 1, k]."""
        import numpy as np

        k = len(self.rest)
        joint = self.ways * ((self.likely * counts) @ self.rest.T)
        return np.concatenate([joint[:k].diagonal()[None], joint[k:]])


@dataclass(frozen=True, eq=False)
class Posteriors:
    """What is believed of each pattern: of the class, [k, n_patterns], and of each group."""

    classes: "NDArray[np.float64]"
    opinions: tuple[Opinion, ...]


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted model, its mean log likelihood a row, what it believes of the patterns, and how it got there."""

    model: VoteModel
    log_likelihood: float
    posteriors: Posteriors
    style: Style
    n_sweeps: int
    converged: bool


def fit_by_expectation(
    patterns: VotePatterns,
    style: Style,
    groups: Sequence[int] = (),
    *,
    method: str = "generative",
    balance: "NDArray[np.float64] | None" = None,
    start: Posteriors | None = None,
    alike: float = ALIKE,
    max_sweeps: int = MAX_SWEEPS,
) -> Fit:
    """Return the model of highest likelihood near ``start`` (the votes themselves), smoothed as the emissions say.

    Dawid and Skene (1979), with tied tables and a hidden opinion a group. ``groups`` names the group of each function, ``DIRECT`` for
    none (the default for all); ``balance`` fixes the shares of the classes, which are estimated otherwise. The first balance is that of the
    covered rows. ``alike`` is the weight of what coins have in common, in votes.
    """
    import numpy as np

    em = _Expectation.of(patterns, style, tuple(groups) or (DIRECT,) * patterns.votes.shape[1], alike)
    believed = start or votes_believed(patterns, em.groups)
    first = np.where(patterns.covered, patterns.counts, 0.0) if start is None else patterns.counts
    model, likelihood, n_sweeps, gain = em.maximise(believed, first, balance, method), -np.inf, 0, np.inf
    while n_sweeps < max_sweeps and gain >= TOLERANCE:
        if n_sweeps:
            model = em.maximise(believed, patterns.counts, balance, method)
        believed, found = em.expect(model)
        gain, likelihood, n_sweeps = abs(found - likelihood), found, n_sweeps + 1
    return Fit(model, likelihood, believed, style, n_sweeps, bool(gain < TOLERANCE))


def votes_believed(patterns: VotePatterns, groups: Sequence[int]) -> Posteriors:
    """Return what the votes alone suggest: each function is right in ``EXPECTED_ACCURACY`` of its votes, a group has one voice."""
    import numpy as np

    k = patterns.n_classes
    said = (patterns.votes.T[:, None] == np.arange(k)[:, None]).astype(np.float64)
    voices = said[np.array(groups) == DIRECT].sum(axis=0)
    for group in range(max(groups, default=DIRECT) + 1):
        heard = said[np.array(groups) == group].sum(axis=0)
        voices = voices + heard / np.maximum(heard.sum(axis=0), 1)
    odds = EXPECTED_ACCURACY * (k - 1) / (1 - EXPECTED_ACCURACY)
    classes = odds ** (voices - voices.max(axis=0))
    classes /= classes.sum(axis=0)
    return Posteriors(classes, tuple(Opinion.near(opinion, classes) for opinion in voiced(patterns, groups)))


def voiced(patterns: VotePatterns, groups: Sequence[int]) -> "list[NDArray[np.float64]]":
    """Return what the members of each group say together: probabilities of no opinion and of each, [k + 1, n_patterns]."""
    import numpy as np

    votes, found = patterns.votes.T[:, None], []
    for group in range(max(groups, default=DIRECT) + 1):
        heard = (votes[np.array(groups) == group] == np.arange(patterns.n_classes)[:, None]).sum(axis=0)
        opinion = np.concatenate([np.full((1, heard.shape[1]), 0.3), heard + 0.02])
        found.append(opinion / opinion.sum(axis=0))
    return found


@dataclass(frozen=True, eq=False)
class _Expectation:
    """Both steps over the patterns of one set of rows."""

    patterns: VotePatterns
    style: Style
    groups: tuple[int, ...]
    parts: "tuple[tuple[list[int], Packing, list[NDArray[np.intp]]], ...]"
    classes: "NDArray[np.bool_]"
    alike: float

    @classmethod
    def of(cls, patterns: VotePatterns, style: Style, groups: tuple[int, ...], alike: float) -> "_Expectation":
        import numpy as np

        votes, k = np.ascontiguousarray(patterns.votes.T), patterns.n_classes
        parts = []
        for group in range(DIRECT, max(groups, default=DIRECT) + 1):
            members = [position for position, one in enumerate(groups) if one == group]
            packing = Packing.of(members, k)
            parts.append((members, packing, packing.codes(votes)))
        return cls(patterns, style, groups, tuple(parts), votable(patterns.votes_by_class()), alike)

    def maximise(
        self, believed: Posteriors, counts: "NDArray[np.float64]", balance: "NDArray[np.float64] | None", method: str
    ) -> VoteModel:
        """Return the model that the beliefs, weighted by ``counts`` of rows, make most likely."""
        import numpy as np

        weighed = believed.classes * counts
        if balance is None:
            rows = weighed.sum(axis=1) + BALANCE_ROWS
            balance = rows / rows.sum()
        tables: dict[int, NDArray[np.float64]] = {}
        opinions = []
        for group, (members, packing, codes) in enumerate(self.parts, start=DIRECT):
            if not members:
                continue
            states = weighed if group == DIRECT else believed.opinions[group].states() * counts
            found = packing.counts(codes, states)
            stacked = np.stack([found[one] for one in members])
            classes = self.classes[members]
            tied = tie_to_class(stacked, self.style, classes, self.alike) if group == DIRECT else tie_to_opinion(stacked)
            tables.update(zip(members, tied, strict=True))
            if group != DIRECT:
                joint = believed.opinions[group].rows(counts)
                opinions.append(np.maximum(tie_to_class(joint[None], self.style, np.logical_or.reduce(classes, axis=0)[None])[0], LEAST))
        return VoteModel(method, balance, tuple(tables[one] for one in range(len(self.groups))), self.groups, tuple(opinions))

    def expect(self, model: VoteModel) -> tuple[Posteriors, float]:
        """Return the beliefs under the model and its mean log likelihood a row."""
        import numpy as np

        k, counts = model.n_classes, self.patterns.counts
        joint, scale = np.repeat(model.balance[:, None], len(counts), axis=1), np.zeros(len(counts))
        shared = []
        for group, (members, packing, codes) in enumerate(self.parts, start=DIRECT):
            if not members:
                continue
            likely, more = packing.likelihoods(model.tables, codes, k if group == DIRECT else 2 * k)
            scale += more
            if group == DIRECT:
                joint *= likely
            else:
                states = states_of(model.opinions[group])
                message = states.T @ likely
                joint *= message
                shared.append((states, likely, message))
        total = joint.sum(axis=0)
        joint /= total
        opinions = tuple(Opinion(states, likely, joint / message) for states, likely, message in shared)
        likelihood = float((counts * (np.log(total) + scale)).sum() / max(1.0, counts.sum()))
        return Posteriors(joint, opinions), likelihood
