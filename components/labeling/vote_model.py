"""The probability of each class given the votes of a row: one form for every label model that learns from votes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.artifacts.votes import ABSTAIN
from components.labeling.emissions import LEAST
from components.labeling.packing import Packing
from components.labeling.vote_patterns import VotePatterns

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TILE_ROWS = 1 << 13
"""Rows predicted at once: their votes and probabilities stay in the cache of a core."""

MOST_PATTERNS = 1 << 24
"""Possible rows of votes up to which each one seen is predicted once and looked up for all rows that show it."""

MUTE = 1.01
"""Ratio of the probabilities of silence by class up to which silence says nothing."""
DIRECT = -1
"""The group of a function that looks at the class itself."""


@dataclass(frozen=True, eq=False)
class VoteModel:
    r"""A latent class behind the votes; some functions see it only through an opinion that they share.

    .. math:: P(y \mid \lambda) \propto \pi_y \prod_{j\ \text{direct}} P(\lambda_j \mid y) \prod_g \sum_s P(s_g \mid y)
        \prod_{j \in g} P(\lambda_j \mid s_g, y)

    The first product is the model of Dawid and Skene (1979); a group is a hidden function whose votes its members repeat; where it is silent
    each judges the class itself. That covers copies, near copies and shared blind spots with one more table a group. It stands for the pairwise correlations of data programming
    (Ratner et al. 2016, eq. 2), with the dependence named by its cause.

    Attributes
    ----------
    balance
        [k], shares of the classes.
    tables
        A function each, silence first: [k + 1, k], P(vote | class); for a member of a group [k + 1, 2 k], the same where there is no opinion,
        then P(vote | opinion).
    groups
        The group of each function, ``DIRECT`` for none.
    opinions
        A group each: [k + 1, k], P(opinion | class), no opinion first.

    """

    method: str
    balance: "NDArray[np.float64]"
    tables: tuple["NDArray[np.float64]", ...]
    groups: tuple[int, ...]
    opinions: tuple["NDArray[np.float64]", ...] = ()

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.balance)

    def members(self, group: int) -> list[int]:
        """Return the functions of a group, or those that look at the class itself (``DIRECT``)."""
        return [position for position, one in enumerate(self.groups) if one == group]

    def emissions(self) -> "NDArray[np.float64]":
        """Return P(vote | class) of every function, [m, k + 1, k], opinions summed out."""
        import numpy as np

        tables = (t if g == DIRECT else t @ states_of(self.opinions[g]) for t, g in zip(self.tables, self.groups, strict=True))
        return np.array(list(tables)).reshape(-1, self.n_classes + 1, self.n_classes)

    def precisions(self) -> "NDArray[np.float64]":
        """Return the probability that a vote is right, [m, k] by the class voted for, knowing that vote alone."""
        import numpy as np

        joint = self.emissions()[:, 1:] * self.balance
        precision: NDArray[np.float64] = np.einsum("mcc->mc", joint) / np.maximum(joint.sum(axis=2), 1e-300)
        return precision

    def accuracies(self) -> "NDArray[np.float64]":
        """Return the share of right votes among the votes of each function, [m]."""
        import numpy as np

        joint = self.emissions()[:, 1:] * self.balance
        accuracy: NDArray[np.float64] = np.einsum("mcc->m", joint) / np.maximum(joint.sum(axis=(1, 2)), 1e-300)
        return accuracy

    def trusted(self) -> "NDArray[np.bool_]":
        """Return which votes are believed better than chance, [m, k]: alone they speak for their class, against each other and the balance."""
        import numpy as np

        likely = self.emissions()[:, 1:]
        k = range(self.n_classes)
        raises = [[(likely[:, c, c] >= likely[:, c, other]) for other in k] for c in k]
        alone = [[(likely[:, c, c] * self.balance[c] >= likely[:, c, other] * self.balance[other]) for other in k] for c in k]
        trusted: NDArray[np.bool_] = np.logical_and.reduce(np.array(raises) & np.array(alone), axis=1)
        return trusted.T

    def predict(self, votes: "NDArray[np.int8]") -> "NDArray[np.float64]":
        """Return the probabilities, [n_rows, k]; rows sum to 1. Where nothing voted they are what silence says: often only the balance.

        Where all that voted say one class, and the model believes each of these votes better than chance, that class is never less probable
        than another. Where silence speaks (``rates``), a silent function has a voice too, and may speak against them.
        """
        import numpy as np

        size, k = self.n_classes + 1, self.n_classes
        if size ** votes.shape[1] > MOST_PATTERNS or len(votes) <= TILE_ROWS:
            return self._predict_rows(votes)
        code = np.zeros(len(votes), np.int32)
        for start in range(0, len(votes), TILE_ROWS):
            part = code[start : start + TILE_ROWS]
            for column in votes[start : start + TILE_ROWS].T:
                part *= np.int32(size)
                part += column
                part -= np.int32(ABSTAIN)
        seen = np.zeros(size ** votes.shape[1], np.int32)
        seen[code] = 1
        patterns = np.flatnonzero(seen)
        seen[patterns] = np.arange(len(patterns))
        powers = size ** np.arange(votes.shape[1] - 1, -1, -1)
        known = self._predict_rows((patterns[:, None] // powers % size + ABSTAIN).astype(np.int8))
        return known.take(seen.take(code), axis=0).reshape(-1, k)

    def label(self, votes: "NDArray[np.int8]") -> "NDArray[np.int8]":
        """Return the most probable class of each row, [n_rows]; the model abstains (-1) where nothing voted."""
        import numpy as np

        said = (votes != ABSTAIN).any(axis=1)
        return np.where(said, self.predict(votes).argmax(axis=1), ABSTAIN).astype(np.int8)

    def _predict_rows(self, votes: "NDArray[np.int8]") -> "NDArray[np.float64]":
        """Return the probabilities, row by row, a tile at a time."""
        import numpy as np

        found = np.empty((len(votes), self.n_classes))
        parts, trusted = self._parts(), self.trusted()
        silence = self.emissions()[:, 0]
        mute = silence.max(axis=1) <= MUTE * silence.min(axis=1)
        for start in range(0, len(votes), TILE_ROWS):
            tile = np.ascontiguousarray(votes[start : start + TILE_ROWS].T)
            posterior, _ = self._weigh(tile, parts)
            posterior /= posterior.sum(axis=0)
            found[start : start + TILE_ROWS] = _heard(posterior, tile, trusted, mute).T
        return found

    def log_likelihood(self, patterns: VotePatterns) -> "NDArray[np.float64]":
        """Return the logarithm of the probability of each pattern's votes, [n_patterns]."""
        import numpy as np

        joint, scale = self._weigh(np.ascontiguousarray(patterns.votes.T), self._parts())
        likelihood: NDArray[np.float64] = np.log(joint.sum(axis=0)) + scale
        return likelihood

    def _parts(self) -> list[Packing]:
        """Return the packing of the direct functions and of each group."""
        return [Packing.of(self.members(group), self.n_classes) for group in range(DIRECT, len(self.opinions))]

    def _weigh(self, votes: "NDArray[np.int8]", parts: list[Packing]) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
        """Return P(class, votes) up to a factor a row, [k, n_rows], and the logarithm of that factor; votes are [m, n_rows]."""
        import numpy as np

        k = self.n_classes
        joint, scale = np.repeat(self.balance[:, None], votes.shape[1], axis=1), np.zeros(votes.shape[1])
        for packing, opinion in zip(parts, (None, *self.opinions), strict=True):
            if packing.chunks:
                likely, more = packing.likelihoods(self.tables, packing.codes(votes), k if opinion is None else 2 * k)
                joint *= likely if opinion is None else states_of(opinion).T @ likely
                scale += more
        return joint, scale

    def describe(self) -> Mapping[str, object]:
        """Return the model in plain values."""
        return {
            "method": self.method,
            "balance": self.balance.tolist(),
            "tables": [table.tolist() for table in self.tables],
            "groups": list(self.groups),
            "opinions": [table.tolist() for table in self.opinions],
        }

    @classmethod
    def of(cls, described: Mapping[str, object]) -> "VoteModel":
        """Return the model that ``describe`` described."""
        import numpy as np

        tables, opinions = (tuple(np.array(one) for one in described[name]) for name in ("tables", "opinions"))  # type: ignore[attr-defined]
        groups = tuple(int(one) for one in described["groups"])  # type: ignore[attr-defined]
        return cls(str(described["method"]), np.array(described["balance"]), tables, groups, opinions)


