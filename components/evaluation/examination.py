"""Examine a model on its test rows: where it fails, whom it treats unlike others, what it goes by."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from components.artifacts.examination import Examination
from components.artifacts.features import Features
from components.artifacts.labels import Labels
from components.artifacts.model import Model
from components.artifacts.split import Split
from components.evaluation.bench import Bench, Cut
from components.evaluation.fairness import group_gaps
from components.evaluation.importance import dependences, importances
from components.evaluation.rows import COLUMNS, TestRows, cut_by, read_test_rows, threads
from components.evaluation.worst_slices import MEASURES, find_weak_slices
from components.measures.scored import Scored, Task
from components.measures.slices import columns_of
from components.runtime.component import component
from components.runtime.keys import CodeRef
from components.runtime.window import Window

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class ExaminationConfig:
    """What is looked at.

    ``search`` names the columns whose slices are searched, by default the model's features and ``groups``. ``groups`` are slices
    (`measures.slices.dimensions_of`, with ``slicing``) by which fairness is judged. Importances are of at most ``importance_rows`` rows, dependences of the ``dependences``
    features that count most.
    """

    task: Task = "binary"
    search: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    threshold: float = 0.5
    minimum_rows: int = 100
    confidence: float = 0.95
    resamples: int = 1000
    seed: int = 0
    importance_rows: int = 20_000
    dependences: int = 6
    slicing: CodeRef | None = None


@component(libraries=("numpy", "scikit-learn", "polars"))
def examine_model(
    model: Model, features: Window[Features], labels: Labels, split: Split, *, config: ExaminationConfig = ExaminationConfig()
) -> Examination:
    """Return weak slices, gaps between groups, importances and dependences on the test spans' rows that have an outcome."""
    names = tuple(column.name for column in model.features)
    groups = cut_by(config.groups, config.slicing, features, split)
    searched = tuple(dict.fromkeys(config.search or (*names, *columns_of(groups))))
    columns = tuple(dict.fromkeys((*names, *searched, *columns_of(groups))))
    test = read_test_rows(features, labels, split, (model, None), columns, config.task)
    loss = "squared_error" if config.task == "regression" else "log_loss"
    if len(test.outcomes) < config.minimum_rows or len(split.test) < 2:  # noqa: PLR2004 - one block does not vary
        return Examination(MEASURES[config.task], loss)
    bench = Bench(
        test.outcomes, test.block_of, len(split.test), config.task, config.minimum_rows, config.confidence, config.resamples, config.seed
    )
    scored = Scored(test.outcomes, test.scores[0], threshold=config.threshold)
    with threads(1):
        weak = find_weak_slices(
            test.rows, scored, bench.block_of, bench.n_blocks, config.task, columns=searched, minimum_rows=config.minimum_rows
        )
        cuts = [Cut.by(test.rows, group) for group in groups] if config.task == "binary" else []
        gaps = tuple(group_gaps(bench, scored, cuts))
        ranked = tuple(importances(model, *_some(test, bench, config.importance_rows), loss, test.classes))
        leading = [one.feature for one in ranked[: config.dependences]]
        told = tuple(dependences(model, test.rows.drop(COLUMNS), leading))
    return Examination(MEASURES[config.task], loss, tuple(weak), gaps, ranked, told)


def _some(test: TestRows, bench: Bench, most: int) -> "tuple[pl.DataFrame, Bench]":
    """Return evenly spread rows of the model's features, and the bench of them."""
    chosen = np.zeros(len(test.outcomes), dtype=bool)
    chosen[:: max(1, -(-len(chosen) // most))] = True
    return test.rows.drop(COLUMNS).filter(chosen), bench.only(chosen)
