"""The gate: floors, and the comparison with the champion overall and on slices; intervals count."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from components.artifacts.decision import Check, Decision, Outcome
from components.artifacts.evaluation import Evaluation, Measurement
from components.artifacts.model import Model
from components.measures.metrics import METRICS, MetricName
from components.measures.multiplicity import holm, p_above
from components.runtime.component import component


@dataclass(frozen=True)
class Floor:
    """A metric's bound that the whole interval must keep: at least (or at most, for losses) ``bound``, overall or on one slice."""

    metric: MetricName
    bound: float
    dimension: str = ""
    value_of: str = ""


@dataclass(frozen=True)
class Slice:
    """A critical slice, on which a model must be shown not to be worse than the champion."""

    dimension: str
    value_of: str


@dataclass(frozen=True)
class GateConfig:
    """The floors, and how much worse than the champion the model may be.

    ``model_step`` names the step whose model a blessing is for. ``margin`` is in units of ``metric``: the model is not inferior where the
    interval of (model minus champion) lies above ``-margin`` (for losses below ``margin``). A margin of 0 blesses only what is surely
    better, a negative one what is better by that much. ``guards`` are the margins of further metrics. ``critical`` slices must be shown
    not to be inferior, each by ``metric`` and ``margin``. On every other slice the model may not be *surely* worse than the champion by
    ``slice_margin`` (None asks nothing): with many slices some are by chance, so the share of good models that are rejected for any of
    them is held at 1 - confidence (Holm). Without a champion none of this is asked.
    """

    model_step: str
    floors: tuple[Floor, ...] = ()
    metric: MetricName = "roc_auc"
    margin: float = 0.01
    guards: Mapping[MetricName, float] = field(default_factory=dict)
    critical: tuple[Slice, ...] = ()
    slice_margin: float | None = None


@component
def gate_model(evaluation: Evaluation, model: Model, *, config: GateConfig) -> Decision:  # noqa: ARG001
    """Return bless, reject or inconclusive: every floor kept and not inferior to the champion.

    ``model`` is the model that a blessing would be for: trained like the one evaluated, on the data up to the run's date.
    An interval that lies on both sides of a bound is neither pass nor fail, and neither is a figure that could not be measured.
    All checks must pass, so that none needs a correction for their number; only the search for a slice that got worse does.
    """
    checks = [_floor(evaluation, floor) for floor in config.floors]
    comparison = evaluation.find(config.metric, against="champion")
    if comparison is not None and comparison.state != "no-champion":
        margins = {config.metric: config.margin, **config.guards}
        checks += [_not_inferior(evaluation, metric, margin) for metric, margin in margins.items()]
        checks += [_not_inferior(evaluation, config.metric, config.margin, one.dimension, one.value_of) for one in config.critical]
        checks += _no_slice_worse(evaluation, config)
    return Decision.of(config.model_step, tuple(checks))


def _floor(evaluation: Evaluation, floor: Floor) -> Check:
    higher = _higher(floor.metric)
    asked = f"{'at least' if higher else 'at most'} {floor.bound:g}"
    found = evaluation.find(floor.metric, floor.dimension, floor.value_of)
    return Check(_rule(floor.metric, floor.dimension, floor.value_of), _outcome(found, floor.bound, higher=higher), asked, _met(found))


def _not_inferior(evaluation: Evaluation, metric: str, margin: float, dimension: str = "", value_of: str = "") -> Check:
    higher = _higher(metric)
    found = evaluation.find(metric, dimension, value_of, against="champion")
    asked = (
        f"not worse than the champion by {margin:g}" if margin > 0 else f"better than the champion{f' by {-margin:g}' if margin else ''}"
    )
    outcome = _outcome(found, -margin if higher else margin, higher=higher)
    return Check(f"{_rule(metric, dimension, value_of)} against the champion", outcome, asked, _met(found))


def _no_slice_worse(evaluation: Evaluation, config: GateConfig) -> Iterator[Check]:
    """Yield one check over all slices that could be compared: that on none the model is surely worse, whatever their number."""
    if config.slice_margin is None:
        return
    slices = [
        m for m in evaluation.measurements
        if m.metric == config.metric and m.against and m.dimension and m.value is not None and m.low is not None
    ]  # fmt: skip
    asked = f"on none worse than the champion by {config.slice_margin:g}"
    rule = f"{config.metric} of {len(slices)} slices against the champion"
    if not slices:
        yield Check(rule, "unknown", asked, "no slice could be compared")
        return
    p_values = [_p_worse(one, config.slice_margin, evaluation.confidence) for one in slices]
    worse = [one for one, surely in zip(slices, holm(p_values, 1 - evaluation.confidence), strict=True) if surely]
    if worse:
        named = "; ".join(f"{one.dimension} {one.value_of} {one.words}" for one in _worst_first(worse, config.metric)[:5])
        yield Check(rule, "fail", asked, f"surely worse on {len(worse)}: {named}")
    else:
        yield Check(rule, "pass", asked, "on none surely worse")


def _p_worse(found: Measurement, margin: float, confidence: float) -> float:
    """Return the chance of a difference this bad if the model were worse by no more than the margin."""
    sign = -1.0 if _higher(found.metric) else 1.0  # how much worse the model is, as a positive number
    value, end = sign * (found.value or 0.0), sign * (found.high or 0.0) if sign < 0 else (found.low or 0.0)
    return p_above(value, value - end, margin, n_blocks=found.n_spans, confidence=confidence)


def _worst_first(found: Sequence[Measurement], metric: str) -> list[Measurement]:
    sign = 1.0 if _higher(metric) else -1.0
    return sorted(found, key=lambda one: sign * (one.value or 0.0))


def _higher(metric: str) -> bool:
    """Return whether more of a metric is better."""
    return METRICS[metric].better != "lower"


def _outcome(found: Measurement | None, bound: float, *, higher: bool) -> Outcome:
    """Return whether an interval keeps a bound: all of it (the bound itself included), none of it, or neither."""
    if found is None or found.value is None or found.low is None or found.high is None:
        return "unknown"
    worst, best, least = (found.low, found.high, bound) if higher else (-found.high, -found.low, -bound)
    return "pass" if worst >= least else "fail" if best < least else "unknown"


def _rule(metric: str, dimension: str, value_of: str) -> str:
    return f"{metric}{f' of {dimension} {value_of}' if dimension else ''}"


def _met(found: Measurement | None) -> str:
    return found.words if found else "not measured"