def states_of(opinion: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Return P(state | class), [2 k, k], of P(opinion | class), [k + 1, k]: without an opinion the class itself is the state.

    >>> import numpy as np
    >>> states_of(np.array([[0.5, 0.2], [0.4, 0.1], [0.1, 0.7]])).tolist()
    [[0.5, 0.0], [0.0, 0.2], [0.4, 0.1], [0.1, 0.7]]
    """
    import numpy as np

    return np.concatenate([np.diag(opinion[0]), opinion[1:]])


def _heard(
    posterior: "NDArray[np.float64]", votes: "NDArray[np.int8]", trusted: "NDArray[np.bool_]", mute: "NDArray[np.bool_]"
) -> "NDArray[np.float64]":
    """Return the posterior [k, n_rows] with unanimous trusted votes not contradicted."""
    import numpy as np

    highest = np.maximum.reduce(votes, axis=0, initial=ABSTAIN)
    lowest = np.minimum.reduce(votes.view(np.uint8), axis=0, initial=255)  # where silence is 255
    unanimous = np.flatnonzero((highest == lowest.view(np.int8)) & (highest != ABSTAIN))
    agreed = highest[unanimous]
    lower = posterior[agreed, unanimous] < posterior[:, unanimous].max(axis=0)
    against, agreed = unanimous[lower], agreed[lower]
    silent = votes[:, against] == ABSTAIN
    fair = np.where(silent, mute[:, None], trusted[:, agreed]).all(axis=0)
    against, agreed = against[fair], agreed[fair]
    posterior[agreed, against] = posterior[:, against].max(axis=0) * (1 + LEAST)
    posterior[:, against] /= posterior[:, against].sum(axis=0)
    return posterior
