"""Seeded label matrices with known truth, by family: what a label model may meet, and what the true parameters would answer."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ABSTAIN = -1
GROUP = 4
"""Functions of a group of copies, or of those that share a blind spot."""

BAD = {2: 0.5}
"""Accuracy of a bad function by number of classes; 0.35 with more than two."""


@dataclass(frozen=True)
class LabelMatrix:
    """Votes [n, m] (-1 abstains), true classes [n], and the posterior [n, k] under the true parameters (None: no closed form)."""

    votes: NDArray[np.int8]
    truth: NDArray[np.int8]
    n_classes: int
    oracle: NDArray[np.float64] | None


@dataclass(frozen=True)
class Shape:
    """Rows, functions, classes, share of class 0 (the others share the rest evenly), and the ranges of accuracy and of firing."""

    rows: int = 10_000
    functions: int = 10
    classes: int = 2
    balance: float = 0.5
    accuracy: tuple[float, float] = (0.55, 0.9)
    firing: tuple[float, float] = (0.1, 0.6)

    @property
    def prior(self) -> NDArray[np.float64]:
        """Shares of the classes."""
        return np.array([self.balance, *[(1 - self.balance) / (self.classes - 1)] * (self.classes - 1)])


class Source:
    """Draws truth and votes of one shape from one seed."""

    def __init__(self, shape: Shape, seed: int) -> None:
        self.shape = shape
        self.random = np.random.default_rng([seed, shape.rows, shape.functions, shape.classes, int(1000 * shape.balance)])
        self.truth = self.random.choice(shape.classes, shape.rows, p=shape.prior).astype(np.int8)
        self.accuracy = self.random.uniform(*shape.accuracy, shape.functions)
        self.firing = self.random.uniform(*shape.firing, shape.functions)

    def vote(self, accuracy: float | NDArray[np.float64], firing: float) -> NDArray[np.int8]:
        """Return votes [n] that are right with a probability, wrong evenly over the other classes."""
        n, k = self.shape.rows, self.shape.classes
        wrong = (self.truth + self.random.integers(1, k, n)) % k
        said = np.where(self.random.random(n) < accuracy, self.truth, wrong)
        return np.where(self.random.random(n) < firing, said, ABSTAIN).astype(np.int8)

    def matrix(self, votes: list[NDArray[np.int8]], log_likelihood: NDArray[np.float64] | None) -> LabelMatrix:
        """Return the matrix; ``log_likelihood`` [n, k] of the votes by class."""
        oracle = None
        if log_likelihood is not None:
            joint = log_likelihood + np.log(self.shape.prior)
            oracle = np.exp(joint - joint.max(axis=1, keepdims=True))
            oracle /= oracle.sum(axis=1, keepdims=True)
        return LabelMatrix(np.stack(votes, axis=1), self.truth, self.shape.classes, oracle)


def coin(votes: NDArray[np.int8], accuracy: float, k: int) -> NDArray[np.float64]:
    """Return the log likelihood [n, k] of votes whose silence says nothing."""
    likely = np.where(votes[:, None] == np.arange(k), accuracy, (1 - accuracy) / (k - 1))
    return np.where(votes[:, None] == ABSTAIN, 0.0, np.log(likely))


def independent(shape: Shape, seed: int) -> LabelMatrix:
    """Return votes of functions that know nothing of one another."""
    source = Source(shape, seed)
    votes = [source.vote(a, p) for a, p in zip(source.accuracy, source.firing, strict=True)]
    return source.matrix(votes, sum(coin(v, a, shape.classes) for v, a in zip(votes, source.accuracy, strict=True)))


def copies(shape: Shape, seed: int, *, share: float = 0.95, accuracy: float | None = None) -> LabelMatrix:
    """Return votes of which the last are a bad function and copies of it, each repeating a ``share`` of its votes and silences."""
    source, k = Source(shape, seed), shape.classes
    bad = BAD.get(k, 0.35) if accuracy is None else accuracy
    good = shape.functions - GROUP
    votes = [source.vote(a, p) for a, p in zip(source.accuracy[:good], source.firing[:good], strict=True)]
    likely = sum(coin(v, a, k) for v, a in zip(votes, source.accuracy, strict=False))
    votes.append(source.vote(bad, 0.6))
    original = votes[-1]
    likely = likely + coin(original, bad, k)
    for _ in range(GROUP - 1):
        own = source.vote(bad, 0.6)
        votes.append(np.where(source.random.random(shape.rows) < share, original, own).astype(np.int8))
        alone = np.where(votes[-1][:, None] == ABSTAIN, 0.4, 0.6 * np.exp(coin(votes[-1], bad, k)))
        likely = likely + np.log(share * (votes[-1] == original)[:, None] + (1 - share) * alone)
    return source.matrix(votes, likely)


def blind_spot(shape: Shape, seed: int, *, share: float = 0.25) -> LabelMatrix:
    """Return votes of which the last are wrong together on a hidden ``share`` of rows, each firing and otherwise erring on its own."""
    source, k = Source(shape, seed), shape.classes
    hidden = source.random.random(shape.rows) < share
    trap = (source.truth + source.random.integers(1, k, shape.rows)) % k
    votes, likely = [], np.zeros((shape.rows, k))
    seeing, blind = np.zeros((shape.rows, k)), np.zeros((k, shape.rows, k))
    for j, (a, p) in enumerate(zip(source.accuracy, source.firing, strict=True)):
        vote = source.vote(a, p)
        if j < shape.functions - GROUP:
            likely += coin(vote, a, k)
        else:
            vote = np.where(hidden & (vote != ABSTAIN) & (source.random.random(shape.rows) < 0.95), trap, vote).astype(np.int8)  # noqa: PLR2004
            seeing += coin(vote, a, k)
            for c in range(k):
                own = np.exp(coin(vote, a, k))
                blind[c] += np.where(vote[:, None] == ABSTAIN, 0.0, np.log(0.95 * (vote == c)[:, None] + 0.05 * own))
        votes.append(vote)
    trapped = np.stack([np.exp(blind[c]) * (np.arange(k) != c) / (k - 1) for c in range(k)]).sum(axis=0)
    return source.matrix(votes, likely + np.log((1 - share) * np.exp(seeing) + share * trapped))


def one_class(shape: Shape, seed: int) -> LabelMatrix:
    """Return votes of functions that vote for one class only; their silence says something."""
    source, k = Source(shape, seed), shape.classes
    votes, likely = [], np.zeros((shape.rows, k))
    for j, (a, p) in enumerate(zip(source.accuracy, source.firing, strict=True)):
        rate = np.where(np.arange(k) == j % k, p * a, p * (1 - a) / (k - 1))
        votes.append(np.where(source.random.random(shape.rows) < rate[source.truth], j % k, ABSTAIN).astype(np.int8))
        likely += np.where((votes[-1] != ABSTAIN)[:, None], np.log(rate), np.log1p(-rate))
    return source.matrix(votes, likely)


def keywords(shape: Shape, seed: int, *, topics: int = 6, without: int | None = None, one: bool = True) -> LabelMatrix:
    """Return votes of rare keywords: each row has a few topics of its class or of none, and each function watches one topic.

    Functions of one topic fire and err together. No function votes for class ``without``. With ``one`` a function votes its topic's class,
    else it judges with an accuracy where its topic occurs.
    """
    source, k, n = Source(shape, seed), shape.classes, shape.rows
    home = np.arange(topics * k) % k
    lean = source.random.uniform(3, 12, topics * k)
    base = source.random.uniform(0.01, 0.06, topics * k)
    holds = source.random.random((n, topics * k)) < np.where(source.truth[:, None] == home, np.minimum(base * lean, 0.6), base)
    length = source.random.gamma(3, 1 / 3, n)
    watchable = np.flatnonzero(home != without) if without is not None else np.arange(topics * k)
    votes = []
    for a, p in zip(source.accuracy, source.firing, strict=True):
        topic = source.random.choice(watchable)
        fires = source.random.random(n) < np.where(holds[:, topic], 0.6, 0.01) * p * length
        said = home[topic] if one else source.vote(a, 1.0)
        votes.append(np.where(fires, said, ABSTAIN).astype(np.int8))
    return source.matrix(votes, None)


FAMILIES: dict[str, Callable[..., LabelMatrix]] = {
    "ind": independent, "corr": copies, "blind": blind_spot, "class": one_class, "keywords": keywords,
}  # fmt: skip
