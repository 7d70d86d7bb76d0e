"""Which labels of a window a model finds wrong that was fitted on other days."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from components.artifacts.choice import Candidate
from components.artifacts.features import Features
from components.artifacts.label_suspects import LabelSuspects
from components.artifacts.labels import Labels
from components.measures.confident import NO_CLASS, doubt_labels
from components.runtime.component import component
from components.runtime.window import Window
from components.training.component import TrainingConfig, fitting_of
from components.training.fitting import predictions
from components.training.purposes import refuse_slice_only
from components.training.rows import inputs_of, labeled_rows, with_weights

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray


@dataclass(frozen=True)
class SuspectConfig:
    """Blocks of neighbouring spans that are predicted in turn, and spans on both sides of a block that nobody fits on."""

    folds: int = 4
    gap_spans: int = 1


@component(libraries=("scikit-learn", "numpy", "polars"))
def find_suspects(
    features: Window[Features], labels: Labels, *, candidate: Candidate, training: TrainingConfig, config: SuspectConfig = SuspectConfig()
) -> LabelSuspects:
    """Return the labels of the window that a model of other days finds wrong, most doubtful first; nobody's label is changed.

    Each block of spans is predicted by a model of the others, a gap apart: rows of one day share their weather, and a model that has seen
    the day knows their labels. A probabilistic label counts as the class that it leans to. Blocks without enough others to fit on are not
    checked.
    """
    import numpy as np
    import polars as pl

    refuse_slice_only(features, labels, training.excluded)
    rows = labeled_rows(features, labels)
    parts = [(held, _predicted(others, held, candidate, training)) for others, held in _blocks(rows, config)]
    if not parts:
        return LabelSuspects(
            _shown(rows.clear().with_columns(probability=pl.lit(None, pl.Float64), margin=pl.lit(None, pl.Float64))), 0, 0.0
        )
    checked = pl.concat([held for held, _ in parts])
    probability = np.concatenate([predicted for _, predicted in parts])
    given = (checked["label"].to_numpy() >= 0.5).astype(np.int8)  # noqa: PLR2004
    doubts = doubt_labels(given, np.stack([1 - probability, probability], axis=1))
    found = checked.with_columns(pl.Series("probability", probability), pl.Series("margin", doubts.margin))
    suspects = found.filter(pl.Series(doubts.suggested != NO_CLASS)).sort("margin", "row_id")
    return LabelSuspects(_shown(suspects), checked.height, doubts.noise)


def _blocks(rows: "pl.DataFrame", config: SuspectConfig) -> "Iterator[tuple[pl.DataFrame, pl.DataFrame]]":
    """Yield the rows to fit on and those to predict, block by block, where the first have both classes."""
    import polars as pl

    spans = rows["span"].unique().sort().to_list()
    n_blocks = min(config.folds, len(spans))
    edges = [round(block * len(spans) / n_blocks) for block in range(n_blocks + 1)] if n_blocks else []
    for first, last in pairwise(edges):
        far = spans[: max(0, first - config.gap_spans)] + spans[last + config.gap_spans :]
        others = rows.filter(pl.col("span").is_in(far))
        if (others["label"] > 0).any() and (others["label"] < 1).any():
            yield others, rows.filter(pl.col("span").is_in(spans[first:last]))


def _predicted(others: "pl.DataFrame", held: "pl.DataFrame", candidate: Candidate, training: TrainingConfig) -> "NDArray[np.float64]":
    """Return the probabilities of class 1 of the held-out rows."""
    fitted = fitting_of(training).fit(with_weights(others, voted=training.voted_weight, half_life=training.half_life), candidate)
    return predictions(fitted.estimator, inputs_of(held, training.excluded), "classification")


def _shown(rows: "pl.DataFrame") -> "pl.DataFrame":
    return rows.select("row_id", "event_time", "span", "source", "label", "probability", "margin")
