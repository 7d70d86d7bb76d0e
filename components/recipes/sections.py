"""The sections of ``pipeline.yaml`` that the training graph reads."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from components.artifacts.choice import Candidate, TrainingWindow
from components.evaluation.gate import Floor, Slice
from components.labeling.precedence import PRECEDENCE, Source
from components.labeling.selection import Method
from components.measures.metrics import MetricName
from components.measures.scored import Task
from components.measures.slices import dimensions_of
from components.recipes.search import SearchSection
from components.runtime.config import Configuration
from components.runtime.errors import ConfigError, DefinitionError
from components.runtime.instants import Duration
from components.splitting.component import HoldOut
from components.training.estimators import Task as EstimatorTask
from components.training.estimators import check_start


def _readable(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse what is no slice while its line is known; names of columns and slicing functions are looked up when rows are there."""
    try:
        dimensions_of(texts)
    except DefinitionError as error:
        raise ValueError(str(error).removesuffix(".")) from error
    return texts


def _startable(candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """Refuse a warm start that cannot be while its line is known."""
    try:
        for candidate in candidates:
            check_start(candidate)
    except ConfigError as error:
        raise ValueError(error.message.removesuffix(".")) from error
    return candidates


Slices = Annotated[tuple[str, ...], AfterValidator(_readable)]
USUAL: Mapping[Task, tuple[MetricName, ...]] = {"multi-class": ("log_loss", "roc_auc", "accuracy", "macro_f1")}
"""What is measured of a task where the configuration says nothing; of two classes what `EvaluationConfig` names."""
ValidationMetric = Literal["log_loss", "roc_auc", "brier", "mae", "rmse", "r2"]


class TrainingSection(Configuration):
    """The training window and its parts, the candidates, and the windows that each is tried on.

    Rows whose group, a value of the feature ``purge``, is in the test part do not train; nor do the keys that ``hold_out`` keeps apart.
    """

    window: str = "56 spans"
    validation_spans: int = Field(7, ge=0)
    test_spans: int = Field(7, ge=1)
    gap_spans: int = Field(1, ge=0)
    folds: int = Field(1, ge=1)
    purge: str = ""
    hold_out: HoldOut | None = None
    voted_weight: float = Field(1.0, ge=0)
    half_life: float = Field(0.0, ge=0)
    metric: ValidationMetric = "log_loss"
    estimators: Mapping[str, EstimatorTask] = Field(default_factory=dict)
    candidates: Annotated[tuple[Candidate, ...], AfterValidator(_startable)] = Field(min_length=1)
    windows: tuple[TrainingWindow, ...] = Field((TrainingWindow(),), min_length=1)
    search: SearchSection = SearchSection()

    @model_validator(mode="after")
    def _starts_from_what_may_train(self) -> Self:
        """Refuse a warm start where rows are kept from training: the champion's own split, of another date, kept other rows from it."""
        if (self.purge or self.hold_out) and any(one.warm_start for one in self.candidates):
            raise ValueError(
                "warm_start goes with neither purge nor hold_out: the champion may have learned from rows that they keep apart"
            )
        return self


class LabelingSection(Configuration):
    """Where labels come from, and what people are asked.

    ``precedence`` orders the sources. ``method`` names the label model that learns from votes alone while too few outcomes are known (none:
    majority vote speaks then). ``batch`` rows are picked for people to label next, ``suspects`` ranks the labels that look wrong.
    """

    precedence: tuple[Source, ...] = PRECEDENCE
    method: Method | None = None
    batch: int = Field(0, ge=0)
    suspects: bool = False


class EvaluationSection(Configuration):
    """What is measured and at what cost, slices and intervals: see `EvaluationConfig`; ``groups`` are slices, too, by which fairness is judged."""

    task: Task = "binary"
    metrics: tuple[MetricName, ...] = ()
    slices: Slices = ()
    groups: Slices = ()
    minimum_rows: int = Field(100, ge=1)
    confidence: float = Field(0.95, gt=0, lt=1)
    resamples: int = Field(1000, ge=1)
    query: str = ""
    threshold: float = Field(0.5, ge=0, le=1)
    false_positive: float = Field(1.0, ge=0)
    false_negative: float = Field(1.0, ge=0)
    immature: float = Field(0.05, ge=0, le=1)


class GateSection(Configuration):
    """Floors, and how much worse than the champion a model may be: see `GateConfig`."""

    floors: tuple[Floor, ...] = ()
    metric: MetricName = "roc_auc"
    margin: float = 0.02
    guards: Mapping[MetricName, float] = Field(default_factory=dict)
    critical: tuple[Slice, ...] = ()
    slice_margin: float | None = Field(None, ge=0)


class CurvesSection(Configuration):
    """Models trained on less, each compared with the others on the test part; empty lists train none.

    ``ages`` count spans by which a model's window ends early, ``shares`` are shares of the rows, ``sources`` sources of labels, each left out
    once. ``tolerance``, in units of the gate's metric, is what waiting may cost before a model is to be trained anew.
    """

    ages: tuple[int, ...] = ()
    shares: tuple[float, ...] = ()
    sources: tuple[str, ...] = ()
    tolerance: float = Field(0.01, ge=0)


class TrainedSections(Configuration):
    """The sections of ``pipeline.yaml`` that the training graph reads; a pipeline's ``Config`` derives from it."""

    outcome_lag: Duration
    training: TrainingSection
    labeling: LabelingSection = LabelingSection()
    evaluation: EvaluationSection = EvaluationSection()
    gate: GateSection = GateSection()
    curves: CurvesSection = CurvesSection()
