"""A pipeline that tells three kinds of things apart: rows of two numbers, kinds known a day later, functions that vote for kinds."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from components.ingestion.component import ingest_examples
from components.ingestion.sources.csv import CsvSource
from components.ingestion.sources.source import EventTime
from components.labeling.component import apply_labeling_functions
from components.labeling.functions import labeling_function
from components.recipes.graph import TrainingGraph
from components.recipes.sections import TrainedSections
from components.recipes.training import add_training
from components.runtime.graph import Pipeline
from components.runtime.keys import CodeRef
from tests.pipelines import days, take_features

N_DAYS, ROWS = 14, 60
CENTERS = np.array([[0.0, 2.0], [2.0, -1.0], [-2.0, -1.0], [4.0, 4.0]])
TRAINING: Mapping[str, object] = {
    "window": "10 spans", "validation_spans": 2, "test_spans": 3, "gap_spans": 0, "folds": 2,
    "candidates": [
        {"name": "boosting", "parameters": {"max_iter": 5}, "early_stopping": True},
        {"name": "logistic", "estimator": "sklearn.linear_model.LogisticRegression", "calibration": "sigmoid"},
    ],
}  # fmt: skip
EVALUATION: Mapping[str, object] = {
    "task": "multi-class", "slices": ["side"], "minimum_rows": 10, "resamples": 50,
}  # fmt: skip


def kind() -> pl.Expr:
    return pl.col("kind")


@labeling_function(classes=(0, 1, 2))
def by_height() -> pl.Expr:
    """Call what is high 0, what is low and right 1."""
    return pl.when(pl.col("y") > 1).then(0).when(pl.col("x") > 1).then(1)


@labeling_function(classes=(0, 1, 2))
def by_side() -> pl.Expr:
    """Call what is left 2, what is right 1."""
    return pl.when(pl.col("x") < -1).then(2).when(pl.col("x") > 1.5).then(1)


FUNCTIONS = (by_height, by_side)


def write(folder: Path, kinds_of: Mapping[str, Sequence[int]] | None = None) -> None:
    """Write things and their kinds, 0 to 2 in turn; of the days named the kinds given in turn."""
    random = np.random.default_rng(0)
    things, kinds = ["id,at,x,y,side"], ["id,at,kind"]
    for day in days(N_DAYS):
        turn = (kinds_of or {}).get(day, (0, 1, 2))
        for one in range(ROWS):
            told = turn[one % len(turn)]
            x, y = CENTERS[told] + random.normal(size=2)
            at = f"{day}T17:{one:02}:00+00:00"
            things.append(f"{day}-{one},{at},{x:.4f},{y:.4f},{'east' if x > 0 else 'west'}")
            kinds.append(f"{day}-{one},{at},{told}")
    for name, lines in (("things", things), ("kinds", kinds)):
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def build(
    folder: Path,
    *,
    votes: bool = False,
    training: Mapping[str, object] = TRAINING,
    labeling: Mapping[str, object] | None = None,
    curves: Mapping[str, object] | None = None,
) -> Pipeline:
    """Return the pipeline on the files of a folder; with votes labels come from the label model where no kind is known."""
    pipeline = Pipeline("kinds", grain="day", zone="UTC", start=days(1)[0])

    def source(name: str, lag: str, **columns: str) -> object:
        read = CsvSource(location=str(folder / f"{name}.csv"), columns=columns, event_time=EventTime("at"), key=("id",))  # type: ignore[arg-type]
        return pipeline.add(ingest_examples, name=name, deliveries=pipeline.source(name, read, known_after=lag))

    things = source("things", "0 days", id="string", x="float", y="float", side="string")
    kinds = source("kinds", "1 days", id="string", kind="integer")
    taken = pipeline.add(take_features, name="features", examples=things)
    said = pipeline.add(apply_labeling_functions, name="votes", features=taken, functions=_code("FUNCTIONS")) if votes else None
    gate = {"metric": "log_loss", "margin": 0.1, "floors": [{"metric": "log_loss", "bound": 0.9}]}
    parts = {"training": training, "labeling": labeling or {}, "evaluation": EVALUATION, "gate": gate, "curves": curves or {}}
    sections = {"outcome_lag": "1 days", **parts}
    config = TrainedSections.model_validate_json(json.dumps(sections))
    add_training(TrainingGraph(pipeline, config, taken, said, kinds, outcome=_code("kind"), excluded=("id",)))
    return pipeline


def _code(name: str) -> CodeRef:
    return CodeRef(f"tests.three_kinds:{name}")
