"""Which labels of a window a model finds wrong that was fitted on other days."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from components.artifacts.choice import Candidate
from components.artifacts.features import Features
from components.artifacts.label_suspects import LabelSuspects
from components.artifacts.labels import Labels
from components.artifacts.probabilities import as_lists
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
    checked, nor are labels of a class that the others do not have.
    """
    import numpy as np
    import polars as pl

    refuse_slice_only(features, labels, training.excluded)
    rows = labeled_rows(features, labels)
    given = (pl.col("label") if training.many_classes else pl.col("label") >= 0.5).cast(pl.Int8)  # noqa: PLR2004
    greatest = int(rows.select(given).to_series().to_numpy().max(initial=0))
    n_classes = max(2, greatest + 1, int(str(labels.label_model.get("n_classes", 0))))
    parts = [(held, _predicted(others, held, candidate, training, n_classes)) for others, held in _blocks(rows, given, config)]
    checked = pl.concat([rows.clear(), *(held for held, _ in parts)])
    probabilities = np.concatenate([np.zeros((0, n_classes)), *(predicted for _, predicted in parts)])
    doubts = doubt_labels(checked.select(given).to_series().to_numpy(), probabilities)
    found = checked.with_columns(
        as_lists(probabilities).alias("probability"), pl.Series("margin", doubts.margin), pl.Series("suggested", doubts.suggested)
    )
    suspects = found.filter(pl.col("suggested") != NO_CLASS).sort("margin", "row_id")
    columns = ("row_id", "event_time", "span", "source", "label", "suggested", "probability", "margin")
    return LabelSuspects(suspects.select(columns), checked.height, doubts.noise)


def _blocks(rows: "pl.DataFrame", given: "pl.Expr", config: SuspectConfig) -> "Iterator[tuple[pl.DataFrame, pl.DataFrame]]":
    """Yield the rows to fit on and those to predict, block by block, of the classes of the first, where those are several."""
    import polars as pl

    spans = rows["span"].unique().sort().to_list()
    n_blocks = min(config.folds, len(spans))
    edges = [round(block * len(spans) / n_blocks) for block in range(n_blocks + 1)] if n_blocks else []
    for first, last in pairwise(edges):
        far = spans[: max(0, first - config.gap_spans)] + spans[last + config.gap_spans :]
        others = rows.filter(pl.col("span").is_in(far))
        known = others.select(given).to_series().unique()
        if len(known) > 1:
            yield others, rows.filter(pl.col("span").is_in(spans[first:last]), given.is_in(known.implode()))


def _predicted(
    others: "pl.DataFrame", held: "pl.DataFrame", candidate: Candidate, training: TrainingConfig, n_classes: int
) -> "NDArray[np.float64]":
    """Return the probabilities of the held-out rows, [n_rows, n_classes]; 0 of classes that the others do not have."""
    import numpy as np

    fitted = fitting_of(training).fit(with_weights(others, voted=training.voted_weight, half_life=training.half_life), candidate)
    found = np.zeros((held.height, n_classes))
    predicted = predictions(fitted.estimator, inputs_of(held, training.excluded), "classification", many_classes=True)
    found[:, np.asarray(getattr(fitted.estimator, "classes_", ()), np.intp)] = predicted
    return found
