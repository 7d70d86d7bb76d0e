"""The training graph that pipelines share: a rehearsal as of the cut, which is evaluated, and the model as of the run's date, which is blessed.

The rehearsal repeats what the model's training does, at a date whose following spans are known: its labels are those that could be had at the
cut, the last spans labeled by the functions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from components.artifacts.choice import Candidate, TrainingWindow
from components.artifacts.curve import Axis
from components.evaluation.component import EvaluationConfig, evaluate_model
from components.evaluation.curves import CurveConfig, compare_models
from components.evaluation.examination import ExaminationConfig, examine_model
from components.evaluation.gate import Floor, GateConfig, Slice, gate_model
from components.labeling.analysis_component import AnalysisConfig, analyze_functions
from components.labeling.batch import BatchConfig, pick_batch
from components.labeling.component import LabelConfig, resolve_labels, score_labels
from components.labeling.learning import VoteModelConfig, learn_from_votes
from components.labeling.measured import label_outcomes
from components.labeling.precedence import PRECEDENCE, Source
from components.labeling.rating import RatingConfig, combine_ratings
from components.labeling.selection import Method
from components.measures.metrics import MetricName
from components.measures.scored import Task
from components.measures.slices import dimensions_of
from components.monitoring.distribution_skew import DistributionConfig, compare_with_training
from components.monitoring.outcomes import tell_outcomes_apart
from components.recipes.search import SearchSection, add_search
from components.runtime.config import Configuration
from components.runtime.errors import ConfigError, DefinitionError
from components.runtime.graph import AsOf, LedgerRoot, Pipeline, Ref, WindowRef, each, window
from components.runtime.instants import Duration
from components.runtime.keys import CodeRef
from components.splitting.component import HoldOut, SplitConfig, split_by_time
from components.statistics.signals import measure_signals
from components.training.component import TrainingConfig, fit_model
from components.training.estimators import Task as EstimatorTask
from components.training.estimators import allow, refuse_warm_start
from components.training.search import SearchConfig
from components.training.suspects import find_suspects
from components.training.variants import Variant, by_age, by_share, by_source, fit_variant


def _readable(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse what is no slice while its line is known; names of columns and slicing functions are looked up when rows are there."""
    try:
        dimensions_of(texts)
    except DefinitionError as error:
        raise ValueError(str(error).removesuffix(".")) from error
    return texts


