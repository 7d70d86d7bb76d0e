"""Evaluate a model on the test part of a split, beside the champion where there is one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from components.artifacts.evaluation import CalibrationBin, Evaluation, Measurement, State
from components.artifacts.features import Features
from components.artifacts.labels import Labels
from components.artifacts.model import Model, features_of
from components.artifacts.predictions import Predictions
from components.artifacts.split import Split
from components.measures.intervals import Blocks, interval, resampled
from components.measures.slices import slices_of
from components.runtime.component import component
from components.runtime.window import Window

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray


@dataclass(frozen=True)
class EvaluationConfig:
    """What is measured, on which slices, with which intervals.

    A slice below ``minimum_rows`` rows is reported as ``too-few-rows`` and has no figures.
    """

    metrics: tuple[str, ...] = ("roc_auc", "log_loss", "brier", "positive_rate")
    slices: tuple[str, ...] = ()
    minimum_rows: int = 100
    confidence: float = 0.95
    resamples: int = 1000
    seed: int = 0
    calibration_bins: int = 10


class Evaluated(NamedTuple):
    """The figures, and the predictions that they were computed from."""

    evaluation: Evaluation
    predictions: Predictions


@component(libraries=("numpy", "scikit-learn", "polars"))
def evaluate_model(
    model: Model,
    champion: Model | None,
    features: Window[Features],
    labels: Labels,
    split: Split,
    *,
    config: EvaluationConfig = EvaluationConfig(),
) -> Evaluated:
    """Return metrics with intervals on the test spans' rows that have an outcome, overall and by slice, and the predictions.

    The champion is compared on the rows that it cannot have trained on: those after the date that its training ended. Where none are
    left the comparison's state is ``champion-saw-the-rows``, and ``champion-takes-other-features`` where the features have changed since.
    Intervals come from a bootstrap whose blocks are the test spans.
    """
    import numpy as np

    rows = _test_rows(features, labels, split)
    probabilities = model.predict_proba(rows)[:, 1]
    theirs, state = _champions(champion, rows)
    fresh = rows["event_time"].to_physical().to_numpy() >= (champion.figures["trained_until"] if champion else 0)
    if theirs is not None and not fresh.any():
        state = "champion-saw-the-rows"
    bench = Bench(
        rows["outcome"].to_numpy().astype(np.float64),
        _block_numbers(rows, split),
        Blocks.of(len(split.test), resamples=config.resamples, seed=config.seed),
        config,
    )
    measurements = list(bench.absolute(rows, probabilities))
    measurements += bench.against_champion(rows, probabilities, theirs, fresh, state)
    evaluation = Evaluation(tuple(measurements), bench.calibration(probabilities), config.confidence, config.resamples)
    return Evaluated(evaluation, _predictions(rows, probabilities, theirs))


@dataclass(frozen=True)
class Bench:
    """The test rows' outcomes and blocks, and the resamples that every figure shares."""

    outcomes: "NDArray[np.float64]"
    block_of: "NDArray[np.int64]"
    blocks: Blocks
    config: EvaluationConfig

    def absolute(self, rows: "pl.DataFrame", probabilities: "NDArray[np.float64]") -> Iterator[Measurement]:
        """Yield each metric, overall and by slice."""
        for dimension, value_of, mask in self._slices(rows):
            for metric in self.config.metrics:
                yield self._measure(metric, dimension, value_of, mask, (probabilities,), "")

    def against_champion(
        self,
        rows: "pl.DataFrame",
        ours: "NDArray[np.float64]",
        theirs: "NDArray[np.float64] | None",
        fresh: "NDArray[np.bool_]",
        state: State,
    ) -> Iterator[Measurement]:
        """Yield each metric's difference, model minus champion, on the same rows and resamples, or the state that forbids it."""
        metrics = [metric for metric in self.config.metrics if metric != "positive_rate"]
        for dimension, value_of, mask in self._slices(rows):
            for metric in metrics:
                if theirs is None or state != "measured":
                    yield Measurement(metric, dimension, value_of, None, None, None, 0, 0, state, "champion")
                else:
                    yield self._measure(metric, dimension, value_of, mask & fresh, (ours, theirs), "champion")

    def calibration(self, probabilities: "NDArray[np.float64]") -> tuple[CalibrationBin, ...]:
        """Return bins of equal counts of rows in order of prediction."""
        import numpy as np

        order = np.argsort(probabilities, kind="stable")
        chunks = [chunk for chunk in np.array_split(order, self.config.calibration_bins) if len(chunk)]
        return tuple(
            CalibrationBin(round(float(probabilities[c].mean()), 6), round(float(self.outcomes[c].mean()), 6), len(c)) for c in chunks
        )

    def _slices(self, rows: "pl.DataFrame") -> "Iterator[tuple[str, str, NDArray[np.bool_]]]":
        import numpy as np

        yield "", "", np.ones(rows.height, dtype=bool)
        yield from slices_of(rows, self.config.slices)

    def _measure(
        self, metric: str, dimension: str, value_of: str, mask: "NDArray[np.bool_]", scores: "tuple[NDArray[np.float64], ...]", against: str
    ) -> Measurement:
        """Return one metric of the first scores (minus that of the second) on the masked rows."""
        import numpy as np

        y, blocks = self.outcomes[mask], self.block_of[mask]
        n_spans = len(np.unique(blocks))
        state: State = "too-few-rows" if len(y) < self.config.minimum_rows else "one-class" if len(np.unique(y)) < 2 else "measured"  # noqa: PLR2004
        if state != "measured":
            return Measurement(metric, dimension, value_of, None, None, None, len(y), n_spans, state, against)
        found = [resampled(metric, y, score[mask], blocks, self.blocks) for score in scores]
        value = found[0][0] - (found[1][0] if against else 0.0)
        spread = found[0][1] - (found[1][1] if against else 0.0)
        ends = interval(round(value, 12), spread, self.config.confidence)
        low, high = (None, None) if np.isnan(ends.low) else (ends.low, ends.high)
        return Measurement(metric, dimension, value_of, ends.value, low, high, len(y), n_spans, state, against)


