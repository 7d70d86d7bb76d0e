"""Evaluate what was served: the predictions of the log against what became of their rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.artifacts.evaluation import Evaluation
from components.artifacts.examples import Examples
from components.artifacts.feedback import Feedback
from components.artifacts.labels import Labels
from components.evaluation.bench import Bench, Cut
from components.evaluation.component import EvaluationConfig, unmeasured
from components.evaluation.rows import threads
from components.measures.scored import Scored
from components.measures.slices import columns_of, dimensions_of
from components.runtime.component import component
from components.runtime.errors import DataError, DefinitionError
from components.runtime.window import Window

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class ServedConfig(EvaluationConfig):
    """What is measured, and the column of the log that holds the prediction; ``slices`` are columns of the log, such as its model's version."""

    slices: tuple[str, ...] = ("model_version",)
    prediction: str = "prediction"


@component(libraries=("numpy", "polars"))
def evaluate_served(
    served: Window[Examples], labels: Labels | None = None, feedback: Feedback | None = None, *, config: ServedConfig = ServedConfig()
) -> Evaluation:
    """Return metrics with intervals of the predictions that were served and whose outcome is known, overall and by slice.

    Outcomes come from ``labels`` or, where events tell them, from ``feedback``; they meet the served rows by ``row_id``, which is equal where
    both sources declare the same key. Blocks are the spans of the served rows. Rows that wait for their outcome, or that nobody has
    heard of, count as immature; where they are too many nothing is measured.

    Raises
    ------
    DefinitionError
        If not just one of labels and feedback is given, or predictions are of many classes.
    DataError
        If the log holds no row, or lacks the column of the prediction.

    """
    import polars as pl

    known = labels or feedback
    if known is None or (labels and feedback):
        raise DefinitionError("what became of served rows is told by labels or by feedback", expected="one of them")
    if config.task == "multi-class":
        raise DefinitionError("served predictions of many classes are not evaluated", expected="binary, regression, ranking")
    never = pl.col("mature") if feedback else pl.col("source") == "no-outcome"
    said = known.rows.select("row_id", "outcome", never=never)
    rows = _rows(served, config).join(said, on="row_id", how="left", maintain_order="left")
    told = rows.filter(pl.col("outcome").is_not_null() & pl.col(config.prediction).is_not_null())
    cuts = [Cut.whole(told.height), *(Cut.by(told, dimension) for dimension in dimensions_of(config.slices, config.slicing))]
    n_immature = rows.filter(pl.col("outcome").is_null() & pl.col("never").not_().fill_null(value=True)).height
    if n_immature > config.immature * rows.height:
        waiting = tuple(unmeasured(cuts, config, "labels-not-mature", ""))
        return Evaluation(waiting, (), config.confidence, config.resamples, n_immature)
    outcomes, scores = (told[name].cast(pl.Float64).to_numpy() for name in ("outcome", config.prediction))
    settings = (config.minimum_rows, config.confidence, config.resamples, config.seed)
    bench = Bench(outcomes, told["block"].to_numpy(), len(served.spans), config.task, *settings)
    scored = Scored(outcomes, scores, None, config.threshold, config.false_positive, config.false_negative)
    with threads(1):
        measured = tuple(bench.measurements(cuts, bench.figures(cuts, scored, config.metrics)))
        return Evaluation(measured, bench.calibration(scored, config.calibration_bins), config.confidence, config.resamples, n_immature)


def _rows(served: Window[Examples], config: ServedConfig) -> "pl.DataFrame":
    """Return the logged rows of all spans with their columns to slice by and the number of their span."""
    import polars as pl

    names = tuple(dict.fromkeys(("row_id", config.prediction, *columns_of(dimensions_of(config.slices, config.slicing)))))
    parts = list(_parts(served, names))
    if not parts:
        raise DataError("no prediction was served in the window", fix="serve the champion with `almanac serve`, or move the as-of")
    return pl.concat(parts)


def _parts(served: Window[Examples], names: tuple[str, ...]) -> "Iterator[pl.DataFrame]":
    import polars as pl

    number_of = {span.key: number for number, span in enumerate(served.spans)}
    for span, value in served.present():
        frame = value.to_polars()
        if lacking := [name for name in names if name not in frame.columns]:
            raise DataError(
                f"the log of served predictions lacks the column '{lacking[0]}'", where=span.key, fix="declare it in the source"
            )
        yield frame.select(*names, block=pl.lit(number_of[span.key], pl.Int64))
