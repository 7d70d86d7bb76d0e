"""Evaluation: how well a model does on a test window, with intervals, overall and by slice."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Literal, Self

FILE = "evaluation.json"
State = Literal["measured", "too-few-rows", "one-class", "no-champion", "champion-saw-the-rows", "champion-takes-other-features"]


@dataclass(frozen=True)
class Measurement:
    """One metric on one slice ("" and "" for all rows): value and interval (None where it cannot be measured), rows and spans.

    ``state`` says why a value is missing. ``against`` is "" for the model itself, or "champion" for the difference model minus champion
    on the same rows.
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


@dataclass(frozen=True)
class CalibrationBin:
    """Rows of similar prediction: mean prediction, share of class 1, and their number."""

    predicted: float
    observed: float
    n_rows: int


@dataclass(frozen=True)
class Evaluation:
    """All measurements of one model on one test window.

    File: ``evaluation.json``. ``confidence`` is that of every interval; ``resamples`` the number of bootstrap resamples, whose blocks are
    the test spans.
    """

    kind: ClassVar[str] = "evaluation"
    format_version: ClassVar[int] = 1

    measurements: tuple[Measurement, ...]
    calibration: tuple[CalibrationBin, ...]
    confidence: float
    resamples: int

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
        return cls(measurements, bins, body["confidence"], body["resamples"])

    def summary(self) -> dict[str, float | int]:
        """Give the overall metrics with their intervals."""
        overall = [m for m in self.measurements if not m.dimension and not m.against and m.value is not None]
        figures: dict[str, float | int] = {"n_rows": max((m.n_rows for m in overall), default=0)}
        for one in overall:
            ends = {one.metric: one.value, f"{one.metric}_low": one.low, f"{one.metric}_high": one.high}
            figures |= {name: round(number, 6) for name, number in ends.items() if number is not None}
        return figures
