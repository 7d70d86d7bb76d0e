"""Label diagnostics: which label model was chosen, on what evidence, and what is doubtful about it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Self

FILE = "label_diagnostics.json"


@dataclass(frozen=True)
class Evidence:
    """What speaks for one label model.

    ``log_loss`` is on the labeled sample, in nats (None without one); ``held_out`` the mean log likelihood of votes not fitted on, in nats
    a row, and ``misfit`` the mean of (seen - expected)^2 / expected over pairs of votes, 1 for a true model (None where a model says nothing
    of how votes come about); ``foretold`` what it tells of the votes of half of the functions, learned from the other half, in nats a row (None
    where that was not asked); ``like_majority`` the share of covered rows that it labels as majority vote does.
    """

    method: str
    log_loss: float | None = None
    held_out: float | None = None
    misfit: float | None = None
    foretold: float | None = None
    like_majority: float | None = None


@dataclass(frozen=True)
class BelievedFunction:
    """What the chosen model believes of a function: its accuracy, shares of rows it votes on, and the group whose opinion it repeats."""

    name: str
    accuracy: float
    coverage: float
    group: int | None


@dataclass(frozen=True)
class Doubt:
    """A stable code, and what was seen."""

    code: str
    message: str


@dataclass(frozen=True)
class LabelDiagnostics:
    """The fit of a label model to votes.

    File: ``label_diagnostics.json``. ``n_rows`` rows had votes to look at, of which ``n_fitted`` were fitted on. ``balance`` holds the shares
    of the classes. The first of ``evidence`` is the reference, majority vote. ``model`` is the chosen model in plain values.
    """

    kind: ClassVar[str] = "label_diagnostics"
    format_version: ClassVar[int] = 2

    method: str
    reason: str
    n_rows: int
    n_fitted: int
    balance: tuple[float, ...]
    evidence: tuple[Evidence, ...]
    functions: tuple[BelievedFunction, ...]
    doubts: tuple[Doubt, ...]
    model: dict[str, object]

    def save(self, directory: Path) -> None:
        """Write ``label_diagnostics.json``."""
        (directory / FILE).write_text(json.dumps(asdict(self), sort_keys=True, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read the diagnostics back."""
        body = json.loads((directory / FILE).read_text(encoding="utf-8"))
        parts = {"evidence": Evidence, "functions": BelievedFunction, "doubts": Doubt}
        read = {name: tuple(kind(**one) for one in body[name]) for name, kind in parts.items()}
        return cls(**body | read | {"balance": tuple(body["balance"])})

    def summary(self) -> dict[str, int | float]:
        """Give the counts."""
        return {"n_rows": self.n_rows, "n_fitted": self.n_fitted, "n_functions": len(self.functions), "n_doubts": len(self.doubts)}
