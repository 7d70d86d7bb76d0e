"""How a function votes, given what it looks at: probabilities from expected counts, tied so that few rows are enough."""

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Style = Literal["coin", "rates", "confusion"]
"""``coin``: one accuracy a function, errors even over the other classes, silence says nothing (the one-coin model of Dawid and Skene).
``rates``: how often it votes a class where that is right and where it is wrong; silence speaks. ``confusion``: a full table of votes by
class, silence says nothing (Dawid and Skene 1979, Applied Statistics 28, eq. 2.3). Functions that do not vote every class always have
rates: their only news is whether they vote."""

EXPECTED_ACCURACY = 0.7
"""What a function is taken for before it is seen to be better or worse: well above chance, below the 0.75 to 0.9 that people reach."""

PRIOR_VOTES = 10.0
"""How many votes that expectation counts for."""

ALIKE = 30.0
"""How many votes the accuracy of all functions together counts for in that of each, a Beta prior: accuracies of 0.55 to 0.9 at random spread
as those of 20 do."""

REPEATS = 0.8
"""How often a member of a group is taken to repeat the shared opinion before that is seen."""

LEAST = 1e-9
"""The least probability of a vote: no single vote rules a class out."""

RARE = 0.01
"""A class that gets less than this share of a function's votes is none that the function votes for."""


def votable(counts: "NDArray[np.float64]") -> "NDArray[np.bool_]":
    """Return which classes each function votes for, [m, k], from its votes [m, k + 1] (silence first); one at least."""
    cast = counts[:, 1:]
    found: NDArray[np.bool_] = (cast > RARE * cast.sum(axis=1, keepdims=True)) | (cast == cast.max(axis=1, keepdims=True)) & (cast > 0)
    return found


def whole(classes: "NDArray[np.bool_]") -> "NDArray[np.bool_]":
    """Return which functions vote for every class, [m], from the classes that each votes for, [m, k]."""
    import numpy as np

    every: NDArray[np.bool_] = np.logical_and.reduce(classes, axis=1)
    return every


def tie_to_class(counts: "NDArray[np.float64]", style: Style, classes: "NDArray[np.bool_]", alike: float = ALIKE) -> "NDArray[np.float64]":
    """Return P(vote | class), [m, k + 1, k] with silence first, from expected counts of the same shape.

    Counts are smoothed towards ``EXPECTED_ACCURACY`` with the weight of ``PRIOR_VOTES``, so that none at all will do; coins towards what
    they have in common with the weight of ``alike`` votes each.
    """
    import numpy as np

    rates = _rates(counts, classes)
    if style == "rates":
        return rates
    coin = _coin(counts, whole(classes), alike)
    if style == "confusion":
        k = counts.shape[2]
        firing = 1 - coin[:, :1]
        cast = counts[:, 1:] + PRIOR_VOTES * k * coin[:, 1:] / np.maximum(firing, LEAST)
        coin = np.concatenate([coin[:, :1], firing * cast / cast.sum(axis=1, keepdims=True)], axis=1)
    return np.where(whole(classes)[:, None, None], np.maximum(coin, LEAST), rates)


def _coin(counts: "NDArray[np.float64]", every: "NDArray[np.bool_]", alike: float) -> "NDArray[np.float64]":
    """Draw the accuracies towards the common one of the functions that vote ``every`` class: their empirical Bayes estimate."""
    import numpy as np

    k = counts.shape[2]
    votes, rows = counts[:, 1:].sum(axis=(1, 2)), counts.sum(axis=(1, 2))
    right = np.einsum("mcc->m", counts[:, 1:])
    firing = (votes + 0.5) / (rows + 1)
    common = (right[every].sum() + PRIOR_VOTES * EXPECTED_ACCURACY) / (votes[every].sum() + PRIOR_VOTES)
    accuracy = (right + alike * common) / (votes + alike)
    tables = np.empty_like(counts)
    tables[:, 0] = (1 - firing)[:, None]
    tables[:, 1:] = (firing * (1 - accuracy) / (k - 1))[:, None, None]
    tables[:, 1 + np.arange(k), np.arange(k)] = (firing * accuracy)[:, None]
    return tables


def _rates(counts: "NDArray[np.float64]", classes: "NDArray[np.bool_]") -> "NDArray[np.float64]":
    """Smooth with as many rows as would hold ``PRIOR_VOTES`` votes, classes even."""
    import numpy as np

    k = counts.shape[2]
    by_class, rows = counts.sum(axis=1), counts.sum(axis=(1, 2))[:, None]
    cast = counts[:, 1:].sum(axis=2)
    own = np.einsum("mcc->mc", counts[:, 1:])
    share = (cast + LEAST) / (rows + LEAST)
    more = np.minimum(PRIOR_VOTES / share, rows)
    hit = np.minimum(0.95, share * EXPECTED_ACCURACY * k)
    miss = share * (1 - EXPECTED_ACCURACY) * k / (k - 1)
    others = more * (k - 1) / k
    right = (own + more / k * hit) / (by_class + more / k + LEAST)
    wrong = (cast - own + others * miss) / (rows - by_class + others + LEAST)
    tables = np.zeros_like(counts)
    tables[:, 1:] = wrong[:, :, None]
    tables[:, 1 + np.arange(k), np.arange(k)] = right
    return _close(np.where(classes[:, :, None], tables[:, 1:], 0.0))


def tie_to_opinion(counts: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Return P(vote | state), [m, k + 1, 2 k] with silence first, from expected counts of the same shape.

    The first k states are the classes where there is no shared opinion: there a function judges itself, with an accuracy and a rate of firing
    of its own. The others are the opinions: it fires at another rate, and repeats the opinion or errs evenly.
    """
    import numpy as np

    k = counts.shape[2] // 2
    ways, tables = np.arange(k), []
    for half, expected in ((counts[:, :, :k], EXPECTED_ACCURACY), (counts[:, :, k:], REPEATS)):
        fired = half[:, 1:].sum(axis=(1, 2))
        right = (half[:, 1 + ways, ways].sum(axis=1) + PRIOR_VOTES * expected) / (fired + PRIOR_VOTES)
        firing = (fired + 0.5) / (half.sum(axis=(1, 2)) + 1)
        voted = np.repeat((firing * (1 - right) / (k - 1))[:, None, None], k, axis=1).repeat(k, axis=2)
        voted[:, ways, ways] = (firing * right)[:, None]
        tables.append(voted)
    return _close(np.concatenate(tables, axis=2))


def _close(voted: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Put silence, the rest to one, before the probabilities of the votes, [m, k, ...]."""
    import numpy as np

    total = voted.sum(axis=1, keepdims=True)
    voted = voted / np.maximum(total / (1 - 1e-4), 1.0)
    closed: NDArray[np.float64] = np.maximum(np.concatenate([1 - voted.sum(axis=1, keepdims=True), voted], axis=1), LEAST)
    return closed
