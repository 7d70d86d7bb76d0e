"""What is doubtful about a label model that was fitted to votes alone."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from components.artifacts.label_diagnostics import BelievedFunction, Doubt
from components.artifacts.votes import ABSTAIN
from components.labeling.emissions import votable
from components.labeling.vote_model import DIRECT, VoteModel
from components.labeling.vote_patterns import VotePatterns

if TYPE_CHECKING:
    from components.labeling.expectation import Fit

FEWEST = 3
"""Functions that look at the class on their own from which their accuracies follow (Dawid and Skene's model needs three views)."""

FEW_TOGETHER = 0.05
"""Share of covered rows with two votes or more below which agreement tells little."""


def describe_functions(model: VoteModel, patterns: VotePatterns, names: Sequence[str]) -> tuple[BelievedFunction, ...]:
    """Return what the model believes of each function, in the order of ``names``."""
    coverage = patterns.votes_by_class()[:, 1:].sum(axis=1) / max(1.0, patterns.n_rows)
    rows = zip(names, model.accuracies(), coverage, model.groups, strict=True)
    return tuple(BelievedFunction(n, round(float(a), 6), round(float(c), 6), None if g == DIRECT else g) for n, a, c, g in rows)


def find_doubts(
    model: VoteModel, patterns: VotePatterns, functions: Sequence[BelievedFunction], fit: "Fit | None", reason: str
) -> tuple[Doubt, ...]:
    """Return the doubts, most serious first: the codes are listed in ``docs/findings.md``."""
    voices = model.groups.count(DIRECT) + len(model.opinions)
    said = (patterns.votes != ABSTAIN).sum(axis=1)
    covered = max(1.0, float(patterns.counts[said > 0].sum()))
    together = float(patterns.counts[said > 1].sum()) / covered
    voted_for = votable(patterns.votes_by_class())
    worse = [
        one.name for one, vote in zip(functions, model.precisions(), strict=True) if one.accuracy < 1 / model.n_classes or not vote.any()
    ]
    missing = [str(one) for one in range(model.n_classes) if not voted_for[:, one].any()]
    found = [
        (voices < FEWEST, "too-few-functions", f"{voices} independent voices; accuracies follow from three"),
        (together < FEW_TOGETHER, "votes-rarely-meet", f"two functions vote on {together:.1%} of the covered rows; agreement tells little"),
        (bool(missing), "class-without-votes", f"no function votes for class {', '.join(missing)}; its share is a guess"),
        (bool(worse), "worse-than-chance", f"believed right less often than a guess: {', '.join(worse)}"),
        (fit is not None and not fit.converged, "not-converged", "the likelihood still grew after the last sweep"),
        (model.method in {"majority", "weighted"} and reason != "as configured", "majority-not-beaten", reason),
    ]
    return tuple(Doubt(code, message) for doubtful, code, message in found if doubtful)
