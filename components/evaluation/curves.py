"""Several models on the same test rows: how one ages, what more data bring, what a source of labels is worth."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from components.artifacts.curve import Axis, Curve, CurvePoint
from components.artifacts.features import Features
from components.artifacts.labels import Labels
from components.artifacts.model import Model
from components.artifacts.split import Split
from components.evaluation.bench import Bench, Cut, differences
from components.evaluation.rows import TestRows, cut_by, read_test_rows, threads
from components.measures.decay import cadence, half_life
from components.measures.metrics import METRICS, MetricName
from components.measures.scored import Scored, Task
from components.measures.slices import Dimension, columns_of
from components.runtime.component import component
from components.runtime.errors import DataError
from components.runtime.keys import CodeRef
from components.runtime.window import Window

DAY = 86_400_000_000
"""Microseconds."""


@dataclass(frozen=True)
class CurveConfig:
    """What is measured, on which slices, along which axis.

    ``slices`` are read by `measures.slices.dimensions_of`, with ``slicing``. ``names`` are the models', where the axis is ``name`` (the sources that each was trained with). ``tolerance``, in units of the metric,
    is what waiting may cost before a model is to be trained anew.
    """

    axis: Axis = "age"
    metric: MetricName = "roc_auc"
    slices: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    task: Task = "binary"
    tolerance: float = 0.01
    minimum_rows: int = 100
    confidence: float = 0.95
    resamples: int = 1000
    seed: int = 0
    slicing: CodeRef | None = None


@component(libraries=("numpy", "scikit-learn", "polars"))
def compare_models(
    models: Sequence[Model], features: Window[Features], labels: Labels, split: Split, *, config: CurveConfig = CurveConfig()
) -> Curve:
    """Return each model's figure on the test rows along the axis, overall and by slice, and its difference from the first model's.

    The first on the axis is the youngest model, the one of fewest rows, or the first name. Differences are on the same rows and resamples.

    Raises
    ------
    DataError
        If there are no models, or one was trained on the test rows.

    """
    starts = {span.key: span.start for span, _ in features.present()}
    begin = int(starts[split.test[0]].timestamp() * 1_000_000) if split.test and split.test[0] in starts else 0
    late = [one for one in models if int(one.figures["trained_until"]) > begin]
    if not models or late:
        raise DataError(f"a curve needs models trained before the test rows begin: {len(models)} given, {len(late)} of them trained later")
    placed = sorted(
        (_place(model, number, begin, config.axis), number, model) for number, model in enumerate(models)
    )  # fmt: skip
    points = tuple(_points(placed, features, labels, split, config))
    return curve_of(points, config)


def curve_of(points: Sequence[CurvePoint], config: CurveConfig) -> Curve:
    """Return the curve through points that come in order of the axis, with half-life and cadence by slice where the axis is age."""
    slices = dict.fromkeys((point.figure.dimension, point.figure.value_of) for point in points)
    found = {_called(*one): [p for p in points if (p.figure.dimension, p.figure.value_of) == one] for one in slices}
    aged = config.axis == "age"
    return Curve(
        config.axis,
        config.metric,
        tuple(points),
        {name: _half_life(each, config.metric) if aged else None for name, each in found.items()},
        {name: _cadence(each, config) if aged else None for name, each in found.items()},
        config.tolerance,
    )


def _place(model: Model, number: int, begin: int, axis: Axis) -> float:
    """Return a model's place on the axis; its age begins with the newest span that it learned from."""
    if axis == "age":
        return (begin - int(model.figures.get("newest", model.figures["trained_until"]))) / DAY
    return float(model.figures["n_rows"]) if axis == "rows" else float(number)


def _points(
    placed: Sequence[tuple[float, int, Model]], features: Window[Features], labels: Labels, split: Split, config: CurveConfig
) -> Iterator[CurvePoint]:
    """Yield the points, model by model."""
    reference, dimensions = None, cut_by(config.slices, config.slicing, features, split)
    for place, number, model in placed:
        test = read_test_rows(features, labels, split, (model, None), columns_of(dimensions), config.task)
        with threads(1):
            bench, cuts = _bench(test, split, config, dimensions)
            found = bench.figures(cuts, Scored(test.outcomes, test.scores[0]), (config.metric,))
            reference = reference or found
            figures = bench.measurements(cuts, found)
            apart = bench.measurements(cuts, differences(found, reference), "first")
            name = config.names[number] if number < len(config.names) else f"{place:g}"
            yield from (CurvePoint(name, place, a, b) for a, b in zip(figures, apart, strict=True))


def _bench(test: TestRows, split: Split, config: CurveConfig, dimensions: Sequence[Dimension]) -> tuple[Bench, list[Cut]]:
    settings = (config.minimum_rows, config.confidence, config.resamples, config.seed)
    bench = Bench(test.outcomes, test.block_of, len(split.test), config.task, *settings)
    return bench, [Cut.whole(len(test.outcomes)), *(Cut.by(test.rows, dimension) for dimension in dimensions)]


def _half_life(points: Sequence[CurvePoint], metric: str) -> float | None:
    """Return the half-life of the advantage over a model that knows nothing, where the metric says what that reaches."""
    floor = METRICS[metric].no_skill
    known = [(point.place, point.figure.value) for point in points if point.figure.value is not None]
    return None if floor is None else half_life([place for place, _ in known], [value - floor for _, value in known])


def _cadence(points: Sequence[CurvePoint], config: CurveConfig) -> float | None:
    """Return the greatest age that does not surely cost more than tolerated."""
    higher = METRICS[config.metric].better == "higher"
    surely = [(-(p.difference.high or 0.0) if higher else p.difference.low or 0.0) for p in points]
    return cadence([point.place for point in points], [value if np.isfinite(value) else 0.0 for value in surely], config.tolerance)


def _called(dimension: str, value_of: str) -> str:
    return f"{dimension} {value_of}" if dimension else ""