def _champions(champion: Model | None, rows: "pl.DataFrame") -> "tuple[NDArray[np.float64] | None, State]":
    """Return the champion's probabilities [n_rows], or None and the state that says why there are none."""
    if champion is None:
        return None, "no-champion"
    if not {*champion.features} <= {*features_of(rows)}:
        return None, "champion-takes-other-features"
    return champion.predict_proba(rows)[:, 1], "measured"


def _test_rows(features: Window[Features], labels: Labels, split: Split) -> "pl.DataFrame":
    """Return the feature rows of the test spans whose outcome is known, with it, in order."""
    import polars as pl

    wanted = set(split.test)
    frames = [value.to_polars().with_columns(span=pl.lit(span.key)) for span, value in features.present() if span.key in wanted]
    outcomes = labels.rows.filter(pl.col("outcome").is_not_null()).select("row_id", "outcome")
    return pl.concat(frames).join(outcomes, on="row_id", how="inner").sort("event_time", "row_id")


def _block_numbers(rows: "pl.DataFrame", split: Split) -> "NDArray[np.int64]":
    """Return the number of each row's span within the test part, [n_rows]."""
    import polars as pl

    numbers = {key: number for number, key in enumerate(split.test)}
    return rows["span"].replace_strict(numbers, return_dtype=pl.Int64).to_numpy()


def _predictions(rows: "pl.DataFrame", ours: "NDArray[np.float64]", theirs: "NDArray[np.float64] | None") -> Predictions:
    import polars as pl

    champion = pl.Series("champion", theirs if theirs is not None else [None] * rows.height, dtype=pl.Float64)
    return Predictions(rows.select("row_id", "event_time", "span", "outcome").with_columns(pl.Series("probability", ours), champion))
