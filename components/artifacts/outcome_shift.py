"""Outcome shift: how the share of positive outcomes moved, and how much of it the features explain."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Self

FILE = "outcome_shift.json"


@dataclass(frozen=True)
class FeatureShift:
    """One feature: how far its distribution P(x) moved, and the two parts of the outcomes' move that follow from it.

    ``by_mix`` is what the moved feature alone would have done to the positive share, ``by_rate`` what changed at equal values, P(y|x);
    together they are the difference. ``deviations`` says how many standard errors, of spans, ``by_rate`` is from 0.
    """

    feature: str
    distance: float
    by_mix: float
    by_rate: float
    deviations: float | None


@dataclass(frozen=True)
class OutcomeShift:
    """The positive share P(y) before and now, with the rows and spans behind each, and every feature's part in the difference.

    File: ``outcome_shift.json``. ``deviations`` are of the difference, in standard errors of spans; None with fewer than two on a side.
    ``state`` is "checked", or "labels-not-mature" where a side has no outcomes.
    """

    kind: ClassVar[str] = "outcome_shift"
    format_version: ClassVar[int] = 1

    before: float | None = None
    now: float | None = None
    n_before: int = 0
    n_now: int = 0
    spans_before: int = 0
    spans_now: int = 0
    deviations: float | None = None
    features: tuple[FeatureShift, ...] = ()
    state: str = "checked"

    def save(self, directory: Path) -> None:
        """Write ``outcome_shift.json``."""
        (directory / FILE).write_text(json.dumps(asdict(self), sort_keys=True, indent=1, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read it back."""
        body = json.loads((directory / FILE).read_text(encoding="utf-8"))
        return cls(**body | {"features": tuple(FeatureShift(**one) for one in body["features"])})

    def summary(self) -> dict[str, int | float | str]:
        """Give the state, the rows, and the shares where they are known."""
        shares = {name: value for name, value in (("before", self.before), ("now", self.now)) if value is not None}
        return {"state": self.state, "n_before": self.n_before, "n_now": self.n_now, **shares}