def _cold(candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """Refuse a warm start while its line is known; there is none."""
    try:
        for candidate in candidates:
            refuse_warm_start(candidate)
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
    candidates: Annotated[tuple[Candidate, ...], AfterValidator(_cold)] = Field(min_length=1)
    windows: tuple[TrainingWindow, ...] = Field((TrainingWindow(),), min_length=1)
    search: SearchSection = SearchSection()


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


@dataclass(frozen=True)
class TrainingGraph:
    """The training graph of a pipeline: what it reads, and the windows as of a date that its steps take.

    Without ``votes`` labels are outcomes alone. ``outcome`` names the pipeline's function that says what of an outcome row is to be
    predicted; ``excluded`` are feature columns that no model takes. ``functions`` names the pipeline's labeling functions, which are then analysed; ``shown`` are the columns that tell people of a
    row. With ``statistics``, those of the examples, the newest spans are held against the live model's training window, but for the columns
    ``moving`` that say which day it is. ``others`` are further inputs of the labels, by parameter of ``resolve_labels``; ``ratings``
    what people said of rows, read as ``rating`` says, and ``answers`` what they said in the batches that they were asked to label.
    ``sample`` holds rows of the examples' key that were labeled by hand, and ``sampled`` names the function that tells their class: the evidence
    by which ``auto`` chooses a label model. ``slicing`` names the pipeline's list of slicing functions.
    """

    pipeline: Pipeline
    config: TrainedSections
    features: Ref
    votes: Ref | None
    outcomes: Ref
    outcome: CodeRef
    excluded: tuple[str, ...] = ()
    functions: CodeRef | None = None
    shown: tuple[str, ...] = ()
    statistics: Ref | None = None
    moving: tuple[str, ...] = ()
    others: Mapping[str, Ref] = field(default_factory=dict)
    ratings: Ref | None = None
    rating: RatingConfig | None = None
    answers: Ref | None = None
    sample: Ref | None = None
    sampled: CodeRef | None = None
    slicing: CodeRef | None = None

    @property
    def slices(self) -> tuple[str, ...]:
        """What figures are broken down by: the evaluation's slices, and those that the gate asks about."""
        gate = self.config.gate
        asked = [name for name in (*(one.dimension for one in gate.floors), *(one.dimension for one in gate.critical)) if name]
        return tuple(dict.fromkeys((*self.config.evaluation.slices, *asked)))

    @property
    def many_classes(self) -> bool:
        """Whether labels are numbers of classes, and no probabilities of one."""
        return self.config.evaluation.task == "multi-class"

    @property
    def since_cut(self) -> int:
        """How many spans lie between the cut and the run's date: the test, the gap, and those whose outcomes are not known yet."""
        return self.config.training.test_spans + self.config.training.gap_spans + self.config.outcome_lag.count

    @property
    def cut(self) -> AsOf:
        """The date as of which the rehearsal trains."""
        return self.pipeline.as_of.minus(f"{self.since_cut} {self.config.outcome_lag.unit}s")

    @property
    def both(self) -> str:
        """The length of a window as of the run's date that reaches back to the first span before the cut."""
        return f"{window(self.features, self.config.training.window).n + self.since_cut} spans"

    def seen(self, ref: Ref, until: AsOf, spans: str = "") -> WindowRef:
        """Return a window of the training window's length, with enough spans to learn from."""
        length = spans or self.config.training.window
        return window(ref, length, until=until, on_absent="skip", minimum=self.config.training.test_spans)

    def known(self, until: AsOf, spans: str = "") -> WindowRef:
        """Return the outcomes known by a date; those that are not there yet are immature."""
        return window(self.outcomes, spans or self.config.training.window, until=until, on_absent="skip")

    def labels(self, name: str, until: AsOf) -> Ref:
        """Add the labels of the window as of a date; without votes they are the outcomes alone."""
        if self.votes is None:
            return self.pipeline.add(
                label_outcomes, name=name, group=name, features=self.seen(self.features, until), outcomes=self.known(until), as_of=until,
                outcome=self.outcome,
            )  # fmt: skip
        section, length = self.config.labeling, self.config.training.window
        others: dict[str, Ref | WindowRef] = {
            parameter: window(ref, length, until=until, on_absent="skip") for parameter, ref in self.others.items()
        }
        if self.ratings is not None and self.rating is not None:
            said = {"ratings": self.ratings} | ({} if self.answers is None else {"answers": self.answers})
            heard = {parameter: window(ref, length, until=until, on_absent="skip") for parameter, ref in said.items()}
            others["rated"] = self.pipeline.add(combine_ratings, name=f"{name}_rated", group=name, config=self.rating, **heard)
        if section.method is not None:
            others["learned"] = self.pipeline.add(
                learn_from_votes, name=f"{name}_learned", group=name, votes=self.seen(self.votes, until),
                config=VoteModelConfig(section.method), **self._sampled(length, until),
            )  # fmt: skip
        return self.pipeline.add(
            resolve_labels, name=name, group=name, votes=self.seen(self.votes, until), outcomes=self.known(until), as_of=until,
            outcome=self.outcome, config=LabelConfig(precedence=section.precedence, many_classes=self.many_classes), **others,
        )  # fmt: skip

    def _sampled(self, length: str, until: AsOf) -> dict[str, object]:
        """Return the arguments that say which rows of the window were labeled by hand."""
        if self.sample is None:
            return {}
        return {"sample": window(self.sample, length, until=until, on_absent="skip"), "labeled": self.sampled}


def add_training(graph: TrainingGraph) -> Mapping[str, Ref]:
    """Add labels, split, search, rehearsal, model, evaluation, gate, signals and label scores; return the outputs by step name."""
    pipeline, config, now, cut = graph.pipeline, graph.config, graph.pipeline.as_of, graph.cut
    training = config.training
    fitting = TrainingConfig(
        training.metric,
        graph.excluded,
        training.voted_weight,
        training.half_life,
        estimators=allow(training.estimators),
        many_classes=graph.many_classes,
    )
    labels_then, labels_now = graph.labels("labels_then", cut), graph.labels("labels", now)
    split = pipeline.add(
        split_by_time, name="split", features=graph.seen(graph.features, now, graph.both), outcomes=graph.known(now, graph.both), as_of=now,
        cut=cut,
        config=SplitConfig(
            training.validation_spans, training.test_spans, training.gap_spans, training.folds, training.purge, training.hold_out
        ),
    )  # fmt: skip
    search = SearchConfig(training.candidates, training.windows, **dict(training.search), metric=training.metric)
    choice = add_search(pipeline, search, fitting, features=graph.seen(graph.features, cut), labels=labels_then, split=split)

    def fit(name: str, labels: Ref, until: AsOf) -> Ref:
        return pipeline.add(
            fit_model, name=name, group="train", features=graph.seen(graph.features, until), labels=labels, choice=choice, split=split,
            as_of=until, config=fitting,
        )  # fmt: skip

    rehearsal, model = fit("rehearsal", labels_then, cut), fit("model", labels_now, now)
    judged = {"model": rehearsal, "features": graph.seen(graph.features, now), "labels": labels_now, "split": split}
    evaluation, champion = config.evaluation, pipeline.champion()
    evaluated = pipeline.add(
        evaluate_model, name="evaluate", group="evaluate", champion=champion,
        config=EvaluationConfig(
            **{name: value for name, value in dict(evaluation).items() if name not in ("groups", "metrics", "slices") and value != ()},
            metrics=evaluation.metrics or USUAL.get(evaluation.task, EvaluationConfig().metrics), slices=graph.slices, slicing=graph.slicing,
        ), **judged,
    )  # fmt: skip
    examination = ExaminationConfig(
        task=evaluation.task,
        groups=evaluation.groups,
        threshold=evaluation.threshold,
        minimum_rows=evaluation.minimum_rows,
        confidence=evaluation.confidence,
        slicing=graph.slicing,
    )
    pipeline.add(examine_model, name="examine", group="evaluate", config=examination, **judged)
    _draw_curves(graph, fitting, judged, choice, labels_then)
    gate = GateConfig("model", **dict(config.gate))
    decision = pipeline.add(gate_model, name="gate", evaluation=evaluated.evaluation, model=model, config=gate)
    if evaluation.task == "binary":
        pipeline.add(measure_signals, name="signals", features=graph.seen(graph.features, now), labels=labels_now)
    _watch(graph, labels_now, split, champion)
    if graph.many_classes:
        _refuse_of_two_classes(graph)
    elif graph.votes is not None:
        _add_analysis(graph, graph.votes, labels_then, labels_now, fitting)
    return {
        "labels_then": labels_then, "labels": labels_now, "split": split, "choice": choice, "rehearsal": rehearsal, "model": model,
        "evaluation": evaluated.evaluation, "predictions": evaluated.predictions, "gate": decision,
    }  # fmt: skip


def _refuse_of_two_classes(graph: TrainingGraph) -> None:
    """Raise where a pipeline of many classes asks for what tells two classes apart."""
    section = graph.config.labeling
    if section.batch or section.suspects or graph.ratings is not None or graph.others:
        told = "labeling.batch, labeling.suspects, raters and feedback tell two classes apart"
        raise DefinitionError(f"{told}, and evaluation.task is multi-class", fix="leave them out")


def _add_analysis(graph: TrainingGraph, votes: Ref, labels_then: Ref, labels_now: Ref, fitting: TrainingConfig) -> None:
    """Add how the labels of the past did, and how each labeling function does."""
    now, pipeline = graph.pipeline.as_of, graph.pipeline
    pipeline.add(
        score_labels, name="score_labels", labels=labels_then, votes=graph.seen(votes, graph.cut), outcomes=graph.known(now, graph.both),
        as_of=now, outcome=graph.outcome,
    )  # fmt: skip
    section = graph.config.labeling
    if section.batch:
        pipeline.add(
            pick_batch, name="batch", labels=labels_now, votes=graph.seen(votes, now), features=graph.seen(graph.features, now),
            config=BatchConfig(section.batch, show=graph.shown),
        )  # fmt: skip
    if section.suspects:
        pipeline.add(
            find_suspects, name="suspects", features=graph.seen(graph.features, now), labels=labels_now,
            candidate=graph.config.training.candidates[0], training=fitting,
        )  # fmt: skip
    if graph.functions is not None:
        pipeline.add(
            analyze_functions, name="label_analysis", votes=graph.seen(votes, now), features=graph.seen(graph.features, now),
            outcomes=graph.known(now), labels=labels_now, as_of=now, functions=graph.functions, outcome=graph.outcome,
            config=AnalysisConfig(graph.config.evaluation.slices, graph.shown, slicing=graph.slicing),
        )  # fmt: skip


def _draw_curves(graph: TrainingGraph, fitting: TrainingConfig, judged: Mapping[str, object], choice: Ref, labels: Ref) -> None:
    """Add the curves that are asked for: how the model ages, what more rows bring, what each source of labels is worth."""
    curves, cut = graph.config.curves, graph.cut
    n_spans = window(graph.features, graph.config.training.window).n
    drawn: dict[Axis, tuple[str, tuple[Variant, ...]]] = {
        "age": ("ageing", by_age(curves.ages, n_spans) if curves.ages else ()),
        "rows": ("learning", by_share(curves.shares)),
        "name": ("label_value", by_source(curves.sources) if curves.sources else ()),
    }
    for axis, (name, variants) in drawn.items():
        if not variants:
            continue
        models = graph.pipeline.add(
            fit_variant, name=f"{name}_models", features=graph.seen(graph.features, cut), labels=labels, choice=choice,
            split=judged["split"], as_of=cut, variant=each(variants), config=fitting,
        )  # fmt: skip
        named = tuple(variant.name for variant in variants)
        settings = CurveConfig(
            axis, graph.config.gate.metric, graph.config.evaluation.slices, named, graph.config.evaluation.task, curves.tolerance,
            minimum_rows=graph.config.evaluation.minimum_rows, slicing=graph.slicing,
        )  # fmt: skip
        graph.pipeline.add(
            compare_models, name=name, models=models, config=settings, features=judged["features"], labels=judged["labels"],
            split=judged["split"],
        )  # fmt: skip


def _watch(graph: TrainingGraph, labels: Ref, split: Ref, champion: LedgerRoot) -> None:
    """Add what tells moved features from moved outcomes, and the newest spans from the live model's training window."""
    pipeline, now = graph.pipeline, graph.pipeline.as_of
    if graph.config.evaluation.task == "binary":
        features = graph.seen(graph.features, now, graph.both)
        pipeline.add(tell_outcomes_apart, name="outcome_shift", group="signals", features=features, labels=labels, split=split)
    if graph.statistics is not None:
        pipeline.add(
            compare_with_training, name="since_training", group="signals", champion=champion,
            statistics=graph.seen(graph.statistics, now, graph.both), config=DistributionConfig(excluded=graph.moving),
        )  # fmt: skip
