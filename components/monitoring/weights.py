"""Weights: how much each column moves a model's predictions, without labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.artifacts.model import Model

if TYPE_CHECKING:
    import polars as pl

AT_MOST = 2_000
"""Rows that are looked at: the mean of their changes is then off by about a fortieth of its size."""


def weights_of(model: Model, rows: pl.DataFrame, *, seed: int = 0) -> dict[str, float]:
    """Return each feature's share of the model's importance, all together 1; each 0 where the model ignores all of them.

    A feature's importance is the mean change of the predicted probabilities when its values are shuffled among the rows: permutation
    importance (Breiman 2001, section 10) of the prediction itself instead of its error, so that no outcome is needed. At most 2,000 rows,
    evenly spread, are taken; fewer than two say nothing.
    """
    import numpy as np
    import polars as pl

    names = [column.name for column in model.features]
    if rows.height < 2:  # noqa: PLR2004 - nothing to shuffle
        return dict.fromkeys(names, 0.0)
    taken = rows[np.linspace(0, rows.height - 1, min(AT_MOST, rows.height)).astype(int).tolist()]
    usual = model.predict_proba(taken)
    order = pl.Series(np.random.default_rng(seed).permutation(taken.height))
    moved = {name: float(np.abs(model.predict_proba(taken.with_columns(taken[name].gather(order))) - usual).mean()) for name in names}
    total = sum(moved.values())
    return {name: round(change / total, 9) if total else 0.0 for name, change in moved.items()}
