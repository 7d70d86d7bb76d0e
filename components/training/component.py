"""Try proposals, choose one on the validation folds, and fit it on everything that is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from components.artifacts.choice import Candidate, Choice, Proposal, Trial
from components.artifacts.features import Features
from components.artifacts.labels import Labels
from components.artifacts.model import Model, features_of
from components.artifacts.split import Fold, Split
from components.runtime.component import component
from components.runtime.errors import DataError
from components.runtime.instants import to_micros
from components.runtime.window import Window
from components.training.estimators import Allowed
from components.training.fitting import HIGHER_IS_BETTER, Fitted, Fitting
from components.training.purposes import refuse_slice_only
from components.training.rows import inputs_of, labeled_rows, of_spans, thinned, with_weights

LIBRARIES = ("scikit-learn", "numpy", "polars", "skops")


@dataclass(frozen=True)
class TrainingConfig:
    """How candidates are compared, what they leave out, and how much a row weighs.

    A model takes every feature column but ``excluded``, which are there to slice by: texts as categories, the rest as numbers. A label of
    the label model weighs ``voted_weight`` beside a known outcome; a row loses half its weight every ``half_life`` spans (0: never).
    ``estimators`` extend the allow-list, see `components.training.estimators.allow`. With ``many_classes`` labels are numbers of classes, from 0.
    """

    metric: str = "log_loss"
    excluded: tuple[str, ...] = ()
    voted_weight: float = 1.0
    half_life: float = 0.0
    estimators: tuple[tuple[str, Allowed], ...] = ()
    many_classes: bool = False


def fitting_of(config: TrainingConfig) -> Fitting:
    """Return what fitting needs of a configuration; a function and no property, so that a step's code digest follows it."""
    return Fitting(config.excluded, config.estimators, config.many_classes)


@component(libraries=LIBRARIES)
def try_candidate(
    features: Window[Features], labels: Labels, split: Split, proposal: Proposal, champion: Model | None = None, *, config: TrainingConfig
) -> Choice:
    """Return one trial: on each fold fitted on the proposal's window of its train part, measured on its known outcomes.

    Without a fold (too short a window) the trial has no metrics, and says so in its reason. Where early stopping is asked for, the
    validation fold also says when to stop, which flatters the trial a little. A warm start begins at the champion's parameters on the folds
    that validate on rows from after its training, and at nothing on earlier ones, whose outcomes it knows.
    """
    refuse_slice_only(features, labels, config.excluded)
    begins = {span.key: to_micros(span.start) for span in features.spans}
    known_until = champion.figures["trained_until"] if champion else 0
    found = []
    for fold in split.folds:
        start = champion if fold.validation and begins[fold.validation[0]] >= known_until else None
        found += _on_fold(features, labels, fold, split, proposal, start, config)
    if not found:
        return Choice((Trial(proposal, {}, 0),), 0, "no fold has rows to train on and rows to validate on")
    scores = [one.metrics for one in found]
    metrics = {name: round(sum(one[name] for one in scores) / len(scores), 9) for name in scores[0] if all(name in one for one in scores)}
    iterations = [one.fitted.iterations for one in found if one.fitted.iterations is not None]
    rounds = round(sum(iterations) / len(iterations)) if iterations else None
    n_warm = sum(one.fitted.start is not None and one.fitted.start.state == "warm" for one in found)
    return Choice((Trial(proposal, metrics, found[-1].n_rows, rounds, n_warm),), 0, "the only trial")


@dataclass(frozen=True)
class _OnFold:
    """What a fold gave: the fit, what it was fitted on, and its metrics."""

    fitted: Fitted
    n_rows: int
    metrics: Mapping[str, float]


def _on_fold(
    features: Window[Features], labels: Labels, fold: Fold, split: Split, proposal: Proposal, champion: Model | None, config: TrainingConfig
) -> list[_OnFold]:
    """Return one fold's fit and figures; none where it has nothing to train or to validate on. Its rows that train are let go before the fit."""
    import polars as pl

    candidate, fitting, window = proposal.candidate, fitting_of(config), proposal.window.of(fold.train)
    spans = {*window, *fold.validation} & {span.key for span, _ in features.present()}
    if not spans:
        return []
    rows = labeled_rows(features, labels, spans=spans, excluded=config.excluded, held_out=split.held_out)
    train = thinned(of_spans(rows, window), proposal.share, many_classes=config.many_classes)
    validation = of_spans(rows, fold.validation).filter(pl.col("outcome").is_not_null())
    del rows
    n_rows = train.height
    if not n_rows or not validation.height:
        return []
    prepared = fitting.prepare(with_weights(train, voted=config.voted_weight, half_life=config.half_life), candidate, champion)
    del train
    fitted = fitting.train(prepared, candidate, with_weights(validation, voted=config.voted_weight, half_life=0))
    return [_OnFold(fitted, n_rows, fitting.score(fitted.estimator, validation, fitting.task(candidate)))]


