"""Search in seeded rounds: each round proposes its whole batch, and reads all results of the rounds before in the order of proposal."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from components.artifacts.choice import Candidate, Choice, Plain, Proposal, TrainingWindow, Trial
from components.artifacts.split import Split
from components.runtime.component import component
from components.runtime.errors import ConfigError
from components.runtime.window import Each
from components.training.fitting import HIGHER_IS_BETTER

if TYPE_CHECKING:
    import numpy as np

Method = Literal["listed", "random", "halving"]


@dataclass(frozen=True)
class Parameter:
    """What a parameter may be: one of ``choices``, or a number from ``low`` to ``high``.

    Numbers are drawn evenly, or evenly in the logarithm with ``log``; whole ones where ``low`` and ``high`` are whole.
    """

    choices: tuple[Plain, ...] = ()
    low: float | None = None
    high: float | None = None
    log: bool = False

    def draw(self, random: "np.random.Generator") -> Plain:
        """Return one value."""
        if self.choices:
            return self.choices[int(random.integers(len(self.choices)))]
        if self.low is None or self.high is None or not self.low <= self.high or (self.log and self.low <= 0):
            raise ConfigError(
                "not a range to draw from",
                key="training.search.space",
                expected="choices, or low <= high (above 0 with log)",
                got=str(self),
            )
        whole = float(self.low).is_integer() and float(self.high).is_integer() and isinstance(self.low, int)
        top = self.high + 1 if whole else self.high
        drawn = math.exp(random.uniform(math.log(self.low), math.log(top))) if self.log else float(random.uniform(self.low, top))
        return min(int(drawn), int(self.high)) if whole else float(f"{drawn:.6g}")  # six digits: readable, and the same on every platform


@dataclass(frozen=True)
class SearchConfig:
    """What is tried, in rounds.

    Parameters
    ----------
    candidates, windows
        The first round tries each candidate on each window.
    method
        ``listed``: nothing beyond that. ``random``: each round draws ``batch`` more from ``space``, around the first candidate's other
        parameters. ``halving``: the first round draws ``batch`` from ``space`` on ``1/reduction**(rounds - 1)`` of the rows, each later one
        keeps the best ``1/reduction`` of them on ``reduction`` times the rows (successive halving, Jamieson and Talwalkar 2016, algorithm 1).
    rounds, batch, reduction, seed
        Round r draws from a generator seeded with (seed, r): the answer does not depend on timing.
    metric
        What the best are the best of.
    """

    candidates: tuple[Candidate, ...]
    windows: tuple[TrainingWindow, ...] = (TrainingWindow(),)
    method: Method = "listed"
    space: Mapping[str, Parameter] | None = None
    rounds: int = 1
    batch: int = 8
    reduction: int = 2
    seed: int = 0
    metric: str = "log_loss"


@component(libraries=("numpy",))
def propose_candidates(split: Split, previous: Choice | None = None, *, config: SearchConfig, position: int = 0) -> Each[Proposal]:
    """Return the batch of round ``position``, from 0, given all trials before; each is one mapped task.

    Windows that hold the same spans of the split's newest fold, since the history is short, are tried once; those that hold none are not.

    Raises
    ------
    ConfigError
        If there is nothing to try, or a range of the space is none.
    """
    if not config.candidates or not config.windows or (config.method != "listed" and not config.space):
        raise ConfigError(
            "there is nothing to try", key="training", expected="a candidate, a window, and a space to search unless 'listed'"
        )
    listed = [Proposal(candidate, window) for window in _distinct(config.windows, split) for candidate in config.candidates]
    if config.method == "listed":
        return Each(listed if position == 0 else ())
    if config.method == "random":
        return Each([*(listed if position == 0 else ()), *_drawn(config, position, 1.0)])
    share = config.reduction ** (position + 1 - config.rounds)
    if position == 0 or previous is None:
        return Each([*listed, *_drawn(config, 0, share)])
    return Each(replace(trial.proposal, share=min(1.0, share)) for trial in _best(previous.trials, config, position))


def _distinct(windows: Sequence[TrainingWindow], split: Split) -> list[TrainingWindow]:
    """Return the windows that differ on the newest fold, the first of equal ones; all of them where there is no fold."""
    if not split.folds:
        return list(windows)
    by_spans: dict[tuple[str, ...], TrainingWindow] = {}
    for window in windows:
        by_spans.setdefault(window.of(split.folds[-1].train), window)
    return [window for spans, window in by_spans.items() if spans] or [windows[0]]


def _drawn(config: SearchConfig, position: int, share: float) -> list[Proposal]:
    """Return a batch drawn from the space, around the first candidate, each on the first window."""
    import numpy as np

    random = np.random.default_rng([config.seed, position])
    base = config.candidates[0]
    drawn = []
    for number in range(config.batch):
        values = {name: parameter.draw(random) for name, parameter in sorted((config.space or {}).items())}
        name = f"{base.name} {position + 1}.{number + 1}"
        drawn.append(Proposal(replace(base, name=name, parameters={**base.parameters, **values}), config.windows[0], share))
    return drawn


def _best(trials: Sequence[Trial], config: SearchConfig, position: int) -> list[Trial]:
    """Return the best of the drawn trials of the round before, in the order in which they were proposed."""
    before = config.reduction ** (position - config.rounds)
    round_before = [trial for trial in trials if trial.proposal.share == before and config.metric in trial.metrics]
    sign = -1 if config.metric in HIGHER_IS_BETTER else 1
    ranked = sorted(range(len(round_before)), key=lambda i: (sign * round_before[i].metrics[config.metric], i))
    return [round_before[i] for i in sorted(ranked[: max(1, len(ranked) // config.reduction)])]
