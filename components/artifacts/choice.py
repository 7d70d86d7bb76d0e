"""Choice: the candidates of a training run, how each did on the validation part, and which one goes on."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import ClassVar, Self

FILE = "choice.json"
Plain = bool | int | float | str | None


@dataclass(frozen=True)
class Candidate:
    """A classifier to try: a name, the import path of its class, and its parameters."""

    name: str
    estimator: str = "sklearn.ensemble.HistGradientBoostingClassifier"
    parameters: Mapping[str, Plain] = field(default_factory=dict)


@dataclass(frozen=True)
class Trial:
    """One candidate and what it reached on the validation part (metrics by name; empty where there was none)."""

    candidate: Candidate
    metrics: Mapping[str, float]
    fit_rows: int


@dataclass(frozen=True)
class Choice:
    """All trials in the order of the configuration, and the position of the chosen one.

    File: ``choice.json``. ``reason`` says in plain words why this one.
    """

    kind: ClassVar[str] = "choice"
    format_version: ClassVar[int] = 1

    trials: tuple[Trial, ...]
    chosen: int
    reason: str

    @property
    def candidate(self) -> Candidate:
        """The chosen candidate."""
        return self.trials[self.chosen].candidate

    def save(self, directory: Path) -> None:
        """Write ``choice.json``."""
        (directory / FILE).write_text(json.dumps(asdict(self), sort_keys=True, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the choice back."""
        body = json.loads((directory / FILE).read_text(encoding="utf-8"))
        trials = tuple(Trial(Candidate(**one["candidate"]), one["metrics"], one["fit_rows"]) for one in body["trials"])
        return cls(trials, body["chosen"], body["reason"])

    def summary(self) -> dict[str, int | str]:
        """Give the chosen candidate's name and the number of trials."""
        return {"chosen": self.candidate.name, "n_candidates": len(self.trials)}
