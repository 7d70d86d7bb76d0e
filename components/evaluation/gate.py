"""The gate: thresholds and the comparison with the champion, intervals counting."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from components.artifacts.decision import Check, Decision, Outcome
from components.artifacts.evaluation import Evaluation, Measurement
from components.artifacts.model import Model
from components.runtime.component import component

HIGHER_IS_BETTER = frozenset({"roc_auc"})


@dataclass(frozen=True)
class Floor:
    """A metric's bound that the whole interval must keep: at least (or at most, for losses) ``bound``, overall or on one slice."""

    metric: Literal["roc_auc", "log_loss", "brier", "positive_rate"]
    bound: float
    dimension: str = ""
    value_of: str = ""


@dataclass(frozen=True)
class GateConfig:
    """The floors, and how much worse than the champion the model may be.

    ``margin`` is in units of ``metric``: the model is not inferior where the interval of (model minus champion) lies above ``-margin``.
    Without a champion that rule is not asked. ``model_step`` names the step whose model a blessing is for.
    """

    model_step: str
    floors: tuple[Floor, ...] = ()
    metric: str = "roc_auc"
    margin: float = 0.01


@component
def gate_model(evaluation: Evaluation, model: Model, *, config: GateConfig) -> Decision:  # noqa: ARG001
    """Return bless, reject or inconclusive: every floor kept and not inferior to the champion.

    ``model`` is the model that a blessing would be for: trained like the one evaluated, on the data up to the run's date.
    An interval that lies on both sides of a bound is neither pass nor fail, and neither is a figure that could not be measured.
    """
    checks = [_floor(evaluation, floor) for floor in config.floors]
    return Decision.of(config.model_step, (*checks, *_not_inferior(evaluation, config)))


def _floor(evaluation: Evaluation, floor: Floor) -> Check:
    rule = f"{floor.metric}{f' of {floor.dimension} {floor.value_of}' if floor.dimension else ''}"
    higher = floor.metric in HIGHER_IS_BETTER
    asked = f"{'at least' if higher else 'at most'} {floor.bound:g}"
    found = evaluation.find(floor.metric, floor.dimension, floor.value_of)
    if found is None or found.value is None or found.low is None or found.high is None:
        return Check(rule, "unknown", asked, found.state if found else "not measured")
    return Check(rule, _judged(found.low, found.high, floor.bound, higher=higher), asked, _figure(found))


def _not_inferior(evaluation: Evaluation, config: GateConfig) -> Iterator[Check]:
    """Yield the comparison with the champion, where there is one."""
    found = evaluation.find(config.metric, against="champion")
    if found is None or found.state == "no-champion":
        return
    asked = f"not worse than the champion by {config.margin:g}"
    if found.value is None or found.low is None or found.high is None:
        yield Check(f"{config.metric} against the champion", "unknown", asked, found.state)
        return
    higher = config.metric in HIGHER_IS_BETTER
    outcome = _judged(found.low, found.high, -config.margin if higher else config.margin, higher=higher)
    yield Check(f"{config.metric} against the champion", outcome, asked, _figure(found))


def _judged(low: float, high: float, bound: float, *, higher: bool) -> Outcome:
    """Return whether an interval keeps a bound: all of it (the bound itself included), none of it, or neither."""
    worst, best, least = (low, high, bound) if higher else (-high, -low, -bound)
    return "pass" if worst >= least else "fail" if best < least else "unknown"


def _figure(found: Measurement) -> str:
    return f"{found.value:.4f} [{found.low:.4f}, {found.high:.4f}] on {found.n_rows} rows of {found.n_spans} spans"
