"""Fit a label model to votes, the one that the evidence speaks for, and say why."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, get_args

from components.artifacts.label_diagnostics import Evidence, LabelDiagnostics
from components.artifacts.votes import ABSTAIN
from components.labeling.consensus import fit_majority, fit_triplets, fit_weighted
from components.labeling.doubts import describe_functions, find_doubts
from components.labeling.emissions import ALIKE, Style, votable, whole
from components.labeling.evidence import ERRORS_APART, agreement, ahead, foretold, misfit, simplest
from components.labeling.expectation import Fit, fit_by_expectation
from components.labeling.structure import learn_groups
from components.labeling.vote_model import VoteModel
from components.labeling.vote_patterns import VotePatterns, sample_rows
from components.runtime.errors import ConfigError, nearest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Method = Literal["auto", "majority", "weighted", "triplets", "dawid-skene", "generative"]

STYLES: tuple[Style, ...] = ("coin", "rates", "confusion")
"""From few parameters to many."""

STRENGTHS = (ALIKE, 100.0, 300.0, 1000.0)
"""Weights of what the functions have in common, in votes: 1,000 where accuracies of a million votes of weak functions cannot be told apart."""

TRUSTED_MISFIT = {True: 1.75, False: 1.15}
"""Mean squared error of the joint votes of pairs, in units of its variance, above which a model does not explain them: 1 where it is true.
By whether all functions vote every class: then silence is not heard, and a class that is a little off costs little. Models of their own
family reached 0.5 to 1.1 on generated matrices, shared blind spots 0.9 to 1.6, keywords of shared topics, which none explains, 1.25 to 45."""

ENOUGH_LABELED = 50
"""Labeled rows with a vote below which a sample decides nothing: the log losses of two models differ by less than their errors."""


@dataclass(frozen=True, eq=False)
class VoteFit:
    """A label model and what is to be known of it."""

    model: VoteModel
    diagnostics: LabelDiagnostics


@dataclass(frozen=True, eq=False)
class _Rows:
    """The rows to fit on, their halves, and those of them that are labeled."""

    whole: VotePatterns
    halves: tuple[VotePatterns, VotePatterns]
    balance: "NDArray[np.float64] | None"
    fits: dict[str, Fit] = field(default_factory=dict)

    @classmethod
    def of(cls, votes: "NDArray[np.int8]", n_classes: int, balance: "NDArray[np.float64] | None") -> "_Rows":
        drawn = votes[sample_rows(len(votes))]
        half = len(drawn) // 2
        first, second = VotePatterns.of(drawn[:half], n_classes), VotePatterns.of(drawn[half:], n_classes)
        return cls(VotePatterns.of(drawn, n_classes), (first, second), balance)


def fit_votes(
    votes: "NDArray[np.int8]",
    n_classes: int,
    *,
    method: Method = "auto",
    balance: Sequence[float] | None = None,
    labeled: "NDArray[np.int8] | None" = None,
    names: Sequence[str] | None = None,
) -> VoteFit:
    """Return a label model for the votes with its diagnostics.

    ``auto`` fits majority vote as the reference and every other model, and keeps one by evidence. With at least ``ENOUGH_LABELED`` labeled
    rows that is their log loss: the best model, if it beats majority vote by more than a standard error. Without them, the likelihood of
    held-out votes chooses among the generative models, the simplest within two standard errors of the best; one that leaves the joint votes of
    pairs unexplained (``TRUSTED_MISFIT``) is not believed, as its latent class may be anything. Then weighted vote stands, or Dawid and Skene's model
    if it foretells the votes of functions that it has not seen; that is not asked where no function votes every class, as the
    latent class then hangs on silence alone.

    Parameters
    ----------
    votes
        [n_rows, n_functions], -1 where a function abstained.
    balance
        Shares of the classes, estimated if None.
    labeled
        [n_rows] classes of a hand-labeled or known sample, -1 elsewhere.

    Raises
    ------
    ConfigError
        If there is no such method.

    Examples
    --------
    >>> import numpy as np
    >>> random = np.random.default_rng(0)
    >>> truth = random.integers(0, 2, 2000)
    >>> votes = np.where(random.random((2000, 4)) < [0.9, 0.8, 0.7, 0.6], truth[:, None], 1 - truth[:, None]).astype(np.int8)
    >>> fit = fit_votes(votes, 2)
    >>> fit.model.method, bool((fit.model.label(votes) == truth).mean() > (np.median(votes, axis=1) == truth).mean())
    ('generative', True)

    """
    import numpy as np

    if method not in get_args(Method):
        raise ConfigError("there is no such label model", got=method, nearest=nearest(method, get_args(Method)))
    rows = _Rows.of(votes, n_classes, None if balance is None else np.asarray(balance, dtype=np.float64))
    if method == "auto":
        model, reason, evidence = _choose(rows, votes, labeled)
    else:
        model, reason, evidence = _METHODS[method](rows), "as configured", (Evidence("majority"), Evidence(method))
    reference = fit_majority(rows.whole, rows.balance)
    evidence = tuple(replace(one, like_majority=_likeness(one.method, model, reference, rows)) for one in evidence)
    functions = describe_functions(model, rows.whole, names or [str(one) for one in range(votes.shape[1])])
    doubts = find_doubts(model, rows.whole, functions, rows.fits.get(model.method), reason)
    shares = tuple(model.balance.tolist())
    n_fitted = int(rows.whole.n_rows)
    return VoteFit(
        model,
        LabelDiagnostics(model.method, reason, len(votes), n_fitted, shares, evidence, functions, doubts, dict(model.describe())),
    )


def _likeness(method: str, chosen: VoteModel, reference: VoteModel, rows: _Rows) -> float:
    """Return the share of covered rows that a model labels as majority vote does."""
    model = chosen if method == chosen.method else _METHODS[method](rows) if method not in rows.fits else rows.fits[method].model
    return round(agreement(model, reference, rows.whole), 6)


def _dawid_skene(rows: _Rows) -> VoteModel:
    rows.fits["dawid-skene"] = fit_by_expectation(rows.whole, "confusion", method="dawid-skene", balance=rows.balance)
    return rows.fits["dawid-skene"].model


def _generative(rows: _Rows) -> VoteModel:
    """Return the generative model of the style that held-out votes speak for, its groups learned."""
    rows.fits["generative"] = _likened(rows, _style(rows))
    return rows.fits["generative"].model


def _style(rows: _Rows) -> Fit:
    """Learn groups with the simplest style; if another explains held-out votes better with them, learn its own."""
    import numpy as np

    simple = learn_groups(rows.whole, STYLES[0], rows.balance)
    if not whole(votable(rows.whole.votes_by_class())).any():
        return simple  # no function votes every class: all styles are the same
    groups = simple.model.groups
    ranked = []
    for style in STYLES:
        fitted = fit_by_expectation(rows.halves[0], style, groups, balance=rows.balance, max_sweeps=40)
        ranked.append(fitted.model.log_likelihood(rows.halves[1]))
    chosen = simplest(ranked, rows.halves[1].counts)
    if chosen == 0:
        return simple
    own = learn_groups(rows.whole, STYLES[chosen], rows.balance)
    lent = fit_by_expectation(rows.whole, STYLES[chosen], groups, balance=rows.balance) if max(groups) >= 0 else own
    return own if np.isfinite(own.log_likelihood) and own.log_likelihood > lent.log_likelihood else lent


def _likened(rows: _Rows, fit: Fit) -> Fit:
    """Return the fit with functions as much alike as held-out votes speak for: weak ones are all noise without that."""
    if not whole(votable(rows.whole.votes_by_class())).any():
        return fit
    groups, start, told = fit.model.groups, None, []
    for alike in STRENGTHS:
        half = fit_by_expectation(rows.halves[0], fit.style, groups, balance=rows.balance, start=start, alike=alike, max_sweeps=40)
        told.append(float((rows.halves[1].counts * half.model.log_likelihood(rows.halves[1])).sum()))
        start = half.posteriors
    best = STRENGTHS[told.index(max(told))]
    if best == ALIKE:
        return fit
    return fit_by_expectation(rows.whole, fit.style, groups, balance=rows.balance, start=fit.posteriors, alike=best)


_METHODS: Mapping[str, Callable[[_Rows], VoteModel]] = {
    "majority": lambda rows: fit_majority(rows.whole, rows.balance),
    "weighted": lambda rows: fit_weighted(rows.whole, rows.balance),
    "triplets": lambda rows: fit_triplets(rows.whole, rows.balance),
    "dawid-skene": _dawid_skene,
    "generative": _generative,
}


def _choose(rows: _Rows, votes: "NDArray[np.int8]", labeled: "NDArray[np.int8] | None") -> tuple[VoteModel, str, tuple[Evidence, ...]]:
    """Return the model that the evidence speaks for, why, and the evidence of every model."""
    known = None if labeled is None else (labeled != ABSTAIN) & (votes != ABSTAIN).any(axis=1)
    if known is not None and int(known.sum()) >= ENOUGH_LABELED:
        return _by_sample({name: fit(rows) for name, fit in _METHODS.items()}, votes[known], labeled[known])  # type: ignore[index]
    names = ("majority", "weighted", "generative")
    models = {name: _METHODS[name](rows) for name in names}
    wrong = misfit(models["generative"], rows.whole)
    evidence = tuple(
        Evidence(name, misfit=round(wrong, 4), held_out=round(rows.fits[name].log_likelihood, 6))
        if name == "generative"
        else Evidence(name)
        for name in names
    )
    if votes.shape[1] < 3:  # noqa: PLR2004 - two accuracies and a balance do not follow from one agreement
        return models["majority"], "majority vote: with fewer than three functions nothing can be learned of them", evidence
    every = whole(votable(rows.whole.votes_by_class()))
    trusted = TRUSTED_MISFIT[bool(every.all())]
    if wrong > trusted:
        why = f"the generative model does not explain how the functions vote together (misfit {wrong:.2f}, trusted up to {trusted})"
        return _by_foretelling(rows, models, evidence, why) if every.any() else (models["weighted"], f"weighted vote: {why}", evidence)
    style, n_groups = rows.fits["generative"].style, len(models["generative"].opinions)
    return models["generative"], f"{style} with {n_groups} groups explains how the functions vote together (misfit {wrong:.2f})", evidence


def _by_foretelling(
    rows: _Rows, models: dict[str, VoteModel], evidence: tuple[Evidence, ...], why: str
) -> tuple[VoteModel, str, tuple[Evidence, ...]]:
    """Choose between weighted vote and Dawid and Skene's model by how well each foretells functions that it has not seen.

    Dawid and Skene's has to tell more than majority vote, and not less than weighted vote.
    """
    models["dawid-skene"] = _dawid_skene(rows)
    told = {name: foretold(rows.whole, fit) for name, fit in _FORETELLING.items()}
    counts = rows.whole.counts
    means = {name: float((counts * one).sum() / counts.sum()) for name, one in told.items()}
    figures = (
        *(replace(one, foretold=round(means[one.method], 6)) if one.method in means else one for one in evidence),
        Evidence("dawid-skene", foretold=round(means["dawid-skene"], 6)),
    )
    (gain, error), (behind, width) = (ahead(told["dawid-skene"], told[name], counts) for name in ("majority", "weighted"))
    best = "dawid-skene" if gain > ERRORS_APART * error and behind > -ERRORS_APART * width else "weighted"
    said = f"of functions that it has not seen Dawid and Skene's model tells {gain:+.4f} nats a row over majority vote and {behind:+.4f} over weighted"
    return models[best], f"{best}: {why}; {said}", figures


def _confused(patterns: VotePatterns) -> VoteModel:
    return fit_by_expectation(patterns, "confusion").model


_FORETELLING: Mapping[str, Callable[[VotePatterns], VoteModel]] = {
    "majority": fit_majority, "weighted": fit_weighted, "dawid-skene": _confused,
}  # fmt: skip


def _by_sample(
    models: dict[str, VoteModel], votes: "NDArray[np.int8]", labeled: "NDArray[np.int8]"
) -> tuple[VoteModel, str, tuple[Evidence, ...]]:
    """Choose by log loss on labeled rows."""
    import numpy as np

    losses = {name: -np.log(np.maximum(model.predict(votes)[np.arange(len(votes)), labeled], 1e-15)) for name, model in models.items()}
    evidence = tuple(Evidence(name, log_loss=round(float(loss.mean()), 6)) for name, loss in losses.items())
    best = min(losses, key=lambda name: float(losses[name].mean()))
    gain = losses["majority"] - losses[best]
    error = float(gain.std() / np.sqrt(len(gain)))
    if best == "majority" or gain.mean() <= error:
        return models["majority"], f"majority vote: no model beats it on {len(votes)} labeled rows by more than a standard error", evidence
    return (
        models[best],
        f"lowest log loss on {len(votes)} labeled rows, {gain.mean():.4f} below majority vote (error {error:.4f})",
        evidence,
    )
