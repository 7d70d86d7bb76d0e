"""Evaluate a model on the test part of a split, beside the champion where there is one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from components.artifacts.evaluation import ClassRows, Evaluation, Measurement, State
from components.artifacts.features import Features
from components.artifacts.labels import Labels
from components.artifacts.model import Model
from components.artifacts.predictions import Predictions
from components.artifacts.split import Split
from components.evaluation.bench import Bench, Cut, differences
from components.evaluation.rows import TestRows, cut_by, read_test_rows, threads
from components.measures.metrics import MetricName, metric
from components.measures.scored import Scored, Task
from components.measures.slices import Dimension, coded, columns_of
from components.runtime.component import component
from components.runtime.keys import CodeRef
from components.runtime.window import Window


@dataclass(frozen=True)
class EvaluationConfig:
    """What is measured, on which slices, with which intervals.

    ``metrics`` are names of `measures.metrics` that are for the ``task``; a ranking's lists are told apart by the column ``query``. A
    binary score of at least ``threshold`` selects the row; ``false_positive`` and ``false_negative`` are what mistakes cost. ``slices``
    are read by `measures.slices.dimensions_of`, with ``slicing``, the pipeline's list of slicing functions; one below ``minimum_rows`` rows is
    ``too-few-rows`` and has no figures. Where more than
    ``immature`` of the test rows wait for their outcome, nothing is measured.
    """

    metrics: tuple[MetricName, ...] = ("roc_auc", "log_loss", "brier", "positive_rate")
    slices: tuple[str, ...] = ()
    task: Task = "binary"
    query: str = ""
    threshold: float = 0.5
    false_positive: float = 1.0
    false_negative: float = 1.0
    minimum_rows: int = 100
    immature: float = 0.05
    confidence: float = 0.95
    resamples: int = 1000
    seed: int = 0
    calibration_bins: int = 10
    slicing: CodeRef | None = None


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
    Intervals come from a bootstrap whose blocks are the test spans. Of many classes one that the model never saw has the probability 0.
    """
    dimensions = cut_by(config.slices, config.slicing, features, split)
    columns = dict.fromkeys((*columns_of(dimensions), *([config.query] if config.query else [])))
    test = read_test_rows(features, labels, split, (model, champion), tuple(columns), config.task)
    with threads(1):
        cuts = _cuts(test, dimensions)
        measured = _waiting(test, cuts, config) or _measured(test, champion, split, cuts, config)
        curve = (
            () if test.scores[0].ndim > 1 else bench_of(test, split, config).calibration(scored(test, 0, config), config.calibration_bins)
        )
    classes = tuple(_class_rows(test, model))
    evaluation = Evaluation(tuple(measured), curve, config.confidence, config.resamples, test.n_immature, classes)
    return Evaluated(evaluation, test.predictions())


def _class_rows(test: TestRows, model: Model) -> Iterator[ClassRows]:
    """Yield of many classes how many test rows are of each, and whether the model knows it."""
    counts = np.bincount(test.outcomes.astype(np.int64), minlength=len(test.classes)) if test.classes else ()
    for name, n_rows in zip(test.classes, counts, strict=True):
        yield ClassRows(name, int(n_rows), name in model.classes)


def bench_of(test: TestRows, split: Split, config: EvaluationConfig) -> Bench:
    """Return the bench of the test rows: its blocks are the test spans."""
    settings = (config.minimum_rows, config.confidence, config.resamples, config.seed)
    return Bench(test.outcomes, test.block_of, len(split.test), config.task, *settings)


def scored(test: TestRows, number: int, config: EvaluationConfig) -> Scored:
    """Return the scores of one of the models beside the outcomes."""
    queries = coded(test.rows, config.query)[1] if config.query else None
    return Scored(test.outcomes, test.scores[number], queries, config.threshold, config.false_positive, config.false_negative)


def _measured(test: TestRows, champion: Model | None, split: Split, cuts: Sequence[Cut], config: EvaluationConfig) -> Iterator[Measurement]:
    """Yield every measurement of the model, then its differences from the champion, or why there are none."""
    bench = bench_of(test, split, config)
    ours = bench.figures(cuts, scored(test, 0, config), config.metrics)
    yield from bench.measurements(cuts, ours)
    fresh = test.after(int(champion.figures["trained_until"]) if champion else 0)
    if champion is None or len(test.scores) < 2 or not fresh.any():  # noqa: PLR2004
        forbidden: State = "no-champion" if champion is None else "champion-takes-other-features"
        yield from unmeasured(cuts, config, "champion-saw-the-rows" if len(test.scores) > 1 else forbidden, "champion")
        return
    graded = _graded(config)
    if not fresh.all():
        cuts, bench = [cut.only(fresh) for cut in cuts], bench.only(fresh)
        ours = bench.figures(cuts, scored(test, 0, config).take(np.flatnonzero(fresh)), graded)
    theirs = bench.figures(cuts, scored(test, 1, config).take(np.flatnonzero(fresh)), graded)
    yield from bench.measurements(cuts, differences(ours, theirs), "champion")
    yield from bench.measurements(cuts[:1], ours[:1], "same-rows")
    yield from bench.measurements(cuts[:1], theirs[:1], "champion-itself")


def _waiting(test: TestRows, cuts: Sequence[Cut], config: EvaluationConfig) -> list[Measurement]:
    """Return that nothing can be measured where too many rows wait for their outcome; nothing where they do not."""
    if test.n_immature <= config.immature * (test.n_immature + len(test.outcomes)):
        return []
    return [one for against in ("", "champion") for one in unmeasured(cuts, config, "labels-not-mature", against)]


def unmeasured(cuts: Sequence[Cut], config: EvaluationConfig, state: State, against: str) -> list[Measurement]:
    """Return what there would be to measure, each with the reason why it is not."""
    names = _graded(config) if against else config.metrics
    return [
        Measurement(name, cut.dimension, one, None, None, None, 0, 0, state, against) for cut in cuts for one in cut.names for name in names
    ]


def _cuts(test: TestRows, dimensions: Sequence[Dimension]) -> list[Cut]:
    return [Cut.whole(len(test.outcomes)), *(Cut.by(test.rows, dimension) for dimension in dimensions)]


def _graded(config: EvaluationConfig) -> list[str]:
    """Return the metrics of which one direction is better."""
    return [name for name in config.metrics if metric(name, config.task).better]
