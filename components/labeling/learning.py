"""The step that learns a label model from the votes of a window alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from components.artifacts.examples import Examples
from components.artifacts.label_diagnostics import LabelDiagnostics
from components.artifacts.votes import ABSTAIN, ROW_ID_BYTES, Votes
from components.labeling.selection import Method, fit_votes
from components.runtime.component import component
from components.runtime.errors import DataError
from components.runtime.keys import CodeRef
from components.runtime.window import Window

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray


@dataclass(frozen=True)
class VoteModelConfig:
    """Which label model, ``auto`` by evidence; the shares of the classes, estimated if None; and how many classes there are at least: those voted for are there, too."""

    method: Method = "auto"
    balance: tuple[float, ...] | None = None
    n_classes: int = 2


@component(repeats="numbers", libraries=("numpy", "polars"))
def learn_from_votes(
    votes: Window[Votes],
    sample: Window[Examples] | None = None,
    *,
    labeled: CodeRef | None = None,
    config: VoteModelConfig = VoteModelConfig(),
) -> LabelDiagnostics:
    """Return the label model of the window's votes, why it was chosen and what is doubtful about it.

    Parameters
    ----------
    sample
        Rows labeled by hand, of the same key as the rows voted on: the evidence by which ``auto`` chooses, where fifty or more have a vote.
    labeled
        The pipeline's function that gives the expression of the class (0, 1, … or truth value) over rows of the sample.

    Raises
    ------
    DataError
        If the window has no votes, its spans have different functions, or a sample comes without ``labeled``.

    """
    import numpy as np

    present = [value for _, value in votes.present()]
    if not present:
        raise DataError("the window holds no votes", fix="deliver its spans, or move the as-of")
    if len({value.functions for value in present}) > 1:
        raise DataError("the spans of the window have votes of different functions", fix="vote on all of them with today's functions")
    matrix = np.concatenate([value.votes for value in present])
    known = None if sample is None else _known(present, [value for _, value in sample.present()], labeled)
    n_classes = max(config.n_classes, *(one + 1 for value in present for one in value.classes))
    return fit_votes(matrix, n_classes, method=config.method, balance=config.balance, labeled=known, names=present[0].functions).diagnostics


def _known(votes: Sequence[Votes], sample: Sequence[Examples], labeled: CodeRef | None) -> "NDArray[np.int8]":
    """Return the classes of the rows of all votes, [n_rows], -1 of rows outside the sample; of a row twice in it the later counts."""
    import numpy as np
    import polars as pl
    import pyarrow as pa

    if labeled is None:
        raise DataError("a sample says nothing without its class", fix="give labeled= the function that tells the class of its rows")
    ids = np.concatenate([value.row_ids for value in votes])
    if not sample:
        return np.full(len(ids), ABSTAIN, np.int8)
    said = cast("Callable[[], pl.Expr]", labeled.load())().cast(pl.Int8).alias("said")
    classes = pl.concat([value.to_polars().select("row_id", said) for value in sample]).unique("row_id", keep="last", maintain_order=True)
    rows = pl.DataFrame(
        {"row_id": pl.Series(pa.Array.from_buffers(pa.binary(ROW_ID_BYTES), len(ids), [None, pa.py_buffer(ids.tobytes())]))}
    )
    return rows.join(classes, on="row_id", how="left", maintain_order="left")["said"].fill_null(ABSTAIN).to_numpy()
