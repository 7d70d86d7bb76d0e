"""Examination: where a model fails, whom it treats unlike others, and what it goes by."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Self

FILE = "examination.json"


@dataclass(frozen=True)
class WeakSlice:
    """A slice on which the model is worse than on all other rows: its figure, the gap to theirs with its error, and the gap's p-value."""

    dimension: str
    value_of: str
    n_rows: int
    value: float
    gap: float
    error: float
    p: float


@dataclass(frozen=True)
class GroupGap:
    """How far apart the groups of a dimension are in one criterion, with its interval, and the groups that are furthest apart.

    ``criterion`` is ``selection_rate``, ``equal_opportunity``, ``equal_accuracy``, ``calibration`` or ``bias_amplification``; ``state`` says
    why there is no value. ``groups`` have each group's own figure.
    """

    dimension: str
    criterion: str
    value: float | None
    low: float | None
    high: float | None
    highest: str
    lowest: str
    groups: dict[str, float]
    state: str = "measured"


@dataclass(frozen=True)
class Importance:
    """How much the loss rises where a feature's values are shuffled among the rows, with its interval."""

    feature: str
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Dependence:
    """The mean prediction where a feature has each of some values in every row, [n_values]; numbers rise, texts come by frequency."""

    feature: str
    values: tuple[float | str, ...]
    predicted: tuple[float, ...]


@dataclass(frozen=True)
class Examination:
    """What was found by looking at a model from several sides, on the rows that it was evaluated on.

    File: ``examination.json``. ``measure`` names what weak slices are judged by, ``loss`` what importances are measured in; importances come
    from the greatest down.
    """

    kind: ClassVar[str] = "examination"
    format_version: ClassVar[int] = 1

    measure: str
    loss: str
    weak_slices: tuple[WeakSlice, ...] = ()
    fairness: tuple[GroupGap, ...] = ()
    importances: tuple[Importance, ...] = ()
    dependences: tuple[Dependence, ...] = ()

    def save(self, directory: Path) -> None:
        """Write ``examination.json``."""
        (directory / FILE).write_text(json.dumps(asdict(self), sort_keys=True, indent=1, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the examination back."""
        body = json.loads((directory / FILE).read_text(encoding="utf-8"))
        return cls(
            body["measure"],
            body["loss"],
            tuple(WeakSlice(**one) for one in body["weak_slices"]),
            tuple(GroupGap(**one) for one in body["fairness"]),
            tuple(Importance(**one) for one in body["importances"]),
            tuple(Dependence(one["feature"], tuple(one["values"]), tuple(one["predicted"])) for one in body["dependences"]),
        )

    def summary(self) -> dict[str, str | int]:
        """Give the number of weak slices and the worst one, and the feature that counts most."""
        worst = {"worst_slice": f"{self.weak_slices[0].dimension} {self.weak_slices[0].value_of}"} if self.weak_slices else {}
        first = {"most_important": self.importances[0].feature} if self.importances else {}
        return {"n_weak_slices": len(self.weak_slices), **worst, **first}
