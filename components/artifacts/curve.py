"""Curve: several models on the same test rows, along one axis: their age, the rows that they were trained on, or what was left out."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Literal, Self

from components.artifacts.evaluation import Measurement

FILE = "curve.json"
Axis = Literal["age", "rows", "name"]


@dataclass(frozen=True)
class CurvePoint:
    """One model on one slice ("" for all rows): its place on the axis, its figure, and the figure minus the first model's, same rows."""

    name: str
    place: float
    figure: Measurement
    difference: Measurement


@dataclass(frozen=True)
class Curve:
    """Points of all models, by slice, in order of the axis.

    File: ``curve.json``. ``axis`` ``age`` counts days from a model's training to the first test row, ``rows`` the rows that it was trained
    on. ``half_life`` (days until half of the advantage over knowing nothing is lost) and ``cadence`` (days after which waiting costs surely
    more than ``tolerance``) are by slice, and None where the curve does not show any.
    """

    kind: ClassVar[str] = "curve"
    format_version: ClassVar[int] = 1

    axis: Axis
    metric: str
    points: tuple[CurvePoint, ...]
    half_life: dict[str, float | None]
    cadence: dict[str, float | None]
    tolerance: float

    def of_slice(self, dimension: str = "", value_of: str = "") -> list[CurvePoint]:
        """Return the points of one slice, in order of the axis."""
        return [point for point in self.points if (point.figure.dimension, point.figure.value_of) == (dimension, value_of)]

    def save(self, directory: Path) -> None:
        """Write ``curve.json``."""
        (directory / FILE).write_text(json.dumps(asdict(self), sort_keys=True, indent=1, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the curve back."""
        body = json.loads((directory / FILE).read_text(encoding="utf-8"))
        points = tuple(
            CurvePoint(one["name"], one["place"], Measurement(**one["figure"]), Measurement(**one["difference"])) for one in body["points"]
        )
        return cls(body["axis"], body["metric"], points, body["half_life"], body["cadence"], body["tolerance"])

    def summary(self) -> dict[str, str | float | int]:
        """Give the axis, the number of models, and half-life and cadence overall where there are any."""
        found = {"half_life": self.half_life.get(""), "cadence": self.cadence.get("")}
        told = {name: value for name, value in found.items() if value is not None}
        return {"axis": self.axis, "metric": self.metric, "n_models": len(self.of_slice()), **told}
