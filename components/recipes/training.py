"""The training graph that pipelines share: a rehearsal as of the cut, which is evaluated, and the model as of the run's date, which is blessed.

The rehearsal repeats what the model's training does, at a date whose following spans are known: its labels are those that could be had at the
cut, the last spans labeled by the functions.
"""

from collections.abc import Mapping

from components.artifacts.curve import Axis
from components.evaluation.component import EvaluationConfig, evaluate_model
from components.evaluation.curves import CurveConfig, compare_models
from components.evaluation.examination import ExaminationConfig, examine_model
from components.evaluation.gate import GateConfig, gate_model
from components.labeling.analysis_component import AnalysisConfig, analyze_functions
from components.labeling.batch import BatchConfig, pick_batch
from components.labeling.component import score_labels
from components.monitoring.distribution_skew import DistributionConfig, compare_with_training
from components.monitoring.outcomes import tell_outcomes_apart
from components.recipes.graph import TrainingGraph
from components.recipes.search import add_search
from components.recipes.sections import USUAL
from components.runtime.errors import DefinitionError
from components.runtime.graph import AsOf, LedgerRoot, Ref, each, window
from components.splitting.component import SplitConfig, split_by_time
from components.statistics.signals import measure_signals
from components.training.component import TrainingConfig, fit_model
from components.training.estimators import allow
from components.training.search import SearchConfig
from components.training.suspects import find_suspects
from components.training.variants import Variant, by_age, by_share, by_source, fit_variant


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
    champion = pipeline.champion()
    warm = any(candidate.warm_start for candidate in training.candidates)
    champion_then = pipeline.champion("champion_then", until=cut) if warm else None
    choice = add_search(
        pipeline, search, fitting, features=graph.seen(graph.features, cut), labels=labels_then, split=split, champion=champion_then
    )

    def fit(name: str, labels: Ref, until: AsOf, start: LedgerRoot | None) -> Ref:
        return pipeline.add(
            fit_model, name=name, group="train", features=graph.seen(graph.features, until), labels=labels, choice=choice, split=split,
            as_of=until, champion=start, config=fitting,
        )  # fmt: skip

    rehearsal, model = fit("rehearsal", labels_then, cut, champion_then), fit("model", labels_now, now, champion if warm else None)
    judged = {"model": rehearsal, "features": graph.seen(graph.features, now), "labels": labels_now, "split": split}
    evaluation = config.evaluation
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
    _add_suspects(graph, labels_now, fitting)
    if graph.votes is not None:
        _add_analysis(graph, graph.votes, labels_then, labels_now)
    elif config.labeling.batch:
        raise DefinitionError("labeling.batch picks among rows that functions vote on, and there are none", fix="add labeling functions")
    return {
        "labels_then": labels_then, "labels": labels_now, "split": split, "choice": choice, "rehearsal": rehearsal, "model": model,
        "evaluation": evaluated.evaluation, "predictions": evaluated.predictions, "gate": decision,
    }  # fmt: skip


def _add_suspects(graph: TrainingGraph, labels: Ref, fitting: TrainingConfig) -> None:
    """Add the ranking of labels that look wrong, where it is asked for."""
    if not graph.config.labeling.suspects:
        return
    if graph.config.evaluation.task not in ("binary", "multi-class"):
        raise DefinitionError(
            "labeling.suspects doubts classes, and evaluation.task is " + graph.config.evaluation.task, fix="leave it out"
        )
    graph.pipeline.add(
        find_suspects, name="suspects", features=graph.seen(graph.features, graph.pipeline.as_of), labels=labels,
        candidate=graph.config.training.candidates[0], training=fitting,
    )  # fmt: skip


def _add_analysis(graph: TrainingGraph, votes: Ref, labels_then: Ref, labels_now: Ref) -> None:
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
