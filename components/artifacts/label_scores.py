"""Label scores: how labels of the past compare with outcomes that became known since."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Self

FILE = "label_scores.json"


@dataclass(frozen=True)
class FunctionScore:
    """One labeling function on the rows of the window: shares of rows (0 to 1), and its accuracy where it voted and the outcome is known.

    ``accuracy`` and its Wilson interval are None where there was nothing to score; ``n_scored`` counts the rows.
    """

    name: str
    coverage: float
    overlap: float
    conflict: float
    accuracy: float | None
    low: float | None
    high: float | None
    n_scored: int


@dataclass(frozen=True)
class LabelScores:
    """Functions and label model against outcomes known by a later as-of.

    File: ``label_scores.json``. ``labels_as_of`` and ``as_of`` are instants in microseconds: when the labels were made, and when they are
    scored. ``n_voted`` rows had a label of the label model then; of those ``n_scored`` have an outcome now. ``predicted`` and
    ``observed`` are the mean probability and the share of each class over these, [n_classes], ``brier`` the Brier score (of two classes that of
    class 1, of more the sum over classes), ``brier_prior`` that of predicting the shares known before (all empty or None where nothing can
    be scored yet: labels not mature).
    """

    kind: ClassVar[str] = "label_scores"
    format_version: ClassVar[int] = 2

    labels_as_of: int
    as_of: int
    functions: tuple[FunctionScore, ...]
    n_voted: int
    n_scored: int
    predicted: tuple[float, ...]
    observed: tuple[float, ...]
    brier: float | None
    brier_prior: float | None

    def save(self, directory: Path) -> None:
        """Write ``label_scores.json``."""
        (directory / FILE).write_text(json.dumps(asdict(self), sort_keys=True, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the scores back."""
        body = json.loads((directory / FILE).read_text(encoding="utf-8"))
        functions = tuple(FunctionScore(**one) for one in body["functions"])
        return cls(**body | {"functions": functions, "predicted": tuple(body["predicted"]), "observed": tuple(body["observed"])})

    def summary(self) -> dict[str, float | int]:
        """Give the counts, and the figures that there are."""
        shares = {"predicted": self.predicted, "observed": self.observed}
        figures: dict[str, float | None] = {"brier": self.brier, "brier_prior": self.brier_prior}
        figures |= {f"{name}_{one}": value for name, values in shares.items() for one, value in enumerate(values)}
        return {"n_voted": self.n_voted, "n_scored": self.n_scored} | {n: round(v, 6) for n, v in figures.items() if v is not None}
