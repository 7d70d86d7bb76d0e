"""The step that learns a label model from the votes of a window alone."""

from dataclasses import dataclass

from components.artifacts.label_diagnostics import LabelDiagnostics
from components.artifacts.votes import Votes
from components.labeling.selection import Method, fit_votes
from components.runtime.component import component
from components.runtime.errors import DataError
from components.runtime.window import Window


@dataclass(frozen=True)
class VoteModelConfig:
    """Which label model, ``auto`` by evidence; the shares of the classes, estimated if None; and how many classes there are."""

    method: Method = "auto"
    balance: tuple[float, ...] | None = None
    n_classes: int = 2


@component(repeats="numbers", libraries=("numpy",))
def learn_from_votes(votes: Window[Votes], *, config: VoteModelConfig = VoteModelConfig()) -> LabelDiagnostics:
    """Return the label model of the window's votes, why it was chosen and what is doubtful about it.

    Raises
    ------
    DataError
        If the window has no votes, or its spans have different functions.

    """
    import numpy as np

    present = [value for _, value in votes.present()]
    if not present:
        raise DataError("the window holds no votes", fix="deliver its spans, or move the as-of")
    if len({value.functions for value in present}) > 1:
        raise DataError("the spans of the window have votes of different functions", fix="vote on all of them with today's functions")
    matrix = np.concatenate([value.votes for value in present])
    names = present[0].functions
    return fit_votes(matrix, config.n_classes, method=config.method, balance=config.balance, names=names).diagnostics
