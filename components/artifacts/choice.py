"""Choice: what a training run tried, how each trial did on the validation folds, and which one goes on."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import ClassVar, Literal, Self

FILE = "choice.json"
PROPOSAL = "proposal.json"
Plain = bool | int | float | str | None


@dataclass(frozen=True)
class Candidate:
    """An estimator to try: a name, the import path of its class, and its parameters.

    ``early_stopping`` ends boosting rounds that no longer help on the validation fold; ``calibration`` maps scores to probabilities on the
    newest fifth of the training spans, which the estimator then does not fit on; ``warm_start`` begins at the champion's parameters.
    """

    name: str
    estimator: str = "sklearn.ensemble.HistGradientBoostingClassifier"
    parameters: Mapping[str, Plain] = field(default_factory=dict)
    early_stopping: bool = False
    calibration: Literal["none", "isotonic", "sigmoid"] = "none"
    warm_start: bool = False


@dataclass(frozen=True)
class TrainingWindow:
    """Which spans a model learns from: the newest ``spans`` of those on offer (None: all of them), ending ``stale`` spans early."""

    name: str = "all"
    spans: int | None = None
    stale: int = 0

    def of(self, keys: tuple[str, ...]) -> tuple[str, ...]:
        """Return the window's part of span keys in order of time; fewer than it wants where there are no more.

        >>> TrainingWindow("two, a day old", spans=2, stale=1).of(("01", "02", "03", "04"))
        ('02', '03')
        """
        ended = keys[: max(0, len(keys) - self.stale)]
        return ended if self.spans is None else ended[max(0, len(ended) - self.spans) :]


@dataclass(frozen=True)
class Proposal:
    """One trial to make: a candidate, the window it learns from, and the share of the window's rows that it may use.

    File: ``proposal.json``.
    """

    kind: ClassVar[str] = "proposal"
    format_version: ClassVar[int] = 2

    candidate: Candidate
    window: TrainingWindow = TrainingWindow()
    share: float = 1.0

    @property
    def name(self) -> str:
        """What people call the trial: the candidate, and what sets it apart."""
        parts = [self.candidate.name]
        parts += [self.window.name] if self.window.name != "all" else []
        parts += [f"{self.share:.0%} of the rows"] if self.share < 1 else []
        return ", ".join(parts)

    def save(self, directory: Path) -> None:
        """Write ``proposal.json``."""
        (directory / PROPOSAL).write_text(json.dumps(asdict(self), sort_keys=True, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the proposal back."""
        body = json.loads((directory / PROPOSAL).read_text(encoding="utf-8"))
        return cls(Candidate(**body["candidate"]), TrainingWindow(**body["window"]), body["share"])

    def summary(self) -> dict[str, str | float]:
        """Give the name, the estimator's class and the share of rows."""
        return {"name": self.name, "estimator": self.candidate.estimator.rpartition(".")[2], "share": self.share}


@dataclass(frozen=True)
class Trial:
    """One proposal and what it reached: metrics by name, each the mean over the validation folds (none where there was no fold).

    ``fit_rows`` are those of the newest fold. ``iterations`` is the mean number of rounds where early stopping chose it, else None;
    ``n_warm`` counts the folds that began at the champion's parameters.
    """

    proposal: Proposal
    metrics: Mapping[str, float]
    fit_rows: int
    iterations: int | None = None
    n_warm: int = 0

    @property
    def candidate(self) -> Candidate:
        """The candidate that was tried."""
        return self.proposal.candidate


@dataclass(frozen=True)
class Choice:
    """All trials in the order in which they were proposed, and the position of the chosen one.

    File: ``choice.json``. ``reason`` says in plain words why this one.
    """

    kind: ClassVar[str] = "choice"
    format_version: ClassVar[int] = 3

    trials: tuple[Trial, ...]
    chosen: int
    reason: str

    @property
    def trial(self) -> Trial:
        """The chosen trial."""
        return self.trials[self.chosen]

    @property
    def candidate(self) -> Candidate:
        """The chosen candidate."""
        return self.trial.candidate

    def save(self, directory: Path) -> None:
        """Write ``choice.json``."""
        (directory / FILE).write_text(json.dumps(asdict(self), sort_keys=True, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the choice back."""
        body = json.loads((directory / FILE).read_text(encoding="utf-8"))
        trials = tuple(Trial(**one | {"proposal": _proposal(one["proposal"])}) for one in body["trials"])
        return cls(trials, body["chosen"], body["reason"])

    def summary(self) -> dict[str, int | str]:
        """Give the chosen trial's name and the number of trials."""
        return {"chosen": self.trial.proposal.name, "n_candidates": len(self.trials)}


def _proposal(body: Mapping[str, dict[str, object]]) -> Proposal:
    return Proposal(Candidate(**body["candidate"]), TrainingWindow(**body["window"]), float(str(body["share"])))  # type: ignore[arg-type]