@component
def choose_candidate(trials: Sequence[Choice], previous: Choice | None = None, *, config: TrainingConfig) -> Choice:
    """Return all trials, those of earlier rounds first, and the best of them by ``config.metric``; ties and missing figures go to the earlier.

    Trials on a share of the rows or on a stale window are there to learn from; they are chosen only where there is no other.
    """
    every = (*(previous.trials if previous else ()), *(trial for one in trials for trial in one.trials))
    measured = [(position, trial.metrics[config.metric]) for position, trial in enumerate(every) if config.metric in trial.metrics]
    whole = [one for one in measured if every[one[0]].proposal.share >= 1 and not every[one[0]].proposal.window.stale]
    if not measured:
        return Choice(every, 0, "no validation part: the first candidate of the configuration")
    sign = -1 if config.metric in HIGHER_IS_BETTER else 1
    best, figure = min(whole or measured, key=lambda one: (sign * one[1], one[0]))
    return Choice(every, best, f"best {config.metric} on the validation part: {figure:.4f} of {len(every)} candidates")


@component(libraries=LIBRARIES)
def fit_model(
    features: Window[Features],
    labels: Labels,
    choice: Choice,
    split: Split,
    as_of: datetime,
    champion: Model | None = None,
    *,
    config: TrainingConfig,
) -> Model:
    """Return the chosen candidate fitted on every labeled row of its window; rows whose label is a probability count as both classes.

    Rows that the split holds out do not train. ``figures`` hold the rows by source of label and ``trained_until``, the as-of that no row,
    label or lookup lies after. A candidate that asks for a warm start begins at the parameters of ``champion``, and ``start`` tells of it.

    Raises
    ------
    DataError
        If a span ends after ``as_of``, or the labels or the champion are of a later date, or if the labels are all of one class.

    """
    refuse_later(features, labels, as_of, champion)
    refuse_slice_only(features, labels, config.excluded)
    proposal = choice.trial.proposal
    spans = proposal.window.of(tuple(span.key for span, _ in features.present()))
    rows = labeled_rows(features, labels, spans=spans, excluded=config.excluded, held_out=split.held_out)
    voted = int((rows["source"] == "label_model").sum())
    figures = {"n_rows": rows.height, "n_voted": voted, "n_spans": len(spans), "trained_until": to_micros(as_of)}
    columns = features_of(inputs_of(rows, config.excluded))
    candidate, fitting = settled(proposal.candidate, choice.trial.iterations), fitting_of(config)
    rows = with_weights(rows, voted=config.voted_weight, half_life=config.half_life).drop("row_id", "event_time", "outcome", "source")
    prepared = fitting.prepare(rows, candidate, champion)
    del rows
    fitted = fitting.train(prepared, candidate)
    return Model.from_estimator(fitted.estimator, features=columns, figures=figures, start=fitted.start)


def settled(candidate: Candidate, iterations: int | None) -> Candidate:
    """Return the candidate with the number of rounds that early stopping found on the validation folds."""
    if iterations is None:
        return replace(candidate, early_stopping=False)
    return replace(candidate, early_stopping=False, parameters={**candidate.parameters, "max_iter": max(1, iterations)})


def refuse_later(features: Window[Features], labels: Labels, as_of: datetime, champion: Model | None = None) -> None:
    """Raise where training as of a date would see what lies after it: however the step is wired, a model cannot know the future."""
    late = [span.key for span, _ in features.present() if span.end > as_of]
    if late:
        raise DataError(f"spans end after {as_of}, the date of the training: {', '.join(late[:5])}", fix="give the window until= that date")
    if int(str(labels.label_model.get("as_of", 0))) > to_micros(as_of):
        raise DataError(f"the labels are of a later date than the training ({as_of})", fix="resolve the labels as of the training's date")
    if champion is not None and champion.figures["trained_until"] > to_micros(as_of):
        raise DataError(f"the champion is of a later date than the training ({as_of})", fix="take the champion as of the training's date")
