"""Evaluation: how well a model does on a test window, with intervals, overall and by slice."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Literal, Self

FILE = "evaluation.json"
State = Literal[
    "measured",
    "too-few-rows",
    "too-few-spans",
    "one-class",
    "labels-not-mature",
    "no-champion",
    "champion-saw-the-rows",
    "champion-takes-other-features",
]
WORDS: Mapping[State, str] = {
    "measured": "measured",
    "too-few-rows": "too few rows",
    "too-few-spans": "rows of one span alone, which cannot say how much spans differ",
    "one-class": "all outcomes alike",
    "labels-not-mature": "too many outcomes not known yet",
    "no-champion": "no champion to compare with",
    "champion-saw-the-rows": "the champion was trained on these rows",
    "champion-takes-other-features": "the champion takes features that are not there",
}
"""Each state in plain words."""


@dataclass(frozen=True)
class Measurement:
    """One metric on one slice ("" and "" for all rows): value and interval (None where it cannot be measured), rows and spans.

    ``state`` says why a value is missing. ``against`` is "" for the model itself, or "champion" for the difference model minus champion
    on the rows that both can be held against; of those "same-rows" is the model's own figure and "champion-itself" the champion's.
    """

    metric: str
    dimension: str
    value_of: str
    value: float | None
    low: float | None
    high: float | None
    n_rows: int
    n_spans: int
    state: State = "measured"
    against: str = ""

    @property
    def words(self) -> str:
        """The figure with its interval, rows and spans, or why there is none."""
        rows = f"{self.n_rows} rows of {self.n_spans} span{'' if self.n_spans == 1 else 's'}"
        if self.value is None or self.low is None or self.high is None:
            return f"{WORDS[self.state]} ({rows})" if self.n_rows else WORDS[self.state]
        return f"{self.value:.4f} [{self.low:.4f}, {self.high:.4f}] on {rows}"


@dataclass(frozen=True)
class CalibrationBin:
    """Rows of similar prediction: mean prediction, mean outcome (the share of class 1) with its interval, and their number."""

    predicted: float
    observed: float
    n_rows: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class ClassRows:
    """One class of many: how many test rows are of it, and whether the model saw it in training."""

    name: int
    n_rows: int
    known: bool

    @property
    def words(self) -> str:
        """What is odd about the class; nothing of one that was trained and tested."""
        if not self.known:
            return f"Class {self.name} was never trained on: on {self.n_rows} test rows its probability counts as 0."
        return "" if self.n_rows else f"No test row is of class {self.name}: curves are the mean over the other classes."


@dataclass(frozen=True)
class Evaluation:
    """All measurements of one model on one test window.

    File: ``evaluation.json``. ``confidence`` is that of every interval; ``resamples`` the number of bootstrap resamples, whose blocks are
    the test spans. ``n_immature`` counts the test rows whose outcome was not known as of the run; they are in no figure.
    ``classes`` are those of many classes, none of other tasks.
    """

    kind: ClassVar[str] = "evaluation"
    format_version: ClassVar[int] = 2

    measurements: tuple[Measurement, ...]
    calibration: tuple[CalibrationBin, ...]
    confidence: float
    resamples: int
    n_immature: int = 0
    classes: tuple[ClassRows, ...] = ()

    def find(self, metric: str, dimension: str = "", value_of: str = "", against: str = "") -> Measurement | None:
        """Return one measurement, or None where it was not asked for."""
        wanted = (metric, dimension, value_of, against)
        return next((m for m in self.measurements if (m.metric, m.dimension, m.value_of, m.against) == wanted), None)

    def save(self, directory: Path) -> None:
        """Write ``evaluation.json``."""
        (directory / FILE).write_text(json.dumps(asdict(self), sort_keys=True, indent=1, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the evaluation back."""
        body = json.loads((directory / FILE).read_text(encoding="utf-8"))
        measurements = tuple(Measurement(**one) for one in body["measurements"])
        bins = tuple(CalibrationBin(**one) for one in body["calibration"])
        classes = tuple(ClassRows(**one) for one in body.get("classes", ()))
        return cls(measurements, bins, body["confidence"], body["resamples"], body["n_immature"], classes)

    def summary(self) -> dict[str, float | int]:
        """Give the overall metrics with their intervals, and the rows behind them; of many classes those of a class that was never trained on."""
        overall = [m for m in self.measurements if not m.dimension and not m.against and m.value is not None]
        figures: dict[str, float | int] = {"n_rows": max((m.n_rows for m in overall), default=0), "n_immature": self.n_immature}
        figures |= {"n_of_unseen_classes": sum(one.n_rows for one in self.classes if not one.known)} if self.classes else {}
        for one in overall:
            ends = {one.metric: one.value, f"{one.metric}_low": one.low, f"{one.metric}_high": one.high}
            figures |= {name: round(number, 6) for name, number in ends.items() if number is not None}
        return figures
